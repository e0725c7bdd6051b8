//! A folder that becomes one tree after another, and changes as little as it can.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::executable::is_executable;
use crate::file_system::set_mode;
use crate::tree::{self, Tree};

/// Makes a folder hold a tree and nothing else, whatever checks have left there.
///
/// A file that is there already keeps its time, so that cargo knows it. No link is followed.
///
/// # Errors
/// Fails if the system refuses.
pub fn mirror(folder: &Path, tree: &Tree) -> io::Result<()> {
    if !fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir()) {
        remove(folder)?;
        fs::create_dir_all(folder)?;
    }
    let files: BTreeSet<&Path> = tree.iter().map(|(path, _)| Path::new(path)).collect();
    let folders = files.iter().flat_map(|path| path.ancestors().skip(1)).collect();
    let mut sweep = Sweep { files, folders, kept: BTreeSet::new(), has_removed: false };
    sweep.folder(folder, Path::new(""))?;
    // A macro that reads a folder may have no way to tell cargo when one of its files comes or goes.
    let moved = sweep.has_removed || sweep.kept.len() < sweep.files.len();
    for (path, file) in tree.iter() {
        let own = folder.join(path);
        let is_touched = moved && own.extension().is_some_and(|end| end == "rs");
        if is_touched || !sweep.kept.contains(Path::new(path)) || !is_same(&own, file) {
            write(&own, file)?;
        }
    }
    Ok(())
}

/// Takes away all but regular files and folders that a tree has too.
struct Sweep<'a> {
    files: BTreeSet<&'a Path>,
    folders: BTreeSet<&'a Path>,
    kept: BTreeSet<PathBuf>,
    has_removed: bool,
}

impl Sweep<'_> {
    /// Sweeps a folder; `path` is its place in the tree.
    fn folder(&mut self, folder: &Path, path: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = path.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() && self.folders.contains(&*path) {
                self.folder(&entry.path(), &path)?;
            } else if kind.is_file() && self.files.contains(&*path) {
                self.kept.insert(path);
            } else {
                remove(&entry.path())?;
                self.has_removed = true;
            }
        }
        Ok(())
    }
}

/// Removes what is at a path, if anything is.
///
/// # Errors
/// Fails if the system refuses.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Tells whether a file is as it should be; one that cannot be read is not.
fn is_same(path: &Path, file: &tree::File) -> bool {
    fs::metadata(path).is_ok_and(|found| is_executable(&found) == (file.executable && cfg!(unix)))
        && fs::read(path).is_ok_and(|contents| contents == file.contents)
}

/// Writes one file, and the folders above it, in place of what is there.
///
/// # Errors
/// Fails if the system refuses.
pub fn write(path: &Path, file: &tree::File) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    // What is there may be a link, or a file that has another name elsewhere.
    remove(path)?;
    File::create_new(path)?.write_all(&file.contents)?;
    set_mode(path, if file.executable { 0o755 } else { 0o644 })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::time::{Duration, SystemTime};

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, contents) in files {
            let file = tree::File { contents: (*contents).to_owned().into(), executable: false };
            tree.insert((*path).to_owned(), file);
        }
        tree
    }

    /// Gives the time of each file, in seconds.
    fn times(folder: &Path) -> BTreeMap<String, u64> {
        let time = |path: &Path| {
            let modified = fs::symlink_metadata(path).unwrap().modified().unwrap();
            modified.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
        };
        let mut found = BTreeMap::new();
        let mut open = vec![folder.to_owned()];
        while let Some(next) = open.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let own = path.strip_prefix(folder).unwrap().to_str().unwrap();
                    found.insert(own.to_owned(), time(&path));
                }
            }
        }
        found
    }

    /// Makes a folder of a tree whose files are from the second 1.
    fn old(tree: &Tree) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        mirror(folder.path(), tree).unwrap();
        for path in times(folder.path()).keys() {
            let file = File::options().write(true).open(folder.path().join(path)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
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
        let file = tree::File { contents: "x".into(), executable: true };
        after.insert("run.sh".to_owned(), file);
        mirror(folder.path(), &after).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "a");
        assert!(is_executable(&fs::metadata(folder.path().join("run.sh")).unwrap()));
        mirror(folder.path(), &tree(&[("a/b", "b"), ("run.sh", "x")])).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a/b")).unwrap(), "b");
        assert!(!is_executable(&fs::metadata(folder.path().join("run.sh")).unwrap()));
    }
    /// Lets a check leave something in a folder, and gives the folder after the next tree.
    fn after(leave: impl Fn(&Path)) -> tempfile::TempDir {
        let before = tree(&[("a.rs", "a"), ("src/b.txt", "b")]);
        let folder = old(&before);
        leave(folder.path());
        mirror(folder.path(), &tree(&[("a.rs", "changed"), ("src/b.txt", "b")])).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a.rs")).unwrap(), "changed");
        let expected = ["a.rs".to_owned(), "src/b.txt".to_owned()];
        assert!(times(folder.path()).keys().eq(expected.iter()), "{:?}", times(folder.path()));
        folder
    }

    #[test]
    fn no_link_is_written_through() {
        let outside = tempfile::tempdir().unwrap();
        let own = outside.path().join("own");
        let links: [fn(&Path, &Path) -> io::Result<()>; 2] =
            [|from, to| symlink(from, to), |from, to| fs::hard_link(from, to)];
        for link in links {
            fs::write(&own, "mine").unwrap();
            let folder = after(|folder| {
                fs::remove_file(folder.join("a.rs")).unwrap();
                link(&own, &folder.join("a.rs")).unwrap();
            });
            assert_eq!(fs::read_to_string(&own).unwrap(), "mine");
            assert!(fs::symlink_metadata(folder.path().join("a.rs")).unwrap().is_file());
        }
        after(|folder| {
            fs::remove_dir_all(folder.join("src")).unwrap();
            symlink(outside.path(), folder.join("src")).unwrap();
        });
        let left: Vec<_> = fs::read_dir(outside.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_link_to_nothing_goes() {
        let folder = after(|folder| symlink("nowhere", folder.join("link")).unwrap());
        assert!(fs::symlink_metadata(folder.path().join("link")).is_err());
        after(|folder| {
            fs::remove_file(folder.join("a.rs")).unwrap();
            symlink("nowhere", folder.join("a.rs")).unwrap();
        });
    }

    #[test]
    fn a_folder_that_the_tree_does_not_need_goes() {
        let folder = after(|folder| fs::create_dir_all(folder.join("empty/more")).unwrap());
        assert!(!folder.path().join("empty").exists());
        after(|folder| {
            fs::remove_file(folder.join("a.rs")).unwrap();
            fs::create_dir_all(folder.join("a.rs/full")).unwrap();
            fs::write(folder.join("a.rs/full/file"), "").unwrap();
        });
    }

    #[test]
    fn a_name_that_is_not_utf_8_goes() {
        let name = OsStr::from_bytes(b"a\xff");
        let folder = after(|folder| fs::write(folder.join(name), "").unwrap());
        assert!(!folder.path().join(name).exists());
    }

    #[test]
    fn a_folder_that_was_removed_or_replaced_is_made_again() {
        let outside = tempfile::tempdir().unwrap();
        after(|folder| fs::remove_dir_all(folder).unwrap());
        after(|folder| {
            fs::remove_dir_all(folder).unwrap();
            symlink(outside.path(), folder).unwrap();
        });
        assert!(fs::read_dir(outside.path()).unwrap().next().is_none());
    }
}
