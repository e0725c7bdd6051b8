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
    let was_guarded = IS_GUARDED.replace(true);
    // A call changes nothing but what it writes to, and that is whole at all times.
    let done = panic::catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(was_guarded);
    done.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        let said = said.map_or_else(String::new, |said| format!(": {said}"));
        Err(liquid::Error::with_msg(format!("it panics{said}")))
    })
}
