//! The compiler that a project is built with, and what else decides about its work.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;

use crate::manifest::Check;
use crate::tree::Tree;

/// Lists the files that choose a compiler.
const FILES: [&str; 2] = ["rust-toolchain.toml", "rust-toolchain"];

/// Is the variable that chooses a compiler before any file does.
const CHOICE: &str = "RUSTUP_TOOLCHAIN";

/// Lists the tools with how they are asked for their versions, and the variables that put other programs
/// in their places.
const TOOLS: [(&str, &str, &[&str]); 5] = [
    ("rustc", "-vV", &["RUSTC", "CARGO_BUILD_RUSTC"]),
    ("rustdoc", "-V", &["RUSTDOC", "CARGO_BUILD_RUSTDOC"]),
    ("rustfmt", "-V", &["RUSTFMT"]),
    ("cargo", "-V", &[]),
    ("cargo-clippy", "-V", &[]),
];

/// Lists the beginnings of the variables that change what the tools and tests do.
const VARIABLES: [&str; 15] = [
    "CARGO_ALIAS_",
    "CARGO_BUILD_",
    "CARGO_ENCODED_",
    "CARGO_PROFILE_",
    "CARGO_RESOLVER_",
    "CARGO_TARGET_",
    "CARGO_UNSTABLE_",
    "CLIPPY_",
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTFMT",
    "RUST_MIN_STACK",
    "RUST_TARGET_PATH",
    "RUST_TEST_",
];

/// Asks for the versions of the tools, once for all that chooses them.
#[derive(Debug)]
pub struct Toolchains {
    folder: PathBuf,
    known: BTreeMap<Choice, String>,
}

/// Is what chooses the tools.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Choice {
    /// A file of the project, and its contents.
    file: Option<(&'static str, Bytes)>,
    /// The variables of a check.
    environment: BTreeMap<String, String>,
}

impl Toolchains {
    /// Asks in `folder`, which is made for it.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, known: BTreeMap::new() }
    }

    /// Describes the tools and the variables that count for a check of a project.
    pub fn describe(&mut self, tree: &Tree, check: &Check) -> &str {
        let file = |name| Some((name, tree.get(name)?.contents.clone()));
        let mut environment = check.environment.clone();
        if let Some(toolchain) = toolchain(check) {
            environment.insert(CHOICE.to_owned(), toolchain.to_owned());
        }
        let choice = Choice { file: FILES.into_iter().find_map(file), environment };
        let folder = &self.folder;
        self.known.entry(choice).or_insert_with_key(|choice| choice.versions(folder) + &variables())
    }
}

impl Choice {
    /// Asks the tools in a folder, which is made for it.
    fn versions(&self, folder: &Path) -> String {
        let _ = fs::remove_dir_all(folder);
        // Without the folder the tools cannot run, and the answer says so.
        let _ = fs::create_dir_all(folder);
        if let Some((name, contents)) = &self.file {
            let _ = fs::write(folder.join(name), contents);
        }
        let said = |(tool, argument, variables): (&str, &str, &[&str])| {
            let program = variables.iter().find_map(|name| self.variable(name));
            let mut command = Command::new(program.unwrap_or_else(|| tool.into()));
            command.arg(argument).current_dir(folder).envs(&self.environment);
            command.output().map_or_else(
                |error| error.to_string(),
                |output| String::from_utf8_lossy(&output.stdout).into_owned(),
            )
        };
        TOOLS.map(said).concat()
    }

    /// Gives the value that a variable has for the check.
    fn variable(&self, name: &str) -> Option<OsString> {
        self.environment.get(name).map(OsString::from).or_else(|| std::env::var_os(name))
    }
}

/// Gives the toolchain that a check names on its command line, as in `cargo +nightly`.
fn toolchain(check: &Check) -> Option<&str> {
    let [program, argument, ..] = &*check.command else { return None };
    let toolchain = argument.strip_prefix('+')?;
    TOOLS.iter().any(|(tool, ..)| tool == program).then_some(toolchain)
}

fn variables() -> String {
    let set = std::env::vars_os().map(|(name, value)| {
        (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
    });
    let counts = |name: &str| {
        VARIABLES.iter().any(|start| name.starts_with(start))
            && !matches!(name, "CARGO_TARGET_DIR" | "CARGO_TARGET_TMPDIR" | "CARGO_BUILD_BUILD_DIR")
    };
    let mut lines: Vec<String> = set
        .filter(|(name, _)| counts(name))
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    lines.sort();
    lines.concat()
}
