//! Executable files: the build script includes this file, so that it and the program agree.

use std::io;
use std::path::Path;

/// Tells whether anybody may execute a file, where the system knows such a thing.
///
/// # Errors
/// Fails if the file cannot be looked at.
#[cfg(unix)]
pub fn is_executable(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o111 != 0)
}

/// Tells whether anybody may execute a file, where the system knows such a thing.
///
/// # Errors
/// None here.
#[cfg(not(unix))]
pub fn is_executable(_: &Path) -> io::Result<bool> {
    Ok(false)
}
