//! The difference of two trees as git writes and applies it.

use std::collections::BTreeSet;

use crate::lines;
use crate::tree::{File, Tree};

/// Is the difference of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The file's path.
    pub path: String,
    /// What became of it.
    pub change: Change,
    /// Whether the contents differ and are no text.
    pub binary: bool,
    /// The difference.
    pub text: Vec<u8>,
}

/// Tells what became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// Its contents or its mode are other ones.
    Edited,
}

/// Compares two trees, in the order of their paths.
pub fn between(old: &Tree, new: &Tree) -> Vec<Patch> {
    let paths: BTreeSet<&str> = old.iter().chain(new.iter()).map(|(path, _)| path).collect();
    paths.into_iter().filter_map(|path| one(path, old.get(path), new.get(path))).collect()
}

fn one(path: &str, old: Option<&File>, new: Option<&File>) -> Option<Patch> {
    let (change, header) = match (old, new) {
        (None, Some(new)) => (Change::Added, format!("new file mode {}\n", mode(new))),
        (Some(old), None) => (Change::Deleted, format!("deleted file mode {}\n", mode(old))),
        (Some(old), Some(new)) if old == new => return None,
        (Some(old), Some(new)) if old.executable != new.executable => {
            (Change::Edited, format!("old mode {}\nnew mode {}\n", mode(old), mode(new)))
        }
        (Some(_), Some(_)) => (Change::Edited, String::new()),
        (None, None) => return None,
    };
    let mut text = format!("diff --git a/{path} b/{path}\n{header}").into_bytes();
    let contents = |file: Option<&File>| file.map(|file| file.contents.clone()).unwrap_or_default();
    let (before, after) = (contents(old), contents(new));
    let binary = before != after && (lines::is_binary(&before) || lines::is_binary(&after));
    let name = |side: &str, file: Option<&File>| {
        file.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"))
    };
    let (from, to) = (name("a", old), name("b", new));
    if binary {
        text.extend(format!("Binary files {from} and {to} differ\n").bytes());
    } else if before != after {
        // git and patch end a name at a tab, which only one with a space in it needs.
        let end = if path.contains(' ') { "\t" } else { "" };
        text.extend(format!("--- {from}{end}\n+++ {to}{end}\n").bytes());
        text.extend(hunks(&before, &after));
    }
    Some(Patch { path: path.to_owned(), change, binary, text })
}

fn hunks(before: &[u8], after: &[u8]) -> Vec<u8> {
    let patch = diffy::DiffOptions::new().create_patch_bytes(before, after);
    let mut text = Vec::new();
    let formatter = diffy::PatchFormatter::new().suppress_blank_empty(false);
    formatter.write_patch_into(&patch, &mut text).expect("a vector takes all");
    // The library's header knows neither new files nor deleted ones.
    let header = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1);
    let start = header.map_or(0, |(index, _)| index + 1);
    text.split_off(start)
}

fn mode(file: &File) -> &'static str {
    if file.executable { "100755" } else { "100644" }
}

impl Change {
    /// Gives the word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Deleted => "deleted",
            Self::Edited => "edited",
        }
    }
}
