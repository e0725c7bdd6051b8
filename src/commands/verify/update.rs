//! Projects of an earlier template that have been edited, and are updated to this one.

mod edits;

use self::edits::Edit;
use super::earlier::Earlier;
use super::plan::Project;
use crate::error::Complaint;
use crate::interrupt::{Interrupt, Interrupted};
use crate::merge::{self, Conflict, Labels, Merged, Outcome, Sides, What};
use crate::shell;
use crate::template::Template;
use crate::tree::Tree;
use crate::worktree::{Place, Worktree};

/// Is what reports call the update of a project.
pub const CHECK: &str = "update";

/// Replaces each project by one that was made at a revision, edited, and updated, or notes why it
/// cannot be.
///
/// # Errors
/// Fails if somebody wants the process to end.
pub fn update(
    projects: &mut [Project],
    template: &Template,
    earlier: &Earlier,
    revision: &str,
    interrupt: &Interrupt,
) -> Result<(), Interrupted> {
    for project in projects {
        interrupt.check()?;
        project.obstacle = merge_into(project, template, earlier, revision).err();
        project.command = command(project, template, revision);
        "\"$made\"/01".clone_into(&mut project.folder);
    }
    Ok(())
}

fn command(project: &Project, template: &Template, revision: &str) -> String {
    let mut words = vec!["firstlight".to_owned(), "verify".to_owned()];
    words.push(format!("--template={}", template.source));
    words.push(format!("--update-from={revision}"));
    words.push(format!("--name={}", project.answers.name));
    for (name, value) in &project.answers.values {
        words.push(format!("--only={name}={value}"));
    }
    let words: Vec<_> = words.iter().map(|word| shell::quote(word)).collect();
    let command = format!("made=$(mktemp -d) && {} --keep=\"$made\"", words.join(" "));
    // Nothing else makes such a project. A run that fails again has left it there; one that was refused
    // has not, and its code counts.
    match project.obstacle {
        Some(_) => command,
        None => format!("{command} || test -d \"$made\"/01"),
    }
}

/// Makes a project what it is after an update, with marks where that conflicts.
fn merge_into(
    project: &mut Project,
    template: &Template,
    earlier: &Earlier,
    revision: &str,
) -> Result<(), Complaint> {
    let label = project.label();
    let Some((baseline, _)) = earlier.render(&project.answers) else {
        let message = format!("the template at `{revision}` gives no project for {label}");
        let hint = "name a revision whose template works, or narrow the answers with `--only`";
        return Err(Complaint::new(&message, hint.to_owned()));
    };
    let (mut tree, merged) = edited(&baseline, &project.tree, template);
    merged.apply_to(&mut tree);
    project.tree = tree;
    let line =
        |(outcome, why): (&Outcome, Conflict)| format!("\n  {}: {}", outcome.path, why.explain());
    let conflicts: String = conflicts(&merged).map(line).collect();
    if conflicts.is_empty() {
        return Ok(());
    }
    let message = format!("an update from `{revision}` conflicts for {label}:{conflicts}");
    let hint = "leave more of these files as they were, or tell the owners who edit them";
    Err(Complaint::new(&message, hint.to_owned()))
}

/// Edits a project as its owner would, and merges it with the template of now.
///
/// An edit stands where the template has left the lines around it alone, if there is such a place: two
/// sides that both add to the end of a file conflict, and neither has done anything wrong.
fn edited(baseline: &Tree, theirs: &Tree, template: &Template) -> (Tree, Merged) {
    let mut ours = baseline.clone();
    edits::add_own(&mut ours);
    for edit in Edit::all(baseline) {
        let fits = |edited: &Tree| {
            let merged = merge(baseline, edited, theirs, template);
            !conflicts(&merged).any(|(outcome, _)| is_about(outcome, edit.path))
        };
        let edited = edit.results(&ours).find(fits).or_else(|| edit.results(&ours).next());
        ours = edited.unwrap_or(ours);
    }
    let merged = merge(baseline, &ours, theirs, template);
    (ours, merged)
}

fn merge(baseline: &Tree, ours: &Tree, theirs: &Tree, template: &Template) -> Merged {
    let mut folder = Worktree::default();
    for (path, file) in ours.iter() {
        folder.put(path.to_owned(), Place::File(file.clone()));
    }
    let version = &template.manifest.version;
    merge::merge(&Sides {
        baseline,
        ours: &folder,
        theirs,
        labels: &Labels::of_versions(version, version),
        seeded: &template.seeded(),
        reseed: false,
    })
}

fn conflicts(merged: &Merged) -> impl Iterator<Item = (&Outcome, Conflict)> {
    merged.outcomes.iter().filter_map(|outcome| match outcome.what {
        What::Conflict(why) => Some((outcome, why)),
        _ => None,
    })
}

/// Tells whether something happened to a file, under this name or another.
fn is_about(outcome: &Outcome, path: &str) -> bool {
    outcome.path == path || outcome.from.as_deref() == Some(path)
}
