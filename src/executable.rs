//! Executable files: the build script includes this file, so that it and the program agree.

use std::fs::Metadata;

/// Tells whether anybody may execute a file, where the system knows such a thing.
#[cfg(unix)]
pub fn is_executable(file: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.permissions().mode() & 0o111 != 0
}

/// Tells whether anybody may execute a file, where the system knows such a thing.
#[cfg(not(unix))]
pub fn is_executable(_: &Metadata) -> bool {
    false
}
