//! The way back.

use std::fs;
use std::io;
use std::path::Path;

use super::disk::{self, Staging};
use super::journal::{Entry, Journal, State};
use super::{Error, PENDING, UNDO};
use crate::tree::Tree;

/// Is the last transaction of a project, finished or not, with everything that was before it.
#[derive(Debug)]
pub struct Undo {
    journal: Journal,
    before: Tree,
    finished: bool,
}

impl Undo {
    /// Reads the archive of a transaction; one that did not come to its end goes first.
    ///
    /// # Errors
    /// Fails if there is none, or if it is damaged.
    pub fn open(root: &Path) -> Result<Self, Error> {
        for (path, finished) in [(PENDING, false), (UNDO, true)] {
            let full = root.join(path);
            let packed = match fs::read(&full) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                packed => packed.map_err(|error| Error::Read(full.clone(), error))?,
            };
            let (journal, before) =
                Journal::unpack(&packed).map_err(|error| Error::Unpack(full, error))?;
            return Ok(Self { journal, before, finished });
        }
        Err(Error::NothingToUndo)
    }

    /// Tells whether the transaction came to its end.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Gives the command, what the project was before it, and what it became.
    pub fn title(&self) -> (&str, &str, &str) {
        (&self.journal.command, &self.journal.before, &self.journal.after)
    }

    /// Lists what is brought back (true) and what goes (false), without the files under `.firstlight`.
    pub fn files(&self) -> impl Iterator<Item = (&str, bool)> {
        let own = |entry: &&Entry| !entry.path.starts_with(".firstlight/");
        let entries = self.journal.entries.iter().filter(own);
        entries.map(|entry| (entry.path.as_str(), entry.before.is_some()))
    }

    /// Checks that every file is what it was or what it became: that nobody has edited it since.
    ///
    /// # Errors
    /// Lists those that are not.
    pub fn check(&self, root: &Path) -> Result<(), Error> {
        let mut changed = Vec::new();
        for entry in &self.journal.entries {
            let now = disk::read(root, &entry.path)?.map(|found| found.state);
            let is = |state: &Option<State>| match (state, &now) {
                (None, None) => true,
                (Some(state), Some(now)) => {
                    state.sha256 == now.sha256 && state.mode & 0o111 == now.mode & 0o111
                }
                _ => false,
            };
            let is_known = is(&entry.before) || is(&entry.after);
            if !is_known || self.is_obstructed(root, entry) {
                changed.push(entry.path.clone());
            }
        }
        if changed.is_empty() { Ok(()) } else { Err(Error::ChangedSince(changed)) }
    }

    /// Tells whether there is something else than a file by now, and not a folder that the transaction
    /// knows either.
    fn is_obstructed(&self, root: &Path, entry: &Entry) -> bool {
        let known = |path| self.journal.folders.iter().any(|folder| folder.path == path);
        fs::symlink_metadata(root.join(&entry.path)).is_ok_and(|found| {
            let is_known_folder = found.is_dir() && known(entry.path.as_str());
            !(found.is_file() || is_known_folder)
        })
    }

    /// Brings everything back, and forgets the transaction.
    ///
    /// The caller holds the project's lock.
    ///
    /// # Errors
    /// Fails if files have been edited since, unless that shall not count; a failure in the middle
    /// leaves the transaction unfinished.
    pub fn run(&self, root: &Path, force: bool) -> Result<(), Error> {
        if !force {
            self.check(root)?;
        }
        for entry in &self.journal.entries {
            let path = root.join(&entry.path);
            if self.is_obstructed(root, entry) && path.is_dir() {
                return Err(Error::Obstructed(path));
            }
            disk::check(root, &entry.path)?;
        }
        let mut staging = Staging::begin(root)?;
        for entry in &self.journal.entries {
            if let (Some(state), Some(file)) = (&entry.before, self.before.get(&entry.path)) {
                staging.add_exactly(&entry.path, &file.contents, state.mode)?;
            }
        }
        staging.sync()?;
        if self.finished {
            disk::rename(root, UNDO, PENDING)?;
        }
        staging.replay(root, &self.journal.backward())?;
        disk::remove(root, PENDING)
    }
}
