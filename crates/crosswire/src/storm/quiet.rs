//! Panics of runs, while a failing run is minimized: there are thousands, all of one failure.

use crate::sim;
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of searches in progress.
static SEARCHES: AtomicUsize = AtomicUsize::new(0);

/// Runs `search` without printing the panics of runs.
pub(super) fn while_runs_panic<T>(search: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let of_a_run = std::thread::current().name() == Some(sim::THREAD);
            if !of_a_run || SEARCHES.load(Ordering::Relaxed) == 0 {
                loud(info);
            }
        }));
    });
    SEARCHES.fetch_add(1, Ordering::Relaxed);
    let result = search();
    SEARCHES.fetch_sub(1, Ordering::Relaxed);
    result
}
