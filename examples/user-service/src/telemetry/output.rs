//! Where log lines end: an output that may refuse them.

use std::{
    fs::File,
    io::{self, ErrorKind, Write},
    os::fd::AsFd as _,
    thread,
    time::Duration,
};

/// How long to wait for an output that would block.
const PAUSE: Duration = Duration::from_millis(10);

/// Writes lines, and knows which of them are lost.
#[derive(Debug)]
pub(super) struct Output<W> {
    writer: W,
    /// The last line was cut off: the next one must not go on where it ends.
    torn: bool,
}

/// Opens stdout without the buffer of the standard library, which would keep lines that could not be
/// written, and count them as if they were.
pub(super) fn stdout() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

impl<W: Write> Output<W> {
    /// Writes to what keeps nothing back.
    pub(super) fn to(writer: W) -> Self {
        Self { writer, torn: false }
    }

    /// Writes whole lines, and returns how many of them are lost.
    pub(super) fn write(&mut self, lines: &[u8]) -> usize {
        if self.torn && self.take(b"\n") == 1 {
            self.torn = false;
        }
        let written = if self.torn { 0 } else { self.take(lines) };
        if let Some(last) = lines[..written].last() {
            self.torn = *last != b'\n';
        }
        lines[written..].split_inclusive(|byte| *byte == b'\n').count()
    }

    /// Writes as many bytes as can be written.
    #[expect(clippy::disallowed_methods, reason = "the log has a thread of its own")]
    fn take(&mut self, text: &[u8]) -> usize {
        let mut written = 0;
        while written < text.len() {
            match self.writer.write(&text[written..]) {
                Ok(0) => break,
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Another process with the same pipe may have asked for that.
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
                Err(_) => break,
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader},
        os::unix::net::UnixStream,
    };

    use super::*;

    /// An output with room for so many bytes.
    #[derive(Default)]
    struct Disk {
        room: usize,
        written: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            let count = text.len().min(self.room);
            self.room -= count;
            self.written.extend_from_slice(&text[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_is_cut_off_is_lost_alone() {
        let mut output = Output::to(Disk::default());
        let mut lost = |room: usize, lines: &[u8]| {
            output.writer.room = room;
            (output.write(lines), String::from_utf8(output.writer.written.clone()).unwrap())
        };

        assert_eq!(lost(9, b"one\n"), (0, "one\n".to_owned()));
        assert_eq!(lost(5, b"two\nthree\nfour\n"), (2, "one\ntwo\nt".to_owned()));
        assert_eq!(lost(0, b"five\n"), (1, "one\ntwo\nt".to_owned()));
        assert_eq!(lost(1, b"six\n"), (1, "one\ntwo\nt\n".to_owned()));
        assert_eq!(lost(9, b"seven\n"), (0, "one\ntwo\nt\nseven\n".to_owned()));
    }

    #[test]
    fn an_output_that_would_block_is_waited_for() {
        let (writer, reader) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        // More than a socket holds.
        let lines = "a line\n".repeat(1 << 20);
        let length = lines.len();

        let writing = thread::spawn(move || Output::to(writer).write(lines.as_bytes()));
        let read = BufReader::new(reader).lines().map(|line| line.unwrap().len() + 1).sum();

        assert_eq!((writing.join().unwrap(), length), (0, read));
    }
}
