//! All SQL about users.

use time::OffsetDateTime;

use super::{Error, Page, PageRequest, User, UserDetails, UserId};
use crate::db::{Database, Statement};

static INSERT: Statement = Statement::new(
    "INSERT",
    "users",
    "INSERT INTO users (name, email, created_at, updated_at) VALUES ($1, $2, $3, $3) \
     RETURNING id, name, email, created_at, updated_at",
);

static SELECT: Statement = Statement::new(
    "SELECT",
    "users",
    "SELECT id, name, email, created_at, updated_at FROM users WHERE id = $1",
);

static SELECT_PAGE: Statement = Statement::new(
    "SELECT",
    "users",
    "SELECT id, name, email, created_at, updated_at FROM users WHERE id > $1 \
     ORDER BY id LIMIT $2",
);

static UPDATE: Statement = Statement::new(
    "UPDATE",
    "users",
    "UPDATE users SET name = $1, email = $2, updated_at = $3 WHERE id = $4 \
     RETURNING id, name, email, created_at, updated_at",
);

static DELETE: Statement =
    Statement::new("DELETE", "users", "DELETE FROM users WHERE id = $1 RETURNING id");

/// Every statement about users.
pub static STATEMENTS: [&Statement; 5] = [&INSERT, &SELECT, &SELECT_PAGE, &UPDATE, &DELETE];

/// The users in the database.
#[derive(Clone)]
pub struct Users {
    database: Database,
}

impl Users {
    /// Opens the users of a database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Creates a user.
    ///
    /// # Errors
    /// [`Error::EmailTaken`], [`Error::Database`]
    pub async fn create(&self, details: UserDetails) -> Result<User, Error> {
        let user = INSERT
            .query()
            .bind(details.name)
            .bind(details.email)
            .bind(OffsetDateTime::now_utc())
            .fetch_one(&self.database)
            .await?;
        Ok(user)
    }

    /// Finds a user.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Database`]
    pub async fn get(&self, id: UserId) -> Result<User, Error> {
        let user = SELECT.query().bind(id).fetch_optional(&self.database).await?;
        user.ok_or(Error::NotFound(id))
    }

    /// Reads one page of the list of users.
    ///
    /// # Errors
    /// [`Error::Database`]
    pub async fn list(&self, request: PageRequest) -> Result<Page, Error> {
        let size = usize::from(request.size.get());
        // One more than asked for: its presence tells that there is a next page.
        let limit = i64::from(request.size.get()) + 1;
        let mut users: Vec<User> = SELECT_PAGE
            .query()
            .bind(request.after.map_or(0, UserId::get))
            .bind(limit)
            .fetch_all(&self.database)
            .await?;
        let more = users.len() > size;
        users.truncate(size);
        let next = users.last().map(|user| user.id).filter(|_| more);
        Ok(Page { users, next })
    }

    /// Replaces all that a client can say about a user.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::EmailTaken`], [`Error::Database`]
    pub async fn update(&self, id: UserId, details: UserDetails) -> Result<User, Error> {
        let user = UPDATE
            .query()
            .bind(details.name)
            .bind(details.email)
            .bind(OffsetDateTime::now_utc())
            .bind(id)
            .fetch_optional(&self.database)
            .await?;
        user.ok_or(Error::NotFound(id))
    }

    /// Deletes a user.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Database`]
    pub async fn delete(&self, id: UserId) -> Result<(), Error> {
        let deleted: Option<(UserId,)> =
            DELETE.query().bind(id).fetch_optional(&self.database).await?;
        deleted.map(|_| ()).ok_or(Error::NotFound(id))
    }
}
