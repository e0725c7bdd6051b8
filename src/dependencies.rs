//! The names that a rendered project already uses for other packages.

use memchr::memmem;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::name::{Error, Name};
use crate::tree::Tree;

/// Refuses a project's name that one of its dependencies has, direct or not: cargo or rustc would
/// take one for the other.
///
/// # Errors
/// Fails if the name is taken.
pub fn check_name(tree: &Tree, name: &Name) -> Result<(), Error> {
    let text = |path| tree.get(path).and_then(|file| str::from_utf8(&file.contents).ok());
    // Borrowed from the text, as most of it is not needed.
    let manifest = text("Cargo.toml").and_then(|manifest| DeTable::parse(manifest).ok());
    let direct = manifest.iter().flat_map(|manifest| direct(manifest.get_ref()));
    let mut taken = direct.chain(text("Cargo.lock").into_iter().flat_map(locked));
    if taken.any(|taken| is_same_crate(taken, name.as_str())) {
        return Err(Error::Dependency(name.to_string()));
    }
    Ok(())
}

/// Lists the names of a manifest's dependencies, and those of their packages.
fn direct<'m>(manifest: &'m DeTable<'_>) -> impl Iterator<Item = &'m str> {
    let table = |value: &'m Spanned<DeValue<'_>>| value.get_ref().as_table();
    let targets = manifest.get("target").and_then(table);
    let targets = targets.into_iter().flat_map(DeTable::values).filter_map(table);
    let kinds = std::iter::once(manifest).chain(targets).flat_map(move |manifest| {
        let kinds = ["dependencies", "dev-dependencies", "build-dependencies"].into_iter();
        kinds.filter_map(move |kind| manifest.get(kind).and_then(table))
    });
    kinds.flatten().flat_map(|(name, dependency)| {
        let package = dependency.get_ref().get("package").and_then(|name| name.get_ref().as_str());
        [Some(&**name.get_ref()), package].into_iter().flatten()
    })
}

/// Lists the packages of a lock file that come from elsewhere, by their first lines as cargo writes
/// them: to read those of a service as TOML is a tenth of what `firstlight new` takes.
fn locked<'l>(lock: &'l str) -> impl Iterator<Item = &'l str> {
    const HEADER: &str = "[[package]]";
    memmem::find_iter(lock.as_bytes(), HEADER).filter_map(|header| {
        let rest = lock[header + HEADER.len()..].lines().skip(1);
        let mut lines = rest.take_while(|line| !line.starts_with('['));
        let mut value = |key| {
            let value =
                |line: &'l str| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"');
            lines.find_map(value)
        };
        let name = value("name")?;
        // The project itself comes from nowhere.
        value("source").map(|_| name)
    })
}

fn is_same_crate(one: &str, other: &str) -> bool {
    let normal = |byte| if byte == b'-' { b'_' } else { byte };
    one.bytes().map(normal).eq(other.bytes().map(normal))
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
        // As tags may leave them.
        assert_eq!(locked(&lock.replace('\n', "\n\n")).collect::<Vec<_>>(), ["bytes"]);
    }
}
