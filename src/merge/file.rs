//! The merge of one file: which side counts.

use super::text::{self, Text};
use super::{Conflict, Merging, What};
use crate::drift::{is_same, is_same_mode};
use crate::lines;
use crate::record::is_seeded;
use crate::tree::File;
use crate::worktree::Place;

impl<'s> Merging<'s> {
    /// Tells whether a path goes where the template goes.
    pub(super) fn follows_template(&self, path: &str, was: Option<&File>) -> bool {
        if !is_seeded(self.sides.seeded, path) {
            return true;
        }
        // What is new is written once; what was written follows other answers while it is as it was.
        match (was, self.sides.ours.at(path)) {
            (None, Place::Nothing) => true,
            (Some(was), Place::File(ours)) => self.sides.reseed && is_same(ours, was),
            _ => false,
        }
    }

    pub(super) fn file(&mut self, path: &'s str) {
        let sides = self.sides;
        let (was, is) = (sides.baseline.get(path), sides.theirs.get(path));
        if !self.follows_template(path, was) {
            return self.seeded(path, was, is);
        }
        match (was, is) {
            (Some(was), Some(is)) => self.both(path, was, is),
            (None, Some(is)) => self.added(path, is),
            (Some(was), None) => self.removed_by_template(path, was),
            (None, None) => {}
        }
    }

    fn both(&mut self, path: &str, was: &File, is: &File) {
        match self.sides.ours.at(path) {
            Place::File(ours) => self.edits(path, None, (was, ours, is)),
            // What you took away stays away, unless there is something new about it.
            _ if was == is => {}
            Place::Nothing => self.write_beside(path, None, is, Conflict::Deleted),
            Place::Folder(_) | Place::Special | Place::Blocked(_) => {
                self.write_beside(path, None, is, Conflict::Obstructed);
            }
        }
    }

    /// Merges a file that is there on all three sides, perhaps under another name on theirs.
    fn edits(&mut self, path: &str, from: Option<&str>, (was, ours, is): (&File, &File, &File)) {
        let executable = if is_same_mode(was, ours) { is.executable } else { ours.executable };
        let merged = text::merge(&was.contents, &ours.contents, &is.contents, self.sides.labels);
        let (contents, what) = match merged {
            Text::Binary => return self.write_beside(path, from, is, Conflict::Binary),
            Text::Conflict(contents) => (contents, What::Conflict(Conflict::Lines)),
            Text::Clean(contents) if !lines::are_same(&was.contents, &ours.contents) => {
                (contents, What::Merged)
            }
            Text::Clean(contents) if from.is_some() && was.contents == is.contents => {
                (contents, What::Renamed)
            }
            Text::Clean(contents) => (contents, What::Updated),
        };
        let merged = File { contents: contents.into(), executable };
        let differs = merged.contents != ours.contents || !is_same_mode(&merged, ours);
        if from.is_some() || differs {
            self.write(path, from, merged);
            self.tell(path, from, what);
        }
    }

    fn added(&mut self, path: &str, is: &File) {
        if self.is_free(path) {
            self.write(path, None, is.clone());
            return self.tell(path, None, What::Added);
        }
        match self.sides.ours.at(path) {
            Place::File(ours) if lines::are_same(&ours.contents, &is.contents) => {}
            Place::File(_) => self.write_beside(path, None, is, Conflict::Collision),
            _ => self.write_beside(path, None, is, Conflict::Obstructed),
        }
    }

    fn removed_by_template(&mut self, path: &str, was: &File) {
        match self.sides.ours.at(path) {
            Place::File(ours) if is_same(ours, was) => {
                self.remove(path);
                self.tell(path, None, What::Removed);
            }
            Place::File(_) => self.tell(path, None, What::Conflict(Conflict::Removed)),
            // You took it away yourself.
            _ => {}
        }
    }

    pub(super) fn renamed(&mut self, from: &'s str, to: &'s str) {
        let sides = self.sides;
        let (Some(was), Some(is)) = (sides.baseline.get(from), sides.theirs.get(to)) else {
            return;
        };
        match sides.ours.at(from) {
            Place::File(ours) => {
                self.remove(from);
                let edited = !is_same(ours, was);
                let binary =
                    [was, ours, is].into_iter().any(|file| lines::is_binary(&file.contents));
                if edited && binary && !lines::are_same(&was.contents, &is.contents) {
                    // Your contents move along; the template's lie beside them.
                    self.write(to, Some(from), ours.clone());
                    return self.write_beside(to, Some(from), is, Conflict::Binary);
                }
                self.edits(to, Some(from), (was, ours, is));
            }
            // What you took away stays away in its new place, too.
            _ if was.contents == is.contents => self.tell(to, Some(from), What::Withheld),
            _ => self.write_beside(to, Some(from), is, Conflict::Deleted),
        }
    }

    fn seeded(&mut self, path: &str, was: Option<&File>, is: Option<&File>) {
        if was == is {
            return;
        }
        match (self.sides.ours.at(path), is) {
            (Place::File(ours), Some(is)) if is_same(ours, is) => {}
            (Place::File(_), Some(is)) if self.sides.reseed => {
                self.write_beside(path, None, is, Conflict::Seeded);
            }
            (Place::File(_), Some(_)) => self.tell(path, None, What::Kept),
            (Place::Nothing, Some(is)) if self.sides.reseed => {
                self.write_beside(path, None, is, Conflict::Deleted);
            }
            (Place::File(_), None) if self.sides.reseed => {
                self.tell(path, None, What::Conflict(Conflict::Removed));
            }
            _ => {}
        }
    }
}
