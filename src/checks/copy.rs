//! A copy of a folder, for a program that goes by the times of files.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Copies a folder with the times of its files, as far as it is `wanted`: a folder that is not is left
/// out with all that is in it, and so are pipes, sockets and the like.
///
/// # Errors
/// Fails if the system refuses, or `wanted` does.
pub fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> io::Result<bool>) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if !wanted(&from)? {
            continue;
        }
        if kind.is_dir() {
            copy(&from, &to, wanted)?;
        } else if kind.is_symlink() {
            copy_link(&from, &to)?;
        } else if kind.is_file() {
            copy_file(&from, &to)?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut original = File::open(from)?;
    let found = original.metadata()?;
    let mut copied = File::create_new(to)?;
    io::copy(&mut original, &mut copied)?;
    copied.set_modified(found.modified()?)?;
    // Last, as a file that nobody may write to is one of those.
    copied.set_permissions(found.permissions())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
