//! What `new` says at its end.

use serde_json::{Value as Json, json};

use crate::answers::Answers;
use crate::cli::{New, Vcs};
use crate::destination::Destination;
use crate::error::Failure;
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
    if arguments.json {
        ui.data(&format!("{:#}", as_json(outcome)))?;
    } else if arguments.dry_run {
        let paths: Vec<&str> = outcome.tree.iter().map(|(path, _)| path).collect();
        ui.data(&paths.join("\n"))?;
    } else {
        ui.data(&arguments.path.display().to_string())?;
    }
    ui.say(&talk(outcome));
    Ok(())
}

fn talk(outcome: &Outcome<'_>) -> String {
    let name = &outcome.answers.name;
    let template = outcome.template;
    let version = &template.manifest.version;
    let from = match &template.source {
        Source::Embedded => format!("the embedded template {version}"),
        Source::Folder(path) => format!("the template `{}` {version}", path.display()),
    };
    let repository = if outcome.repository { ", with a git repository" } else { "" };
    let command = command(outcome);
    if outcome.arguments.dry_run {
        let count = outcome.tree.iter().count();
        return format!(
            "Would write `{name}` from {from}{repository}: {count} files. Nothing was written.\n\n\
             To write it:\n  {command}"
        );
    }
    let cd = quote(&outcome.arguments.path.display().to_string());
    let steps: String = outcome.next_steps.iter().map(|step| format!("\n  {step}")).collect();
    format!(
        "Created `{name}` from {from}{repository}.\n\nNext:\n  cd {cd}{steps}\n\n\
         To make the same project again:\n  {command}"
    )
}

/// Gives the one command that makes the same project again, with every answer spelled out.
fn command(outcome: &Outcome<'_>) -> String {
    let mut words = vec!["firstlight".to_owned(), "new".to_owned()];
    words.push(outcome.arguments.path.display().to_string());
    if let Source::Folder(path) = &outcome.template.source {
        words.push(format!("--template={}", path.display()));
    }
    for placeholder in &outcome.template.manifest.placeholders {
        if let Some(value) = outcome.answers.values.get(&placeholder.name) {
            words.push(format!("--{}={value}", placeholder.flag()));
        }
    }
    words.extend(outcome.arguments.vcs.map(|vcs| match vcs {
        Vcs::Git => "--vcs=git".to_owned(),
        Vcs::None => "--vcs=none".to_owned(),
    }));
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// Quotes a word for a POSIX shell, if it needs quotes.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
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
        "template": {
            "source": outcome.template.source.to_string(),
            "version": outcome.template.manifest.version.to_string(),
        },
        "answers": outcome.answers.values,
        "dry_run": outcome.arguments.dry_run,
        "repository": outcome.repository,
        "files": files,
        "command": command(outcome),
    })
}
