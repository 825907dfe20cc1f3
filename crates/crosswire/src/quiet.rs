//! Silences the panics of runs: each is part of the outcome of its run, and a search for a smaller
//! failing run has thousands of one failure.

use crate::sim;
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of reasons to be silent.
static REASONS: AtomicUsize = AtomicUsize::new(0);

/// Silences the panics of runs from now on. Other panics are printed by the hook that was set when
/// runs were first silenced.
pub fn always() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let of_a_run = std::thread::current().name() == Some(sim::THREAD);
            if !of_a_run || REASONS.load(Ordering::Relaxed) == 0 {
                loud(info);
            }
        }));
    });
    REASONS.fetch_add(1, Ordering::Relaxed);
}

/// Silences the panics of runs while `search` works.
pub(crate) fn during<T>(search: impl FnOnce() -> T) -> T {
    always();
    let result = search();
    REASONS.fetch_sub(1, Ordering::Relaxed);
    result
}
