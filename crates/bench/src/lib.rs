//! The comparisons of `benches/storm.rs`, besides an echo on bare executors.
//!
//! - [`floor`]: the unavoidable parts of the storm, each alone
//! - [`goals`]: the goals

pub mod floor;
pub mod goals;

use cpu_time::ProcessTime;

/// Returns the CPU time of this process in milliseconds that `work` takes.
pub fn cpu_ms(work: impl FnOnce()) -> f64 {
    let start = ProcessTime::now();
    work();
    start.elapsed().as_secs_f64() * 1_000.0
}
