//! How far a project has drifted: the record against the working tree and against a template.

use std::collections::BTreeSet;

use crate::lines;
use crate::record::is_seeded;
use crate::tree::{File, Tree};
use crate::worktree::{Place, Worktree};

/// Is what became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Its path.
    pub path: String,
    /// What you did to it.
    pub yours: Change,
    /// What the template did to it.
    pub template: Change,
    /// Whether both came to the same.
    pub agreed: bool,
    /// Whether it belongs to you since it was written.
    pub seeded: bool,
}

/// Is what became of a file on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// Its contents or its mode are other ones.
    Edited,
    /// It is there, and was not.
    Added,
    /// It was there, and is not.
    Deleted,
    /// A folder, a link or the like is in its place.
    Replaced,
}

/// Is what a file's drift comes to, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it was rendered, and as the template has it.
    Unchanged,
    /// You changed it, the template did not.
    Edited,
    /// You deleted it, the template did not touch it.
    Deleted,
    /// The template changed it, you did not.
    Changed,
    /// The template has it anew.
    Added,
    /// The template has it no more, and you did not touch it.
    Removed,
    /// You and the template changed it, each in another way.
    Both,
    /// It is yours.
    Seeded,
}

/// Compares three ways; without a template, the working tree with the baseline alone.
pub fn drift(
    baseline: &Tree,
    ours: &Worktree,
    theirs: Option<&Tree>,
    seeded: &[String],
) -> Vec<Drift> {
    let theirs = theirs.unwrap_or(baseline);
    let paths: BTreeSet<&str> =
        baseline.iter().chain(theirs.iter()).map(|(path, _)| path).collect();
    let one = |path: &str| {
        let (was, place, is) = (baseline.get(path), ours.at(path), theirs.get(path));
        Drift {
            path: path.to_owned(),
            yours: yours(was, place),
            template: template(was, is),
            agreed: match (place, is) {
                (Place::File(ours), Some(theirs)) => is_same(ours, theirs),
                (Place::Nothing, None) => true,
                _ => false,
            },
            seeded: is_seeded(seeded, path),
        }
    };
    paths.into_iter().map(one).collect()
}

impl Drift {
    /// Puts it in one word.
    pub fn state(&self) -> State {
        match (self.yours, self.template) {
            _ if self.seeded => State::Seeded,
            _ if self.agreed => State::Unchanged,
            (Change::None, Change::None) => State::Unchanged,
            (Change::None, Change::Added) => State::Added,
            (Change::None, Change::Deleted) => State::Removed,
            (Change::None, _) => State::Changed,
            (Change::Deleted, Change::None) => State::Deleted,
            (_, Change::None) => State::Edited,
            _ => State::Both,
        }
    }
}

/// Tells whether two files are the same but for converted line endings.
pub fn is_same(one: &File, other: &File) -> bool {
    is_same_mode(one, other) && lines::are_same(&one.contents, &other.contents)
}

/// Tells whether both may be executed, or neither, where the system knows such a thing.
pub fn is_same_mode(one: &File, other: &File) -> bool {
    cfg!(not(unix)) || one.executable == other.executable
}

fn yours(was: Option<&File>, place: &Place) -> Change {
    match (was, place) {
        (None, Place::Nothing) => Change::None,
        (None, Place::File(_)) => Change::Added,
        (Some(was), Place::File(ours)) if is_same(was, ours) => Change::None,
        (Some(_), Place::File(_)) => Change::Edited,
        (Some(_), Place::Nothing) => Change::Deleted,
        (_, Place::Folder(_) | Place::Special | Place::Blocked(_)) => Change::Replaced,
    }
}

fn template(was: Option<&File>, is: Option<&File>) -> Change {
    match (was, is) {
        (Some(was), Some(is)) if was == is => Change::None,
        (Some(_), Some(_)) => Change::Edited,
        (None, Some(_)) => Change::Added,
        (Some(_), None) => Change::Deleted,
        (None, None) => Change::None,
    }
}

impl State {
    /// Tells whether an update would have something to do.
    pub fn is_of_template(self) -> bool {
        matches!(self, Self::Changed | Self::Added | Self::Removed | Self::Both)
    }

    /// Gives the word for programs and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Both => "both",
            Self::Seeded => "seeded",
        }
    }
}

impl Change {
    /// Gives the word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Edited => "edited",
            Self::Added => "added",
            Self::Deleted => "deleted",
            Self::Replaced => "replaced",
        }
    }
}
