//! Statements: SQL that has a name in traces and metrics.

use std::fmt;

use sqlx::{Encode, FromRow, Type, query::QueryAs, query_as};

use super::{Backend, Database, Error};

pub(super) type Row = <Backend as sqlx::Database>::Row;
pub(super) type Arguments = <Backend as sqlx::Database>::Arguments;

/// A statement that the service runs.
#[derive(Debug)]
pub struct Statement {
    /// The first word of the SQL: `db.operation.name`.
    pub operation: &'static str,
    /// The table that it is about, if it is about one: `db.collection.name`.
    pub collection: Option<&'static str>,
    /// The SQL, with parameters and never with values: `db.query.text`.
    pub text: &'static str,
}

impl Statement {
    /// Describes a statement about one table, with its parameters written `$1`, `$2` and so on.
    pub const fn new(
        operation: &'static str,
        collection: &'static str,
        text: &'static str,
    ) -> Self {
        Self { operation, collection: Some(collection), text }
    }

    /// Prepares one run of the statement, whose rows become `T`.
    pub fn query<T>(&'static self) -> Query<T>
    where
        T: for<'row> FromRow<'row, Row>,
    {
        Query { statement: self, query: query_as(self.text) }
    }
}

/// Writes the summary, such as `SELECT users`: `db.query.summary`.
impl fmt::Display for Statement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.operation)?;
        match self.collection {
            Some(collection) => write!(formatter, " {collection}"),
            None => Ok(()),
        }
    }
}

/// One run of a statement, with its values.
pub struct Query<T> {
    statement: &'static Statement,
    query: QueryAs<'static, Backend, T, Arguments>,
}

impl<T> Query<T>
where
    T: for<'row> FromRow<'row, Row> + Send + Unpin,
{
    /// Gives the next parameter its value.
    #[must_use]
    pub fn bind(mut self, value: impl Encode<'static, Backend> + Type<Backend> + 'static) -> Self {
        self.query = self.query.bind(value);
        self
    }

    /// Runs the statement for the row that it must return.
    pub async fn fetch_one(self, database: &Database) -> Result<T, Error> {
        let row = self.fetch_optional(database).await?;
        row.ok_or(Error::Failed(sqlx::Error::RowNotFound))
    }

    /// Runs the statement for the row that it may return.
    ///
    /// The rows are read to the end: only then has `SQLite` committed, and reported if it could not.
    pub async fn fetch_optional(self, database: &Database) -> Result<Option<T>, Error> {
        Ok(self.fetch_all(database).await?.into_iter().next())
    }

    /// Runs the statement for all rows that it returns.
    pub async fn fetch_all(self, database: &Database) -> Result<Vec<T>, Error> {
        let observation = database.observe(self.statement);
        observation.end(database.run(self.query).await)
    }
}
