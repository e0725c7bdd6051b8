//! Black-box tests of the command line: the real program, its output, its exit codes, its files.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod answers_of_update;
mod atomic;
mod conflicts;
mod drift;
mod fetched;
mod help;
mod kill;
mod life;
mod new;
mod options;
mod paths;
mod prompts;
mod properties;
mod reference;
mod refused;
mod repository;
mod set;
mod streams;
mod support;
mod transaction;
mod undo;
mod update;
mod verify;
