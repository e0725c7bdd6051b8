//! A template: where it comes from, its manifest, its files.

pub mod folder;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use bytes::Bytes;
use semver::Version;
use serde_json::{Value as Json, json};

use self::folder::Found;
use crate::address::{self, Address};
use crate::engine::Engine;
use crate::fault::{Fault, Place, Problem};
use crate::interrupt::Interrupt;
use crate::manifest::{self, Manifest};
use crate::tree::File;
use crate::{git, lint};

/// Holds the folder `template/` as it was when firstlight was built.
static EMBEDDED: &[(&str, bool, &[u8])] = include!(concat!(env!("OUT_DIR"), "/template.rs"));

/// Is what has changed in it.
const CHANGELOG: &str = include_str!("../CHANGELOG.md");

/// Names the folder of a template that has things beside it which belong to it.
const FOLDER: &str = "template";

/// Is a template whose files can be rendered.
#[derive(Debug, Clone)]
pub struct Template {
    /// Where it comes from.
    pub source: Source,
    /// What it says about itself.
    pub manifest: Manifest,
    /// Its files by their path inside the folder, `.liquid` suffixes included.
    pub files: BTreeMap<String, File>,
    /// What has changed from version to version, in the format of Keep a Changelog.
    pub changelog: Option<String>,
    /// What parses and renders its texts.
    pub engine: Arc<Engine>,
}

/// Tells where a template comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From firstlight itself.
    Embedded,
    /// From a folder.
    Folder(PathBuf),
    /// From a git repository.
    Git {
        /// Its address, without what is secret in it.
        url: String,
        /// The branch, tag or commit that was asked for.
        revision: Option<String>,
        /// The commit that it was, in full.
        commit: String,
    },
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
    /// The address is refused.
    #[error(transparent)]
    Address(#[from] address::Error),
    /// The repository cannot be fetched.
    #[error("cannot fetch the template `{0}`: {1}")]
    Fetch(String, git::Error),
    /// The folder cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Unreadable(PathBuf, io::Error),
}

impl Source {
    /// Gives the folder, if it is one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Embedded | Self::Git { .. } => None,
        }
    }

    /// Describes the template that is there to programs; without a version, one that cannot be used.
    pub fn as_json(&self, version: Option<&Version>) -> Json {
        let version = version.map(ToString::to_string);
        let mut json = json!({ "source": self.to_string(), "version": version });
        if let Self::Git { commit, .. } = self {
            json["commit"] = commit.as_str().into();
        }
        json
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::Folder(path) => path.display().fmt(f),
            Self::Git { url, revision: Some(revision), .. } => write!(f, "{url}#{revision}"),
            Self::Git { url, .. } => url.fmt(f),
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
            let contents = Bytes::from_static(contents);
            ((*path).to_owned(), File { contents, executable: *executable })
        });
        let files = files.collect();
        match manifest(&files) {
            Ok(manifest) => {
                let changelog = Some(CHANGELOG.to_owned());
                Ok(Self {
                    source: Source::Embedded,
                    manifest,
                    files,
                    changelog,
                    engine: Arc::default(),
                })
            }
            Err(faults) => Err(Error::Faulty(Source::Embedded, faults)),
        }
    }

    /// Reads a template from a folder, or from a git repository.
    ///
    /// # Errors
    /// Tells what cannot be fetched or read, or lists the template's defects.
    pub fn load(given: &Path) -> Result<Self, Error> {
        match Address::parse(given)? {
            Some(address) => Self::fetch(&address, address.revision.clone()),
            None => Self::read(given),
        }
    }

    /// Reads the template that a project was made from, as it is now.
    ///
    /// # Errors
    /// As above.
    pub fn newest(source: &Source) -> Result<Self, Error> {
        match source {
            Source::Embedded => Self::embedded(),
            Source::Folder(folder) => Self::read(folder),
            Source::Git { url, revision, .. } => {
                Self::fetch(&Address::recorded(url, revision.as_deref())?, revision.clone())
            }
        }
    }

    /// Reads the template that a project was made from, as it was then where that is still known.
    ///
    /// # Errors
    /// As above.
    pub fn same(source: &Source) -> Result<Self, Error> {
        match source {
            Source::Git { url, revision, commit } => {
                Self::fetch(&Address::recorded(url, Some(commit))?, revision.clone())
            }
            source => Self::newest(source),
        }
    }

    fn fetch(address: &Address, revision: Option<String>) -> Result<Self, Error> {
        let url = address.public();
        let failed = |error| Error::Fetch(url.clone(), error);
        let interrupt =
            Interrupt::listen().map_err(|refused| failed(git::Error::Run(refused.0)))?;
        let clone = tempfile::Builder::new().prefix("firstlight-").tempdir();
        let clone = clone.map_err(|error| failed(git::Error::Run(error)))?;
        let commit = git::fetch(address, clone.path(), &interrupt).map_err(failed)?;
        // A repository may be the template, or hold it beside what belongs to it.
        let inside = clone.path().join(FOLDER);
        let is_inside = !clone.path().join(manifest::FILE_NAME).exists() && inside.is_dir();
        let folder = if is_inside { &inside } else { clone.path() };
        Self::read_as(folder, Source::Git { url, revision, commit })
    }

    /// Reads a template from a folder.
    ///
    /// # Errors
    /// Tells what cannot be read, or lists the template's defects.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        if !folder.is_dir() {
            return Err(Error::NoFolder(folder.to_owned()));
        }
        Self::read_as(folder, Source::Folder(folder.to_owned()))
    }

    fn read_as(folder: &Path, source: Source) -> Result<Self, Error> {
        let Found { files, manifest, mut faults } = folder::read(folder)?;
        let manifest =
            manifest.map_or_else(|| Err(about_manifest(Problem::NoManifest)), |found| *found);
        match manifest {
            Ok(manifest) => {
                let files = files.into_iter().collect();
                let changelog = folder::changelog(folder, &manifest);
                let template = Self { source, manifest, files, changelog, engine: Arc::default() };
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
        Ok(Self { source, manifest, files, changelog: None, engine: Arc::default() })
    }

    /// Describes the template to programs.
    pub fn as_json(&self) -> Json {
        self.source.as_json(Some(&self.manifest.version))
    }

    /// Lists the paths of a rendered tree that belong to the user after creation.
    pub fn seeded(&self) -> Vec<String> {
        self.manifest.seeded.iter().map(|entry| entry.text.clone()).collect()
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
    let file = files.get(manifest::FILE_NAME);
    file.map_or_else(|| Err(about_manifest(Problem::NoManifest)), parse)
}

fn parse(manifest: &File) -> Result<Manifest, Vec<Fault>> {
    let text = str::from_utf8(&manifest.contents);
    Manifest::parse(text.map_err(|_| about_manifest(Problem::NotUtf8))?)
}

fn about_manifest(problem: Problem) -> Vec<Fault> {
    vec![Fault { place: Place::file(manifest::FILE_NAME), problem }]
}
