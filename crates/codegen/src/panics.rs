//! Makes a panic of a step an error: the build step ends with a diagnostic, and removes its scratch database.

use std::{
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `step`. If it panics, nothing is printed, and what would have been is returned.
pub(crate) fn caught<T>(step: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if IS_CAUGHT.get() {
                LAST.set(panic.to_string().replace('\n', " "));
            } else {
                previous(panic);
            }
        }));
    });
    let before = IS_CAUGHT.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(step));
    IS_CAUGHT.set(before);
    outcome.map_err(|_| LAST.take())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message_and_place() {
        let failure = caught(|| caught(|| 1).map(|one| assert_eq!(one, 2, "one is not two"))).expect_err("it panics");
        assert!(failure.contains("panics.rs") && failure.contains("one is not two"), "{failure}");
        assert_eq!(caught(|| 1), Ok(1));
    }
}
