//! The command `firstlight`.

use std::process::ExitCode;

use firstlight::ui::Ui;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    firstlight::checks::stand_in(&arguments)
        .unwrap_or_else(|| firstlight::run(arguments, &Ui::new()))
}
