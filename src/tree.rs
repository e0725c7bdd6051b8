//! A tree of files in memory: path to contents and mode.

use std::collections::BTreeMap;

use bytes::Bytes;
use toml::Table;

/// Is a set of files by path, with `/` between components, in the order of their bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<String, File>,
}

/// Is one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The bytes.
    pub contents: Bytes,
    /// Whether it may be executed.
    pub executable: bool,
}

impl Tree {
    /// Adds a file and gives back the one that was there before.
    pub fn insert(&mut self, path: String, file: File) -> Option<File> {
        self.files.insert(path, file)
    }

    /// Adds all files of another tree.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self
    }

    /// Finds a file.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// Reads a file as TOML; none if there is no such file, or it is none.
    pub fn toml(&self, path: &str) -> Option<Table> {
        str::from_utf8(&self.get(path)?.contents).ok()?.parse().ok()
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) -> Option<File> {
        self.files.remove(path)
    }

    /// Lists all files in the order of their paths.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Lists the path of every file that is also the folder of another.
    pub fn files_as_folders(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).filter(|path| {
            let inside = format!("{path}/");
            let next = self.files.range(inside.clone()..).next();
            next.is_some_and(|(other, _)| other.starts_with(&inside))
        })
    }
}

/// Tells whether a path stays inside of the tree that it is in.
pub fn is_inside(path: &str) -> bool {
    let is_name =
        |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0', ':']);
    path.split('/').all(is_name)
}
