//! liquid panics at some texts: that is an error of the text, as any other that it refuses.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Calls liquid; a panic is an error, and says nothing on stderr.
pub fn guarded<T>(call: impl FnOnce() -> Result<T, liquid::Error>) -> Result<T, liquid::Error> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                hook(panic);
            }
        }));
    });
    IS_GUARDED.set(true);
    // Nothing of what a call works on is used after it has failed.
    let done = panic::catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(false);
    done.unwrap_or_else(|_| Err(liquid::Error::with_msg("it panics")))
}
