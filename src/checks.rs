//! The checks of rendered projects: what is run, where, and what came of it.

mod compiler;
mod copy;
mod fingerprint;
mod lane;
mod mirror;
mod process;
mod programs;
mod results;
mod run;
mod toolchain;

pub use self::compiler::stand_in;
pub use self::lane::{Cache, Error, Lane};
pub use self::mirror::write;
pub use self::process::{Outcome, finish, spawn};
pub use self::results::{Results, key};
pub use self::run::{Ended, Event, Job, run};
pub use self::toolchain::Toolchains;

use crate::answers::Answers;
use crate::manifest::{Check, Manifest};
use crate::tree::Tree;

/// Lists the checks of a project: those of the template, or the usual ones for a Rust project.
pub fn of(manifest: &Manifest, answers: &Answers, tree: &Tree) -> Vec<Check> {
    let all = if manifest.checks.is_empty() { usual(tree) } else { manifest.checks.clone() };
    let holds = |check: &Check| {
        check.when.as_ref().is_none_or(|(condition, _)| condition.holds(&answers.values))
    };
    all.into_iter().filter(holds).collect()
}

fn usual(tree: &Tree) -> Vec<Check> {
    if tree.get("Cargo.toml").is_none() {
        return Vec::new();
    }
    vec![
        Check::new("format", &["cargo", "fmt", "--check"]),
        Check::new("build", &["cargo", "build", "--locked"]),
        Check::new("test", &["cargo", "test", "--locked"]),
        Check::new(
            "clippy",
            &["cargo", "clippy", "--locked", "--all-targets", "--", "-D", "warnings"],
        ),
        Check::new("docs", &["cargo", "doc", "--locked", "--no-deps"])
            .with("RUSTDOCFLAGS", "-D warnings"),
    ]
}
