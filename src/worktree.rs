//! What is in a project's folder, at the paths that matter. Links are never followed.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::executable::is_executable;
use crate::file_system;
use crate::tree::File;

/// Is what is found at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Nothing.
    Nothing,
    /// A file.
    File(File),
    /// A folder, with the paths of everything in it that is no folder.
    Folder(Vec<String>),
    /// A link, a socket, or another thing that is neither.
    Special,
    /// Nothing, because something above that is no folder is in the way: its path.
    Blocked(String),
}

/// Holds what is at the paths that it was read for.
#[derive(Debug, Clone, Default)]
pub struct Worktree {
    places: BTreeMap<String, Place>,
    modes: BTreeMap<String, u32>,
}

/// Says what cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{0}`: {1}")]
pub struct Error(PathBuf, io::Error);

impl Worktree {
    /// Looks at paths of a project.
    ///
    /// # Errors
    /// Tells the path that cannot be looked at.
    pub fn of<'p>(root: &Path, paths: impl IntoIterator<Item = &'p str>) -> Result<Self, Error> {
        let mut worktree = Self::default();
        worktree.read(root, paths)?;
        Ok(worktree)
    }

    /// Looks at more paths of a project.
    ///
    /// # Errors
    /// Tells the path that cannot be looked at.
    pub fn read<'p>(
        &mut self,
        root: &Path,
        paths: impl IntoIterator<Item = &'p str>,
    ) -> Result<(), Error> {
        let mut folders = Folders { root, known: BTreeMap::new() };
        for path in paths {
            if !self.contains(path) {
                let (place, mode) = folders.place(path)?;
                self.places.insert(path.to_owned(), place);
                self.modes.extend(mode.map(|mode| (path.to_owned(), mode)));
            }
        }
        Ok(())
    }

    /// Tells what is at a path; nothing where it was not read.
    pub fn at(&self, path: &str) -> &Place {
        self.places.get(path).unwrap_or(&Place::Nothing)
    }

    /// Tells whether a path was read.
    pub fn contains(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// Lists what is where.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.places.iter().map(|(path, place)| (path.as_str(), place))
    }

    /// Gives the mode of the file at a path; none where there is no file, or it was not read.
    pub fn mode(&self, path: &str) -> Option<u32> {
        self.modes.get(path).copied()
    }

    /// Puts something at a path.
    pub fn put(&mut self, path: String, place: Place) {
        self.places.insert(path, place);
    }
}

impl Place {
    /// Gives the file, if it is one.
    pub fn file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            _ => None,
        }
    }

    /// Gives the path of what keeps a file from being put at this place, which `path` leads to: all that
    /// does not give way.
    pub fn obstacle<'p>(
        &'p self,
        path: &'p str,
        gives_way: impl Fn(&str) -> bool,
    ) -> Option<&'p str> {
        match self {
            Self::Nothing => None,
            Self::File(_) => (!gives_way(path)).then_some(path),
            Self::Folder(inside) => {
                let is_free = inside.iter().all(|inside| gives_way(inside));
                (!is_free).then_some(path)
            }
            Self::Blocked(above) => (!gives_way(above)).then_some(above.as_str()),
            Self::Special => Some(path),
        }
    }
}

/// Remembers which folders are ones: most paths share theirs.
struct Folders<'r> {
    root: &'r Path,
    known: BTreeMap<String, Option<Place>>,
}

impl Folders<'_> {
    /// Looks at a path; a file comes with its mode.
    fn place(&mut self, path: &str) -> Result<(Place, Option<u32>), Error> {
        if let Some(place) = self.above(path)? {
            return Ok((place, None));
        }
        let full = self.root.join(path);
        let failed = |error| Error(full.clone(), error);
        let place = match look(&full).map_err(failed)? {
            None => Place::Nothing,
            Some(found) if found.is_file() => {
                let mode = file_system::mode(&found);
                let contents = fs::read(&full).map_err(failed)?.into();
                let executable = is_executable(&found);
                return Ok((Place::File(File { contents, executable }), Some(mode)));
            }
            Some(found) if found.is_dir() => {
                let mut inside = Vec::new();
                list(&full, path, &mut inside)?;
                inside.sort();
                Place::Folder(inside)
            }
            Some(_) => Place::Special,
        };
        Ok((place, None))
    }

    /// Tells what keeps a path from being there, if a folder above it is missing or none.
    fn above(&mut self, path: &str) -> Result<Option<Place>, Error> {
        let Some((folder, _)) = path.rsplit_once('/') else { return Ok(None) };
        if let Some(known) = self.known.get(folder) {
            return Ok(known.clone());
        }
        let found = match self.above(folder)? {
            Some(place) => Some(place),
            None => {
                let full = self.root.join(folder);
                match look(&full).map_err(|error| Error(full.clone(), error))? {
                    Some(found) if found.is_dir() => None,
                    Some(_) => Some(Place::Blocked(folder.to_owned())),
                    None => Some(Place::Nothing),
                }
            }
        };
        self.known.insert(folder.to_owned(), found.clone());
        Ok(found)
    }
}

fn look(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn list(folder: &Path, path: &str, inside: &mut Vec<String>) -> Result<(), Error> {
    let failed = |error| Error(folder.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = format!("{path}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(failed)?.is_dir() {
            list(&entry.path(), &path, inside)?;
        } else {
            inside.push(path);
        }
    }
    Ok(())
}
