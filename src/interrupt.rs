//! Ctrl-C and its relatives, noticed instead of obeyed while something has to be cleaned up.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// Tells whether somebody wants the process to end.
#[derive(Debug, Clone)]
pub struct Interrupt {
    wanted: Arc<AtomicBool>,
}

/// Says that somebody wanted the process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Says that the system refuses a handler.
#[derive(Debug, thiserror::Error)]
#[error("cannot handle Ctrl-C: {0}")]
pub struct Refused(#[from] pub io::Error);

impl Interrupt {
    /// Starts to listen, for the rest of the process.
    ///
    /// # Errors
    /// Fails if the system refuses a handler.
    pub fn listen() -> Result<Self, Refused> {
        let wanted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&wanted))?;
        }
        #[cfg(unix)]
        {
            // `nohup` asks to go on when the terminal is closed.
            if !is_ignored(signal_hook::consts::SIGHUP) {
                signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::clone(&wanted))?;
            }
            // A file over the limit of `ulimit -f` shall be an error of the write, not a sudden end.
            let ignored = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(signal_hook::consts::SIGXFSZ, ignored)?;
        }
        Ok(Self { wanted })
    }

    /// Passes unless the process is to end.
    ///
    /// # Errors
    /// Fails if it is.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.wanted.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(()) }
    }
}

/// Tells whether the process was started to ignore a signal, where the system lets it be read.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
