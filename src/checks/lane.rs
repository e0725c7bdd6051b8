//! Where projects are checked: a folder in the cache, the same one for project after project.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::compiler;
use super::copy::copy;
use super::mirror::{mirror, remove};
use super::programs::remove_programs;
use crate::interrupt::{Interrupt, Interrupted};
use crate::template::{Source, Template};
use crate::tree::Tree;

/// Leaves out of a build what is for those who change a project and build it again, or look into it
/// with a debugger: half of the time of a project's own build, and more of its space.
const LEAN: [(&str, &str); 2] = [("CARGO_INCREMENTAL", "0"), (DEBUG, "0")];

/// The variable for the debug information of a project's own packages.
const DEBUG: &str = "CARGO_PROFILE_DEV_DEBUG";

/// Leaves it out of dependencies for which the manifest asks for it: cargo has no variable for that.
const LEAN_DEPENDENCIES: &str = "[profile.dev.package.\"*\"]\ndebug = false\n";

/// Lists the variables that name a program for cargo to call in the compiler's place.
const WRAPPER: [&str; 2] = ["RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"];

/// Is what the folders are called where all lanes but the first build, before their number.
pub const LANE: &str = "lane-";

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
    /// Where all that is its own is.
    folder: PathBuf,
    /// Where cargo builds.
    target: PathBuf,
    /// What cargo calls in the compiler's place, if anything.
    compiler: Option<PathBuf>,
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
    /// Opens the folder of a template; what cargo builds is in `builds`, if it shall not be there.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn open(template: &Template, builds: Option<&Path>) -> Result<Self, Error> {
        let folder = home()?.join("firstlight").join("verify").join(id(&origin(template)));
        let write = |error| Error::Write(folder.clone(), error);
        fs::create_dir_all(&folder).map_err(write)?;
        let lock = File::create(folder.join("lock")).map_err(write)?;
        if lock.try_lock().is_err() {
            return Err(Error::Busy(folder));
        }
        let target = match builds {
            // What is built belongs to the folder that is locked: to cargo, projects of one name are one,
            // and the files of the one that are older than what was built of the other are done.
            Some(builds) => std::path::absolute(builds).map_err(write)?.join(id(&folder)),
            None => folder.join("target"),
        };
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
        // What somebody else has put there may be needed.
        let is_taken = WRAPPER.iter().any(|name| std::env::var_os(name).is_some());
        // Without it, more is compiled.
        let compiler =
            if is_taken { None } else { compiler::install(&self.folder.join("libraries")).ok() };
        let lane = |number: usize| {
            let folder = self.folder.join(format!("{LANE}{number}"));
            let project = folder.join("project");
            fs::create_dir_all(&project).map_err(|error| Error::Write(project.clone(), error))?;
            configure(&folder).map_err(|error| Error::Write(folder.clone(), error))?;
            // To cargo, packages of one name are one if they lie alike in their workspaces: lanes that
            // shared what they build would take each other's for their own.
            let target = match number {
                0 => self.target.clone(),
                _ => self.target.join(format!("{LANE}{number}")),
            };
            Ok(Lane { project, folder, target, compiler: compiler.clone() })
        };
        (0..count).map(lane).collect()
    }
}

impl Lane {
    /// Gives the variables that tell cargo where to build, and how if nobody has said so.
    pub fn variables(&self) -> Vec<(&'static str, &OsStr)> {
        let lean = LEAN.into_iter().filter(|(name, _)| std::env::var_os(name).is_none());
        let lean = lean.map(|(name, value)| (name, OsStr::new(value)));
        let folders = ["CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"];
        let folders = folders.map(|name| (name, self.target.as_os_str()));
        let compiler = self.compiler.iter().map(|program| (WRAPPER[0], program.as_os_str()));
        folders.into_iter().chain(lean).chain(compiler).collect()
    }

    /// Gives the file for the output of a project's check.
    pub fn log(&self, check: usize) -> PathBuf {
        self.folder.join(format!("log-{check}"))
    }

    /// Tells whether nothing was ever built here.
    pub fn is_new(&self) -> bool {
        !self.target.exists()
    }

    /// Takes over what the first lane has built for dependencies, if it can be copied: they are compiled
    /// once then. `tree` is the project that it was built for.
    ///
    /// # Errors
    /// Fails if somebody wants the process to end. Nothing is taken over then.
    pub fn take_over(
        &self,
        first: &Self,
        tree: &Tree,
        interrupt: &Interrupt,
    ) -> Result<(), Interrupted> {
        let own = packages(tree);
        let wanted = |path: &Path| {
            interrupt.check().map_err(|_| io::ErrorKind::Interrupted)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_own = name.rsplit_once('-').is_some_and(|(package, _)| own.contains(package));
            Ok(!is_own && !name.starts_with(LANE))
        };
        // What is half copied, cargo would take for built.
        let part = self.target.with_extension("part");
        // So it would a project of an earlier run, were that older than what is taken over.
        let copied = remove(&part).and_then(|()| remove(&self.project)).and_then(|()| {
            copy(&first.target, &part, &wanted)?;
            fs::rename(&part, &self.target)
        });
        if copied.is_err() {
            // It can still build all by itself, and what is left the next run removes.
            let _ = remove(&part);
        }
        interrupt.check()
    }

    /// Makes the project's folder hold a tree and nothing else, and cargo's no program of another one.
    ///
    /// # Errors
    /// Tells what cannot be written.
    pub fn write(&self, tree: &Tree) -> Result<(), Error> {
        remove_programs(&self.target).map_err(|error| Error::Write(self.target.clone(), error))?;
        mirror(&self.project, tree).map_err(|error| Error::Write(self.project.clone(), error))
    }

    /// Copies the project as checks have left it, without what a tool has marked as its cache.
    ///
    /// # Errors
    /// Fails if the system refuses.
    pub fn keep(&self, place: &Path) -> io::Result<()> {
        copy(&self.project, place, &|path| Ok(!path.join("CACHEDIR.TAG").exists()))
    }
}

/// Writes the configuration that cargo finds above the project: none, if the caller says how to build.
fn configure(folder: &Path) -> io::Result<()> {
    let file = folder.join(".cargo").join("config.toml");
    if std::env::var_os(DEBUG).is_some() {
        return remove(&file);
    }
    fs::create_dir_all(folder.join(".cargo"))?;
    fs::write(file, LEAN_DEPENDENCIES)
}

/// Lists the packages of a project, which are its own to build.
fn packages(tree: &Tree) -> BTreeSet<String> {
    let manifests = tree.iter().map(|(path, _)| path).filter(|path| path.ends_with("Cargo.toml"));
    let name = |path| Some(tree.toml(path)?.get("package")?.get("name")?.as_str()?.to_owned());
    manifests.filter_map(name).collect()
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

/// Tells where a template is from.
fn origin(template: &Template) -> PathBuf {
    match &template.source {
        Source::Folder(folder) => fs::canonicalize(folder).unwrap_or_else(|_| folder.clone()),
        // What somebody else's code leaves, a build of one's own never finds.
        other => PathBuf::from(other.to_string()),
    }
}

fn id(path: &Path) -> String {
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
