//! The three-way merge of a tree: from the baseline, the working tree and the template's new tree to
//! what has to be written, without a look at anything else.

mod file;
mod outcome;
mod renames;
mod text;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::tree::{File, Tree};
use crate::worktree::{Place, Worktree};

pub use self::outcome::{Conflict, Outcome, What};
pub use self::text::markers;

/// Is everything that a merge depends on.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The tree as it was rendered last.
    pub baseline: &'a Tree,
    /// What is in the project's folder: read for the paths of both trees, and for `besides` of them.
    pub ours: &'a Worktree,
    /// The tree as it is rendered now.
    pub theirs: &'a Tree,
    /// What tells the sides apart in conflicts.
    pub labels: &'a Labels,
    /// Paths that belong to the user once they are written.
    pub seeded: &'a [String],
    /// Whether even those follow the template while nobody has edited them: other answers make another
    /// project, where a newer template does not.
    pub reseed: bool,
}

/// Names the sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The baseline, as in `template 0.1.0`.
    pub baseline: String,
    /// The new tree, as in `template 0.2.0`.
    pub theirs: String,
    /// The end of the name of a file that is written beside one in conflict, as in `.template-0.2.0`.
    pub suffix: String,
}

impl Labels {
    /// Names the sides by versions.
    pub fn of_versions(was: &Version, is: &Version) -> Self {
        Self {
            baseline: format!("template {was}"),
            theirs: format!("template {is}"),
            suffix: Self::suffix_of(is),
        }
    }

    /// Names the sides by answers, to one and the same version.
    pub fn of_answers(version: &Version, was: &str, is: &str) -> Self {
        Self {
            baseline: format!("template {version} {was}").trim_end().to_owned(),
            theirs: format!("template {version} {is}").trim_end().to_owned(),
            suffix: Self::suffix_of(version),
        }
    }

    /// Gives the end of the names of files that a merge with a version writes beside others.
    pub fn suffix_of(version: &Version) -> String {
        format!(".template-{version}")
    }
}

/// Is the outcome of a merge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// What has to be written or removed, by path.
    pub changes: BTreeMap<String, Change>,
    /// What happened to each file to which something did, in the order of their paths.
    pub outcomes: Vec<Outcome>,
}

/// Is what has to be done to a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Write this file.
    Write(File),
    /// Write this file, in which another one goes on: the path of that one, which is removed.
    Move(String, File),
    /// Remove the file.
    Remove,
}

/// Merges.
pub fn merge(sides: &Sides<'_>) -> Merged {
    let mut merging = Merging { sides, merged: Merged::default(), gone: BTreeSet::new() };
    let renames = renames::find(sides);
    merging.gone = merging.removed(&renames);
    let (from, to): (BTreeSet<&str>, BTreeSet<&str>) = renames.iter().copied().unzip();
    let paths: BTreeSet<&str> =
        sides.baseline.iter().chain(sides.theirs.iter()).map(|(path, _)| path).collect();
    for path in paths {
        if !from.contains(path) && !to.contains(path) {
            merging.file(path);
        }
    }
    for (from, to) in renames {
        merging.renamed(from, to);
    }
    merging.merged.outcomes.sort();
    merging.merged
}

/// Lists the paths beside which the template's contents may have to be written, for the worktree to
/// be read there.
pub fn besides(paths: &[&str], ours: &Worktree, suffix: &str) -> Vec<String> {
    paths.iter().map(|path| beside(path, ours.at(path), suffix)).collect()
}

/// Gives the path beside another, or beside what is in the way above it.
fn beside(path: &str, place: &Place, suffix: &str) -> String {
    match place {
        Place::Blocked(above) => format!("{above}{suffix}{}", &path[above.len()..]),
        _ => format!("{path}{suffix}"),
    }
}

struct Merging<'s> {
    sides: &'s Sides<'s>,
    merged: Merged,
    /// The paths whose files go, so that others can take their places.
    gone: BTreeSet<&'s str>,
}

impl<'s> Merging<'s> {
    /// Lists what goes: files that the template has no more and nobody edited, and those it renamed.
    fn removed(&self, renames: &[(&'s str, &'s str)]) -> BTreeSet<&'s str> {
        let Sides { baseline, ours, theirs, .. } = self.sides;
        let goes = |path: &str, file: &File| {
            theirs.get(path).is_none()
                && self.follows_template(path, Some(file))
                && ours.at(path).file().is_some_and(|ours| crate::drift::is_same(ours, file))
        };
        let unedited =
            baseline.iter().filter(|(path, file)| goes(path, file)).map(|(path, _)| path);
        let sources = renames.iter().map(|(from, _)| *from);
        unedited.chain(sources.filter(|from| ours.at(from).file().is_some())).collect()
    }

    /// Tells whether a path can be written to: nothing is there, or only what goes.
    fn is_free(&self, path: &str) -> bool {
        self.sides.ours.at(path).obstacle(path, |path| self.gone.contains(path)).is_none()
    }

    fn write(&mut self, path: &str, from: Option<&str>, file: File) {
        let change = match from {
            Some(from) => Change::Move(from.to_owned(), file),
            None => Change::Write(file),
        };
        self.merged.changes.insert(path.to_owned(), change);
    }

    fn remove(&mut self, path: &str) {
        self.merged.changes.insert(path.to_owned(), Change::Remove);
    }

    fn tell(&mut self, path: &str, from: Option<&str>, what: What) {
        let (path, from) = (path.to_owned(), from.map(str::to_owned));
        self.merged.outcomes.push(Outcome { path, what, from, beside: None });
    }

    /// Leaves what is there alone, and writes the template's file beside it.
    fn write_beside(&mut self, path: &str, from: Option<&str>, file: &File, why: Conflict) {
        let beside = beside(path, self.sides.ours.at(path), &self.sides.labels.suffix);
        self.write(&beside, None, file.clone());
        self.merged.outcomes.push(Outcome {
            path: path.to_owned(),
            what: What::Conflict(why),
            from: from.map(str::to_owned),
            beside: Some(beside),
        });
    }
}

impl Merged {
    /// Tells whether somebody has to look at the outcome.
    pub fn has_conflicts(&self) -> bool {
        self.outcomes.iter().any(|outcome| matches!(outcome.what, What::Conflict(_)))
    }

    /// Makes the changes to a tree.
    pub fn apply_to(&self, tree: &mut Tree) {
        for (path, change) in &self.changes {
            match change.file() {
                Some(file) => drop(tree.insert(path.clone(), file.clone())),
                None => drop(tree.remove(path)),
            }
        }
    }
}

impl Change {
    /// Gives the file that has to be written, if it is one.
    pub fn file(&self) -> Option<&File> {
        match self {
            Self::Write(file) | Self::Move(_, file) => Some(file),
            Self::Remove => None,
        }
    }
}
