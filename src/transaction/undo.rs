//! The way back.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::disk::{self, Staging};
use super::journal::{Entry, Journal, State, Way};
use super::{Error, PENDING, UNDO};
use crate::record::is_own;
use crate::tree::Tree;
use crate::worktree::Worktree;

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
        let entries = self.journal.entries.iter().filter(|entry| !is_own(&entry.path));
        entries.map(|entry| (entry.path.as_str(), entry.before.is_some()))
    }

    /// Checks that everything can be brought back, and that nobody has edited a file since, unless that
    /// shall not count: that each is what it was or what it became.
    ///
    /// # Errors
    /// Says what is in the way, or lists the files that have been edited.
    pub fn check(&self, root: &Path, force: bool) -> Result<(), Error> {
        self.way(root, force).map(drop)
    }

    /// Brings everything back, and forgets the transaction.
    ///
    /// The caller holds the project's lock.
    ///
    /// # Errors
    /// As with a check; a failure in the middle leaves the transaction unfinished.
    pub fn run(&self, root: &Path, force: bool) -> Result<(), Error> {
        self.go(root, &self.way(root, force)?)
    }

    /// Brings back what the transaction has replaced until it failed. What it has not got to stays as it
    /// is: it may be the reason.
    pub(super) fn roll_back(&self, root: &Path) -> Result<(), Error> {
        let now = Worktree::of(root, self.paths())?;
        let is_done = |entry: &&Entry| State::of(&now, &entry.path) == entry.after;
        let done = self.journal.entries.iter().filter(is_done);
        let done: BTreeSet<&str> = done.map(|entry| entry.path.as_str()).collect();
        let mut way = self.journal.backward(&now);
        way.steps.retain(|step| done.contains(step.path));
        self.go(root, &way)
    }

    fn way(&self, root: &Path, force: bool) -> Result<Way<'_>, Error> {
        let now = Worktree::of(root, self.paths())?;
        disk::check_places(root, &now)?;
        let is_edited = |entry: &&Entry| {
            let now = State::of(&now, &entry.path);
            let is = |known: &Option<State>| State::is_same(known.as_ref(), now.as_ref());
            !is(&entry.before) && !is(&entry.after)
        };
        let edited = self.journal.entries.iter().filter(is_edited);
        let edited: Vec<String> = edited.map(|entry| entry.path.clone()).collect();
        if !force && !edited.is_empty() {
            return Err(Error::ChangedSince(edited));
        }
        let way = self.journal.backward(&now);
        way.steps.iter().try_for_each(|step| disk::check(root, step.path))?;
        Ok(way)
    }

    fn go(&self, root: &Path, way: &Way<'_>) -> Result<(), Error> {
        let mut staging = Staging::begin(root)?;
        for step in &way.steps {
            if let (Some(state), Some(file)) = (step.to, self.before.get(step.path)) {
                staging.add_exactly(step.path, &file.contents, state.mode)?;
            }
        }
        staging.sync()?;
        if self.finished {
            disk::rename(root, UNDO, PENDING)?;
        }
        let done = staging.replay(root, way).and_then(|()| disk::remove(root, PENDING));
        done.map_err(Error::halfway)
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        self.journal.entries.iter().map(|entry| entry.path.as_str())
    }
}
