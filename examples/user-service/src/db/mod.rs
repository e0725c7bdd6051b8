//! The database: its pool, its migrations, and statements that are observed and bounded in time.

mod error;
mod observe;
mod pool;
mod postgres;
mod statement;

use self::postgres as backend;
pub use self::{
    backend::{Backend, ConnectOptions},
    error::{Error, StartError},
    pool::Database,
    statement::{Query, Statement},
};
