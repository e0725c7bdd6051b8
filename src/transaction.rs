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
//!
//! No link is followed. Directly before a file is replaced it is compared with what it was when the
//! transaction began: if somebody works on it at the same time, what was replaced until then is put back.

mod disk;
mod journal;
mod undo;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use self::disk::Staging;
use self::journal::{Entry, Journal, State};
use crate::interrupt::{Interrupt, Interrupted};
use crate::merge::Change;
use crate::record::{RECORD, is_own};
use crate::tree::{File, Tree};
use crate::worktree::{self, Worktree};

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

/// Says why a transaction did not come about. Nothing has changed, unless it stopped halfway.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refuses.
    #[error("cannot write `{0}`: {1}")]
    Write(PathBuf, io::Error),
    /// An archive cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Read(PathBuf, io::Error),
    /// A file of the project cannot be read.
    #[error(transparent)]
    Look(#[from] worktree::Error),
    /// A file is protected.
    #[error("`{0}` is read-only")]
    ReadOnly(PathBuf),
    /// A file cannot be replaced by renaming another.
    #[error("`{0}` is on another file system than `.firstlight`")]
    Elsewhere(PathBuf),
    /// A folder, a link or the like is where a file or a folder is needed: what it is.
    #[error("`{0}` is {1}")]
    Obstructed(PathBuf, &'static str),
    /// Somebody works on a file at the same time.
    #[error("`{0}` has just been changed")]
    Edited(PathBuf),
    /// There is no archive.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// The archive is damaged.
    #[error("`{0}` cannot be unpacked: {1}")]
    Unpack(PathBuf, io::Error),
    /// Files have been edited since.
    #[error("files have changed since: {}", .0.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", "))]
    ChangedSince(Vec<String>),
    /// Somebody wants the process to end.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// Some files have been replaced, and some have not.
    #[error("{0}, when some files were replaced already")]
    Halfway(Box<Self>),
}

/// Tells whether a transaction was begun in a project and not ended.
pub fn is_unfinished(root: &Path) -> bool {
    fs::symlink_metadata(root.join(PENDING)).is_ok()
}

/// Finds out what would be in the way of [`run`], as far as that can be told without writing.
///
/// # Errors
/// Says what it is.
pub fn check(
    root: &Path,
    seen: &Worktree,
    changes: &BTreeMap<String, Change>,
    own: &Tree,
) -> Result<(), Error> {
    look(root, seen, changes, &in_order(changes, own)).map(drop)
}

/// Changes the files of a project, and those under `.firstlight` with the record as the last: all of
/// them, or none. What was `seen` at the paths of the changes has to be there still.
///
/// The caller holds the project's lock.
///
/// # Errors
/// Says what is in the way.
pub fn run(
    root: &Path,
    seen: &Worktree,
    changes: &BTreeMap<String, Change>,
    own: &Tree,
    title: &Title,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let wanted = in_order(changes, own);
    let now = look(root, seen, changes, &wanted)?;
    let mut staging = Staging::begin(root)?;
    let mut entries = Vec::new();
    for Wanted { path, file, like } in wanted {
        interrupt.check()?;
        let before = State::of(&now, path);
        let after = file.map(|file| staging.add(path, file, now.mode(like))).transpose()?;
        entries.push(Entry { path: path.to_owned(), before, after });
    }
    staging.sync()?;
    // From here on it takes a moment: a signal no longer stops it.
    interrupt.check()?;
    let folders = disk::folders_of(root, &entries);
    let journal = Journal::new(title, entries, folders);
    let packed = journal.pack(&now).map_err(|error| Error::Write(root.join(PENDING), error))?;
    disk::write_synced(root, PENDING, &packed)?;
    let done = staging.replay(root, &journal.forward());
    drop(staging);
    if let Err(error) = done {
        let back = Undo::open(root).and_then(|undo| undo.roll_back(root));
        return Err(if back.is_ok() { error } else { error.halfway() });
    }
    disk::rename(root, PENDING, UNDO).map_err(Error::halfway)
}

/// Gives what is at the paths of a transaction, unless it is in the way.
fn look(
    root: &Path,
    seen: &Worktree,
    changes: &BTreeMap<String, Change>,
    wanted: &[Wanted<'_>],
) -> Result<Worktree, Error> {
    let paths = || wanted.iter().map(|wanted| wanted.path);
    let now = Worktree::of(root, paths())?;
    if let Some(path) = changes.keys().find(|path| now.at(path) != seen.at(path)) {
        return Err(Error::Edited(root.join(path)));
    }
    disk::check_places(root, &now)?;
    paths().try_for_each(|path| disk::check(root, path))?;
    Ok(now)
}

/// Is what shall be at a path: a file with the mode of what was at another, or nothing.
struct Wanted<'c> {
    path: &'c str,
    file: Option<&'c File>,
    like: &'c str,
}

/// Puts what goes before what comes, and the record at the end.
fn in_order<'c>(changes: &'c BTreeMap<String, Change>, own: &'c Tree) -> Vec<Wanted<'c>> {
    let changes = changes.iter().map(|(path, change)| {
        let like = if let Change::Move(from, _) = change { from } else { path };
        Wanted { path, file: change.file(), like }
    });
    let own = own.iter().map(|(path, file)| Wanted { path, file: Some(file), like: path });
    let mut wanted: Vec<_> = changes.chain(own).collect();
    wanted
        .sort_by_key(|wanted| (wanted.file.is_some(), is_own(wanted.path), wanted.path == RECORD));
    wanted
}

impl Error {
    fn halfway(self) -> Self {
        match self {
            Self::Halfway(_) => self,
            error => Self::Halfway(Box::new(error)),
        }
    }
}
