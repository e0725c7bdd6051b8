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
    if let Some(manifest) = text(tree, "Cargo.toml").and_then(|text| text.parse().ok()) {
        direct(&manifest, &mut taken);
        if let Some(Value::Table(targets)) = manifest.get("target") {
            targets
                .values()
                .filter_map(Value::as_table)
                .for_each(|table| direct(table, &mut taken));
        }
    }
    if let Some(lock) = text(tree, "Cargo.lock") {
        taken.extend(locked(lock).map(normal));
    }
    if taken.contains(&name.crate_name()) {
        return Err(Error::Dependency(name.to_string()));
    }
    Ok(())
}

fn text<'t>(tree: &'t Tree, path: &str) -> Option<&'t str> {
    str::from_utf8(&tree.get(path)?.contents).ok()
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

/// Lists the packages of a lock file that come from elsewhere, line by line as cargo writes it: to
/// read those of a service as TOML is a tenth of what `firstlight new` takes.
fn locked(lock: &str) -> impl Iterator<Item = &str> {
    lock.split("[[package]]").skip(1).filter_map(|package| {
        let value = |key| {
            let lines = package.lines().take_while(|line| !line.starts_with('['));
            let mut values = lines.filter_map(|line| line.strip_prefix(key));
            values.next()?.strip_prefix(" = \"")?.strip_suffix('"')
        };
        // The project itself comes from nowhere.
        value("source").and(value("name"))
    })
}

fn normal(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_locked_is_all_that_comes_from_elsewhere() {
        let lock = "version = 4\n\n\
            [[package]]\nname = \"bytes\"\nversion = \"1.0.0\"\nsource = \"registry\"\n\n\
            [[package]]\nname = \"demo\"\nversion = \"0.1.0\"\ndependencies = [\n \"bytes\",\n]\n\n\
            [[patch.unused]]\nname = \"http\"\nversion = \"1.0.0\"\nsource = \"git\"\n";
        assert_eq!(locked(lock).collect::<Vec<_>>(), ["bytes"]);
        assert_eq!(locked(&lock.replace('\n', "\r\n")).collect::<Vec<_>>(), ["bytes"]);
    }
}
