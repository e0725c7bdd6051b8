//! The record of a project, and its baseline: what `new` leaves behind for later commands.

mod archive;
mod layout;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use semver::Version;
use sha2::{Digest, Sha256};

use self::layout::Layout;
use crate::answers::{Answers, Value};
use crate::name::{self, Name};
use crate::render::covers;
use crate::template::{Source, Template};
use crate::tree::{File, Tree};

pub use self::archive::{pack, unpack};

/// Numbers the layout of the record.
pub const SCHEMA: u32 = 1;

/// Names the folder of the record in a project, which no template may write to.
pub const FOLDER: &str = ".firstlight";

/// Is where the record is, in a project.
pub const RECORD: &str = ".firstlight/record.toml";

/// Is where the baseline is, in a project.
pub const BASELINE: &str = ".firstlight/baseline.tar.zst";

/// Keeps what is there for a moment only out of every repository, whatever the template ignores.
const IGNORED: &str = ".firstlight/.gitignore";
const IGNORES: &str = "/pending.tar.zst\n/staging/\n/undo.tar.zst\n";

/// Is what a project knows about how it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The project's name.
    pub name: Name,
    /// Where its template came from.
    pub source: Source,
    /// The template's version.
    pub version: Version,
    /// Paths that belong to the user since they were written.
    pub seeded: Vec<String>,
    /// The answers.
    pub answers: BTreeMap<String, Value>,
    /// What the baseline's bytes hash to.
    pub baseline: String,
}

/// Says why there is no record.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The record cannot be written as TOML.
    #[error("cannot write the record: {0}")]
    Write(#[from] toml::ser::Error),
    /// The baseline cannot be packed.
    #[error("cannot pack the baseline: {0}")]
    Pack(#[from] io::Error),
    /// The record is no TOML, or not such as firstlight writes.
    #[error("`{RECORD}` cannot be read: {0}")]
    Read(String),
    /// The record is of a later firstlight.
    #[error("`{RECORD}` has the schema {0}, and this firstlight knows {SCHEMA}")]
    Schema(u32),
    /// The record holds a name that no project can have.
    #[error("`{RECORD}` names the project: {0}")]
    Name(#[from] name::Error),
    /// The baseline is not the one that the record was written with.
    #[error("`{BASELINE}` is not the one that `{RECORD}` was written with")]
    Mismatch,
    /// The baseline is damaged.
    #[error("`{BASELINE}` cannot be unpacked: {0}")]
    Unpack(io::Error),
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let layout: Layout =
            toml::from_str(text).map_err(|error| Error::Read(error.message().to_owned()))?;
        if layout.schema != SCHEMA {
            return Err(Error::Schema(layout.schema));
        }
        let template = layout.template;
        let source = match (template.source.as_str(), template.commit) {
            ("embedded", _) => Source::Embedded,
            (_, Some(commit)) => {
                Source::Git { url: template.source, revision: template.revision, commit }
            }
            (folder, None) => Source::Folder(PathBuf::from(folder)),
        };
        let version = Version::parse(&template.version);
        Ok(Self {
            name: Name::parse(&layout.project.name)?,
            source,
            version: version
                .map_err(|error| Error::Read(format!("its version is no version: {error}")))?,
            seeded: template.seeded,
            answers: layout.answers,
            baseline: layout.baseline.sha256,
        })
    }

    /// Unpacks the baseline that belongs to this record.
    ///
    /// # Errors
    /// Fails if it belongs to another, or is damaged.
    pub fn unpack_baseline(&self, packed: &[u8]) -> Result<Tree, Error> {
        if hash(packed) != self.baseline {
            return Err(Error::Mismatch);
        }
        unpack(packed).map_err(Error::Unpack)
    }
}

/// Tells whether a path is in the folder of the record.
pub fn is_own(path: &str) -> bool {
    covers(FOLDER, path)
}

/// Tells whether a path is one of `seeded`, or in a folder that is.
pub fn is_seeded(seeded: &[String], path: &str) -> bool {
    seeded.iter().any(|entry| covers(entry, path))
}

/// Gives the files under `.firstlight` for rendered files, which come in the order of their paths.
///
/// # Errors
/// Fails where a rendered file is an error, or if one of ours cannot be serialized.
pub fn own_files<'f>(
    files: impl DoubleEndedIterator<Item = io::Result<(&'f str, &'f File)>>,
    template: &Template,
    answers: &Answers,
) -> Result<Tree, Error> {
    let baseline = pack(files)?;
    let record = Layout::new(template, answers, hash(&baseline)).to_text()?;
    let mut own = Tree::default();
    let files: [(_, Bytes); _] =
        [(RECORD, record.into()), (BASELINE, baseline.into()), (IGNORED, IGNORES.into())];
    for (path, contents) in files {
        own.insert(path.to_owned(), File { contents, executable: false });
    }
    Ok(own)
}

/// Gives the SHA-256 of bytes in hexadecimal, as `sha256sum` prints it.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
