//! What is particular to PostgreSQL.

use std::{net::IpAddr, str::FromStr as _, time::Duration};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{error::Trouble, observe::Target};
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
pub(super) fn connect_options(url: &str) -> Result<ConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(url)?.application_name(env!("CARGO_PKG_NAME")))
}

/// Warns of a server that could be anybody on the way to it.
pub(super) fn warn_if_unverified(options: &ConnectOptions) {
    if is_unverified(options) {
        tracing::warn!(
            hint = "let DATABASE_URL end in ?sslmode=verify-full",
            "the certificate of the database is not checked"
        );
    }
}

/// Tells whether the server is on another machine, and its certificate not checked: by default sqlx
/// encrypts where the server does, but takes any certificate for the right one.
fn is_unverified(options: &ConnectOptions) -> bool {
    let host = options.get_host();
    // In a URL, an address of version 6 has brackets.
    let address = host.trim_matches(['[', ']']).parse();
    let is_local = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|address: IpAddr| address.is_loopback());
    !is_local && !matches!(options.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull)
}

/// Adds what holds for the connections of the pool.
///
/// The server has to give a statement up as well, a little later: it would not notice that nobody
/// waits for it.
/// Behind `PgBouncer` this needs `ignore_startup_parameters = options`.
pub(super) fn pooled(options: ConnectOptions, config: &DatabaseConfig) -> ConnectOptions {
    let timeout = config.query_timeout + Duration::from_secs(1);
    options.options([("statement_timeout", format!("{}ms", timeout.as_millis()))])
}

/// Describes the database as telemetry names it.
pub(super) fn target(options: &ConnectOptions) -> Target {
    let (address, port) = match options.get_socket() {
        Some(socket) => (socket.display().to_string(), None),
        None => (options.get_host().to_owned(), Some(options.get_port())),
    };
    let namespace = options.get_database().unwrap_or_else(|| options.get_username()).to_owned();
    Target {
        system: "postgresql",
        pool: format!("{address}:{}/{namespace}", options.get_port()),
        namespace: namespace.into(),
        address: Some(address.into()),
        port,
    }
}

/// Tells what an SQLSTATE means to the service.
///
/// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
pub(super) fn trouble(code: &str) -> Trouble {
    match code {
        // A statement that was cancelled, as by its timeout.
        "57014" => Trouble::Deadline,
        // A server that became a standby; a transaction that lost against another.
        "25006" | "40001" | "40P01" => Trouble::Unavailable,
        // Connections, passwords, a missing database, insufficient resources, shutdown and start.
        _ if ["08", "28", "3D", "53", "57P"].iter().any(|class| code.starts_with(class)) => {
            Trouble::Unavailable
        }
        _ => Trouble::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_matters_where_the_server_is_on_another_machine() {
        for (url, expected) in [
            ("postgres://ada@db.example.com/users?sslmode=disable", true),
            ("postgres://ada@db.example.com/users?sslmode=prefer", true),
            ("postgres://ada@10.0.0.5/users?sslmode=require", true),
            ("postgres://ada@[2001:db8::5]/users?sslmode=require", true),
            ("postgres://ada@db.example.com/users?sslmode=verify-ca", false),
            ("postgres://ada@db.example.com/users?sslmode=verify-full", false),
            ("postgres://ada@localhost/users?sslmode=disable", false),
            ("postgres://ada@127.0.0.2/users?sslmode=disable", false),
            ("postgres://ada@[::1]/users?sslmode=disable", false),
            ("postgres://ada@%2Frun%2Fpostgresql/users?sslmode=disable", false),
            ("postgres://ada@localhost/users?host=/run/postgresql&sslmode=disable", false),
        ] {
            assert_eq!(is_unverified(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
