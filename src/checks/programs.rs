//! The programs and libraries that cargo puts where people look for them.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use super::lane::LANE;

/// Removes the programs and libraries of earlier projects from the places in cargo's folder where people
/// look for them: a check that runs `target/debug/NAME` would find them.
///
/// Cargo keeps them in other places, too, and takes them from there if they need not be compiled. No
/// link is followed in the folder.
///
/// # Errors
/// Fails if the system refuses.
pub fn remove_programs(target: &Path) -> io::Result<()> {
    let Ok(target) = fs::canonicalize(target) else {
        // Nothing was ever built.
        return Ok(());
    };
    for entry in entries(&target)? {
        // Somebody else may be building there.
        if entry.file_name().to_string_lossy().starts_with(LANE) {
            continue;
        }
        remove_from_profile(&entry.path())?;
        // A folder of this kind has the profiles of a platform that was named.
        for entry in entries(&entry.path())? {
            remove_from_profile(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes them from the folder of a profile, such as `debug`; other folders are left as they are.
fn remove_from_profile(folder: &Path) -> io::Result<()> {
    if !folder.join(".cargo-lock").exists() {
        return Ok(());
    }
    for entry in entries(folder)?.into_iter().chain(entries(&folder.join("examples"))?) {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type()?.is_file() && !name.starts_with('.') && !has_hash(&name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Tells whether a name is one by which cargo tells builds apart: examples are kept where they are looked
/// for.
fn has_hash(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Lists what is in a folder; nothing is in what is none.
fn entries(path: &Path) -> io::Result<Vec<DirEntry>> {
    if !fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
        return Ok(Vec::new());
    }
    fs::read_dir(path)?.collect()
}
