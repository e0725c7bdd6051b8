//! Generates observable Rust services, and keeps them that way.

pub mod address;
pub mod answers;
pub mod changelog;
pub mod checks;
pub mod cli;
pub mod combinations;
pub mod commands;
pub mod condition;
pub mod dependencies;
pub mod destination;
pub mod drift;
pub mod engine;
pub mod error;
pub mod executable;
pub mod fault;
mod file_system;
pub mod filters;
pub mod git;
pub mod given;
pub mod interrupt;
pub mod invocation;
pub mod lines;
pub mod lint;
pub mod manifest;
pub mod markup;
pub mod merge;
pub mod name;
pub mod parallel;
pub mod patch;
pub mod patterns;
pub mod project;
pub mod prompt;
pub mod record;
pub mod render;
pub mod rustfmt;
pub mod shell;
pub mod staging;
pub mod template;
pub mod transaction;
pub mod tree;
pub mod ui;
pub mod workspace;
pub mod worktree;

use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::process::ExitCode;

use crate::cli::Early;
use crate::template::Template;
use crate::ui::Ui;

/// Runs the command line and gives its exit code.
pub fn run(arguments: Vec<OsString>, ui: &Ui) -> ExitCode {
    let early = Early::read(&arguments);
    // The system takes memory back faster than destructors do, and the process ends soon.
    let done = match template(&early).map(ManuallyDrop::new) {
        Ok(template) => match cli::parse(arguments, &early, &template) {
            Ok(call) => {
                commands::run(call, &template, ui).map(|ending| ExitCode::from(ending.exit_code()))
            }
            Err(answer) => cli::answer(&answer, ui),
        },
        Err(error) => commands::refuse(arguments, &early, error, ui),
    };
    done.unwrap_or_else(|failure| {
        ui.failure(&failure);
        ExitCode::from(failure.kind.exit_code())
    })
}

/// Finds the template whose placeholders are flags; commands that have none find theirs later.
fn template(early: &Early) -> Result<Template, template::Error> {
    if !early.has_flags() {
        return Template::embedded();
    }
    if let Some(given) = &early.template {
        return Template::load(given);
    }
    let of_project = early.verb.as_deref() == Some("update");
    let root = of_project.then(|| project::find(early.project.as_deref()).ok()).flatten();
    // What is wrong with a project the command itself tells.
    match root.and_then(|root| project::record(&root).ok()) {
        Some(record) => Template::newest(&record.source),
        None => Template::embedded(),
    }
}
