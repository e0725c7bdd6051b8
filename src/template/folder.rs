//! A template's folder.

use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io::{self, Read};
use std::path::Path;

use super::{Error, FOLDER, File};
use crate::executable::is_executable;
use crate::fault::{Fault, Place, Problem};
use crate::manifest::{self, Manifest};
use crate::parallel;
use crate::render::covers;

const CHANGELOG: &str = "CHANGELOG.md";

/// Marks a folder as a cache, if it begins as the convention has it.
const CACHE_TAG: &str = "CACHEDIR.TAG";

/// Reads a template's folder.
///
/// # Errors
/// Tells what cannot be read.
pub fn read(folder: &Path) -> Result<Found, Error> {
    read_folder(folder, "")
}

/// Reads a template's own changelog: in its folder, if it is no file of a project, or beside a folder
/// that is called `template`. One in any other place would be about something else.
pub fn changelog(folder: &Path, manifest: &Manifest) -> Option<String> {
    let ignore = &manifest.always.ignore;
    if ignore.iter().any(|entry| covers(&entry.text, CHANGELOG)) {
        return fs::read_to_string(folder.join(CHANGELOG)).ok();
    }
    let folder = fs::canonicalize(folder).ok()?;
    let beside =
        folder.parent().filter(|_| folder.file_name().is_some_and(|name| name == FOLDER))?;
    fs::read_to_string(beside.join(CHANGELOG)).ok()
}

/// Is what there is in a folder, or at a path.
#[derive(Default)]
pub struct Found {
    /// The files, with their paths inside of the template's folder.
    pub files: Vec<(String, File)>,
    /// What the manifest says, if there is one; in a box, as each file is found with room for it.
    pub manifest: Option<Box<Result<Manifest, Vec<Fault>>>>,
    /// What is wrong with all that cannot be part of a template.
    pub faults: Vec<Fault>,
}

impl Found {
    fn file(path: String, file: File) -> Self {
        let manifest = (path == manifest::FILE_NAME).then(|| Box::new(super::parse(&file)));
        Self { files: vec![(path, file)], manifest, ..Self::default() }
    }

    fn fault(path: &str, problem: Problem) -> Self {
        Self { faults: vec![Fault { place: Place::file(path), problem }], ..Self::default() }
    }

    fn add(&mut self, other: Self) {
        self.files.extend(other.files);
        self.manifest = self.manifest.take().or(other.manifest);
        self.faults.extend(other.faults);
    }
}

/// Reads a folder, whose path inside of the template's with a slash is `prefix`.
fn read_folder(folder: &Path, prefix: &str) -> Result<Found, Error> {
    let entries = fs::read_dir(folder).and_then(|entries| {
        let kinds = entries
            .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))));
        // No folder is open while others are read.
        kinds.collect::<io::Result<Vec<_>>>()
    });
    let mut entries = entries.map_err(|error| Error::Unreadable(folder.to_owned(), error))?;
    // The manifest comes first, so that the files are read while it is parsed.
    entries.sort_by_key(|(name, _)| name != manifest::FILE_NAME);
    let has_tag = entries.iter().any(|(name, _)| name == CACHE_TAG);
    if has_tag && !prefix.is_empty() && is_cache(folder) {
        return Ok(Found::default());
    }
    let read = |(name, kind): &(OsString, FileType)| read_entry(folder, prefix, name, *kind);
    let mut all = Found::default();
    for found in parallel::try_map(&entries, read)? {
        all.add(found);
    }
    Ok(all)
}

fn read_entry(folder: &Path, prefix: &str, name: &OsStr, kind: FileType) -> Result<Found, Error> {
    let place = folder.join(name);
    let path = format!("{prefix}{}", name.to_string_lossy());
    if name.to_str().is_none() {
        let problem = Problem::NotPortable(path.clone());
        Ok(Found::fault(&path, problem))
    } else if name == ".git" {
        // The repository of the template's own folder is no part of the template.
        Ok(Found::default())
    } else if kind.is_dir() {
        read_folder(&place, &(path + "/"))
    } else if kind.is_file() {
        let file = read_file(&place).map_err(|error| Error::Unreadable(place, error))?;
        Ok(Found::file(path, file))
    } else {
        let link = kind.is_symlink();
        Ok(Found::fault(&path, if link { Problem::Symlink } else { Problem::Special }))
    }
}

/// Tells whether a folder is marked as a cache, as cargo marks `target/`; cargo-generate skips these too.
fn is_cache(folder: &Path) -> bool {
    const SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";
    let mut start = [0; SIGNATURE.len()];
    fs::File::open(folder.join(CACHE_TAG))
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok_and(|()| start == SIGNATURE)
}

fn read_file(path: &Path) -> io::Result<File> {
    let file = fs::File::open(path)?;
    let found = file.metadata()?;
    let mut contents = Vec::new();
    contents.try_reserve_exact(usize::try_from(found.len()).unwrap_or(usize::MAX))?;
    // A file would ask the system for its length once more.
    file.take(u64::MAX).read_to_end(&mut contents)?;
    Ok(File { contents: contents.into(), executable: is_executable(&found) })
}
