//! Where projects are checked: a folder in the cache, the same one for project after project.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::copy::copy;
use super::mirror::mirror;
use crate::interrupt::Interrupt;
use crate::template::{Source, Template};
use crate::tree::Tree;

/// Leaves out of a build what is for those who change a project and build it again, or look into it
/// with a debugger: half of the time of a project's own build, and more of its space.
const LEAN: [(&str, &str); 2] = [("CARGO_INCREMENTAL", "0"), ("CARGO_PROFILE_DEV_DEBUG", "0")];

/// Is what the folders are called where all lanes but the first build, before their number.
const LANE: &str = "lane-";

/// Is the folder of one template in the cache, for one run at a time.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    target: PathBuf,
    /// Is locked for as long as the run lives.
    _lock: File,
}

/// Is a place where one project at a time is checked.
///
/// Projects follow each other in the same folder, so that cargo takes each for a change of the one
/// before, and compiles anew what differs.
#[derive(Debug)]
pub struct Lane {
    /// Where the project is.
    pub project: PathBuf,
    /// Where the output of the command that runs is.
    pub log: PathBuf,
    /// Where cargo builds.
    target: PathBuf,
}

/// Says why there is no place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing says where caches are.
    #[error("neither `XDG_CACHE_HOME` nor `HOME` says where caches are kept")]
    NoHome,
    /// Another run has the folder.
    #[error("this template is being verified by another process, in `{0}`")]
    Busy(PathBuf),
    /// The system refuses.
    #[error("cannot write `{0}`: {1}")]
    Write(PathBuf, io::Error),
}

impl Cache {
    /// Opens the folder of a template; `target` is cargo's folder, if it shall be another one.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn open(template: &Template, target: Option<&Path>) -> Result<Self, Error> {
        let folder = home()?.join("firstlight").join("verify").join(id(template));
        let write = |error| Error::Write(folder.clone(), error);
        fs::create_dir_all(&folder).map_err(write)?;
        let lock = File::create(folder.join("lock")).map_err(write)?;
        if lock.try_lock().is_err() {
            return Err(Error::Busy(folder));
        }
        let target = target.map_or_else(|| Ok(folder.join("target")), std::path::absolute);
        let target = target.map_err(write)?;
        Ok(Self { folder, target, _lock: lock })
    }

    /// Gives the folder for results.
    pub fn results(&self) -> PathBuf {
        self.folder.join("results")
    }

    /// Gives the folder where the compiler is asked for its version.
    pub fn probe(&self) -> PathBuf {
        self.folder.join("toolchain")
    }

    /// Makes lanes.
    ///
    /// # Errors
    /// Tells which folder cannot be made.
    pub fn lanes(&self, count: usize) -> Result<Vec<Lane>, Error> {
        let lane = |number: usize| {
            let own = self.folder.join(format!("{LANE}{number}"));
            let project = own.join("project");
            fs::create_dir_all(&project).map_err(|error| Error::Write(project.clone(), error))?;
            // To cargo, packages of one name are one if they lie alike in their workspaces: lanes that
            // shared what they build would take each other's for their own.
            let target = match number {
                0 => self.target.clone(),
                _ => self.target.join(format!("{LANE}{number}")),
            };
            Ok(Lane { project, log: own.join("log"), target })
        };
        (0..count).map(lane).collect()
    }
}

impl Lane {
    /// Gives the variables that tell cargo where to build, and how if nobody has said so.
    pub fn variables(&self) -> Vec<(&'static str, &OsStr)> {
        let lean = LEAN.into_iter().filter(|(name, _)| std::env::var_os(name).is_none());
        let lean = lean.map(|(name, value)| (name, OsStr::new(value)));
        std::iter::once(("CARGO_TARGET_DIR", self.target.as_os_str())).chain(lean).collect()
    }

    /// Tells whether nothing was ever built here.
    pub fn is_new(&self) -> bool {
        !self.target.exists()
    }

    /// Takes over what the first lane has built, if it has built anything: dependencies are compiled
    /// once.
    ///
    /// # Errors
    /// Tells what cannot be written. Nothing is taken over then, as if somebody wants the process to end.
    pub fn take_over(&self, first: &Self, interrupt: &Interrupt) -> Result<(), Error> {
        if first.is_new() {
            return Ok(());
        }
        // What is half copied, cargo would take for built.
        let part = self.target.with_extension("part");
        let copied = self.clear(&part).and_then(|()| {
            copy(&first.target, &part, &|name| !name.starts_with(LANE), interrupt)?;
            fs::rename(&part, &self.target)
        });
        copied.map_err(|error| {
            // What is left the next run removes.
            let _ = fs::remove_dir_all(&part);
            Error::Write(self.target.clone(), error)
        })
    }

    /// Removes what an earlier run may have left: every file of the next project has to be newer than
    /// what is taken over, or cargo would take it for built.
    fn clear(&self, part: &Path) -> io::Result<()> {
        for folder in [part, &self.project] {
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes the project's folder hold a tree and nothing else.
    ///
    /// # Errors
    /// Tells what cannot be written.
    pub fn write(&self, tree: &Tree) -> Result<(), Error> {
        mirror(&self.project, tree).map_err(|error| Error::Write(self.project.clone(), error))
    }
}

fn home() -> Result<PathBuf, Error> {
    let variable = |name| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from).filter(|path| path.is_absolute())
    };
    let home = || Some(variable("HOME")?.join(".cache"));
    let cache = variable("XDG_CACHE_HOME").or_else(home).or_else(|| variable("LOCALAPPDATA"));
    cache.ok_or(Error::NoHome)
}

fn id(template: &Template) -> String {
    let source = match &template.source {
        Source::Folder(folder) => fs::canonicalize(folder).unwrap_or_else(|_| folder.clone()),
        // What somebody else's code leaves, a build of one's own never finds.
        other => PathBuf::from(other.to_string()),
    };
    let hash = Sha256::digest(source.as_os_str().as_encoded_bytes());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
