//! `firstlight undo`: takes the last update or set back.

use serde_json::{Value as Json, json};

use crate::cli;
use crate::error::Failure;
use crate::project;
use crate::transaction::Undo;
use crate::ui::Ui;

/// Brings back what was, and tells.
pub fn run(arguments: &cli::Undo, ui: &Ui) -> Result<(), Failure> {
    let root = project::find(arguments.place.project.as_deref())?;
    let _lock = project::lock(&root)?;
    let undo = Undo::open(&root)?;
    if arguments.dry_run {
        undo.check(&root, arguments.force)?;
    } else {
        undo.run(&root, arguments.force)?;
    }
    let data = if arguments.json {
        format!("{:#}", as_json(&undo, arguments.dry_run))
    } else {
        undo.files().map(|(path, was)| format!("{:<9} {path}\n", word(was))).collect()
    };
    if !data.is_empty() {
        ui.data(data.as_bytes())?;
    }
    let (command, before, after) = undo.title();
    let half = if undo.is_finished() { "" } else { ", which did not come to its end" };
    ui.say(&if arguments.dry_run {
        format!(
            "Would take back the `{command}` from {before} to {after}{half}. Nothing was written."
        )
    } else {
        format!("Took back the `{command}` from {before} to {after}{half}.")
    });
    Ok(())
}

fn word(was_there: bool) -> &'static str {
    if was_there { "restored" } else { "removed" }
}

fn as_json(undo: &Undo, dry_run: bool) -> Json {
    let file = |(path, was): (&str, bool)| json!({ "path": path, "outcome": word(was) });
    let (command, before, after) = undo.title();
    json!({
        "schema": 1,
        "command": command,
        "from": after,
        "to": before,
        "finished": undo.is_finished(),
        "dry_run": dry_run,
        "files": undo.files().map(file).collect::<Vec<_>>(),
    })
}
