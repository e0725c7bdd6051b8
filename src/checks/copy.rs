//! A copy of a folder, for a program that goes by the times of files.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::interrupt::Interrupt;

/// Copies a folder with the times of its files; what has an `unwanted` name is left out, with all that
/// is in it.
///
/// # Errors
/// Fails if the system refuses, or if somebody wants the process to end.
pub fn copy(
    from: &Path,
    to: &Path,
    unwanted: &dyn Fn(&OsStr) -> bool,
    interrupt: &Interrupt,
) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        interrupt.check().map_err(|_| io::ErrorKind::Interrupted)?;
        let entry = entry?;
        let name = entry.file_name();
        if unwanted(&name) {
            continue;
        }
        let kind = entry.file_type()?;
        let (from, to) = (entry.path(), to.join(name));
        if kind.is_dir() {
            copy(&from, &to, unwanted, interrupt)?;
        } else if kind.is_symlink() {
            copy_link(&from, &to)?;
        } else {
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
