//! The storm: a whole run over time, as plain data.
//!
//! The time of the run is divided into buckets of one width. A [`Plot`] has one or more series,
//! each with a value for each bucket. All is computed from the history in one pass, except for the
//! exposure, which the judge has counted.

mod cache;
mod gauges;
mod grid;
mod plot;
mod requests;

use crate::recording::Run;
use cache::Cache;
use crosswire_history::Fact;
use gauges::Gauges;
pub use grid::Grid;
pub use plot::{Form, Plot, Series};
use requests::Requests;

/// A whole run over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Storm {
    /// The buckets.
    pub grid: Grid,
    /// The plots, in the order in which they are drawn.
    pub plots: Vec<Plot>,
}

impl Storm {
    /// Computes the storm of a run.
    pub fn of(run: &Run) -> Self {
        let entries = run.recording.entries();
        let last = entries.last().map_or(0, |entry| entry.at_ms);
        let end_ms = run.violations().iter().map(|it| it.at_ms).fold(last, u64::max);
        let grid = Grid::until(end_ms);
        let mut requests = Requests::new(grid);
        let mut gauges = Gauges::new(grid);
        let mut cache = Cache::new(grid);
        let (mut bucket, mut bucket_ends_ms) = (0, grid.width_ms);
        for entry in entries {
            if entry.at_ms >= bucket_ends_ms {
                bucket = grid.bucket(entry.at_ms);
                bucket_ends_ms = grid.width_ms.saturating_mul(bucket as u64 + 1);
            }
            requests.observe(bucket, entry);
            cache.observe(bucket, &entry.what);
            if let Fact::Gauge { .. } = entry.what {
                gauges.observe(bucket, &entry.what, requests.cameras_connecting());
            }
        }
        let [rates, latency, attempts] = requests.plots();
        let [connected, waiting, backlog, load, queue] = gauges.plots(requests.cameras());
        let [reads, unread] = cache.plots();
        let exposure = exposure(grid, &run.findings.exposure.new_users_ms);
        let plots = vec![
            rates, latency, connected, waiting, attempts, backlog, reads, load, queue, unread,
            exposure,
        ];
        Self { grid, plots }
    }
}

/// Returns how many users had been exposed by the end of each bucket.
fn exposure(grid: Grid, new_users_ms: &[u64]) -> Plot {
    let mut counts = vec![0; grid.buckets];
    for at_ms in new_users_ms {
        counts[grid.bucket(*at_ms)] += 1;
    }
    let mut users = 0;
    let mut values = Vec::new();
    for count in counts {
        users += count;
        values.push(Some(f64::from(users)));
    }
    Plot {
        name: "Exposure",
        unit: "users",
        about: "Users who had been shown an event without a right to it, as the judge counted them.",
        form: Form::Stacked,
        series: vec![Series { name: "exposed users", values }],
    }
}

#[cfg(test)]
mod tests;
