//! `firstlight completions`: the completions for a shell, with the flags of the template.

use crate::cli::{self, Completions};
use crate::error::Failure;
use crate::template::Template;
use crate::ui::Ui;

/// Prints the completions.
pub fn run(arguments: &Completions, template: &Template, ui: &Ui) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = cli::command(template);
    clap_complete::generate(arguments.shell, &mut command, "firstlight", &mut script);
    ui.data(&script)
}
