//! What every request can reach.

use crate::{db::Database, users::Users};

/// The state that all handlers share; a clone is cheap.
#[derive(Clone)]
pub struct AppState {
    /// The users.
    pub users: Users,
    /// The database itself, for the health check.
    pub database: Database,
    /// Takes the messages to new users.
    pub welcomes: crate::worker::welcome::Welcomes,
}

impl AppState {
    /// Builds the state on top of a database.
    pub fn new(database: Database, welcomes: crate::worker::welcome::Welcomes) -> Self {
        Self { users: Users::new(database.clone()), database, welcomes }
    }
}
