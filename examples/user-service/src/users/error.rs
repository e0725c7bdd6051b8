//! What can go wrong with users.

use super::UserId;
use crate::db;

/// The reason why an operation on users failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No user has this identifier.
    #[error("no user has the id {0}")]
    NotFound(UserId),
    /// Another user has this e-mail address already.
    #[error("another user has this e-mail address")]
    EmailTaken,
    /// The database failed.
    #[error(transparent)]
    Database(db::Error),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            // The e-mail address is the only column that a client sets and that is unique.
            db::Error::UniqueViolation(_) => Self::EmailTaken,
            error => Self::Database(error),
        }
    }
}
