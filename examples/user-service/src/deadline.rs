//! Time limits that what they end can tell from a client that went away: both drop it.

use std::{cell::Cell, pin::pin, time::Duration};

use tokio::time::{error::Elapsed, timeout};

thread_local! {
    /// Whether this thread is dropping work because its time is over.
    static DROPPING: Cell<bool> = const { Cell::new(false) };
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
        let _dropping = Dropping::begin();
        work.set(None);
    }
    result
}

/// Tells work that is being dropped whether that is because its time is over.
///
/// At any other time, the answer is no.
pub fn is_dropping() -> bool {
    DROPPING.get()
}

/// Work is being dropped as long as this lives, which a panic ends as well.
struct Dropping;

impl Dropping {
    fn begin() -> Self {
        DROPPING.set(true);
        Self
    }
}

impl Drop for Dropping {
    fn drop(&mut self) {
        DROPPING.set(false);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::mpsc};

    use futures_util::FutureExt as _;
    use tokio::time::sleep;

    use super::*;

    const SHORT: Duration = Duration::from_secs(1);
    const LONG: Duration = Duration::from_mins(1);

    /// Tells what it sees when it is dropped.
    struct Witness(mpsc::Sender<bool>);

    impl Drop for Witness {
        fn drop(&mut self) {
            self.0.send(is_dropping()).unwrap();
        }
    }

    /// Works for so long with a witness.
    async fn work(duration: Duration, witness: Witness) {
        sleep(duration).await;
        drop(witness);
    }

    #[tokio::test(start_paused = true)]
    async fn work_whose_time_is_over_is_told_so() {
        let (sender, seen) = mpsc::channel();

        within(SHORT, work(LONG, Witness(sender.clone()))).await.unwrap_err();
        within(SHORT, within(LONG, work(LONG, Witness(sender)))).await.unwrap_err();

        assert_eq!(seen.iter().collect::<Vec<_>>(), [true, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_ends_or_is_given_up_by_others_is_not() {
        let (sender, seen) = mpsc::channel();

        within(LONG, work(SHORT, Witness(sender.clone()))).await.unwrap();
        let given_up = within(LONG, work(LONG, Witness(sender.clone()))).now_or_never();
        within(SHORT, pending::<()>()).await.unwrap_err();
        drop(Witness(sender));

        assert!(given_up.is_none());
        assert_eq!(seen.iter().collect::<Vec<_>>(), [false, false, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn work_may_panic_while_it_is_dropped() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("while it is dropped");
            }
        }
        let work = async {
            let _panics = Panics;
            pending::<()>().await;
        };

        let panicked = tokio::spawn(within(SHORT, work)).await;

        panicked.unwrap_err();
        assert!(!is_dropping());
    }
}
