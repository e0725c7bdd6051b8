//! The only user of git.

mod archive;

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use std::{io, thread};

pub use self::archive::archive;

use crate::interrupt::{Interrupt, Interrupted};

/// Is how often a running git is looked after.
const POLL: Duration = Duration::from_millis(10);

/// Lists the variables that belong to one repository, as `git rev-parse --local-env-vars` does: a hook
/// of another repository sets some of them, and `git init` would follow them there.
const LOCAL_VARIABLES: [&str; 15] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Says why there is no repository.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no git.
    #[error("`git` is not installed")]
    Missing,
    /// git cannot be run.
    #[error("cannot run `git`: {0}")]
    Run(io::Error),
    /// git failed.
    #[error("`git init` failed: {0}")]
    Failed(String),
    /// Somebody wants the process to end.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// Tells whether a folder, which need not exist yet, is inside of a repository.
pub fn is_inside_repository(folder: &Path) -> bool {
    folder.ancestors().any(|folder| folder.join(".git").exists())
}

/// Makes a repository of a folder.
///
/// # Errors
/// Says why git did not.
pub fn init(folder: &Path, interrupt: &Interrupt) -> Result<(), Error> {
    let mut command = Command::new("git");
    command.args(["init", "--quiet"]).arg(folder);
    for variable in LOCAL_VARIABLES {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        // A git that nobody may execute is as good as none.
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Error::Missing,
        _ => Error::Run(error),
    })?;
    let status = wait(&mut child, interrupt)?;
    let output = child.wait_with_output().map_err(Error::Run)?;
    // A terminal sends Ctrl-C to git as well: then it is the interrupt that counts.
    interrupt.check()?;
    if status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Failed(if said.is_empty() { status.to_string() } else { said }))
}

fn wait(child: &mut Child, interrupt: &Interrupt) -> Result<ExitStatus, Error> {
    loop {
        if let Some(status) = child.try_wait().map_err(Error::Run)? {
            return Ok(status);
        }
        if let Err(interrupted) = interrupt.check() {
            // It may have ended by itself just now.
            let _ = child.kill();
            let _ = child.wait();
            return Err(interrupted.into());
        }
        thread::sleep(POLL);
    }
}
