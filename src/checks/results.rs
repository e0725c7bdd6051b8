//! What has passed before: by everything that decides about it.

use std::fs;
use std::path::PathBuf;

use super::fingerprint::Fingerprint;
use crate::manifest::Check;
use crate::tree::Tree;

/// Numbers what goes into a key.
const SCHEMA: &[u8] = b"1";

/// Remembers the checks that projects have passed, in files that are named after what was checked.
#[derive(Debug)]
pub struct Results {
    folder: PathBuf,
}

impl Results {
    /// Remembers in a folder, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Tells whether something has passed.
    pub fn has(&self, key: &str) -> bool {
        self.folder.join(key).exists()
    }

    /// Notes that something has passed.
    pub fn note(&self, key: &str) {
        // A result that cannot be kept costs the next run some time, and nothing else.
        let _ = fs::create_dir_all(&self.folder);
        let _ = fs::write(self.folder.join(key), "");
    }
}

/// Names a check of a project: the command, its variables, the tools, every file with its mode.
pub fn key(check: &Check, tree: &Tree, toolchain: &str) -> String {
    let mut fingerprint = Fingerprint::default();
    let mut part = |bytes: &[u8]| fingerprint.part(bytes);
    part(SCHEMA);
    part(toolchain.as_bytes());
    part(&check.command.len().to_le_bytes());
    check.command.iter().for_each(|word| part(word.as_bytes()));
    part(&check.environment.len().to_le_bytes());
    for (name, value) in &check.environment {
        part(name.as_bytes());
        part(value.as_bytes());
    }
    for (path, file) in tree.iter() {
        part(path.as_bytes());
        part(&[u8::from(file.executable)]);
        part(&file.contents);
    }
    fingerprint.name()
}
