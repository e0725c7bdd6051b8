//! The welcome message of a new user.

use std::convert::Infallible;

use super::{Job, Submitter};
use crate::{
    exception,
    state::AppState,
    users::{User, UserId},
};

/// What takes the messages to new users.
pub type Welcomes = Submitter<Welcome>;

/// Welcomes a user.
///
/// The message is a line in the log: what sends e-mail takes its place, with its own error and
/// within the deadline of the pool.
#[derive(Debug)]
pub struct Welcome {
    /// Who is new.
    pub user: UserId,
}

impl Job for Welcome {
    const NAME: &'static str = "welcome";

    type Error = Infallible;

    async fn run(self) -> Result<(), Infallible> {
        tracing::info!(user_id = self.user.get(), "welcome");
        Ok(())
    }
}

impl AppState {
    /// Has a new user be welcomed, soon.
    ///
    /// A queue that is full costs the message, not the request: that is counted and logged.
    pub fn welcome(&self, user: &User) {
        if let Err(rejected) = self.welcomes.submit(Welcome { user: user.id }) {
            exception!(WARN, &rejected, user_id = user.id.get(), "no welcome");
        }
    }
}
