//! What a transaction changes, as it is kept for `undo`.

use std::io;

use serde::{Deserialize, Serialize};

use super::Title;
use crate::record;
use crate::tree::{File, Tree};
use crate::worktree::Worktree;

/// Numbers the layout.
const SCHEMA: u32 = 1;

const JOURNAL: &str = "journal.json";

/// Is everything about a transaction but contents.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Journal {
    schema: u32,
    /// The command that it belongs to.
    pub command: String,
    /// What the project was.
    pub before: String,
    /// What it became.
    pub after: String,
    /// The files, in the order in which they change.
    pub entries: Vec<Entry>,
    /// The folders above them.
    pub folders: Vec<Folder>,
}

/// Is one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Its path.
    pub path: String,
    /// What it was; none if it was not there.
    pub before: Option<State>,
    /// What it becomes; none if it goes.
    pub after: Option<State>,
}

/// Is what a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The hash of its contents.
    pub sha256: String,
    /// Its mode, where the system knows such a thing.
    pub mode: u32,
}

impl State {
    /// Tells what the file at a path is, if one is there.
    pub fn of(worktree: &Worktree, path: &str) -> Option<Self> {
        let file = worktree.at(path).file()?;
        let sha256 = record::hash(&file.contents);
        Some(Self { sha256, mode: worktree.mode(path).unwrap_or_default() })
    }

    /// Tells whether somebody who edits files would see a difference.
    pub fn is_same(one: Option<&Self>, other: Option<&Self>) -> bool {
        match (one, other) {
            (None, None) => true,
            (Some(one), Some(other)) => {
                one.sha256 == other.sha256 && one.mode & 0o111 == other.mode & 0o111
            }
            _ => false,
        }
    }
}

/// Is a folder that comes or may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Its path.
    pub path: String,
    /// Its mode; none if it was not there.
    pub mode: Option<u32>,
}

/// Is a way through a transaction: what each file becomes, and which folders go with the files in them.
#[derive(Debug)]
pub struct Way<'j> {
    pub steps: Vec<Step<'j>>,
    pub vanishing: Vec<&'j str>,
    pub folders: &'j [Folder],
}

/// Is what a file is on a way, and what it becomes.
#[derive(Debug)]
pub struct Step<'j> {
    pub path: &'j str,
    pub from: Option<State>,
    pub to: Option<&'j State>,
}

impl Journal {
    pub fn new(title: &Title, entries: Vec<Entry>, folders: Vec<Folder>) -> Self {
        Self {
            schema: SCHEMA,
            command: title.command.to_owned(),
            before: title.before.clone(),
            after: title.after.clone(),
            entries,
            folders,
        }
    }

    /// Gives the way that the transaction goes.
    pub fn forward(&self) -> Way<'_> {
        let steps = self.entries.iter().map(|entry| {
            let (from, to) = (entry.before.clone(), entry.after.as_ref());
            Step { path: &entry.path, from, to }
        });
        self.way(steps, |folder| folder.mode.is_some())
    }

    /// Gives the way back, from what is there now.
    pub fn backward(&self, now: &Worktree) -> Way<'_> {
        let steps = self.entries.iter().map(|entry| {
            let (from, to) = (State::of(now, &entry.path), entry.before.as_ref());
            Step { path: &entry.path, from, to }
        });
        self.way(steps, |folder| folder.mode.is_none())
    }

    fn way<'j>(
        &'j self,
        steps: impl Iterator<Item = Step<'j>>,
        vanishes: impl Fn(&Folder) -> bool,
    ) -> Way<'j> {
        let mut steps: Vec<_> = steps.filter(|step| step.from.as_ref() != step.to).collect();
        // What goes, goes before what comes; the record stays the last.
        steps.sort_by_key(|step| step.to.is_some());
        let vanishing = self.folders.iter().filter(|folder| vanishes(folder));
        let mut vanishing: Vec<&str> = vanishing.map(|folder| folder.path.as_str()).collect();
        // The deepest first.
        vanishing.sort_by_key(|path| std::cmp::Reverse(path.matches('/').count()));
        Way { steps, vanishing, folders: &self.folders }
    }

    /// Packs the journal with the contents that the files had before.
    pub fn pack(&self, before: &Worktree) -> io::Result<Vec<u8>> {
        let mut tree = Tree::default();
        let own = serde_json::to_vec(self)?.into();
        tree.insert(JOURNAL.to_owned(), File { contents: own, executable: false });
        for entry in &self.entries {
            if let Some(file) = before.at(&entry.path).file() {
                tree.insert(kept(&entry.path), file.clone());
            }
        }
        record::pack(tree.iter().map(Ok))
    }

    /// Unpacks a journal and the contents that belong to it.
    pub fn unpack(packed: &[u8]) -> io::Result<(Self, Tree)> {
        let mut tree = record::unpack(packed)?;
        let own = tree.remove(JOURNAL).ok_or_else(|| io::Error::other("it has no journal"))?;
        let journal: Self = serde_json::from_slice(&own.contents)?;
        if journal.schema != SCHEMA {
            let message = format!("its schema {} is not known to this firstlight", journal.schema);
            return Err(io::Error::other(message));
        }
        let paths = journal.entries.iter().map(|entry| &entry.path);
        let mut paths = paths.chain(journal.folders.iter().map(|folder| &folder.path));
        if let Some(path) = paths.find(|path| !crate::tree::is_inside(path)) {
            return Err(io::Error::other(format!("`{path}` leads out of the project")));
        }
        let mut before = Tree::default();
        for entry in &journal.entries {
            let Some(state) = &entry.before else { continue };
            let file = tree.remove(&kept(&entry.path));
            match file.filter(|file| record::hash(&file.contents) == state.sha256) {
                Some(file) => drop(before.insert(entry.path.clone(), file)),
                None => return Err(io::Error::other(format!("`{}` is missing in it", entry.path))),
            }
        }
        Ok((journal, before))
    }
}

fn kept(path: &str) -> String {
    format!("files/{path}")
}
