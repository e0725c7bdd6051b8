//! What tests need to know of `SQLite`.

use std::{fs, ops::Deref, path::PathBuf};

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
    pub fn create() -> Self {
        let name = Uuid::new_v4().to_string();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir(&folder).expect("the folder of the database can be made");
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
        fs::remove_dir_all(&self.folder).expect("the database can be deleted");
    }
}
