//! The signals that end the service.

use std::{io, process};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals SIGTERM and SIGINT, which Ctrl-C sends, from the moment that this exists.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Starts to listen.
    ///
    /// # Errors
    /// The process cannot have more signal handlers.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits until the service is asked to stop.
    ///
    /// From then on a further signal ends the process at once, with exit code 1.
    #[expect(clippy::disallowed_methods, reason = "whoever signals twice does not want to wait")]
    pub async fn stop(mut self) {
        self.next().await;
        tracing::info!("stopping; a second signal ends the service at once");
        tokio::spawn(async move {
            self.next().await;
            process::exit(1);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
