//! The compiler that a project is built with, and what else decides about its work.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::tree::Tree;

/// Lists the files that choose a compiler.
const FILES: [&str; 2] = ["rust-toolchain.toml", "rust-toolchain"];

/// Lists the beginnings of the variables that change what cargo and the compiler do.
const VARIABLES: [&str; 7] = [
    "CARGO_BUILD_",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
];

/// Asks for the versions of the tools, once for each file that chooses them.
#[derive(Debug)]
pub struct Toolchains {
    folder: PathBuf,
    known: BTreeMap<Vec<u8>, String>,
}

impl Toolchains {
    /// Asks in `folder`, which is made for it.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, known: BTreeMap::new() }
    }

    /// Describes the tools and the variables that count for a project.
    pub fn describe(&mut self, tree: &Tree) -> &str {
        let chosen = FILES.into_iter().find_map(|name| Some((name, tree.get(name)?)));
        let key = chosen.map(|(_, file)| file.contents.clone()).unwrap_or_default();
        self.known.entry(key).or_insert_with(|| {
            let _ = fs::remove_dir_all(&self.folder);
            // Without the folder the tools cannot run, and the answer says so.
            let _ = fs::create_dir_all(&self.folder);
            if let Some((name, file)) = chosen {
                let _ = fs::write(self.folder.join(name), &file.contents);
            }
            let said = |words: [&str; 2]| {
                let output =
                    Command::new(words[0]).arg(words[1]).current_dir(&self.folder).output();
                output.map_or_else(
                    |error| error.to_string(),
                    |output| String::from_utf8_lossy(&output.stdout).into_owned(),
                )
            };
            let tools =
                [["rustc", "-vV"], ["cargo", "-V"], ["cargo-clippy", "-V"], ["rustfmt", "-V"]];
            tools.map(said).concat() + &variables()
        })
    }
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
