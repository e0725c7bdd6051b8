//! Projects of an earlier template that have been edited, and are updated to this one.

use super::earlier::Earlier;
use super::plan::Project;
use crate::error::Complaint;
use crate::merge::{self, Labels, Sides, What};
use crate::shell;
use crate::template::Template;
use crate::tree::{File, Tree};
use crate::worktree::{Place, Worktree};

/// Is what an owner adds to the end of some files, in words that they can have anywhere.
const EDITS: [(&str, &str); 4] = [
    ("Cargo.toml", "\n[package.metadata.owner]\nedited = true\n"),
    ("README.md", "\n## Notes\n\nWritten by the project's owner.\n"),
    ("src/lib.rs", "\n// Written by the project's owner.\n"),
    ("src/main.rs", "\n// Written by the project's owner.\n"),
];

/// Is a file that only the owner has.
const OWN: (&str, &str) = (
    "tests/owner.rs",
    "//! Written by the project's owner.\n\n#[test]\nfn what_the_owner_wrote_is_still_here() {}\n",
);

/// Replaces each project by one that was made at a revision, edited, and updated, or notes why it
/// cannot be.
pub fn update(projects: &mut [Project], template: &Template, earlier: &Earlier, revision: &str) {
    for project in projects {
        match merged(project, template, earlier, revision) {
            Ok(tree) => project.tree = tree,
            Err(complaint) => project.obstacle = Some(complaint),
        }
        // Nothing else makes such a project: a run that fails again leaves it, one that is refused not.
        project.command = command(project, template, revision);
        "\"$kept\"/01".clone_into(&mut project.folder);
    }
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
    let words = words.join(" ");
    format!("kept=$(mktemp -d) && {words} --keep=\"$kept\" || test -d \"$kept\"/01")
}

fn merged(
    project: &Project,
    template: &Template,
    earlier: &Earlier,
    revision: &str,
) -> Result<Tree, Complaint> {
    let label = project.label();
    let Some((baseline, _)) = earlier.render(&project.answers) else {
        let message = format!("the template at `{revision}` gives no project for {label}");
        let hint = "name a revision whose template works, or narrow the answers with `--only`";
        return Err(Complaint::new(&message, hint.to_owned()));
    };
    let ours = edited(&baseline);
    let mut folder = Worktree::default();
    for (path, file) in ours.iter() {
        folder.put(path.to_owned(), Place::File(file.clone()));
    }
    let version = &template.manifest.version;
    let sides = Sides {
        baseline: &baseline,
        ours: &folder,
        theirs: &project.tree,
        labels: &Labels::of_versions(version, version),
        seeded: &template.seeded(),
        reseed: false,
    };
    let merged = merge::merge(&sides);
    let conflicts = merged.outcomes.iter().filter_map(|outcome| match outcome.what {
        What::Conflict(why) => Some(format!("\n  {}: {}", outcome.path, why.explain())),
        _ => None,
    });
    let conflicts: String = conflicts.collect();
    if !conflicts.is_empty() {
        let message = format!("an update from `{revision}` conflicts for {label}:{conflicts}");
        let hint = "leave the last lines of these files as they were, or tell the owners";
        return Err(Complaint::new(&message, hint.to_owned()));
    }
    let mut tree = ours;
    merged.apply_to(&mut tree);
    Ok(tree)
}

/// Edits a project as its owner would.
fn edited(baseline: &Tree) -> Tree {
    let mut tree = baseline.clone();
    for (path, text) in EDITS {
        if let Some(file) = baseline.get(path) {
            let contents = [&file.contents, text.as_bytes()].concat();
            tree.insert(path.to_owned(), File { contents, executable: file.executable });
        }
    }
    if baseline.get("Cargo.toml").is_some() {
        let (path, text) = OWN;
        tree.insert(path.to_owned(), File { contents: text.into(), executable: false });
    }
    tree
}
