//! What a transaction does to the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Error;
use super::journal::{Entry, Folder, State, Step, Way};
use crate::file_system;
use crate::record;
use crate::tree::File;
use crate::worktree::Worktree;

const FOLDER: &str = ".firstlight/staging";

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
        file_system::create_private_folder(&folder).map_err(failed)?;
        Ok(Self { folder, files: BTreeMap::new() })
    }

    /// Writes a file that shall replace another of this mode, and tells what it is.
    pub fn add(&mut self, path: &str, file: &File, mode: Option<u32>) -> Result<State, Error> {
        let mode = mode.map(|mode| with_execution(mode, file.executable));
        self.write(path, &file.contents, file.executable, mode)
    }

    /// Writes a file of exactly this mode.
    pub fn add_exactly(&mut self, path: &str, contents: &[u8], mode: u32) -> Result<(), Error> {
        self.write(path, contents, false, Some(mode)).map(drop)
    }

    fn write(
        &mut self,
        path: &str,
        contents: &[u8],
        executable: bool,
        mode: Option<u32>,
    ) -> Result<State, Error> {
        let staged = self.folder.join(self.files.len().to_string());
        let written = write(&staged, contents, executable, mode);
        let mode = written.map_err(|error| Error::Write(staged.clone(), error))?;
        self.files.insert(path.to_owned(), staged);
        Ok(State { sha256: record::hash(contents), mode })
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
        let (coming, going): (Vec<_>, Vec<_>) =
            way.steps.iter().partition(|step| step.to.is_some());
        let mut changed = BTreeSet::new();
        for step in going {
            check_step(root, step)?;
            let full = root.join(step.path);
            changed.extend(full.parent().map(Path::to_owned));
            fs::remove_file(&full).map_err(|error| Error::Write(full, error))?;
        }
        for folder in way.vanishing.iter().filter(|folder| is_folder(root, folder)) {
            // One that still has something in it stays.
            let full = root.join(folder);
            changed.extend(full.parent().map(Path::to_owned));
            let _ = fs::remove_dir(full);
        }
        for (index, step) in coming.iter().enumerate() {
            let Some(staged) = self.files.get(step.path) else { continue };
            if index + 1 == coming.len() {
                // The record: what it tells has to be on the disk before it.
                sync_folders(&mut changed);
            }
            check_step(root, step)?;
            let full = root.join(step.path);
            put(root, step.path, staged, way.folders)
                .map_err(|error| Error::Write(full.clone(), error))?;
            // Any folder above may be new, and is an entry of the one above it.
            let above = full.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
            changed.extend(above.map(Path::to_owned));
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

/// Checks that nothing but files which are changed as well is where a file or a folder is needed: no
/// link is ever followed.
pub fn check_places(root: &Path, now: &Worktree) -> Result<(), Error> {
    let is_changed = |path: &str| now.contains(path);
    let obstacle = now.iter().find_map(|(path, place)| place.obstacle(path, is_changed));
    obstacle.map_or(Ok(()), |path| {
        let path = root.join(path);
        let kind = kind(&path);
        Err(Error::Obstructed(path, kind))
    })
}

/// Checks that a path can be written to, as far as that can be told before.
pub fn check(root: &Path, path: &str) -> Result<(), Error> {
    let full = root.join(path);
    let found = fs::symlink_metadata(&full).ok();
    if found.as_ref().is_some_and(|found| found.is_file() && found.permissions().readonly()) {
        return Err(Error::ReadOnly(full));
    }
    let above = full.ancestors().skip(1).find(|folder| folder.is_dir());
    let folder = above.unwrap_or(root);
    file_system::may_write(folder).map_err(|error| Error::Write(folder.to_owned(), error))?;
    // A file may seem to be on another device than its folder where file systems are laid over each other.
    let place = if found.is_some_and(|found| found.is_dir()) { &full } else { folder };
    match file_system::may_rename(&root.join(record::FOLDER), place) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Elsewhere(place.to_owned())),
        Err(error) => Err(Error::Write(place.to_owned(), error)),
    }
}

/// Says what is in the way.
fn kind(path: &Path) -> &'static str {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => "a link",
        Ok(found) if found.is_dir() => "a folder with other files in it",
        Ok(found) if found.is_file() => "a file",
        _ => "no file",
    }
}

/// Checks directly before a step that the file is what the step begins with.
fn check_step(root: &Path, step: &Step<'_>) -> Result<(), Error> {
    let path = step.path;
    let now = Worktree::of(root, [path])?;
    check_places(root, &now)?;
    if State::of(&now, path) == step.from { Ok(()) } else { Err(Error::Edited(root.join(path))) }
}

/// Lists the folders above what comes that are missing, and those above what goes that may go with it.
pub fn folders_of(root: &Path, entries: &[Entry]) -> Vec<Folder> {
    let mut folders = BTreeMap::new();
    for entry in entries {
        for (end, _) in entry.path.match_indices('/') {
            let path = &entry.path[..end];
            let found = fs::symlink_metadata(root.join(path)).ok().filter(Metadata::is_dir);
            if found.is_none() || entry.after.is_none() {
                folders.insert(path.to_owned(), found.map(|found| file_system::mode(&found)));
            }
        }
    }
    folders.into_iter().map(|(path, mode)| Folder { path, mode }).collect()
}

/// Tells whether a path and all above it in the project are folders, none of them behind a link.
fn is_folder(root: &Path, path: &str) -> bool {
    let above = path.match_indices('/').map(|(end, _)| &path[..end]);
    let is_one =
        |path: &str| fs::symlink_metadata(root.join(path)).is_ok_and(|found| found.is_dir());
    above.chain([path]).all(is_one)
}

/// Writes a file under `.firstlight` so that it is there as a whole or not at all, and on the disk.
pub fn write_synced(root: &Path, path: &str, contents: &[u8]) -> Result<(), Error> {
    let full = root.join(path);
    let failed = |error| Error::Write(full.clone(), error);
    let staged = root.join(FOLDER).join("archive");
    // It holds what files hold that others may not read.
    let mut open = file_system::create_private(&staged).map_err(failed)?;
    open.write_all(contents).and_then(|()| open.sync_all()).map_err(failed)?;
    fs::rename(&staged, &full).map_err(failed)?;
    file_system::sync_folder(&root.join(record::FOLDER));
    Ok(())
}

/// Renames a file under `.firstlight`.
pub fn rename(root: &Path, from: &str, to: &str) -> Result<(), Error> {
    let (from, to) = (root.join(from), root.join(to));
    fs::rename(&from, &to).map_err(|error| Error::Write(to.clone(), error))?;
    file_system::sync_folder(&root.join(record::FOLDER));
    Ok(())
}

/// Removes a file under `.firstlight`.
pub fn remove(root: &Path, path: &str) -> Result<(), Error> {
    let full = root.join(path);
    fs::remove_file(&full).map_err(|error| Error::Write(full, error))?;
    file_system::sync_folder(&root.join(record::FOLDER));
    Ok(())
}

/// Writes a file, and gives its mode: the one given, or that of new files.
fn write(path: &Path, contents: &[u8], executable: bool, mode: Option<u32>) -> io::Result<u32> {
    let mut open = file_system::create(path, executable)?;
    open.write_all(contents)?;
    if let Some(mode) = mode {
        file_system::set_mode(path, mode)?;
    }
    Ok(file_system::mode(&open.metadata()?))
}

/// Moves a complete file to its place.
fn put(root: &Path, path: &str, staged: &Path, known: &[Folder]) -> io::Result<()> {
    let full = root.join(path);
    make_folders(root, path, known)?;
    if fs::symlink_metadata(&full).is_ok_and(|found| found.is_dir()) {
        remove_empty(&full)?;
    }
    fs::rename(staged, &full)
}

/// Makes the folders above a path; those that were there before get their modes back.
fn make_folders(root: &Path, path: &str, known: &[Folder]) -> io::Result<()> {
    for (end, _) in path.match_indices('/') {
        let folder = &path[..end];
        match fs::create_dir(root.join(folder)) {
            Ok(()) => {
                let mode = known.iter().find(|known| known.path == folder).and_then(|it| it.mode);
                mode.map_or(Ok(()), |mode| file_system::set_mode(&root.join(folder), mode))?;
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

fn with_execution(mode: u32, executable: bool) -> u32 {
    // Whoever may read it may execute it.
    if executable { mode | (mode & 0o444) >> 2 } else { mode & !0o111 }
}

/// Waits until the disk knows what is in each folder.
fn sync_folders(folders: &mut BTreeSet<PathBuf>) {
    while let Some(folder) = folders.pop_first() {
        file_system::sync_folder(&folder);
    }
}
