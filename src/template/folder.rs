//! A template's folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io::{self, Read};
use std::path::Path;

use super::{Error, FOLDER, File};
use crate::executable::is_executable;
use crate::fault::{Fault, Place, Problem};
use crate::manifest::Manifest;
use crate::parallel;
use crate::render::covers;

const CHANGELOG: &str = "CHANGELOG.md";

/// Reads the files of a folder, with the faults of those that cannot be part of a template.
pub fn read(folder: &Path) -> Result<(BTreeMap<String, File>, Vec<Fault>), Error> {
    let mut walk = Walk::default();
    walk.folder(folder, "")?;
    let read = parallel::map(&walk.found, |(_, entry)| read_file(entry));
    let mut files = BTreeMap::new();
    for (file, (path, entry)) in read.into_iter().zip(walk.found) {
        let file = file.map_err(|error| Error::Unreadable(entry.path(), error))?;
        files.insert(path, file);
    }
    Ok((files, walk.faults))
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

#[derive(Default)]
struct Walk {
    /// The files, by their path inside of the folder.
    found: Vec<(String, DirEntry)>,
    faults: Vec<Fault>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), Error> {
        let unreadable = |error| Error::Unreadable(folder.to_owned(), error);
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            let path = format!("{prefix}{}", name.to_string_lossy());
            let kind = entry.file_type().map_err(unreadable)?;
            if name.to_str().is_none() {
                self.fault(&path, Problem::NotPortable(path.clone()));
            } else if name == ".git" {
                // The repository of the template's own folder is no part of the template.
            } else if kind.is_dir() {
                if !is_cache(&entry.path()) {
                    self.folder(&entry.path(), &format!("{path}/"))?;
                }
            } else if kind.is_file() {
                self.found.push((path, entry));
            } else {
                let link = kind.is_symlink();
                self.fault(&path, if link { Problem::Symlink } else { Problem::Special });
            }
        }
        Ok(())
    }

    fn fault(&mut self, path: &str, problem: Problem) {
        self.faults.push(Fault { place: Place::file(path), problem });
    }
}

/// Tells whether a folder is marked as a cache, as cargo marks `target/`; cargo-generate skips these too.
fn is_cache(folder: &Path) -> bool {
    const SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";
    let mut start = [0; SIGNATURE.len()];
    fs::File::open(folder.join("CACHEDIR.TAG"))
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok_and(|()| start == SIGNATURE)
}

fn read_file(entry: &DirEntry) -> io::Result<File> {
    let executable = is_executable(&entry.metadata()?);
    Ok(File { contents: Cow::Owned(fs::read(entry.path())?), executable })
}
