//! The databases of tests.

use std::{ops::Deref, thread};

use super::{ConnectOptions, postgres::Storage};

/// An empty database that no other test knows. It is deleted when it is dropped.
pub struct TestDatabase {
    options: ConnectOptions,
    storage: Storage,
}

impl TestDatabase {
    /// Creates it.
    pub fn create() -> Self {
        let (storage, options) = Storage::create();
        Self { options, storage }
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
        let deleted = self.storage.delete();
        // A second panic would end all tests.
        assert!(deleted.is_ok() || thread::panicking(), "{deleted:?}");
    }
}
