//! Black-box tests of the command line: the real program, its output, its exit codes, its files.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod atomic;
mod help;
mod new;
mod options;
mod paths;
mod prompts;
mod refused;
mod repository;
mod streams;
mod support;
mod verify;
