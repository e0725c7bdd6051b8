//! A template: where it comes from, its manifest, its files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use crate::executable::is_executable;
use crate::fault::{Fault, Place, Problem};
use crate::lint;
use crate::manifest::{self, Manifest};

/// Holds the folder `template/` as it was when firstlight was built.
static EMBEDDED: &[(&str, bool, &[u8])] = include!(concat!(env!("OUT_DIR"), "/template.rs"));

/// Is a template whose files can be rendered.
#[derive(Debug, Clone)]
pub struct Template {
    /// Where it comes from.
    pub source: Source,
    /// What it says about itself.
    pub manifest: Manifest,
    /// Its files by their path inside the folder, `.liquid` suffixes included.
    pub files: BTreeMap<String, File>,
}

/// Is one file of a template.
#[derive(Debug, Clone)]
pub struct File {
    /// The bytes.
    pub contents: Cow<'static, [u8]>,
    /// Whether it may be executed.
    pub executable: bool,
}

/// Tells where a template comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From firstlight itself.
    Embedded,
    /// From a folder.
    Folder(PathBuf),
}

/// Says why there is no template.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The template has defects.
    #[error("the template `{0}` is faulty")]
    Faulty(Source, Vec<Fault>),
    /// There is no such folder.
    #[error("there is no template folder `{0}`")]
    NoFolder(PathBuf),
    /// The folder cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Unreadable(PathBuf, io::Error),
}

impl Source {
    /// Gives the folder, if it is one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Embedded => None,
            Self::Folder(folder) => Some(folder),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::Folder(path) => path.display().fmt(f),
        }
    }
}

impl Template {
    /// Gives the template that comes with firstlight, without the strict pass: a test has made it.
    ///
    /// # Errors
    /// Lists the defects of its manifest; the tests keep that from happening.
    pub fn embedded() -> Result<Self, Error> {
        let files = EMBEDDED.iter().map(|(path, executable, contents)| {
            let contents = Cow::Borrowed(*contents);
            ((*path).to_owned(), File { contents, executable: *executable })
        });
        let files = files.collect();
        match manifest(&files) {
            Ok(manifest) => Ok(Self { source: Source::Embedded, manifest, files }),
            Err(faults) => Err(Error::Faulty(Source::Embedded, faults)),
        }
    }

    /// Reads a template from a folder.
    ///
    /// # Errors
    /// Tells what cannot be read, or lists the template's defects.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        if !folder.is_dir() {
            return Err(Error::NoFolder(folder.to_owned()));
        }
        let mut walk = Walk::default();
        walk.folder(folder, "")?;
        let Walk { files, mut faults } = walk;
        let source = Source::Folder(folder.to_owned());
        match manifest(&files) {
            Ok(manifest) => {
                let template = Self { source, manifest, files };
                faults.extend(lint::check(&template));
                if faults.is_empty() {
                    return Ok(template);
                }
                faults.sort_by(|a, b| a.place.cmp(&b.place));
                Err(Error::Faulty(template.source, faults))
            }
            Err(found) => {
                faults.extend(found);
                Err(Error::Faulty(source, faults))
            }
        }
    }

    /// Makes a template of files, without the strict pass.
    ///
    /// # Errors
    /// Lists the defects of its manifest.
    pub fn of_files(source: Source, files: BTreeMap<String, File>) -> Result<Self, Vec<Fault>> {
        let manifest = manifest(&files)?;
        Ok(Self { source, manifest, files })
    }

    /// Describes the template to programs.
    pub fn as_json(&self) -> serde_json::Value {
        let version = self.manifest.version.to_string();
        serde_json::json!({ "source": self.source.to_string(), "version": version })
    }

    /// Lists the files that can become part of a project: their path without `.liquid`, their path
    /// in the folder, the file. A file with the suffix wins over a twin without.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str, &File)> {
        self.files.iter().filter_map(|(path, file)| {
            let target = path.strip_suffix(".liquid").unwrap_or(path);
            let own = target == manifest::FILE_NAME || target == ".cargo-ok";
            let twin = target == path && self.files.contains_key(&format!("{path}.liquid"));
            (!own && !twin).then_some((target, path.as_str(), file))
        })
    }
}

fn manifest(files: &BTreeMap<String, File>) -> Result<Manifest, Vec<Fault>> {
    let whole = |problem| vec![Fault { place: Place::file(manifest::FILE_NAME), problem }];
    let Some(file) = files.get(manifest::FILE_NAME) else {
        return Err(whole(Problem::NoManifest));
    };
    let text = str::from_utf8(&file.contents).map_err(|_| whole(Problem::NotUtf8))?;
    Manifest::parse(text)
}

#[derive(Default)]
struct Walk {
    files: BTreeMap<String, File>,
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
                let file =
                    read(&entry.path()).map_err(|error| Error::Unreadable(entry.path(), error))?;
                self.files.insert(path, file);
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

fn read(path: &Path) -> io::Result<File> {
    let executable = is_executable(path)?;
    Ok(File { contents: Cow::Owned(fs::read(path)?), executable })
}
