//! Work on more than one thread.
#![expect(clippy::disallowed_methods, reason = "all others ask here, as there may be no threads")]

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

/// Is how many threads work. What a template takes is milliseconds, in which more would hardly start.
const THREADS: usize = 2;

/// Is what the main thread has on most systems, in bytes: as deep as a template is nested, so is what
/// parses it.
const STACK: usize = 8 << 20;

/// Is how many things it takes until it pays to wake a thread.
const WORTH: usize = 16;

/// Is how many things a thread takes at once, at most: one may take as long as a hundred others.
const MOST: usize = 4;

/// Does two things at once, if the system gives threads.
pub fn both<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    if has_threads() { rayon::join(one, other) } else { (one(), other()) }
}

/// Does the same with each of many things, and gives what comes of them in their order.
pub fn map<T: Sync, R: Send>(things: &[T], of: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    let Ok(done) = try_map::<_, _, Infallible>(things, |thing| Ok(of(thing)));
    done
}

/// Does the same with each of many things, until that fails.
///
/// # Errors
/// Gives one of the errors: things that come later may have had their turn before.
pub fn try_map<T: Sync, R: Send, E: Send>(
    things: &[T],
    of: impl Fn(&T) -> Result<R, E> + Send + Sync,
) -> Result<Vec<R>, E> {
    if things.len() >= WORTH && has_threads() {
        things.par_iter().with_max_len(MOST).map(of).collect()
    } else {
        things.iter().map(of).collect()
    }
}

/// Starts the threads the first time; tells whether the system has given them.
fn has_threads() -> bool {
    static STARTED: OnceLock<bool> = OnceLock::new();
    *STARTED.get_or_init(|| {
        let pool = ThreadPoolBuilder::new().num_threads(THREADS).stack_size(STACK);
        pool.build_global().is_ok()
    })
}

/// Locks what is whole at all times, even if another thread has panicked.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
