//! Tests of the embedded template, and of the engine against cargo-generate.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod embedded;
mod example;
mod format;
mod lock;
mod names;
mod parity;
mod rustfmt;
mod set;
mod support;
