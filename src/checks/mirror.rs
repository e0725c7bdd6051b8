//! A folder that becomes one tree after another, and changes as little as it can.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::executable::is_executable;
use crate::file_system::set_mode;
use crate::tree::{self, Tree};

/// Makes a folder hold a tree and nothing else.
///
/// A file that is there already keeps its time, so that cargo knows it.
///
/// # Errors
/// Fails if the system refuses.
pub fn mirror(folder: &Path, tree: &Tree) -> io::Result<()> {
    let mut found = BTreeSet::new();
    walk(folder, "", &mut found)?;
    let wanted: BTreeSet<String> = tree.iter().map(|(path, _)| path.to_owned()).collect();
    for path in found.difference(&wanted) {
        remove(folder, path)?;
    }
    // A macro that reads a folder may have no way to tell cargo when one of its files comes or goes.
    let moved = found != wanted;
    for (path, file) in tree.iter() {
        let own = folder.join(path);
        if found.contains(path) && is_same(&own, file)? {
            if moved && own.extension().is_some_and(|end| end == "rs") {
                File::options().write(true).open(&own)?.set_modified(SystemTime::now())?;
            }
        } else {
            write(&own, file)?;
        }
    }
    Ok(())
}

fn walk(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

/// Removes a file, and the folders that it leaves empty.
fn remove(folder: &Path, path: &str) -> io::Result<()> {
    let own = folder.join(path);
    fs::remove_file(&own)?;
    for parent in own.ancestors().skip(1).take_while(|parent| *parent != folder) {
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(())
}

fn is_same(path: &Path, file: &tree::File) -> io::Result<bool> {
    Ok(is_executable(path)? == (file.executable && cfg!(unix)) && fs::read(path)? == file.contents)
}

/// Writes one file, and the folders above it.
///
/// # Errors
/// Fails if the system refuses.
pub fn write(path: &Path, file: &tree::File) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        if parent.is_file() {
            fs::remove_file(parent)?;
        }
        fs::create_dir_all(parent)?;
    }
    fs::write(path, &file.contents)?;
    set_mode(path, if file.executable { 0o755 } else { 0o644 })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, contents) in files {
            let file = tree::File { contents: contents.as_bytes().to_vec(), executable: false };
            tree.insert((*path).to_owned(), file);
        }
        tree
    }

    /// Gives the time of each file, in seconds.
    fn times(folder: &Path) -> BTreeMap<String, u64> {
        let mut found = BTreeSet::new();
        walk(folder, "", &mut found).unwrap();
        let time = |path: &String| {
            let modified = fs::metadata(folder.join(path)).unwrap().modified().unwrap();
            modified.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
        };
        found.iter().map(|path| (path.clone(), time(path))).collect()
    }

    /// Makes a folder of a tree whose files are from the second 1.
    fn old(tree: &Tree) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        mirror(folder.path(), tree).unwrap();
        for path in times(folder.path()).keys() {
            let file = File::options().write(true).open(folder.path().join(path)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1)).unwrap();
        }
        folder
    }

    /// Lists the files that are still from the second 1.
    fn kept(folder: &Path) -> Vec<String> {
        times(folder).into_iter().filter(|(_, time)| *time == 1).map(|(path, _)| path).collect()
    }

    #[test]
    fn a_file_that_does_not_change_keeps_its_time() {
        let folder = old(&tree(&[("a.rs", "a"), ("b.rs", "b"), ("c.txt", "c")]));
        mirror(folder.path(), &tree(&[("a.rs", "a"), ("b.rs", "changed"), ("c.txt", "c")]))
            .unwrap();
        assert_eq!(kept(folder.path()), ["a.rs", "c.txt"]);
        assert_eq!(fs::read_to_string(folder.path().join("b.rs")).unwrap(), "changed");
    }

    #[test]
    fn all_rust_files_are_new_when_one_of_any_kind_comes_or_goes() {
        let before = tree(&[("a.rs", "a"), ("b.txt", "b"), ("src/c.rs", "c")]);
        for after in [
            tree(&[("a.rs", "a"), ("b.txt", "b"), ("d.sql", "d"), ("src/c.rs", "c")]),
            tree(&[("a.rs", "a"), ("b.txt", "b")]),
        ] {
            let folder = old(&before);
            mirror(folder.path(), &after).unwrap();
            assert_eq!(kept(folder.path()), ["b.txt"]);
            assert!(times(folder.path()).keys().eq(after.iter().map(|(path, _)| path)));
        }
    }

    #[test]
    fn a_file_can_take_the_place_of_a_folder_and_get_another_mode() {
        let folder = old(&tree(&[("a/b/c.sh", "c"), ("run.sh", "x")]));
        let mut after = tree(&[("a", "a")]);
        let file = tree::File { contents: b"x".to_vec(), executable: true };
        after.insert("run.sh".to_owned(), file);
        mirror(folder.path(), &after).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "a");
        assert!(is_executable(&folder.path().join("run.sh")).unwrap());
        mirror(folder.path(), &tree(&[("a/b", "b"), ("run.sh", "x")])).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a/b")).unwrap(), "b");
        assert!(!is_executable(&folder.path().join("run.sh")).unwrap());
    }
}
