//! What is particular to `SQLite`.

use std::str::FromStr as _;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::observe::Target;
use crate::config::DatabaseConfig;

/// The database that the service is built for.
pub type Backend = sqlx::Sqlite;
/// How to reach it.
pub type ConnectOptions = SqliteConnectOptions;
/// How to share connections to it.
pub type PoolOptions = sqlx::sqlite::SqlitePoolOptions;

/// A statement that needs the file to be read.
pub(super) const PING: &str = "SELECT 1 FROM sqlite_schema LIMIT 1";

/// Reads the URL.
///
/// With a write-ahead log readers never wait for the writer. There is one writer at a time: the
/// others wait for it as long as they would for a connection.
pub(super) fn connect_options(
    url: &str,
    config: &DatabaseConfig,
) -> Result<ConnectOptions, sqlx::Error> {
    Ok(SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(config.acquire_timeout)
        .foreign_keys(true))
}

/// Describes the database as telemetry names it.
pub(super) fn target(options: &ConnectOptions) -> Target {
    let file = options.get_filename();
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    Target { system: "sqlite", pool: name.clone(), namespace: name, address: None, port: None }
}

/// Tells whether a result code means that the database cannot answer now: it is locked, the disk
/// is full or failing, or the file cannot be opened or written.
///
/// Source: <https://sqlite.org/rescode.html>
pub(super) fn is_unavailable(code: &str) -> bool {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const READONLY: u32 = 8;
    const IOERR: u32 = 10;
    const FULL: u32 = 13;
    const CANTOPEN: u32 = 14;
    // The lowest byte of an extended code is the primary one.
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, BUSY | LOCKED | READONLY | IOERR | FULL | CANTOPEN))
}
