//! A folder as it was.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use super::LOCAL_VARIABLES;

/// Is the contents and the executable bit of a file, by its path.
pub type Files = BTreeMap<String, (Vec<u8>, bool)>;

/// Says why the earlier state of a folder is not known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// git cannot be run.
    #[error("cannot run `git`: {0}")]
    Run(io::Error),
    /// git knows no such state.
    #[error("git has no `{0}` of the folder: {1}")]
    Unknown(String, String),
}

/// Reads a folder of a repository as it was at a revision.
///
/// # Errors
/// Says why git does not know it.
pub fn archive(folder: &Path, revision: &str) -> Result<Files, Error> {
    let unknown = |why: &str| Error::Unknown(revision.to_owned(), why.trim().to_owned());
    if revision.starts_with('-') {
        return Err(unknown("a revision does not begin with a dash"));
    }
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["archive", "--format=tar", revision]);
    for variable in LOCAL_VARIABLES {
        command.env_remove(variable);
    }
    let output = command.stdin(Stdio::null()).output().map_err(Error::Run)?;
    if !output.status.success() {
        return Err(unknown(&String::from_utf8_lossy(&output.stderr)));
    }
    files(&output.stdout).map_err(Error::Run)
}

fn files(archive: &[u8]) -> io::Result<Files> {
    let mut found = Files::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path()?.to_string_lossy().into_owned();
        let executable = entry.header().mode()? & 0o111 != 0;
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents)?;
        found.insert(path, (contents, executable));
    }
    Ok(found)
}
