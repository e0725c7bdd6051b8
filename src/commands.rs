//! The commands, one verb a file.

mod completions;
mod new;
mod options;

use crate::cli::{Call, Verb};
use crate::error::Failure;
use crate::template::Template;
use crate::ui::Ui;

/// Runs a parsed command line.
///
/// # Errors
/// Fails as the command does.
pub fn run(call: Call, template: &Template, ui: &Ui) -> Result<(), Failure> {
    match call.cli.command {
        Verb::New(arguments) => new::run(&arguments, &call.flags, template, ui),
        Verb::Options(arguments) => options::run(&arguments, template, ui),
        Verb::Completions(arguments) => completions::run(&arguments, template, ui),
    }
}
