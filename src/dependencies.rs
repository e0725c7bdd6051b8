//! The names that a rendered project already uses for other packages.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::name::{Error, Name};
use crate::tree::Tree;

/// Refuses a project's name that one of its dependencies has, direct or not: cargo or rustc would
/// take one for the other.
///
/// # Errors
/// Fails if the name is taken.
pub fn check_name(tree: &Tree, name: &Name) -> Result<(), Error> {
    let mut taken = BTreeSet::new();
    if let Some(manifest) = parse(tree, "Cargo.toml") {
        direct(&manifest, &mut taken);
        if let Some(Value::Table(targets)) = manifest.get("target") {
            targets
                .values()
                .filter_map(Value::as_table)
                .for_each(|table| direct(table, &mut taken));
        }
    }
    if let Some(lock) = parse(tree, "Cargo.lock") {
        locked(&lock, &mut taken);
    }
    if taken.contains(&name.crate_name()) {
        return Err(Error::Dependency(name.to_string()));
    }
    Ok(())
}

fn parse(tree: &Tree, path: &str) -> Option<Table> {
    str::from_utf8(&tree.get(path)?.contents).ok()?.parse().ok()
}

fn direct(manifest: &Table, taken: &mut BTreeSet<String>) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(Value::Table(dependencies)) = manifest.get(kind) else { continue };
        for (name, dependency) in dependencies {
            let package = dependency.get("package").and_then(Value::as_str);
            taken.extend([Some(name.as_str()), package].into_iter().flatten().map(normal));
        }
    }
}

fn locked(lock: &Table, taken: &mut BTreeSet<String>) {
    let packages = lock.get("package").and_then(Value::as_array);
    for package in packages.into_iter().flatten() {
        // The project itself comes from nowhere.
        if package.get("source").is_some() {
            taken.extend(package.get("name").and_then(Value::as_str).map(normal));
        }
    }
}

fn normal(name: &str) -> String {
    name.replace('-', "_")
}
