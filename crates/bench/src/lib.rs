//! What a storm is held against in `benches/storm.rs`, beside an echo on bare executors.
//!
//! - [`floor`]: parts of the storm that nothing of it can do without, each alone
//! - [`goals`]: what it should come to

pub mod floor;
pub mod goals;

use cpu_time::ProcessTime;

/// CPU time of this process in milliseconds that something takes.
pub fn cpu_ms(work: impl FnOnce()) -> f64 {
    let start = ProcessTime::now();
    work();
    start.elapsed().as_secs_f64() * 1_000.0
}
