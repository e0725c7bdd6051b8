//! What tests need to know of `SQLite`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::ConnectOptions;

/// A URL of the right form, with a secret.
pub const DATABASE_URL: &str = "sqlite:s3cret.db";

/// Keeps others from writing until the connection ends.
pub const LOCK: &str = "BEGIN IMMEDIATE";

/// The folder of a database.
pub struct Storage(PathBuf);

impl Storage {
    /// Makes a folder, and says how to reach the database in it.
    pub fn create() -> (Self, ConnectOptions) {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // In the URL of an absolute path, a `%` from above the project would be an escape.
        let base = base.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(base);
        let folder = base.join(Uuid::new_v4().to_string());
        fs::create_dir_all(&folder).expect("the folder of the database can be made");
        let options = ConnectOptions::new().filename(folder.join("test.db"));
        (Self(folder), options.create_if_missing(true))
    }

    /// Deletes the folder and what is in it.
    pub fn delete(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.0)
    }
}
