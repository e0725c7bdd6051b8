//! What `new` says at its end.

use serde_json::{Value as Json, json};

use crate::answers::Answers;
use crate::cli::New;
use crate::destination::Destination;
use crate::error::Failure;
use crate::invocation;
use crate::shell;
use crate::template::{Source, Template};
use crate::tree::Tree;
use crate::ui::Ui;

/// Is everything there is to say.
pub struct Outcome<'a> {
    pub arguments: &'a New,
    pub template: &'a Template,
    pub destination: Destination,
    pub answers: Answers,
    pub tree: Tree,
    pub next_steps: Vec<String>,
    pub repository: bool,
}

/// Prints the data to stdout and the talk to stderr.
pub fn run(outcome: &Outcome<'_>, ui: &Ui) -> Result<(), Failure> {
    let arguments = outcome.arguments;
    let path = &arguments.path;
    let printed = if arguments.json {
        ui.data(format!("{:#}", as_json(outcome)).as_bytes())
    } else if arguments.dry_run {
        let paths: Vec<&str> = outcome.tree.iter().map(|(path, _)| path).collect();
        ui.data(paths.join("\n").as_bytes())
    } else {
        ui.data(path.as_os_str().as_encoded_bytes())
    };
    printed.map_err(|failure| {
        if arguments.dry_run {
            return failure;
        }
        failure.with_hint(&format!("the project is complete, and at `{}`", path.display()))
    })?;
    ui.say(&talk(outcome));
    Ok(())
}

fn talk(outcome: &Outcome<'_>) -> String {
    let name = &outcome.answers.name;
    let template = outcome.template;
    let version = &template.manifest.version;
    let from = match &template.source {
        Source::Embedded => format!("the embedded template {version}"),
        source => format!("the template `{source}` {version}"),
    };
    let repository = if outcome.repository { ", with a git repository" } else { "" };
    let (first, again) = if outcome.arguments.dry_run {
        let count = outcome.tree.iter().count();
        let would = format!(
            "Would write `{name}` from {from}{repository}: {count} files. Nothing was written."
        );
        (would, "To write it")
    } else {
        let next = next(outcome);
        let created = format!("Created `{name}` from {from}{repository}.{next}");
        (created, "To make the same project again")
    };
    match command(outcome) {
        Some(command) => format!("{first}\n\n{again}:\n  {command}"),
        None => format!("{first}\n\nA path is not UTF-8: no command can be shown that has it."),
    }
}

fn next(outcome: &Outcome<'_>) -> String {
    let cd = shell::path(&outcome.arguments.path).map(|path| format!("cd {}", shell::quote(&path)));
    let steps = cd.iter().chain(&outcome.next_steps).map(|step| format!("\n  {step}"));
    let steps: String = steps.collect();
    if steps.is_empty() { steps } else { format!("\n\nNext:{steps}") }
}

/// Gives the one command that makes the same project again; none if its paths are not text.
fn command(outcome: &Outcome<'_>) -> Option<String> {
    let arguments = outcome.arguments;
    let place = shell::quote(&shell::path(&arguments.path)?);
    invocation::new(outcome.template, &place, &outcome.answers, arguments.vcs)
}

fn as_json(outcome: &Outcome<'_>) -> Json {
    let files: Vec<Json> = outcome
        .tree
        .iter()
        .map(|(path, file)| {
            json!({ "path": path, "bytes": file.contents.len(), "executable": file.executable })
        })
        .collect();
    json!({
        "schema": 1,
        "name": outcome.answers.name.as_str(),
        "path": outcome.destination.path.to_string_lossy(),
        "template": outcome.template.as_json(),
        "answers": outcome.answers.values,
        "dry_run": outcome.arguments.dry_run,
        "repository": outcome.repository,
        "files": files,
        "command": command(outcome),
    })
}
