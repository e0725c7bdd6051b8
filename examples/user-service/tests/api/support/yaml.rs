//! The files of the project that are YAML.

use std::{fs, path::Path};

use serde_json::Value;

/// Reads a file.
///
/// What needs other types makes them from the value: YAML's reader is compiled anew for each type.
pub fn read(path: impl AsRef<Path>) -> Value {
    let path = path.as_ref();
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
