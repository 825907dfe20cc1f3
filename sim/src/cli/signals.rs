//! Ctrl-C, and the signal that asks a process to end.

use super::failure::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a process ends with that was interrupted, as shells have it: 128 and the signal's number.
const INTERRUPTED: i32 = 130;

/// The first signal sets `stop`; the second ends the process.
pub(super) fn stop_on_one(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    let stop = stop.clone();
    let set = ctrlc::set_handler(move || {
        if stop.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
    });
    set.map_err(|error| Failure::Harness(format!("signals cannot be handled: {error}")))
}
