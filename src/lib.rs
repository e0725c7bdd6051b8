//! Generates observable Rust services, and keeps them that way.

pub mod answers;
pub mod checks;
pub mod cli;
pub mod combinations;
pub mod commands;
pub mod condition;
pub mod dependencies;
pub mod destination;
pub mod engine;
pub mod error;
pub mod executable;
pub mod fault;
pub mod filters;
pub mod git;
pub mod given;
pub mod interrupt;
pub mod invocation;
pub mod lint;
pub mod manifest;
pub mod markup;
pub mod name;
pub mod patterns;
pub mod prompt;
pub mod record;
pub mod render;
pub mod shell;
pub mod staging;
pub mod template;
pub mod tree;
pub mod ui;
pub mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::template::Template;
use crate::ui::Ui;

/// Runs the command line and gives its exit code.
pub fn run(arguments: Vec<OsString>, ui: &Ui) -> ExitCode {
    let folder = cli::template_folder(&arguments);
    let template = match folder {
        Some(folder) => Template::read(&folder),
        None => Template::embedded(),
    };
    let done = match template {
        Ok(template) => match cli::parse(arguments, &template) {
            Ok(call) => commands::run(call, &template, ui).map(|()| ExitCode::SUCCESS),
            Err(answer) => cli::answer(&answer, ui),
        },
        Err(error) => commands::refuse(arguments, error, ui),
    };
    done.unwrap_or_else(|failure| {
        ui.failure(&failure);
        ExitCode::from(failure.kind.exit_code())
    })
}
