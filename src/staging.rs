//! All or nothing: a tree is written beside its destination and renamed into place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::destination::Destination;
use crate::file_system;
use crate::interrupt::{Interrupt, Interrupted};
use crate::parallel;
use crate::tree::{self, Tree};

/// Is what a locked file of ours holds.
const MARK: &[u8] = b"firstlight\n";

/// Is how often the project is moved, if the folders for it come and go.
const ATTEMPTS: u32 = 20;

/// Is a temporary folder beside a destination, removed with everything in it when dropped.
///
/// If the folder that the destination is in does not exist, the nearest one above that does is used.
/// It is called `.NAME.firstlight-tmp-PROCESS-ATTEMPT` and holds a locked file for as long as its writer lives:
/// that is how the next run tells what a killed one left behind.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
    lock: Option<File>,
    made: Vec<PathBuf>,
}

/// Says why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refuses.
    #[error("cannot write `{0}`: {1}")]
    Write(PathBuf, io::Error),
    /// The project cannot be moved into place.
    #[error("cannot put the project at `{0}`: {1}")]
    Rename(PathBuf, io::Error),
    /// Something has come to the project's place since it was looked at.
    #[error("somebody else has just made `{0}`")]
    Taken(PathBuf),
    /// Somebody wants the process to end.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Staging {
    /// Makes the folder, and clears those of earlier runs that were killed.
    ///
    /// # Errors
    /// Tells which folder cannot be made.
    pub fn begin(destination: &Destination) -> Result<Self, Error> {
        let parent = destination.existing_parent();
        let prefix = format!(".{}.firstlight-tmp-", destination.name);
        // A killed run may have found fewer folders than there are now.
        destination.path.ancestors().skip(1).for_each(|folder| clear_abandoned(folder, &prefix));
        let mut staging = Self { folder: PathBuf::new(), lock: None, made: Vec::new() };
        let process = std::process::id();
        for attempt in 0_u32.. {
            let folder = parent.join(format!("{prefix}{process}-{attempt}"));
            if let Some(lock) =
                claim(&folder).map_err(|error| Error::Write(folder.clone(), error))?
            {
                staging.folder = folder;
                staging.lock = Some(lock);
                break;
            }
        }
        Ok(staging)
    }

    /// Gives the folder that will become the project's.
    pub fn project(&self) -> PathBuf {
        self.folder.join("project")
    }

    /// Writes all files.
    ///
    /// # Errors
    /// Tells a file that cannot be written.
    pub fn write(&self, tree: &Tree, interrupt: &Interrupt) -> Result<(), Error> {
        let project = self.project();
        let mut folder = PathBuf::new();
        let mut files = Vec::new();
        for (path, file) in tree.iter() {
            let path = project.join(path);
            // The files of a folder follow each other, with those of the folders in it between them.
            if let Some(parent) = path.parent().filter(|parent| !folder.starts_with(parent)) {
                interrupt.check()?;
                fs::create_dir_all(parent)
                    .map_err(|error| Error::Write(parent.to_owned(), error))?;
                folder = parent.to_owned();
            }
            files.push((path, file));
        }
        parallel::try_map(&files, |(path, file)| {
            interrupt.check()?;
            write(path, file).map_err(|error| Error::Write(path.clone(), error))
        })?;
        Ok(())
    }

    /// Moves the project into place.
    ///
    /// # Errors
    /// Fails if something has appeared at the destination in the meantime.
    pub fn commit(mut self, destination: &Destination) -> Result<(), Error> {
        let mut moved = self.place(destination);
        for _ in 1..ATTEMPTS {
            // Another run has made a folder above, and taken it away again when it failed.
            if !moved.as_ref().is_err_and(Error::is_missing_folder) {
                break;
            }
            moved = self.place(destination);
        }
        moved?;
        self.made.clear();
        Ok(())
    }

    fn place(&mut self, destination: &Destination) -> Result<(), Error> {
        self.make_folders(destination.parent())?;
        let rename = |error: io::Error| match error.kind() {
            // File systems differ in what they call a folder that is not empty.
            io::ErrorKind::AlreadyExists
            | io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::NotADirectory => Error::Taken(destination.given.clone()),
            _ => Error::Rename(destination.given.clone(), error),
        };
        let replaced = fs::symlink_metadata(&destination.path).ok().filter(fs::Metadata::is_dir);
        if cfg!(windows) && replaced.is_some() {
            fs::remove_dir(&destination.path).map_err(rename)?;
        }
        fs::rename(self.project(), &destination.path).map_err(rename)?;
        if let Some(replaced) = replaced {
            // The project is in place, whether its folder can be what the empty one was or not.
            let _ = fs::set_permissions(&destination.path, replaced.permissions());
        }
        Ok(())
    }

    /// Makes the missing folders above a destination; at the end, so that a killed run leaves none.
    fn make_folders(&mut self, parent: &Path) -> Result<(), Error> {
        let missing: Vec<_> = parent.ancestors().take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.made.push(folder.to_owned()),
                // Another run needs it as well.
                Err(_) if folder.is_dir() => {}
                Err(error) => return Err(Error::Write(folder.to_owned(), error)),
            }
        }
        Ok(())
    }
}

impl Error {
    fn is_missing_folder(&self) -> bool {
        matches!(self, Self::Write(_, error) | Self::Rename(_, error)
            if error.kind() == io::ErrorKind::NotFound)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // An error has been or will be reported already, and what is left the next run clears.
        if self.lock.is_some() {
            let _ = fs::remove_dir_all(&self.folder);
        }
        for folder in self.made.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Makes a folder and locks it; none if somebody else has the name.
fn claim(folder: &Path) -> io::Result<Option<File>> {
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(error),
    }
    let locked = lock(&folder.join("lock"));
    if locked.is_err() {
        let _ = fs::remove_dir_all(folder);
    }
    locked.map(Some)
}

/// Makes a locked file; it gets its mark last, so that nobody takes it for an abandoned one before.
fn lock(path: &Path) -> io::Result<File> {
    let mut lock = OpenOptions::new().write(true).create_new(true).open(path)?;
    lock.try_lock()?;
    lock.write_all(MARK)?;
    Ok(lock)
}

/// Removes the folders whose writer is dead, as far as that can be done.
fn clear_abandoned(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let suffix = name.to_str().and_then(|name| name.strip_prefix(prefix));
        if suffix.is_some_and(is_suffix)
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
            && is_abandoned(&entry.path().join("lock"))
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_suffix(suffix: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    suffix.split_once('-').is_some_and(|(process, attempt)| number(process) && number(attempt))
}

/// Tells whether a file is a lock of ours that nobody holds any more.
fn is_abandoned(lock: &Path) -> bool {
    let is_file = fs::symlink_metadata(lock).is_ok_and(|found| found.is_file());
    is_file
        && fs::read(lock).is_ok_and(|contents| contents == MARK)
        && File::open(lock).is_ok_and(|lock| lock.try_lock().is_ok())
}

fn write(path: &Path, file: &tree::File) -> io::Result<()> {
    file_system::create(path, file.executable)?.write_all(&file.contents)
}
