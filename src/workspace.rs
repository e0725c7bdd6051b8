//! The workspace that a new project would be in.

use std::fs;
use std::path::PathBuf;

use toml::Table;

use crate::destination::Destination;
use crate::tree::Tree;

/// Finds the manifest of a workspace above a project that does not expect to be in one.
pub fn above(destination: &Destination, tree: &Tree) -> Option<PathBuf> {
    let own = str::from_utf8(&tree.get("Cargo.toml")?.contents).ok()?;
    let mut manifests =
        destination.path.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
    let above =
        manifests.find(|path| fs::read_to_string(path).is_ok_and(|text| is_workspace(&text)));
    // There hardly ever is one.
    above.filter(|_| !is_workspace(own))
}

fn is_workspace(manifest: &str) -> bool {
    manifest.parse::<Table>().is_ok_and(|manifest| manifest.contains_key("workspace"))
}
