//! What a merge has done to a file, and the words for it.

/// Is what happened to one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// Its path, in the new tree if it is there.
    pub path: String,
    /// What happened.
    pub what: What,
    /// Its path before, if it was renamed.
    pub from: Option<String>,
    /// The file that the template's contents were written to, beside your own.
    pub beside: Option<String>,
}

/// Tells what happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It is new.
    Added,
    /// You had not edited it: it is what the template has.
    Updated,
    /// Your edits and the template's are both in it.
    Merged,
    /// You had not edited it: it is gone.
    Removed,
    /// The template renamed it, without other edits.
    Renamed,
    /// It belongs to you, and the template has another one by now: it is as it was.
    Kept,
    /// You deleted it, and the template only moved it: it stays away.
    Withheld,
    /// Both sides need a look.
    Conflict(Conflict),
}

/// Tells why two sides do not merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// Both edited the same lines: the file holds markers.
    Lines,
    /// Both edited it, and it is no text.
    Binary,
    /// You deleted it, and the template edited it.
    Deleted,
    /// You edited it, and the template removed it.
    Removed,
    /// You have a file of your own where the template puts one.
    Collision,
    /// A folder, a link or the like is where the template puts a file.
    Obstructed,
    /// You edited what belongs to you, and the answers ask for another.
    Seeded,
}

impl What {
    /// Gives the word for programs and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Updated => "updated",
            Self::Merged => "merged",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Kept => "kept",
            Self::Withheld => "withheld",
            Self::Conflict(_) => "conflict",
        }
    }

    /// Says why somebody has to look at the file; none where nobody has to.
    pub fn explain(self) -> Option<&'static str> {
        match self {
            Self::Kept => Some("it is yours, and the template has another one by now"),
            Self::Withheld => Some("you deleted it, and the template only moved it: it stays away"),
            Self::Conflict(conflict) => Some(conflict.explain()),
            Self::Added | Self::Updated | Self::Merged | Self::Removed | Self::Renamed => None,
        }
    }
}

impl Conflict {
    /// Gives the word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Binary => "binary",
            Self::Deleted => "deleted",
            Self::Removed => "removed",
            Self::Collision => "collision",
            Self::Obstructed => "obstructed",
            Self::Seeded => "seeded",
        }
    }

    /// Says it to people.
    pub fn explain(self) -> &'static str {
        match self {
            Self::Lines => "you and the template changed the same lines",
            Self::Binary => "you and the template changed it, and it is no text",
            Self::Deleted => "you deleted it, the template changed it",
            Self::Removed => "you changed it, the template removed it: it stays as you have it",
            Self::Collision => "you and the template added it, each another one",
            Self::Obstructed => "something else is where the template has a file",
            Self::Seeded => "you changed it, and other answers need another one",
        }
    }
}
