//! What is particular to PostgreSQL.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;

use super::observe::Target;
use crate::config::DatabaseConfig;

/// The database that the service is built for.
pub type Backend = sqlx::Postgres;
/// How to reach it.
pub type ConnectOptions = PgConnectOptions;
/// How to share connections to it.
pub type PoolOptions = sqlx::postgres::PgPoolOptions;

/// A statement that needs the server to answer.
pub(super) const PING: &str = "SELECT 1";

/// Reads the URL.
pub(super) fn connect_options(
    url: &str,
    _: &DatabaseConfig,
) -> Result<ConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(url)?.application_name(env!("CARGO_PKG_NAME")))
}

/// Describes the database as telemetry names it.
pub(super) fn target(options: &ConnectOptions) -> Target {
    let address = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => options.get_host().to_owned(),
    };
    let namespace = options.get_database().unwrap_or_else(|| options.get_username()).to_owned();
    Target {
        system: "postgresql",
        pool: format!("{address}:{}/{namespace}", options.get_port()),
        namespace,
        address: Some(address),
        port: Some(options.get_port()),
    }
}

/// Tells whether an SQLSTATE means that the database cannot answer now: connection exceptions,
/// refused passwords, a missing database, insufficient resources, shutdown and start.
///
/// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
pub(super) fn is_unavailable(code: &str) -> bool {
    ["08", "28", "3D", "53", "57P"].iter().any(|class| code.starts_with(class))
}
