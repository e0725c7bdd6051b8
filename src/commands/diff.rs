//! `firstlight diff`: your edits, or what an update would bring, as git writes and applies it.

use serde_json::{Value as Json, json};

use super::apply::{self, Renewal};
use crate::cli::Diff;
use crate::drift::is_same;
use crate::error::Failure;
use crate::lines;
use crate::merge::Labels;
use crate::patch::{self, Patch};
use crate::project::Project;
use crate::template::Template;
use crate::tree::{File, Tree};
use crate::ui::Ui;
use crate::worktree::Worktree;

/// Compares, and prints the difference.
pub fn run(arguments: &Diff, ui: &Ui) -> Result<(), Failure> {
    let project = Project::open(arguments.place.project.as_deref())?;
    let patches = match &arguments.template {
        None => yours(&project)?,
        Some(given) => {
            let template = match given {
                Some(given) => Template::load(given)?,
                None => Template::newest(&project.record.source)?,
            };
            brought(&project, &template)?
        }
    };
    if arguments.json {
        return ui.data(format!("{:#}", as_json(&patches)).as_bytes());
    }
    let text: Vec<u8> = patches.into_iter().flat_map(|patch| patch.text).collect();
    ui.raw(&text)
}

/// Compares the baseline with what is there. Line endings that a checkout has converted are no edit.
fn yours(project: &Project) -> Result<Vec<Patch>, Failure> {
    let mut ours = Worktree::default();
    ours.read(&project.root, project.baseline.iter().map(|(path, _)| path))?;
    let mut edited = Tree::default();
    for (path, was) in project.baseline.iter() {
        match ours.at(path).file() {
            Some(file) if is_same(file, was) => drop(edited.insert(path.to_owned(), was.clone())),
            Some(file) => drop(edited.insert(path.to_owned(), comparable(file, was))),
            None => {}
        }
    }
    Ok(patch::between(&project.baseline, &edited))
}

fn comparable(file: &File, was: &File) -> File {
    let mut file = file.clone();
    if lines::ending(&was.contents) == Some(lines::Ending::Lf) {
        file.contents = lines::unified(&file.contents).into_owned().into();
    }
    file
}

/// Compares what is there with what an update would make of it.
fn brought(project: &Project, template: &Template) -> Result<Vec<Patch>, Failure> {
    apply::refuse_downgrade(project, template)?;
    let renewal = Renewal::with_defaults(project, template)?;
    let labels = Labels::of_versions(&project.record.version, &template.manifest.version);
    let (ours, merged) = apply::merge(project, &renewal, &labels, false)?;
    let (mut before, mut after) = (Tree::default(), Tree::default());
    for (path, change) in &merged.changes {
        if let Some(file) = ours.at(path).file() {
            before.insert(path.clone(), file.clone());
        }
        if let Some(file) = change.file() {
            after.insert(path.clone(), file.clone());
        }
    }
    Ok(patch::between(&before, &after))
}

fn as_json(patches: &[Patch]) -> Json {
    let file = |patch: &Patch| {
        json!({
            "path": patch.path,
            "change": patch.change.as_str(),
            "binary": patch.binary,
            "patch": String::from_utf8_lossy(&patch.text),
        })
    };
    json!({ "schema": 1, "files": patches.iter().map(file).collect::<Vec<_>>() })
}
