//! All or nothing on a project that people work in: several files are replaced, or none is.
//!
//! A transaction goes through these states; each step to the next is one rename or one removal:
//!
//! | on the disk under `.firstlight/` | the project | what a crash here leaves |
//! |---|---|---|
//! | nothing of ours | old | the old state |
//! | `staging/` with every new file, synced | old | the old state; the next run clears the folder |
//! | `pending.tar.zst`, synced: what was | between old and new, file by file | `undo` makes it old |
//! | the same, and the new record | new | `undo` makes it old |
//! | `undo.tar.zst`, which `pending.tar.zst` was renamed to | new | the new state; `undo` makes it old |
//!
//! The record is the last file to be replaced. As long as `pending.tar.zst` is there, every command but
//! `undo` refuses to work. `undo` of a finished transaction renames `undo.tar.zst` back first, so that a
//! crash in the middle of it leaves the third state, and removes the archive last.
//!
//! Every file is replaced by renaming a complete one onto it: no file is ever half-written. A disk that is
//! full fails while the project is still old.

mod disk;
mod journal;
mod undo;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use self::disk::Staging;
use self::journal::{Entry, Journal};
use crate::interrupt::{Interrupt, Interrupted};
use crate::merge::Change;
use crate::record::RECORD;
use crate::tree::Tree;

pub use self::undo::Undo;

/// Holds what was, while files are being replaced.
pub const PENDING: &str = ".firstlight/pending.tar.zst";

/// Holds what was, afterwards.
pub const UNDO: &str = ".firstlight/undo.tar.zst";

/// Names what a transaction does, for the `undo` to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// The command.
    pub command: &'static str,
    /// What the project is, in words.
    pub before: String,
    /// What it becomes.
    pub after: String,
}

/// Says why a transaction did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refuses, and nothing has changed.
    #[error("cannot write `{0}`: {1}")]
    Write(PathBuf, io::Error),
    /// A file cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Read(PathBuf, io::Error),
    /// A file is protected.
    #[error("`{0}` is read-only")]
    ReadOnly(PathBuf),
    /// The system refuses in the middle, and to go back as well.
    #[error("cannot write `{0}`: {1}, nor put back what was there")]
    Stuck(PathBuf, io::Error),
    /// There is no archive.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// The archive is damaged.
    #[error("`{0}` cannot be unpacked: {1}")]
    Unpack(PathBuf, io::Error),
    /// Files have been edited since.
    #[error("files have changed since: {}", .0.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", "))]
    ChangedSince(Vec<String>),
    /// A folder has come to where a file was.
    #[error("`{0}` is a folder by now")]
    Obstructed(PathBuf),
    /// Somebody wants the process to end.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// Tells whether a transaction was begun in a project and not ended.
pub fn is_unfinished(root: &Path) -> bool {
    fs::symlink_metadata(root.join(PENDING)).is_ok()
}

/// Changes the files of a project, and those under `.firstlight` with the record as the last: all of
/// them, or none.
///
/// The caller holds the project's lock.
///
/// # Errors
/// Says what is in the way. Unless it says otherwise, nothing has changed.
pub fn run(
    root: &Path,
    changes: &BTreeMap<String, Change>,
    own: &Tree,
    title: &Title,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let wanted = in_order(changes, own);
    for (path, _) in &wanted {
        disk::check(root, path)?;
    }
    let mut staging = Staging::begin(root)?;
    let mut entries = Vec::new();
    let mut before = Vec::new();
    for (path, file) in wanted {
        interrupt.check()?;
        let old = disk::read(root, path)?;
        let after = match file {
            Some(file) => Some(staging.add(path, file, old.as_ref().map(|old| old.state.mode))?),
            None => None,
        };
        let (state, contents) = old.map(|old| (old.state, old.contents)).unzip();
        entries.push(Entry { path: path.to_owned(), before: state, after });
        before.push(contents);
    }
    staging.sync()?;
    // From here on it takes a moment: a signal no longer stops it.
    interrupt.check()?;
    let folders = disk::folders_of(root, &entries);
    let journal = Journal::new(title, entries, folders);
    disk::write_synced(
        root,
        PENDING,
        &journal.pack(before).map_err(|error| Error::Write(root.join(PENDING), error))?,
    )?;
    let done = staging.replay(root, &journal.forward());
    if let Err(error) = done {
        drop(staging);
        return Err(match Undo::open(root).and_then(|undo| undo.run(root, true)) {
            Ok(()) => error,
            Err(_) => error.stuck(),
        });
    }
    disk::rename(root, PENDING, UNDO)
}

/// Puts what goes before what comes, and the record at the end.
fn in_order<'c>(
    changes: &'c BTreeMap<String, Change>,
    own: &'c Tree,
) -> Vec<(&'c str, Option<&'c crate::tree::File>)> {
    let mut wanted: Vec<_> = changes
        .iter()
        .map(|(path, change)| match change {
            Change::Remove => (path.as_str(), None),
            Change::Write(file) => (path.as_str(), Some(file)),
        })
        .chain(own.iter().map(|(path, file)| (path, Some(file))))
        .collect();
    wanted.sort_by_key(|(path, file)| {
        (file.is_some(), path.starts_with(".firstlight/"), *path == RECORD)
    });
    wanted
}

impl Error {
    fn stuck(self) -> Self {
        match self {
            Self::Write(path, error) => Self::Stuck(path, error),
            other => other,
        }
    }
}
