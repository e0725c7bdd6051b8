//! What tests need to know of PostgreSQL.

use std::{env, thread};

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::runtime::Builder;
use uuid::Uuid;

use super::ConnectOptions;

/// A URL of the right form, with a password.
pub const DATABASE_URL: &str = "postgres://ada:s3cret@localhost:5432/users";

/// Keeps others from the table of users until the connection ends.
pub const LOCK: &str = "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE";

/// A database on the server that `DATABASE_URL` names.
pub struct Storage {
    server: ConnectOptions,
    name: String,
}

impl Storage {
    /// Has the server create a database, and says how to reach it.
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the service")]
    pub fn create() -> (Self, ConnectOptions) {
        let url = env::var("DATABASE_URL").expect("DATABASE_URL names a server for the tests");
        let server: ConnectOptions = url.parse().expect("DATABASE_URL is a URL of PostgreSQL");
        let name = format!("test_{}", Uuid::new_v4().simple());
        execute(&server, format!("CREATE DATABASE {name}")).expect("a database can be created");
        let options = server.clone().database(&name);
        (Self { server, name }, options)
    }

    /// Has the server delete the database, whoever is still connected to it.
    pub fn delete(&self) -> sqlx::Result<()> {
        execute(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name))
    }
}

/// Has the server execute a statement, on a thread of its own: the end of a test cannot await.
fn execute(server: &ConnectOptions, statement: String) -> sqlx::Result<()> {
    let server = server.clone();
    let execute = async move {
        let mut connection = server.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        connection.close().await
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || runtime.block_on(execute)).join().expect("no statement panics")
}
