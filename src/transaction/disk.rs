//! What a transaction does to the disk.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Error;
use super::journal::{Entry, Folder, State, Way};
use crate::destination::may_write;
use crate::{record, tree};

const FOLDER: &str = ".firstlight/staging";

/// Is a file as it is now.
pub struct Found {
    pub state: State,
    pub contents: Vec<u8>,
}

/// Is a folder of complete files, each waiting to be renamed to its place; removed when dropped.
pub struct Staging {
    folder: PathBuf,
    files: BTreeMap<String, PathBuf>,
}

impl Staging {
    /// Makes the folder; what a killed run left there goes.
    pub fn begin(root: &Path) -> Result<Self, Error> {
        let folder = root.join(FOLDER);
        let failed = |error| Error::Write(folder.clone(), error);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        fs::create_dir(&folder).map_err(failed)?;
        Ok(Self { folder, files: BTreeMap::new() })
    }

    /// Writes a file that shall replace another of this mode, and tells what it is.
    pub fn add(
        &mut self,
        path: &str,
        file: &tree::File,
        mode: Option<u32>,
    ) -> Result<State, Error> {
        let staged = self.folder.join(self.files.len().to_string());
        let written = write(&staged, file, mode.map(|mode| with_execution(mode, file.executable)));
        let mode = written.map_err(|error| Error::Write(staged.clone(), error))?;
        self.files.insert(path.to_owned(), staged);
        Ok(State { sha256: record::hash(&file.contents), mode })
    }

    /// Writes a file of exactly this mode.
    pub fn add_exactly(&mut self, path: &str, contents: &[u8], mode: u32) -> Result<(), Error> {
        let staged = self.folder.join(self.files.len().to_string());
        let file = tree::File { contents: contents.to_vec(), executable: false };
        write(&staged, &file, Some(mode)).map_err(|error| Error::Write(staged.clone(), error))?;
        self.files.insert(path.to_owned(), staged);
        Ok(())
    }

    /// Waits until the disk has all files.
    pub fn sync(&self) -> Result<(), Error> {
        // All are written before the first is waited for: one wait then serves most of them.
        for path in self.files.values() {
            let open = OpenOptions::new().write(true).open(path);
            let synced = open.and_then(|open| open.sync_all());
            synced.map_err(|error| Error::Write(path.clone(), error))?;
        }
        Ok(())
    }

    /// Goes a way: removes what goes, and moves the files to their places.
    pub fn replay(&self, root: &Path, way: &Way<'_>) -> Result<(), Error> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::Write(path, error)
        };
        let (coming, going): (Vec<_>, Vec<_>) =
            way.steps.iter().partition(|(_, state)| state.is_some());
        for (path, _) in going {
            let path = root.join(path);
            match fs::remove_file(&path) {
                Err(error) if !is_nothing(&error) => return Err(failed(&path)(error)),
                _ => {}
            }
        }
        for folder in &way.vanishing {
            // One that still has something in it stays.
            let _ = fs::remove_dir(root.join(folder));
        }
        let mut changed = Vec::new();
        for (index, (path, _)) in coming.iter().enumerate() {
            let Some(staged) = self.files.get(*path) else { continue };
            let full = root.join(path);
            if index + 1 == coming.len() {
                // The record: what it tells has to be on the disk before it.
                sync_folders(&mut changed);
            }
            make_folders(root, path, way.folders).map_err(failed(&full))?;
            if fs::symlink_metadata(&full).is_ok_and(|found| found.is_dir()) {
                remove_empty(&full).map_err(failed(&full))?;
            }
            fs::rename(staged, &full).map_err(failed(&full))?;
            changed.extend(full.parent().map(Path::to_owned));
        }
        sync_folders(&mut changed);
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What is left the next run clears.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Checks that a path can be written to, as far as that can be told before.
pub fn check(root: &Path, path: &str) -> Result<(), Error> {
    let full = root.join(path);
    let found = fs::symlink_metadata(&full);
    if found.is_ok_and(|found| found.is_file() && found.permissions().readonly()) {
        return Err(Error::ReadOnly(full));
    }
    let above = full.ancestors().skip(1).find(|folder| folder.is_dir());
    let folder = above.unwrap_or(root);
    may_write(folder).map_err(|error| Error::Write(folder.to_owned(), error))
}

/// Reads a file, if one is there.
pub fn read(root: &Path, path: &str) -> Result<Option<Found>, Error> {
    let full = root.join(path);
    let failed = |error| Error::Read(full.clone(), error);
    let found = match fs::symlink_metadata(&full) {
        Err(error) if is_nothing(&error) => return Ok(None),
        found => found.map_err(failed)?,
    };
    if !found.is_file() {
        return Ok(None);
    }
    let contents = fs::read(&full).map_err(failed)?;
    Ok(Some(Found {
        state: State { sha256: record::hash(&contents), mode: mode(&found) },
        contents,
    }))
}

/// Lists the folders above what comes that are missing, and those above what goes that may go with it.
pub fn folders_of(root: &Path, entries: &[Entry]) -> Vec<Folder> {
    let mut folders = BTreeMap::new();
    for entry in entries {
        for (end, _) in entry.path.match_indices('/') {
            let path = &entry.path[..end];
            let found = fs::symlink_metadata(root.join(path)).ok().filter(Metadata::is_dir);
            if found.is_none() || entry.after.is_none() {
                folders.insert(path.to_owned(), found.map(|found| mode(&found)));
            }
        }
    }
    folders.into_iter().map(|(path, mode)| Folder { path, mode }).collect()
}

/// Writes a file under `.firstlight` so that it is there as a whole or not at all, and on the disk.
pub fn write_synced(root: &Path, path: &str, contents: &[u8]) -> Result<(), Error> {
    let full = root.join(path);
    let failed = |error| Error::Write(full.clone(), error);
    let staged = root.join(FOLDER).join("archive");
    let mut open = File::create(&staged).map_err(failed)?;
    open.write_all(contents).and_then(|()| open.sync_all()).map_err(failed)?;
    fs::rename(&staged, &full).map_err(failed)?;
    sync_folders(&mut full.parent().map(Path::to_owned).into_iter().collect());
    Ok(())
}

/// Renames a file under `.firstlight`.
pub fn rename(root: &Path, from: &str, to: &str) -> Result<(), Error> {
    let (from, to) = (root.join(from), root.join(to));
    fs::rename(&from, &to).map_err(|error| Error::Write(to.clone(), error))?;
    sync_folders(&mut to.parent().map(Path::to_owned).into_iter().collect());
    Ok(())
}

/// Removes a file under `.firstlight`.
pub fn remove(root: &Path, path: &str) -> Result<(), Error> {
    let full = root.join(path);
    fs::remove_file(&full).map_err(|error| Error::Write(full.clone(), error))?;
    sync_folders(&mut full.parent().map(Path::to_owned).into_iter().collect());
    Ok(())
}

fn write(path: &Path, file: &tree::File, mode: Option<u32>) -> io::Result<u32> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if file.executable { 0o777 } else { 0o666 });
    }
    let mut open = options.open(path)?;
    open.write_all(&file.contents)?;
    if let Some(mode) = mode {
        set_mode(path, mode)?;
    }
    Ok(self::mode(&open.metadata()?))
}

/// Makes the folders above a path; those that were there before get their modes back.
fn make_folders(root: &Path, path: &str, known: &[Folder]) -> io::Result<()> {
    for (end, _) in path.match_indices('/') {
        let folder = &path[..end];
        match fs::create_dir(root.join(folder)) {
            Ok(()) => {
                let mode = known.iter().find(|known| known.path == folder).and_then(|it| it.mode);
                mode.map_or(Ok(()), |mode| set_mode(&root.join(folder), mode))?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes a folder that has nothing but folders in it.
fn remove_empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        remove_empty(&entry?.path())?;
    }
    fs::remove_dir(folder)
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn with_execution(mode: u32, executable: bool) -> u32 {
    // Whoever may read it may execute it.
    if executable { mode | (mode & 0o444) >> 2 } else { mode & !0o111 }
}

#[cfg(unix)]
fn mode(found: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> u32 {
    0o644
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// Waits until the disk knows what is in each folder, where the system can do that.
fn sync_folders(folders: &mut Vec<PathBuf>) {
    folders.sort();
    folders.dedup();
    for folder in folders.drain(..) {
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
    }
}
