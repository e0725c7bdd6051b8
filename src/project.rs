//! A project on the disk: the folder that holds a record.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::record::{self, BASELINE, RECORD, Record};
use crate::transaction;
use crate::tree::Tree;

/// Is a project with its record and its baseline.
#[derive(Debug)]
pub struct Project {
    /// The project's folder.
    pub root: PathBuf,
    /// How it was made.
    pub record: Record,
    /// The tree as it was rendered.
    pub baseline: Tree,
    /// Is locked for as long as the project may be changed.
    _lock: Option<File>,
}

/// Says why there is no project.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder and all above it hold no record.
    #[error("neither `{0}` nor a folder above it is a project of firstlight")]
    NotFound(PathBuf),
    /// The folder that was given holds no record.
    #[error("`{0}` is no project of firstlight: it has no `{RECORD}`")]
    NotOne(PathBuf),
    /// A file cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Unreadable(PathBuf, io::Error),
    /// There is a record without a baseline.
    #[error("`{BASELINE}` is missing")]
    NoBaseline,
    /// The record or the baseline is damaged.
    #[error(transparent)]
    Record(#[from] record::Error),
    /// An update was killed.
    #[error("an earlier update of `{0}` did not come to its end")]
    Unfinished(PathBuf),
    /// Another update is running.
    #[error("another firstlight is changing `{0}`")]
    Locked(PathBuf),
}

/// Finds the project's folder: the one given, or the one that the current folder is in.
///
/// # Errors
/// Fails if there is none.
pub fn find(given: Option<&Path>) -> Result<PathBuf, Error> {
    let has_record = |folder: &Path| fs::symlink_metadata(folder.join(RECORD)).is_ok();
    if let Some(given) = given {
        return if has_record(given) {
            Ok(given.to_owned())
        } else {
            Err(Error::NotOne(given.to_owned()))
        };
    }
    let here = PathBuf::from(".");
    if has_record(&here) {
        return Ok(here);
    }
    let current = std::env::current_dir().map_err(|error| Error::Unreadable(here, error))?;
    let found = current.ancestors().find(|folder| has_record(folder)).map(Path::to_owned);
    found.ok_or(Error::NotFound(current))
}

/// Reads the record alone.
///
/// # Errors
/// Says what is wrong with it.
pub fn record(root: &Path) -> Result<Record, Error> {
    let path = root.join(RECORD);
    let text = fs::read_to_string(&path).map_err(|error| Error::Unreadable(path, error))?;
    Ok(Record::parse(&text)?)
}

impl Project {
    /// Reads a project.
    ///
    /// # Errors
    /// Says what is wrong with it; a project with an unfinished update is refused.
    pub fn open(given: Option<&Path>) -> Result<Self, Error> {
        Self::read(find(given)?, None)
    }

    /// Reads a project that is going to be changed: nobody else may do so before it is dropped.
    ///
    /// # Errors
    /// As above, or if somebody else is changing it.
    pub fn open_to_change(given: Option<&Path>) -> Result<Self, Error> {
        let root = find(given)?;
        let lock = lock(&root)?;
        Self::read(root, Some(lock))
    }

    fn read(root: PathBuf, lock: Option<File>) -> Result<Self, Error> {
        if transaction::is_unfinished(&root) {
            return Err(Error::Unfinished(root));
        }
        let record = record(&root)?;
        let path = root.join(BASELINE);
        let packed = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::NoBaseline,
            _ => Error::Unreadable(path, error),
        })?;
        let baseline = record.unpack_baseline(&packed)?;
        Ok(Self { root, record, baseline, _lock: lock })
    }
}

/// Locks a project against other runs, until the file is dropped or the process dies.
///
/// # Errors
/// Fails if another run holds the lock.
pub fn lock(root: &Path) -> Result<File, Error> {
    // The folder can be locked itself where folders can be opened: no file is left behind.
    let path = root.join(if cfg!(unix) { record::FOLDER } else { BASELINE });
    let file = File::open(&path).map_err(|error| Error::Unreadable(path.clone(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Error::Locked(root.to_owned())),
        Err(fs::TryLockError::Error(error)) => Err(Error::Unreadable(path, error)),
    }
}
