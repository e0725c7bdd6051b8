//! Time limits that what they end can tell from a client that went away: both drop it.

use std::{cell::Cell, pin::pin, time::Duration};

use tokio::time::{error::Elapsed, timeout};

thread_local! {
    /// Whether this thread is dropping work because its time is over.
    static OVER: Cell<bool> = const { Cell::new(false) };
}

/// Does work until a time limit is over.
///
/// # Errors
/// The limit was over first, and the work was dropped.
pub async fn within<F: Future>(limit: Duration, work: F) -> Result<F::Output, Elapsed> {
    let mut work = pin!(Some(work));
    let running = work.as_mut().as_pin_mut().expect("nothing has dropped it yet");
    let result = timeout(limit, running).await;
    if result.is_err() {
        let _over = Over::begin();
        work.set(None);
    }
    result
}

/// Tells work that is being dropped whether that is because its time is over.
pub fn is_over() -> bool {
    OVER.get()
}

struct Over;

impl Over {
    fn begin() -> Self {
        OVER.set(true);
        Self
    }
}

/// Also when what is dropped panics.
impl Drop for Over {
    fn drop(&mut self) {
        OVER.set(false);
    }
}
