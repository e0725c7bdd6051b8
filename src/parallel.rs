//! Work that is shared among the processors.

use std::num::NonZero;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{iter, panic, thread};

/// Is how many items are worth the start of a thread, where each takes microseconds.
const SHARE: usize = 64;

/// Does something with each item, and gives what comes out in the order of the items.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let queue = Mutex::new(items.iter().enumerate());
    let next = || lock(&queue).next();
    let worker = || -> Vec<(usize, R)> {
        iter::from_fn(next).map(|(index, item)| (index, work(item))).collect()
    };
    let threads = match items.len() / SHARE {
        0 | 1 => 1,
        most => thread::available_parallelism().map_or(1, NonZero::get).min(most),
    };
    let mut done = thread::scope(|scope| {
        // A thread that the system refuses is one less.
        let help = |_| thread::Builder::new().spawn_scoped(scope, worker).ok();
        let helpers: Vec<_> = (1..threads).filter_map(help).collect();
        let mut done = worker();
        for helper in helpers {
            done.extend(helper.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

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
