//! The only user of git.

mod archive;

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use std::{io, thread};

pub use self::archive::archive;

use crate::address::Address;
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

/// Keeps a fetch from running, asking or following anything: no hooks, no filters that a template could
/// name, no submodules, no transport but these, no questions on a terminal that nobody watches.
const HARDENED: [&str; 7] = [
    "core.hooksPath=/dev/null",
    "init.templateDir=",
    "core.fsmonitor=false",
    "core.autocrlf=false",
    "core.attributesFile=/dev/null",
    "submodule.recurse=false",
    "protocol.ext.allow=never",
];
const HARDENED_VARIABLES: [(&str, &str); 4] = [
    ("GIT_ALLOW_PROTOCOL", "https:ssh:file"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    ("GIT_LFS_SKIP_SMUDGE", "1"),
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
    #[error("`git {0}` failed: {1}")]
    Failed(&'static str, String),
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
    run(command, "init", interrupt).map(drop)
}

/// Fetches one revision of a repository into a folder, and gives the commit that it is, in full.
///
/// # Errors
/// Says why git did not, without what is secret in the address.
pub fn fetch(address: &Address, folder: &Path, interrupt: &Interrupt) -> Result<String, Error> {
    let git = |subcommand: &'static str, arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder);
        command.args(HARDENED.iter().flat_map(|setting| ["-c", setting]));
        command.arg(subcommand).args(arguments).envs(HARDENED_VARIABLES);
        run(command, subcommand, interrupt).map_err(|error| match error {
            Error::Failed(subcommand, said) => {
                Error::Failed(subcommand, address.without_secrets(&said))
            }
            error => error,
        })
    };
    git("init", &["--quiet"])?;
    let revision = address.revision.as_deref().unwrap_or("HEAD");
    let quiet = ["--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--"];
    git("fetch", &[&quiet[..], &[address.secret(), revision]].concat())?;
    git("checkout", &["--quiet", "--detach", "FETCH_HEAD"])?;
    Ok(git("rev-parse", &["--verify", "HEAD"])?.trim().to_owned())
}

/// Runs git to its end, and gives what it printed.
fn run(mut command: Command, name: &'static str, interrupt: &Interrupt) -> Result<String, Error> {
    for variable in LOCAL_VARIABLES {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
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
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Failed(name, if said.is_empty() { status.to_string() } else { said }))
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
