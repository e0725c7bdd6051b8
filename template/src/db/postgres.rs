//! What is particular to PostgreSQL.

use std::{net::IpAddr, str::FromStr as _};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{error::Trouble, observe::Target, pool::GRACE};
use crate::config::DatabaseConfig;

/// The database that the service is built for.
pub type Backend = sqlx::Postgres;
/// How to reach it.
pub type ConnectOptions = PgConnectOptions;

/// A statement that needs the server to answer.
pub(super) const PING: &str = "SELECT 1";
/// What to do about a [`weakness`].
pub(super) const HINT: &str = "let DATABASE_URL end in ?sslmode=verify-full";

/// Reads the URL.
pub(super) fn connect_options(url: &str) -> Result<ConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(url)?.application_name(env!("CARGO_PKG_NAME")))
}

/// Says what others on the way to the server are not kept from, if it is on another machine.
///
/// `sslmode=disable` in the URL is taken as meant: a mesh may encrypt what the service does not.
pub(super) fn weakness(url: &str) -> Option<&'static str> {
    let options = PgConnectOptions::from_str(url).ok().filter(|options| !is_local(options))?;
    match options.get_ssl_mode() {
        PgSslMode::Disable if disables_tls(url) => None,
        PgSslMode::Disable | PgSslMode::Allow => {
            Some("the connection to the database is not encrypted")
        }
        // The default encrypts where the server does, but takes any certificate for the right one.
        PgSslMode::Prefer | PgSslMode::Require => {
            Some("the certificate of the database is not checked")
        }
        PgSslMode::VerifyCa => Some("the name of the database's server is not checked"),
        PgSslMode::VerifyFull => None,
    }
}

fn disables_tls(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| matches!(pair, "sslmode=disable" | "ssl-mode=disable"))
}

fn is_local(options: &ConnectOptions) -> bool {
    let host = options.get_host();
    // In a URL, an address of version 6 has brackets.
    let address = host.trim_matches(['[', ']']).parse();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Adds what holds for the connections of the pool.
///
/// The server has to give a statement up as well, a little later: it would not notice that nobody
/// waits for it.
/// Behind `PgBouncer` this needs `ignore_startup_parameters = options`.
pub(super) fn pooled(options: ConnectOptions, config: &DatabaseConfig) -> ConnectOptions {
    let timeout = config.query_timeout + GRACE;
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
    fn what_is_not_checked_matters_where_the_server_is_on_another_machine() {
        let (encrypted, certificate, name) = (Some("encrypted"), Some("certificate"), Some("name"));
        for (url, expected) in [
            ("postgres://ada@db.example.com/users?sslmode=disable", None),
            ("postgres://ada@db.example.com/users?ssl-mode=disable", None),
            ("postgres://ada@db.example.com/users?sslmode=allow", encrypted),
            ("postgres://ada@db.example.com/users?sslmode=prefer", certificate),
            ("postgres://ada@10.0.0.5/users?sslmode=require", certificate),
            ("postgres://ada@[2001:db8::5]/users?sslmode=require", certificate),
            ("postgres://ada@db.example.com/users?sslmode=verify-ca", name),
            ("postgres://ada@db.example.com/users?sslmode=verify-full", None),
            ("postgres://ada@localhost/users?sslmode=allow", None),
            ("postgres://ada@127.0.0.2/users?sslmode=prefer", None),
            ("postgres://ada@[::1]/users?sslmode=prefer", None),
            ("postgres://ada@%2Frun%2Fpostgresql/users?sslmode=prefer", None),
            ("postgres://ada@localhost/users?host=/run/postgresql&sslmode=prefer", None),
        ] {
            let weakness = weakness(url);
            let is_expected = match expected {
                Some(word) => weakness.is_some_and(|weakness| weakness.contains(word)),
                None => weakness.is_none(),
            };
            assert!(is_expected, "{url}: {weakness:?}");
        }
    }
}
