//! Where a new project goes, checked before anything is asked or written.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use crate::file_system::may_write;
use crate::name::{self, Name};

/// Is a place that a project can be written to.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The project's name, from the last component.
    pub name: Name,
    /// The path as it was given.
    pub given: PathBuf,
    /// The path from the root, without links as far as it exists.
    pub path: PathBuf,
}

/// Says why nothing can be written there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path does not end in a name.
    #[error("`{0}` does not end in a name")]
    NoName(PathBuf),
    /// The name is refused.
    #[error(transparent)]
    Name(#[from] name::Error),
    /// Something is there.
    #[error("`{0}` is not empty")]
    NotEmpty(PathBuf),
    /// A file is there.
    #[error("`{0}` is a file")]
    File(PathBuf),
    /// A link is there.
    #[error("`{0}` is a symbolic link")]
    Link(PathBuf),
    /// The path leads through a file.
    #[error("`{0}` is a file, not a folder to put a project into")]
    ParentIsFile(PathBuf),
    /// The path leads through a link that leads nowhere.
    #[error("`{0}` is a symbolic link to nothing")]
    ParentIsNothing(PathBuf),
    /// The path leads up from a folder that does not exist.
    #[error("`{0}` leads back out of a folder that does not exist")]
    Detour(PathBuf),
    /// The folder is not for this user to write to.
    #[error("cannot write to `{0}`: {1}")]
    NotWritable(PathBuf, io::Error),
    /// The place cannot be looked at.
    #[error("cannot look at `{0}`: {1}")]
    Unreadable(PathBuf, io::Error),
}

impl Destination {
    /// Checks a path: its name is valid, and nothing is there but perhaps an empty folder.
    ///
    /// # Errors
    /// Says what is in the way.
    pub fn check(given: &Path) -> Result<Self, Error> {
        let ends_in_name =
            given.as_os_str().to_string_lossy().trim_end_matches('/').ends_with("/.");
        let last = given.file_name().filter(|_| !ends_in_name);
        let Some(last) = last.and_then(OsStr::to_str) else {
            return Err(Error::NoName(given.to_owned()));
        };
        let name = Name::parse(last)?;
        let unreadable = |error| Error::Unreadable(given.to_owned(), error);
        let path: PathBuf = std::path::absolute(given).map_err(unreadable)?.components().collect();
        let (existing, rest) = existing_above(&path)?;
        if rest.components().any(|part| part == Component::ParentDir) {
            return Err(Error::Detour(given.to_owned()));
        }
        let path = existing.join(rest);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(error)),
            Ok(found) if found.is_symlink() => return Err(Error::Link(given.to_owned())),
            Ok(found) if !found.is_dir() => return Err(Error::File(given.to_owned())),
            Ok(_) => {
                if fs::read_dir(&path).map_err(unreadable)?.next().is_some() {
                    return Err(Error::NotEmpty(given.to_owned()));
                }
            }
        }
        may_write(&existing).map_err(|error| Error::NotWritable(existing, error))?;
        Ok(Self { name, given: given.to_owned(), path })
    }

    /// Gives the folder that the project's folder is in.
    pub fn parent(&self) -> &Path {
        self.path.parent().expect("a path that ends in a name has a parent")
    }

    /// Gives the nearest folder above that exists.
    pub fn existing_parent(&self) -> &Path {
        let mut above = self.path.ancestors().skip(1);
        above.find(|folder| folder.is_dir()).expect("the root is a folder")
    }
}

/// Splits a path into the nearest folder above that exists, without links, and the rest.
fn existing_above(path: &Path) -> Result<(PathBuf, &Path), Error> {
    for folder in path.ancestors().skip(1) {
        let own = || folder.to_owned();
        let found = match fs::symlink_metadata(folder) {
            Ok(found) => found,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                continue;
            }
            Err(error) => return Err(Error::Unreadable(own(), error)),
        };
        return match fs::canonicalize(folder) {
            Ok(real) if real.is_dir() => {
                let rest = path.strip_prefix(folder).expect("the folder is above the path");
                Ok((real, rest))
            }
            Ok(_) => Err(Error::ParentIsFile(own())),
            Err(_) if found.is_symlink() => Err(Error::ParentIsNothing(own())),
            Err(error) => Err(Error::Unreadable(own(), error)),
        };
    }
    Err(Error::NoName(path.to_owned()))
}

impl Error {
    /// Says what to do about it.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::NoName(_) => {
                Some("end the path in the project's name, as in `../user-service`".to_owned())
            }
            Self::Name(error) => Some(error.remedy()),
            Self::NotEmpty(_) | Self::File(_) | Self::Link(_) => {
                Some("choose another path, or move away what is there".to_owned())
            }
            Self::ParentIsFile(_) | Self::ParentIsNothing(_) => {
                Some("choose another path".to_owned())
            }
            Self::Detour(_) => Some("write the path without `..`".to_owned()),
            Self::NotWritable(..) => Some("choose a folder that you may write to".to_owned()),
            Self::Unreadable(..) => None,
        }
    }
}
