//! What tests need to know of `SQLite`.

use std::{
    fs,
    ops::Deref,
    path::{Path, PathBuf},
    thread,
};

use uuid::Uuid;

use super::ConnectOptions;

/// A URL of the right form, with a secret.
pub const DATABASE_URL: &str = "sqlite:s3cret.db";

/// Keeps others from writing until the connection ends.
pub const LOCK: &str = "BEGIN IMMEDIATE";

/// An empty database that no other test knows. It is deleted when it is dropped.
pub struct TestDatabase {
    options: ConnectOptions,
    folder: PathBuf,
}

impl TestDatabase {
    /// Makes a folder for it.
    pub fn create() -> Self {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // In the URL of an absolute path, a `%` from above the project would be an escape.
        let base = base.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(base);
        let folder = base.join(Uuid::new_v4().to_string());
        fs::create_dir_all(&folder).expect("the folder of the database can be made");
        let file = folder.join("test.db");
        Self { options: ConnectOptions::new().filename(file).create_if_missing(true), folder }
    }
}

impl Deref for TestDatabase {
    type Target = ConnectOptions;

    fn deref(&self) -> &ConnectOptions {
        &self.options
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let deleted = fs::remove_dir_all(&self.folder);
        // A second panic would end all tests.
        assert!(deleted.is_ok() || thread::panicking(), "{deleted:?}");
    }
}
