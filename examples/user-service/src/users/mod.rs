//! Users: what they are made of, and where they are kept.

mod email;
mod error;
mod id;
mod name;
mod page;
pub mod repository;

use time::OffsetDateTime;

pub use email::{Email, EmailError};
pub use error::Error;
pub use id::{InvalidId, UserId};
pub use name::{Name, NameError};
pub use page::{InvalidPageSize, Page, PageRequest, PageSize};
pub use repository::{STATEMENTS, Users};

/// A user as it is stored.
///
/// It has no `Debug`: an e-mail address must not end in a log by accident.
#[derive(sqlx::FromRow)]
pub struct User {
    /// The identifier, given by the database.
    pub id: UserId,
    /// The name.
    pub name: Name,
    /// The e-mail address, in the spelling the user gave it.
    pub email: Email,
    /// The time of creation.
    pub created_at: OffsetDateTime,
    /// The time of the latest change.
    pub updated_at: OffsetDateTime,
}

/// All that a client says about a user, whether it creates or replaces one.
pub struct UserDetails {
    /// The name.
    pub name: Name,
    /// The e-mail address.
    pub email: Email,
}
