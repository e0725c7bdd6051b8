//! Tests of the embedded template, and of the engine against cargo-generate.

mod embedded;
mod example;
mod format;
mod lock;
mod parity;
mod support;
