//! The command `firstlight`.

use std::process::ExitCode;

use firstlight::ui::Ui;

fn main() -> ExitCode {
    firstlight::run(std::env::args_os().collect(), &Ui::new())
}
