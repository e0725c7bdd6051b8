//! stdout for data, stderr for talk.

use std::io::{self, BufRead, IsTerminal, Write};
use std::string::FromUtf8Error;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Complaint, Failure, Kind};

/// Takes back what is on the terminal's line.
const CLEAR: &str = "\r\x1b[2K";

/// Is how a command speaks to whoever runs it.
#[derive(Debug)]
pub struct Ui {
    interactive: bool,
    colour: bool,
    /// Whether a line can be written over.
    live: bool,
    /// Whether the line on the terminal will be.
    pending: AtomicBool,
}

impl Ui {
    /// Speaks through the process's own streams.
    ///
    /// Questions are possible if stdin and stderr are terminals and `CI` is not set; colour if stderr is
    /// a terminal and neither `NO_COLOR` nor `TERM=dumb` forbids it.
    pub fn new() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let terminal = io::stderr().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            interactive: terminal && io::stdin().is_terminal() && !set("CI"),
            colour: terminal && !set("NO_COLOR") && !dumb,
            live: terminal && !set("CI") && !dumb,
            pending: AtomicBool::new(false),
        }
    }

    /// Tells whether somebody is there to answer questions.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Writes data to stdout, with a line break at its end.
    ///
    /// # Errors
    /// Fails if stdout does, which a closed pipe does not count as.
    pub fn data(&self, data: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        self.written(out.write_all(data.trim_ascii_end()).and_then(|()| out.write_all(b"\n")))
    }

    /// Writes data to stdout as it is.
    ///
    /// # Errors
    /// Fails if stdout does, which a closed pipe does not count as.
    pub fn raw(&self, data: &[u8]) -> Result<(), Failure> {
        self.written(io::stdout().lock().write_all(data))
    }

    /// Checks that what was written to stdout has arrived there.
    ///
    /// # Errors
    /// Fails if it has not, which a closed pipe does not count as.
    pub fn written(&self, done: io::Result<()>) -> Result<(), Failure> {
        match done.and_then(|()| io::stdout().flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::one(Kind::Failed, &format!("cannot write to stdout: {error}"), None))
            }
            _ => Ok(()),
        }
    }

    /// Says something on stderr.
    pub fn say(&self, text: &str) {
        let clear = if self.pending.swap(false, Ordering::Relaxed) { CLEAR } else { "" };
        // There is nobody to tell if stderr is gone.
        let _ = writeln!(io::stderr().lock(), "{clear}{text}");
    }

    /// Shows on a terminal what is being done, until something else is said.
    pub fn pending(&self, text: &str) {
        if self.live {
            self.pending.store(true, Ordering::Relaxed);
            let mut err = io::stderr().lock();
            // There is nobody to tell if stderr is gone.
            let _ = write!(err, "{CLEAR}{text}").and_then(|()| err.flush());
        }
    }

    /// Warns of something, with a place in it.
    pub fn warning(&self, text: &str) {
        self.say(&format!("{} {text}", self.paint("1;33", "warning:")));
    }

    /// Says what to do about it.
    pub fn hint(&self, text: &str) {
        self.say(&format!("{} {text}", self.paint("1;36", "hint:")));
    }

    /// Says something that is worth knowing and no error.
    pub fn note(&self, text: &str) {
        self.say(&format!("{} {text}", self.paint("1;33", "note:")));
    }

    /// Asks on stderr and reads a line from stdin; none if the input has ended.
    ///
    /// The line may turn out not to be text.
    ///
    /// # Errors
    /// Fails if stdin does.
    pub fn ask(&self, question: &str) -> io::Result<Option<Result<String, FromUtf8Error>>> {
        let mut err = io::stderr().lock();
        write!(err, "{question}")?;
        err.flush()?;
        let mut line = Vec::new();
        if io::stdin().lock().read_until(b'\n', &mut line)? == 0 {
            // Ctrl-D leaves the cursor behind the question.
            writeln!(err)?;
            return Ok(None);
        }
        Ok(Some(String::from_utf8(line).map(|line| line.trim().to_owned())))
    }

    /// Reports a failure: each message, a blank line, its hint.
    pub fn failure(&self, failure: &Failure) {
        for (index, Complaint { message, hint }) in failure.problems.iter().enumerate() {
            if index > 0 {
                self.say("");
            }
            self.say(&format!("{} {message}", self.paint("1;31", "error:")));
            if let Some(hint) = hint {
                self.say(&format!("\n{} {hint}", self.paint("1;36", "hint:")));
            }
        }
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

impl Default for Ui {
    fn default() -> Self {
        Self::new()
    }
}
