//! What is particular to `SQLite`.

use std::str::FromStr as _;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::{error::Trouble, observe::Target};
use crate::config::DatabaseConfig;

/// The database that the service is built for.
pub type Backend = sqlx::Sqlite;
/// How to reach it.
pub type ConnectOptions = SqliteConnectOptions;

/// A statement that needs the file to be read.
pub(super) const PING: &str = "SELECT 1 FROM sqlite_schema LIMIT 1";

/// Reads the URL.
///
/// With a write-ahead log readers never wait for the writer.
pub(super) fn connect_options(url: &str) -> Result<ConnectOptions, sqlx::Error> {
    Ok(SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true))
}

/// Adds what holds for the connections of the pool.
///
/// There is one writer at a time: the others wait for it as long as they would for a connection.
pub(super) fn pooled(options: ConnectOptions, config: &DatabaseConfig) -> ConnectOptions {
    options.busy_timeout(config.acquire_timeout)
}

/// Describes the database as telemetry names it.
pub(super) fn target(options: &ConnectOptions) -> Target {
    let file = options.get_filename();
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let namespace = name.as_str().into();
    Target { system: "sqlite", pool: name, namespace, address: None, port: None }
}

/// Tells what a result code means to the service.
///
/// Source: <https://sqlite.org/rescode.html>
pub(super) fn trouble(code: &str) -> Trouble {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const READONLY: u32 = 8;
    const INTERRUPT: u32 = 9;
    const IOERR: u32 = 10;
    const FULL: u32 = 13;
    const CANTOPEN: u32 = 14;
    // The lowest byte of an extended code is the primary one.
    match code.parse().map(|code: u32| code & 0xff) {
        Ok(BUSY | LOCKED | READONLY | IOERR | FULL | CANTOPEN) => Trouble::Unavailable,
        Ok(INTERRUPT) => Trouble::Deadline,
        _ => Trouble::Other,
    }
}
