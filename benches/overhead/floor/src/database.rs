//! The users in the database, by the statements of the service.

use std::{str::FromStr as _, time::Duration};

use sqlx::{FromRow, Pool};
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::users::{email::Email, id::UserId, name::Name};

#[cfg(feature = "sqlite")]
type Backend = sqlx::Sqlite;
#[cfg(feature = "postgres")]
type Backend = sqlx::Postgres;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);

const INSERT: &str = "INSERT INTO users (name, email, created_at, updated_at) \
                      VALUES ($1, $2, $3, $3) RETURNING id, name, email, created_at, updated_at";
const SELECT: &str = "SELECT id, name, email, created_at, updated_at FROM users WHERE id = $1";

#[derive(FromRow)]
pub struct User {
    pub id: UserId,
    pub name: Name,
    pub email: Email,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// A statement failed, or took too long.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the database did not answer in time")]
    Deadline,
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
}

#[derive(Clone)]
pub struct Database(Pool<Backend>);

impl Database {
    /// Opens the pool; the schema is there already.
    pub async fn connect(url: &str) -> Result<Self, sqlx::Error> {
        let pool = sqlx::pool::PoolOptions::new()
            .max_connections(10)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options(url)?)
            .await?;
        Ok(Self(pool))
    }

    pub async fn close(&self) {
        self.0.close().await;
    }

    pub async fn create(&self, name: Name, email: Email) -> Result<User, Failure> {
        let mut connection = self.0.acquire().await?;
        let query = sqlx::query_as(INSERT).bind(name).bind(email).bind(OffsetDateTime::now_utc());
        let rows = timeout(QUERY_TIMEOUT, query.fetch_all(&mut *connection)).await;
        let rows = rows.map_err(|_| Failure::Deadline)??;
        Ok(rows.into_iter().next().ok_or(sqlx::Error::RowNotFound)?)
    }

    pub async fn get(&self, id: UserId) -> Result<Option<User>, Failure> {
        let mut connection = self.0.acquire().await?;
        let query = sqlx::query_as(SELECT).bind(id);
        let rows = timeout(QUERY_TIMEOUT, query.fetch_all(&mut *connection)).await;
        Ok(rows.map_err(|_| Failure::Deadline)??.into_iter().next())
    }
}

#[cfg(feature = "sqlite")]
fn options(url: &str) -> Result<sqlx::sqlite::SqliteConnectOptions, sqlx::Error> {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
    Ok(SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(ACQUIRE_TIMEOUT))
}

#[cfg(feature = "postgres")]
fn options(url: &str) -> Result<sqlx::postgres::PgConnectOptions, sqlx::Error> {
    let limit = (QUERY_TIMEOUT + Duration::from_secs(1)).as_millis();
    Ok(sqlx::postgres::PgConnectOptions::from_str(url)?
        .application_name("floor")
        .options([("statement_timeout", format!("{limit}ms"))]))
}
