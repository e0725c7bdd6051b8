//! Log lines on their way to stdout: a buffer, and a thread that empties it.

use std::{
    io::{self, Write},
    mem,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

use super::output::Output;

/// How much text waits for a slow reader before further lines are dropped and counted, in bytes.
const CAPACITY: usize = 4 << 20;

/// How long a line waits for others to be written with it. To wake the thread and to write for
/// each line would take longer than to format it.
const GATHER: Duration = Duration::from_millis(10);

/// How long the last lines may take when the service ends.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Takes log lines without ever making a request wait for who reads them.
#[derive(Clone, Debug)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    text: Vec<u8>,
    /// Nothing will be pushed any more.
    closed: bool,
    /// All that was pushed is written.
    written: bool,
}

/// Waits for the last lines to be written when it is dropped, but not for ever.
#[derive(Debug)]
pub(super) struct LastLines(Lines);

impl Lines {
    /// Writes what is pushed to `writer`, which keeps nothing back, on a thread of its own.
    pub(super) fn to(writer: impl Write + Send + 'static) -> (Self, LastLines) {
        let lines = Self(Arc::default());
        let shared = Arc::clone(&lines.0);
        thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || shared.write_all(writer))
            .expect("a thread can be started when the service starts");
        (lines.clone(), LastLines(lines))
    }

    /// Adds a line to those that wait, or drops it if there are too many.
    pub(super) fn push(&self, line: &[u8]) {
        let mut waiting = self.0.waiting();
        if waiting.text.len() + line.len() > CAPACITY {
            self.0.dropped.fetch_add(1, Relaxed);
            return;
        }
        let is_first = waiting.text.is_empty();
        waiting.text.extend_from_slice(line);
        drop(waiting);
        if is_first {
            self.0.changed.notify_one();
        }
    }

    /// Returns how many lines were dropped, or could not be written.
    pub(super) fn dropped(&self) -> u64 {
        self.0.dropped.load(Relaxed)
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all(&self, writer: impl Write) {
        let mut output = Output::to(writer);
        let mut text = Vec::new();
        while self.take(&mut text) {
            let lost = output.write(&text);
            self.dropped.fetch_add(lost as u64, Relaxed);
            text.clear();
        }
        self.waiting().written = true;
        self.changed.notify_all();
    }

    /// Exchanges an empty buffer for the lines that wait, once there are some; returns false after
    /// the last of them.
    fn take(&self, text: &mut Vec<u8>) -> bool {
        let waiting = self
            .changed
            .wait_while(self.waiting(), |waiting| waiting.text.is_empty() && !waiting.closed)
            .unwrap_or_else(PoisonError::into_inner);
        let (mut waiting, _) = self
            .changed
            .wait_timeout_while(waiting, GATHER, |waiting| !waiting.closed)
            .unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut waiting.text, text);
        !text.is_empty()
    }
}

impl Drop for LastLines {
    fn drop(&mut self) {
        let shared = &self.0.0;
        let mut waiting = shared.waiting();
        waiting.closed = true;
        shared.changed.notify_all();
        let _ = shared.changed.wait_timeout_while(waiting, LAST_LINES, |waiting| !waiting.written);
    }
}

/// Takes what the text format writes, one line at a time.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A writer that goes on when somebody has taken what it got.
    struct Reader(mpsc::SyncSender<Vec<u8>>);

    impl Write for Reader {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.send(text.to_owned()).map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_in_order_and_to_the_last() {
        let (output, written) = mpsc::sync_channel(usize::from(u16::MAX));
        let (lines, last_lines) = Lines::to(Reader(output));

        for number in 0..10_000 {
            lines.push(format!("{number}\n").as_bytes());
        }
        drop(last_lines);

        let text = String::from_utf8(written.into_iter().flatten().collect()).unwrap();
        let numbers: Vec<usize> = text.lines().map(|line| line.parse().unwrap()).collect();
        assert!(numbers.into_iter().eq(0..10_000));
        assert_eq!(lines.dropped(), 0);
    }

    #[test]
    fn a_reader_that_does_not_read_costs_lines_and_keeps_nobody_waiting() {
        let (output, _never_read) = mpsc::sync_channel(0);
        let (lines, last_lines) = Lines::to(Reader(output));
        let line = [b'a'; 1024];

        // The writer may hold as much again.
        for _ in 0..3 * CAPACITY / line.len() {
            lines.push(&line);
        }
        drop(last_lines);

        assert!(lines.dropped() > 0);
    }
}
