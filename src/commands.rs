//! The commands, one verb a file.

mod answering;
mod apply;
mod completions;
mod diff;
mod new;
mod options;
mod set;
mod status;
mod undo;
mod update;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::{self, Call, Early, Verb};
use crate::error::{Ending, Failure};
use crate::template::{self, Template};
use crate::ui::Ui;

/// Runs a parsed command line.
///
/// # Errors
/// Fails as the command does.
pub fn run(call: Call, template: &Template, ui: &Ui) -> Result<Ending, Failure> {
    let given = call.cli.template.as_deref();
    let done = match call.cli.command {
        Verb::New(arguments) => new::run(&arguments, &call.flags, template, ui),
        Verb::Options(arguments) => options::run(&arguments, template, ui),
        Verb::Verify(arguments) => verify::run(&arguments, template, ui),
        Verb::Completions(arguments) => completions::run(&arguments, template, ui),
        Verb::Status(arguments) => return status::run(&arguments, given, ui),
        Verb::Diff(arguments) => diff::run(&arguments, ui),
        Verb::Update(arguments) => return update::run(&arguments, &call.flags, template, ui),
        Verb::Set(arguments) => return set::run(&arguments, given, ui),
        Verb::Undo(arguments) => undo::run(&arguments, ui),
    };
    done.map(|()| Ending::Done)
}

/// Ends a call whose template cannot be used; `verify` reports its defects in every form it has.
///
/// # Errors
/// Fails as the template does, unless it is the help that was asked for.
pub fn refuse(
    arguments: Vec<OsString>,
    early: &Early,
    error: template::Error,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let template::Error::Faulty(source, faults) = error else { return Err(error.into()) };
    if !arguments.iter().any(|argument| argument == "verify") {
        return Err(faults.into());
    }
    // `verify` has no flags of the template: another one will do to read the command line.
    let stand_in = Template { source: source.clone(), ..Template::embedded()? };
    match cli::parse(arguments, early, &stand_in) {
        Ok(Call { cli: cli::Cli { command: Verb::Verify(arguments), .. }, .. }) => {
            Err(verify::refuse(&arguments, &source, faults, ui))
        }
        Ok(_) => Err(faults.into()),
        Err(answer) => cli::answer(&answer, ui),
    }
}
