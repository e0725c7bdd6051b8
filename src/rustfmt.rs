//! The only user of rustfmt.

mod edition;
mod said;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::{fs, io};

pub use self::edition::Editions;
pub use self::said::{Remark, What};

use crate::checks;
use crate::tree::Tree;

/// Names the files that rustfmt reads its settings from.
const SETTINGS: [&str; 2] = ["rustfmt.toml", ".rustfmt.toml"];

/// Says why nothing is known about the format.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no rustfmt.
    #[error("`rustfmt` is not installed")]
    Missing,
    /// rustfmt cannot be run.
    #[error("cannot run `rustfmt`: {0}")]
    Run(#[from] io::Error),
    /// rustfmt failed.
    #[error("`rustfmt` failed: {0}")]
    Failed(String),
}

impl Error {
    /// Says what to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing => "install it, with `rustup component add rustfmt` for one",
            Self::Run(_) => "mend what keeps it from running",
            Self::Failed(_) => "mend `rustfmt`, its settings or the project's edition",
        }
    }
}

/// Tells whether a file is one that rustfmt formats.
pub fn is_code(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end == "rs")
}

/// Tells whether a file is one that says how.
pub fn is_settings(path: &str) -> bool {
    SETTINGS.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// Says where files of a tree, by their edition, are not as rustfmt would write them.
///
/// The others are there for it to read its settings from, and to find what `mod` names. Nothing of a
/// tree is run or changed: the folder has neither a toolchain of its own nor a configuration for cargo.
///
/// # Errors
/// Says why nothing is known.
pub fn check(tree: &Tree, files: &BTreeMap<String, Vec<String>>) -> Result<Vec<Remark>, Error> {
    let folder = tempfile::Builder::new().prefix("firstlight-").tempdir()?;
    // rustfmt names files without links in their paths.
    let root = fs::canonicalize(folder.path())?;
    for (path, file) in tree.iter() {
        checks::write(&root.join(path), file)?;
    }
    let mut remarks = Vec::new();
    for (edition, files) in files {
        let mut command = Command::new("rustfmt");
        command.args(["--check", "--color", "never", "--edition", edition]);
        command.args(files.iter().map(|path| root.join(path))).current_dir(&root);
        let output = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Error::Missing,
            _ => Error::Run(error),
        })?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let found = said::remarks(&root, &stdout, &stderr);
        if found.is_empty() && stdout.is_empty() && !output.status.success() {
            let first = stderr.lines().next().map(str::to_owned);
            return Err(Error::Failed(first.unwrap_or_else(|| output.status.to_string())));
        }
        // It follows `mod` to others.
        let wanted =
            |remark: &Remark| remark.at.as_ref().is_none_or(|(path, _)| files.contains(path));
        remarks.extend(found.into_iter().filter(wanted));
    }
    Ok(remarks)
}
