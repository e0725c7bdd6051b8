//! Work on more than one thread.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{panic, thread};

/// Does one thing on another thread while it does the other on this one.
pub fn both<A: Send, B>(there: impl FnOnce() -> A + Send, here: impl FnOnce() -> B) -> (A, B) {
    let waiting = Mutex::new(Some(there));
    let there = || {
        let there = lock(&waiting).take();
        there.expect("it is done once")()
    };
    thread::scope(|scope| {
        let helper = thread::Builder::new().spawn_scoped(scope, there);
        let here = here();
        let there = match helper {
            Ok(helper) => helper.join().unwrap_or_else(|panic| panic::resume_unwind(panic)),
            // The system refuses a thread.
            Err(_) => there(),
        };
        (there, here)
    })
}

/// Locks what is whole at all times, even if another thread has panicked.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
