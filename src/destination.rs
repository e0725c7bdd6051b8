//! Where a new project goes, checked before anything is asked or written.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::name::{self, Name};

/// Is a place that a project can be written to.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The project's name, from the last component.
    pub name: Name,
    /// The path as it was given.
    pub given: PathBuf,
    /// The path from the root.
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
        Self::check_parents(&path)?;
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

    fn check_parents(path: &Path) -> Result<(), Error> {
        let existing = path.ancestors().skip(1).find(|folder| folder.exists());
        match existing {
            Some(folder) if !folder.is_dir() => Err(Error::ParentIsFile(folder.to_owned())),
            _ => Ok(()),
        }
    }
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
            Self::ParentIsFile(_) => Some("choose another path".to_owned()),
            Self::Unreadable(..) => None,
        }
    }
}
