//! What the file system is asked for where systems differ.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a file with the permissions that new files have.
pub fn create(path: &Path, executable: bool) -> io::Result<File> {
    create_with_mode(path, if executable { 0o777 } else { 0o666 })
}

/// Makes a file that nobody else can read.
pub fn create_private(path: &Path) -> io::Result<File> {
    create_with_mode(path, 0o600)
}

#[cfg(unix)]
fn create_with_mode(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn create_with_mode(path: &Path, _: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Makes a folder that nobody else can look into.
#[cfg(unix)]
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// Gives the mode of a file or folder; one and the same where the system knows no such thing.
#[cfg(unix)]
pub fn mode(found: &Metadata) -> u32 {
    found.permissions().mode() & 0o7777
}

#[cfg(not(unix))]
pub fn mode(_: &Metadata) -> u32 {
    0o644
}

/// Sets the mode of a file or folder, where the system knows such a thing.
#[cfg(unix)]
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
pub fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// Checks that files can be made in a folder, as far as that can be told without making one.
#[cfg(unix)]
pub fn may_write(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    Ok(accessat(CWD, folder, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
}

/// Checks nothing: other systems tell only when a file is made.
#[cfg(not(unix))]
pub fn may_write(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Tells whether something can be renamed from one path to another, as far as that can be told before:
/// whether they are on one and the same device.
#[cfg(unix)]
pub fn may_rename(from: &Path, to: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(from)?.dev() == fs::symlink_metadata(to)?.dev())
}

/// Tells nothing: other systems say so only when it is renamed.
#[cfg(not(unix))]
pub fn may_rename(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Waits until the disk knows what is in a folder, where the system can do that.
pub fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
