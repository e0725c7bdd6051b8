//! A copy of a folder that cargo cannot tell from the folder itself.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::interrupt::Interrupt;

/// Copies a folder, the times of its files included, by which cargo knows what is fresh; `wanted`
/// tells which entries of the folder itself are copied, by their names. Of what is neither a file nor a
/// folder there is no copy.
///
/// # Errors
/// Fails if the system refuses, or if somebody wants the process to end.
pub fn copy(
    from: &Path,
    to: &Path,
    wanted: &dyn Fn(&str) -> bool,
    interrupt: &Interrupt,
) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        interrupt.check().map_err(|_| io::ErrorKind::Interrupted)?;
        let entry = entry?;
        let name = entry.file_name();
        if !name.to_str().is_some_and(wanted) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&entry.path(), &to.join(name), &|_| true, interrupt)?;
        } else if kind.is_file() {
            copy_file(&entry.path(), &to.join(name))?;
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
