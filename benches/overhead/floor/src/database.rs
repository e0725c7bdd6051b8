//! The users in the database, by the statements of the service.

use std::{str::FromStr as _, time::Duration};

use sqlx::{Connection as _, FromRow, Pool, pool::PoolConnection, query::QueryAs};
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::users::{email::Email, id::UserId, name::Name};

#[cfg(feature = "sqlite")]
type Backend = sqlx::Sqlite;
#[cfg(feature = "postgres")]
type Backend = sqlx::Postgres;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);
/// How much later than this program the server gives a statement up.
const GRACE: Duration = Duration::from_secs(1);

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

type UserQuery = QueryAs<'static, Backend, User, <Backend as sqlx::Database>::Arguments>;

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
        let query = sqlx::query_as(INSERT).bind(name).bind(email).bind(OffsetDateTime::now_utc());
        Ok(self.run(query).await?.ok_or(sqlx::Error::RowNotFound)?)
    }

    pub async fn get(&self, id: UserId) -> Result<Option<User>, Failure> {
        self.run(sqlx::query_as(SELECT).bind(id)).await
    }

    async fn run(&self, query: UserQuery) -> Result<Option<User>, Failure> {
        let connection = self.0.acquire().await?;
        let mut borrowed = Borrowed { connection: Some(connection), busy: true };
        let rows = timeout(QUERY_TIMEOUT, query.fetch_all(borrowed.connection())).await;
        let rows = rows.map_err(|_| Failure::Deadline)?;
        borrowed.busy = false;
        Ok(rows?.into_iter().next())
    }
}

/// A connection, which keeps its place in the pool until a statement that was given up has ended.
struct Borrowed {
    connection: Option<PoolConnection<Backend>>,
    busy: bool,
}

impl Borrowed {
    fn connection(&mut self) -> &mut <Backend as sqlx::Database>::Connection {
        self.connection.as_mut().expect("the connection is there until it is dropped")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let connection = self.connection.take().expect("it is taken only here");
        if self.busy {
            tokio::spawn(close_once_idle(connection));
        } else {
            give_back(connection);
        }
    }
}

async fn close_once_idle(mut connection: PoolConnection<Backend>) {
    connection.close_on_drop();
    let _ = timeout(QUERY_TIMEOUT + GRACE + ACQUIRE_TIMEOUT, connection.ping()).await;
}

#[cfg(feature = "sqlite")]
fn give_back(connection: PoolConnection<Backend>) {
    drop(connection);
}

#[cfg(feature = "postgres")]
fn give_back(mut connection: PoolConnection<Backend>) {
    // A machine that is gone is not waited for.
    tokio::spawn(timeout(ACQUIRE_TIMEOUT, connection.return_to_pool()));
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
    let limit = (QUERY_TIMEOUT + GRACE).as_millis();
    Ok(sqlx::postgres::PgConnectOptions::from_str(url)?
        .application_name("floor")
        .options([("statement_timeout", format!("{limit}ms"))]))
}
