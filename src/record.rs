//! The record of a project, and its baseline: what `new` leaves behind for later commands.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use crate::answers::{Answers, Value};
use crate::template::Template;
use crate::tree::{File, Tree};

/// Numbers the layout of the record.
pub const SCHEMA: u32 = 1;

const RECORD: &str = ".firstlight/record.toml";
const BASELINE: &str = ".firstlight/baseline.tar.zst";
const HEADER: &str = "\
# How this project was made. Keep this file and the baseline beside it under version control:
# firstlight reads them to tell what has changed since, and to merge newer templates.

";

/// Takes a tenth of the time of the highest levels, for a few hundred bytes more.
const COMPRESSION_LEVEL: i32 = 12;

#[derive(Serialize)]
struct Record<'a> {
    schema: u32,
    project: Project<'a>,
    template: Origin,
    answers: &'a BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct Project<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Origin {
    source: String,
    version: String,
}

/// Says why there is no record.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The record cannot be written as TOML.
    #[error("cannot write the record: {0}")]
    Record(#[from] toml::ser::Error),
    /// The baseline cannot be packed.
    #[error("cannot pack the baseline: {0}")]
    Baseline(#[from] io::Error),
}

/// Adds the record and the baseline to a rendered tree.
///
/// # Errors
/// Fails if one of them cannot be serialized.
pub fn attach(mut tree: Tree, template: &Template, answers: &Answers) -> Result<Tree, Error> {
    let baseline = pack(&tree)?;
    let record = Record {
        schema: SCHEMA,
        project: Project { name: answers.name.as_str() },
        template: Origin {
            source: source(template),
            version: template.manifest.version.to_string(),
        },
        answers: &answers.values,
    };
    let record = format!("{HEADER}{}", toml::to_string(&record)?);
    for (path, contents) in [(RECORD, record.into_bytes()), (BASELINE, baseline)] {
        tree.insert(path.to_owned(), File { contents, executable: false });
    }
    Ok(tree)
}

/// Says where a template comes from, so that it can be found from any folder.
fn source(template: &Template) -> String {
    let folder = template.source.folder().map(std::path::absolute);
    match folder {
        Some(Ok(folder)) => folder.display().to_string(),
        _ => template.source.to_string(),
    }
}

/// Packs a tree: sorted, without times and owners, so that the same tree gives the same bytes.
fn pack(tree: &Tree) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, file) in tree.iter() {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(if file.executable { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(file.contents.len() as u64);
        archive.append_data(&mut header, path, file.contents.as_slice())?;
    }
    zstd::bulk::compress(&archive.into_inner()?, COMPRESSION_LEVEL)
}
