//! The only user of rustfmt.

mod edition;
mod said;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

pub use self::edition::Editions;
pub use self::said::{Remark, What};

use crate::checks;
use crate::interrupt::{Interrupt, Interrupted};
use crate::tree::Tree;

/// Is how long rustfmt may take for what takes it a second: code can have it read without an end.
const LIMIT: Duration = Duration::from_mins(1);

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
    /// rustfmt does not come to an end.
    #[error("`rustfmt` took longer than {} seconds", LIMIT.as_secs())]
    TimedOut,
    /// Somebody wants the process to end.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Error {
    /// Says what to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing => "install it, with `rustup component add rustfmt` for one",
            Self::Run(_) => "mend what keeps it from running",
            Self::Failed(_) => "mend `rustfmt`, its settings or the project's edition",
            Self::TimedOut => "look for what the code has it read, with `#[path]` for one",
            Self::Interrupted(_) => "run the command again",
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
pub fn check(
    tree: &Tree,
    files: &BTreeMap<String, Vec<String>>,
    interrupt: &Interrupt,
) -> Result<Vec<Remark>, Error> {
    let folder = tempfile::Builder::new().prefix("firstlight-").tempdir()?;
    // rustfmt names files without links in their paths.
    let place = fs::canonicalize(folder.path())?;
    let root = place.join("tree");
    fs::create_dir(&root)?;
    for (path, file) in tree.iter() {
        checks::write(&root.join(path), file)?;
    }
    let mut remarks = Vec::new();
    for (edition, files) in files {
        let said = run(&root, edition, files, &place, interrupt)?;
        let found = said::remarks(&root, &said.stdout, &said.stderr);
        if let Some(failure) = said.failure.filter(|_| found.is_empty() && said.stdout.is_empty()) {
            let first = said.stderr.lines().next().map(str::to_owned);
            return Err(Error::Failed(first.unwrap_or(failure)));
        }
        // It follows `mod` to others.
        let wanted =
            |remark: &Remark| remark.at.as_ref().is_none_or(|(path, _)| files.contains(path));
        remarks.extend(found.into_iter().filter(wanted));
    }
    Ok(remarks)
}

/// Is what rustfmt has printed, and how it has failed, if it has.
struct Said {
    stdout: String,
    stderr: String,
    failure: Option<String>,
}

/// Runs rustfmt for files of an edition; what it prints goes into files in `place` meanwhile.
fn run(
    root: &Path,
    edition: &str,
    files: &[String],
    place: &Path,
    interrupt: &Interrupt,
) -> Result<Said, Error> {
    let (stdout, stderr) = (place.join("stdout"), place.join("stderr"));
    let mut command = Command::new("rustfmt");
    command.args(["--check", "--color", "never", "--edition", edition]);
    command.args(files.iter().map(|path| root.join(path))).current_dir(root);
    command.stdin(Stdio::null());
    command.stdout(File::create(&stdout)?).stderr(File::create(&stderr)?);
    let mut child = checks::spawn(&mut command).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Error::Missing,
        _ => Error::Run(error),
    })?;
    let status = checks::finish(&mut child, LIMIT, interrupt)?.ok_or(Error::TimedOut)??;
    let read = |path| Ok::<_, io::Error>(String::from_utf8_lossy(&fs::read(path)?).into_owned());
    let failure = (!status.success()).then(|| status.to_string());
    Ok(Said { stdout: read(&stdout)?, stderr: read(&stderr)?, failure })
}
