//! What can go wrong with the database, by what the service does about it.

use std::borrow::Cow;

use sqlx::{error::ErrorKind, migrate::MigrateError};

/// Why a statement has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no connection to be had, or the database is not able to answer now.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The statement did not end in the time it has.
    #[error("the database did not answer in time")]
    Deadline,
    /// The row would break a unique constraint.
    #[error("a unique constraint is violated")]
    UniqueViolation,
    /// The statement failed for another reason, which is a fault of the service.
    #[error("the statement failed: {0}")]
    Failed(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            sqlx::Error::Database(reply) if reply.kind() == ErrorKind::UniqueViolation => {
                Self::UniqueViolation
            }
            sqlx::Error::Database(reply)
                if reply.code().is_some_and(|code| super::backend::is_unavailable(&code)) =>
            {
                Self::Unavailable(error)
            }
            _ => Self::Failed(error),
        }
    }
}

/// Why the service cannot start on its database.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The URL is not one of this database.
    #[error("DATABASE_URL is not usable: {0}")]
    Url(#[source] sqlx::Error),
    /// The database does not answer.
    #[error("cannot reach the database: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// A migration failed.
    #[error("cannot migrate the database: {0}")]
    Migration(#[from] MigrateError),
}

/// Returns the code that the database gave an error, such as an SQLSTATE.
pub(super) fn status_code(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code)
}

/// Names an error for telemetry: the database's own code where it gave one, else the kind.
pub(super) fn error_type(error: &sqlx::Error) -> Cow<'_, str> {
    status_code(error).unwrap_or(Cow::Borrowed(match error {
        sqlx::Error::Io(_) => "io",
        sqlx::Error::Tls(_) => "tls",
        sqlx::Error::PoolTimedOut => "pool_timeout",
        sqlx::Error::PoolClosed => "pool_closed",
        sqlx::Error::Protocol(_) => "protocol",
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "decode",
        sqlx::Error::WorkerCrashed => "worker_crashed",
        _ => "_OTHER",
    }))
}
