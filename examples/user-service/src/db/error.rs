//! What can go wrong with the database, by what the service does about it.

use std::borrow::Cow;

use sqlx::{error::ErrorKind, migrate::MigrateError};

use super::backend;

/// Why a statement has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no connection to be had, or the database is not able to answer now.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The statement did not end in the time it has.
    #[error("the database did not answer in time")]
    Deadline(#[source] Option<sqlx::Error>),
    /// The row would break a unique constraint.
    #[error("a unique constraint is violated: {0}")]
    UniqueViolation(#[source] sqlx::Error),
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
                Self::UniqueViolation(error)
            }
            sqlx::Error::Database(reply) => {
                match reply.code().map(|code| backend::trouble(&code)) {
                    Some(Trouble::Unavailable) => Self::Unavailable(error),
                    Some(Trouble::Deadline) => Self::Deadline(Some(error)),
                    Some(Trouble::Other) | None => Self::Failed(error),
                }
            }
            _ => Self::Failed(error),
        }
    }
}

impl Error {
    /// Returns the code that the database gave, such as an SQLSTATE: `db.response.status_code`.
    pub(super) fn status_code(&self) -> Option<Cow<'_, str>> {
        self.cause()?.as_database_error()?.code()
    }

    /// Returns the database's code, or else the kind of error: `error.type`.
    pub(super) fn error_type(&self) -> Cow<'_, str> {
        self.status_code().unwrap_or(Cow::Borrowed(match self.cause() {
            None => "timeout",
            Some(sqlx::Error::Io(_)) => "io",
            Some(sqlx::Error::Tls(_)) => "tls",
            Some(sqlx::Error::PoolTimedOut) => "pool_timeout",
            Some(sqlx::Error::PoolClosed) => "pool_closed",
            Some(sqlx::Error::Protocol(_)) => "protocol",
            Some(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => "decode",
            Some(sqlx::Error::WorkerCrashed) => "worker_crashed",
            Some(_) => "_OTHER",
        }))
    }

    fn cause(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Unavailable(cause) | Self::UniqueViolation(cause) | Self::Failed(cause) => {
                Some(cause)
            }
            Self::Deadline(cause) => cause.as_ref(),
        }
    }
}

/// What an error code of the database means to the service.
pub(super) enum Trouble {
    /// The database cannot answer now, but may later.
    Unavailable,
    /// The database gave the statement up because of the time it took.
    Deadline,
    /// Anything else.
    Other,
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
