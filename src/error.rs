//! From the errors of all modules to messages, hints and exit codes, in one place.

use std::io;

use crate::{
    checks, combinations, destination, git, interrupt, name, project, record, staging, template,
    transaction, worktree,
};

/// Tells what a failure means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something failed: exit code 1.
    Failed,
    /// The usage or the answers are wrong: exit code 2.
    Usage,
}

/// Is how a command that did what it should has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All is well: exit code 0.
    Done,
    /// There are conflicts, or with `--check` there is drift: exit code 3.
    Attention,
}

impl Ending {
    /// Gives the exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Attention => 3,
        }
    }
}

/// Is what a command ends with if it does not succeed.
#[derive(Debug)]
pub struct Failure {
    /// What it means.
    pub kind: Kind,
    /// What is wrong, one or more of it.
    pub problems: Vec<Complaint>,
}

/// Is one message and its remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Kind {
    /// Gives the exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
        }
    }
}

impl Complaint {
    /// Makes a message with a remedy.
    pub fn new(message: &(impl ToString + ?Sized), hint: impl Into<Option<String>>) -> Self {
        Self { message: message.to_string(), hint: hint.into() }
    }
}

impl Failure {
    /// Makes a failure of one message.
    pub fn one(
        kind: Kind,
        message: &(impl ToString + ?Sized),
        hint: impl Into<Option<String>>,
    ) -> Self {
        Self { kind, problems: vec![Complaint::new(message, hint)] }
    }

    /// Adds a remedy to what has none yet.
    #[must_use]
    pub fn with_hint(mut self, hint: &str) -> Self {
        for problem in &mut self.problems {
            problem.hint.get_or_insert_with(|| hint.to_owned());
        }
        self
    }
}

impl From<Vec<crate::fault::Fault>> for Failure {
    fn from(faults: Vec<crate::fault::Fault>) -> Self {
        let problems = faults.iter().map(|fault| Complaint::new(fault, fault.problem.remedy()));
        Self { kind: Kind::Failed, problems: problems.collect() }
    }
}

impl From<template::Error> for Failure {
    fn from(error: template::Error) -> Self {
        match error {
            template::Error::Faulty(_, faults) => faults.into(),
            template::Error::NoFolder(_) => {
                let hint = "point `--template` to the folder that holds `cargo-generate.toml`";
                Self::one(Kind::Usage, &error, hint.to_owned())
            }
            template::Error::Address(ref address) => {
                Self::one(Kind::Usage, &error, address.remedy())
            }
            template::Error::Fetch(_, git::Error::Interrupted(interrupted)) => interrupted.into(),
            template::Error::Fetch(_, ref cause) => {
                let hint = match cause {
                    git::Error::Missing => "install git, or point `--template` to a folder",
                    _ => "check the address, the revision and your access with `git ls-remote`",
                };
                Self::one(Kind::Failed, &error, hint.to_owned())
            }
            template::Error::Unreadable(..) => Self::one(Kind::Failed, &error, None),
        }
    }
}

impl From<destination::Error> for Failure {
    fn from(error: destination::Error) -> Self {
        let kind = match error {
            destination::Error::Unreadable(..) | destination::Error::NotWritable(..) => {
                Kind::Failed
            }
            _ => Kind::Usage,
        };
        let hint = error.remedy();
        Self::one(kind, &error, hint)
    }
}

impl From<name::Error> for Failure {
    fn from(error: name::Error) -> Self {
        destination::Error::from(error).into()
    }
}

impl From<staging::Error> for Failure {
    fn from(error: staging::Error) -> Self {
        let hint = match &error {
            staging::Error::Interrupted(interrupted) => return (*interrupted).into(),
            staging::Error::Write(_, cause) | staging::Error::Rename(_, cause) => {
                match cause.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        "make room on the disk"
                    }
                    io::ErrorKind::FileTooLarge => "raise the limit that `ulimit -f` shows",
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                        "choose a folder that you may write to"
                    }
                    _ => "nothing was left behind: mend the cause and run the command again",
                }
            }
            staging::Error::Taken(_) => "choose another path, or move away what is there",
        };
        Self::one(Kind::Failed, &error, hint.to_owned())
    }
}

impl From<interrupt::Interrupted> for Failure {
    fn from(error: interrupt::Interrupted) -> Self {
        Self::one(Kind::Failed, &error, "nothing was left behind".to_owned())
    }
}

impl From<interrupt::Refused> for Failure {
    fn from(error: interrupt::Refused) -> Self {
        Self::one(Kind::Failed, &error, None)
    }
}

impl From<git::Error> for Failure {
    fn from(error: git::Error) -> Self {
        let hint = match &error {
            git::Error::Interrupted(interrupted) => return (*interrupted).into(),
            git::Error::Missing => "install git, or leave the repository out with `--vcs none`",
            git::Error::Run(_) | git::Error::Failed(..) => {
                "mend git, or leave the repository out with `--vcs none`"
            }
        };
        Self::one(Kind::Failed, &error, hint.to_owned())
    }
}

impl From<record::Error> for Failure {
    fn from(error: record::Error) -> Self {
        let hint = match error {
            record::Error::Write(_) | record::Error::Pack(_) => None,
            record::Error::Schema(_) => Some("use a newer firstlight"),
            _ => Some(
                "bring back `.firstlight/record.toml` and `.firstlight/baseline.tar.zst` from one \
                 and the same commit",
            ),
        };
        Self::one(Kind::Failed, &error, hint.map(str::to_owned))
    }
}

impl From<project::Error> for Failure {
    fn from(error: project::Error) -> Self {
        let hint = match error {
            project::Error::Record(error) => return error.into(),
            project::Error::NotFound(_) | project::Error::NotOne(_) => {
                let hint =
                    "name the project's folder with `--project`, or make one with `firstlight new`";
                return Self::one(Kind::Usage, &error, hint.to_owned());
            }
            project::Error::NoBaseline => {
                Some("bring it back from version control: it belongs to the project")
            }
            project::Error::Unfinished(_) => {
                Some("`firstlight undo` brings back the project as it was before")
            }
            project::Error::Locked(_) => Some("wait for it to end, and run the command again"),
            project::Error::Unreadable(..) => None,
        };
        Self::one(Kind::Failed, &error, hint.map(str::to_owned))
    }
}

impl From<worktree::Error> for Failure {
    fn from(error: worktree::Error) -> Self {
        Self::one(Kind::Failed, &error, None)
    }
}

impl From<combinations::Error> for Failure {
    fn from(error: combinations::Error) -> Self {
        let hint = match &error {
            combinations::Error::NoText(name) => {
                format!(
                    "give it a default, or texts under [firstlight.samples], or one with `--only {name}=…`"
                )
            }
            combinations::Error::TooMany => {
                "leave `--all` out, or narrow it with `--only`".to_owned()
            }
            combinations::Error::TooIntricate(_) => {
                "let fewer placeholders decide it, or narrow them with `--only`".to_owned()
            }
            combinations::Error::None => "leave one of them out".to_owned(),
        };
        Self::one(Kind::Usage, &error, hint)
    }
}

impl From<checks::Error> for Failure {
    fn from(error: checks::Error) -> Self {
        let hint = match &error {
            checks::Error::NoHome => Some("set `XDG_CACHE_HOME` to a folder"),
            checks::Error::Busy(_) => Some("wait until it is done"),
            checks::Error::Write(..) => None,
        };
        Self::one(Kind::Failed, &error, hint.map(str::to_owned))
    }
}

impl From<transaction::Error> for Failure {
    fn from(error: transaction::Error) -> Self {
        let hint = match &error {
            transaction::Error::Interrupted(_) => "nothing was changed",
            transaction::Error::Write(_, cause) => match cause.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "nothing was changed: make room on the disk"
                }
                io::ErrorKind::FileTooLarge => {
                    "nothing was changed: raise the limit that `ulimit -f` shows"
                }
                _ => "nothing was changed: mend the cause and run the command again",
            },
            transaction::Error::ReadOnly(_) => {
                "nothing was changed: make the file writable, and run the command again"
            }
            transaction::Error::Elsewhere(_) => {
                "nothing was changed: files are replaced by renaming, which does not go from one file \
                 system to another: unmount it, and run the command again"
            }
            transaction::Error::Obstructed(..) => {
                "nothing was changed: move it away, and run the command again"
            }
            transaction::Error::Edited(_) => "nothing was changed: run the command again",
            transaction::Error::Halfway(_) => "mend the cause, then run `firstlight undo`",
            transaction::Error::ChangedSince(_) => {
                "nothing was changed: keep a copy of them, then `firstlight undo --force` \
                 throws away what was changed since"
            }
            transaction::Error::Unpack(..) => "bring the files back from version control",
            transaction::Error::NothingToUndo
            | transaction::Error::Read(..)
            | transaction::Error::Look(_) => return Self::one(Kind::Failed, &error, None),
        };
        Self::one(Kind::Failed, &error, hint.to_owned())
    }
}
