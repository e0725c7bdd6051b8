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

impl Interrupt {
    /// Starts to listen, for the rest of the process.
    ///
    /// # Errors
    /// Fails if the system refuses a handler.
    pub fn listen() -> io::Result<Self> {
        let wanted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&wanted))?;
        }
        #[cfg(unix)]
        {
            signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::clone(&wanted))?;
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
