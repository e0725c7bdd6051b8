//! Time limits that what they end can tell from a client that went away: both drop it.

use std::time::Duration;

use tokio::{
    task_local,
    time::{Instant, error::Elapsed, timeout_at},
};

task_local! {
    static DEADLINE: Instant;
}

/// Does work until a time limit is over.
///
/// # Errors
/// The limit was over first, and the work was dropped.
pub async fn within<F: Future>(limit: Duration, work: F) -> Result<F::Output, Elapsed> {
    let deadline = Instant::now() + limit;
    let earliest = DEADLINE.try_with(|outer| deadline.min(*outer)).unwrap_or(deadline);
    timeout_at(deadline, DEADLINE.scope(earliest, work)).await
}

/// Tells whether the time for the work that asks is over, also while it is dropped for that.
pub fn is_over() -> bool {
    DEADLINE.try_with(|deadline| *deadline <= Instant::now()).unwrap_or(false)
}
