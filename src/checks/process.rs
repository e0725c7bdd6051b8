//! One command, its output in a file, and its end.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::interrupt::{Interrupt, Interrupted};
use crate::manifest::Check;

/// Is how often a running command is looked after.
const POLL: Duration = Duration::from_millis(20);

/// Is how long processes that are told to end may take for it.
const GRACE: Duration = Duration::from_secs(3);

/// Tells how a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The command succeeded.
    Passed,
    /// It had passed before, with everything as it is now.
    Unchanged,
    /// The command failed, or could not be run; says how.
    Failed(String),
    /// The command took too long.
    TimedOut(Duration),
}

impl Outcome {
    /// Tells whether the project has passed the check.
    pub fn is_passed(&self) -> bool {
        matches!(self, Self::Passed | Self::Unchanged)
    }
}

/// Runs a check's command in a folder.
///
/// The command gets a process group of its own, of which nobody is left when this returns; what
/// leaves the group, as a daemon does, is the check's own to end. Where there are no such groups,
/// only the command itself is ended.
///
/// # Errors
/// Fails if somebody wants the process to end.
pub fn run(
    check: &Check,
    folder: &Path,
    variables: &[(&str, &OsStr)],
    log: &Path,
    interrupt: &Interrupt,
) -> Result<Outcome, Interrupted> {
    let mut child = match start(check, folder, variables, log) {
        Ok(child) => child,
        Err(error) => {
            return Ok(Outcome::Failed(format!("cannot run `{}`: {error}", check.command[0])));
        }
    };
    Ok(match finish(&mut child, check.limit, interrupt)? {
        Some(Ok(status)) if status.success() => Outcome::Passed,
        Some(Ok(status)) => Outcome::Failed(status.to_string()),
        Some(Err(error)) => Outcome::Failed(error.to_string()),
        None => Outcome::TimedOut(check.limit),
    })
}

fn start(
    check: &Check,
    folder: &Path,
    variables: &[(&str, &OsStr)],
    log: &Path,
) -> io::Result<Child> {
    let log = File::create(log)?;
    let mut command = Command::new(&check.command[0]);
    command.args(&check.command[1..]).current_dir(folder);
    // What cargo sets for a program that it runs says nothing about the project.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_BIN_") || OWN.contains(&&*name)
        {
            command.env_remove(name);
        }
    }
    // Nor is a terminal there, which rustfmt takes this variable's word for.
    command.env("CARGO_TERM_COLOR", "never").env("TERM", "dumb").envs(variables.iter().copied());
    command.envs(&check.environment);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    spawn(&mut command)
}

/// Starts a command in a process group of its own.
///
/// # Errors
/// Fails if it cannot be run.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.spawn()
}

/// Waits for the end of what was [spawned](spawn), and ends what is left of its group; none if the time
/// is up.
///
/// # Errors
/// Fails if somebody wants the process to end.
pub fn finish(
    child: &mut Child,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<Option<io::Result<ExitStatus>>, Interrupted> {
    let ended = wait(child, limit, interrupt);
    end_group(child);
    ended
}

/// Lists variables that cargo sets for a program or a test that it runs.
const OWN: [&str; 5] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// Waits for the end of a process; none if the time is up.
fn wait(
    child: &mut Child,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<Option<io::Result<ExitStatus>>, Interrupted> {
    let begin = Instant::now();
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return Ok(Some(Ok(status))),
            Err(error) => return Ok(Some(Err(error))),
        }
        interrupt.check()?;
        if begin.elapsed() >= limit {
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

/// Ends what is left of a process and of those that it has started: politely, then at once.
#[cfg(unix)]
fn end_group(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

    let group = Pid::from_child(child);
    let begin = Instant::now();
    let mut signal = Signal::TERM;
    // An error says that the group has nobody left.
    while kill_process_group(group, signal).is_ok() {
        while begin.elapsed() < GRACE && test_kill_process_group(group).is_ok() {
            let _ = child.try_wait();
            thread::sleep(POLL);
        }
        if signal == Signal::KILL {
            break;
        }
        signal = Signal::KILL;
    }
    let _ = child.wait();
}

#[cfg(not(unix))]
fn end_group(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}
