//! The machine's clock: these commands measure real processes.

use std::time::{Duration, Instant};

/// Returns the time.
#[expect(clippy::disallowed_methods, reason = "nothing is simulated here")]
pub fn now() -> Instant {
    Instant::now()
}

/// Waits.
#[expect(clippy::disallowed_methods, reason = "nothing is simulated here")]
pub fn sleep(length: Duration) {
    std::thread::sleep(length);
}
