//! From the errors of all modules to messages, hints and exit codes, in one place.

use std::io;

use crate::name;
use crate::{checks, combinations, destination, git, interrupt, record, staging, template};

/// Tells what a failure means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something failed: exit code 1.
    Failed,
    /// The usage or the answers are wrong: exit code 2.
    Usage,
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
            staging::Error::Write(_, cause) => match cause.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "make room on the disk"
                }
                io::ErrorKind::FileTooLarge => "raise the limit that `ulimit -f` shows",
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "choose a folder that you may write to"
                }
                _ => "nothing was left behind: mend the cause and run the command again",
            },
            staging::Error::Rename(..) => "choose another path, or move away what is there",
        };
        Self::one(Kind::Failed, &error, hint.to_owned())
    }
}

impl From<interrupt::Interrupted> for Failure {
    fn from(error: interrupt::Interrupted) -> Self {
        Self::one(Kind::Failed, &error, "nothing was left behind".to_owned())
    }
}

impl From<git::Error> for Failure {
    fn from(error: git::Error) -> Self {
        let hint = match &error {
            git::Error::Interrupted(interrupted) => return (*interrupted).into(),
            git::Error::Missing => "install git, or leave the repository out with `--vcs none`",
            git::Error::Run(_) | git::Error::Failed(_) => {
                "mend git, or leave the repository out with `--vcs none`"
            }
        };
        Self::one(Kind::Failed, &error, hint.to_owned())
    }
}

impl From<record::Error> for Failure {
    fn from(error: record::Error) -> Self {
        Self::one(Kind::Failed, &error, None)
    }
}

impl From<combinations::Error> for Failure {
    fn from(error: combinations::Error) -> Self {
        let hint = match &error {
            combinations::Error::NoText(name) => {
                format!("give the placeholder a default, or a text with `--only {name}=…`")
            }
            combinations::Error::TooMany => {
                "leave `--all` out, or narrow it with `--only`".to_owned()
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
