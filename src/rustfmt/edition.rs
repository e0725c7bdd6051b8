//! The edition of Rust that each file of a project is written in.

use std::collections::BTreeMap;

use toml::Value;

use crate::tree::Tree;

/// Is the edition of a package that names none.
const FIRST: &str = "2015";

/// Is the edition of a file that is in no package.
const LATEST: &str = "2024";

/// Holds the editions of a project's packages, by their folders.
pub struct Editions(BTreeMap<String, String>);

impl Editions {
    /// Reads the manifests of a project.
    pub fn of(tree: &Tree) -> Self {
        let shared = tree.toml("Cargo.toml");
        let shared = shared.as_ref().and_then(|root| root.get("workspace")?.get("package"));
        let mut editions = BTreeMap::new();
        for (path, _) in tree.iter() {
            let Some(folder) = path.strip_suffix("Cargo.toml") else { continue };
            let Some(manifest) = tree.toml(path) else { continue };
            let Some(package) = manifest.get("package") else { continue };
            let edition = match package.get("edition") {
                Some(Value::Table(_)) => shared.and_then(|shared| shared.get("edition")),
                own => own,
            };
            let edition = edition.and_then(Value::as_str).unwrap_or(FIRST);
            editions.insert(folder.to_owned(), edition.to_owned());
        }
        Self(editions)
    }

    /// Gives the edition of a file.
    pub fn edition(&self, path: &str) -> &str {
        let inside = self.0.iter().filter(|(folder, _)| path.starts_with(folder.as_str()));
        inside.max_by_key(|(folder, _)| folder.len()).map_or(LATEST, |(_, edition)| edition)
    }
}
