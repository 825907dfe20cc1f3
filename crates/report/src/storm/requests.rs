//! Requests over time: their outcomes, their latency, and the attempts to connect.

use super::grid::Grid;
use super::plot::{Form, Plot, Series};
use crosswire_history::{DeviceId, Entry, Fact, Op, Outcome, Principal, RequestId};

/// The outcomes and their names, in the order in which they are stacked.
const OUTCOMES: [(Outcome, &str); 7] = [
    (Outcome::Ok, "success"),
    (Outcome::Denied, "denied"),
    (Outcome::Refused, "too busy"),
    (Outcome::Failed, "failed"),
    (Outcome::TimedOut, "timed out"),
    (Outcome::GaveUp, "given up"),
    (Outcome::Reset, "connection broken"),
];

/// A request that is not settled.
#[derive(Clone, Copy)]
struct Open {
    since_ms: u64,
    /// Set for a camera's request to connect or to authenticate.
    connects: bool,
}

/// Collects requests.
pub(super) struct Requests {
    grid: Grid,
    /// The requests under way, by number.
    open: Vec<Option<Open>>,
    outcomes: [Vec<u32>; 7],
    latencies: Vec<Vec<u64>>,
    /// The attempts to connect of cameras and of phones.
    attempts: [Vec<u32>; 2],
    /// For each camera, whether it has sent a request.
    cameras: Vec<bool>,
    connecting: u32,
}

impl Requests {
    pub(super) fn new(grid: Grid) -> Self {
        Self {
            grid,
            open: Vec::new(),
            outcomes: std::array::from_fn(|_| grid.zeros()),
            latencies: vec![Vec::new(); grid.buckets],
            attempts: [grid.zeros(), grid.zeros()],
            cameras: Vec::new(),
            connecting: 0,
        }
    }

    /// Returns the number of cameras that have sent a request so far.
    pub(super) fn cameras(&self) -> u32 {
        self.cameras.iter().filter(|seen| **seen).count() as u32
    }

    /// Returns the number of cameras whose request to connect or to authenticate is under way.
    pub(super) fn cameras_connecting(&self) -> u32 {
        self.connecting
    }

    pub(super) fn observe(&mut self, bucket: usize, entry: &Entry) {
        match entry.what {
            Fact::Issued { by, op, .. } => {
                let connects = matches!(op, Op::Connect | Op::Authenticate);
                let is_camera = match by {
                    Principal::Device(device) => {
                        self.seen(device);
                        true
                    }
                    Principal::User(_) | Principal::Gateway => false,
                };
                if op == Op::Connect {
                    self.attempts[usize::from(!is_camera)][bucket] += 1;
                }
                self.close(entry.request);
                self.begin(entry.request, entry.at_ms, connects && is_camera);
            }
            Fact::Settled { outcome, .. } => {
                let nth = OUTCOMES.iter().position(|(known, _)| *known == outcome);
                self.outcomes[nth.expect("each outcome has a series")][bucket] += 1;
                if let Some(open) = self.close(entry.request) {
                    self.latencies[bucket].push(entry.at_ms - open.since_ms);
                }
            }
            _ => {}
        }
    }

    fn seen(&mut self, camera: DeviceId) {
        let nth = camera.0 as usize;
        if self.cameras.len() <= nth {
            self.cameras.resize(nth + 1, false);
        }
        self.cameras[nth] = true;
    }

    fn begin(&mut self, request: RequestId, since_ms: u64, connects: bool) {
        let nth = request.0 as usize;
        if self.open.len() <= nth {
            self.open.resize(nth + 1, None);
        }
        self.open[nth] = Some(Open { since_ms, connects });
        self.connecting += u32::from(connects);
    }

    fn close(&mut self, request: RequestId) -> Option<Open> {
        let open = self.open.get_mut(request.0 as usize)?.take()?;
        self.connecting -= u32::from(open.connects);
        Some(open)
    }

    /// Returns the plots of outcomes, latency and attempts to connect.
    pub(super) fn plots(&mut self) -> [Plot; 3] {
        let grid = self.grid;
        let outcomes = OUTCOMES.iter().zip(&self.outcomes);
        let rates = Plot {
            name: "Requests",
            unit: "per second",
            about: "Requests of cameras and phones that were settled, by outcome.",
            form: Form::Stacked,
            series: outcomes.map(|((_, name), counts)| grid.per_second(name, counts)).collect(),
        };
        let (mut median, mut high) = (Vec::new(), Vec::new());
        for latencies in &mut self.latencies {
            latencies.sort_unstable();
            median.push(quantile(latencies, 50));
            high.push(quantile(latencies, 99));
        }
        let latency = Plot {
            name: "Latency",
            unit: "ms",
            about: "From when a request was sent to when it was settled, with any outcome, at \
                    the time at which it was settled.",
            form: Form::Lines,
            series: vec![
                Series { name: "median", values: median },
                Series { name: "99th percentile", values: high },
            ],
        };
        let [cameras, phones] = &self.attempts;
        let attempts = Plot {
            name: "Attempts to connect",
            unit: "per second",
            about: "Requests for a connection that were sent.",
            form: Form::Stacked,
            series: vec![grid.per_second("cameras", cameras), grid.per_second("phones", phones)],
        };
        [rates, latency, attempts]
    }
}

/// Returns the smallest value that is not below `percent` per cent of the sorted values.
fn quantile(sorted: &[u64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    let nth = rank.checked_sub(1)?;
    Some(sorted[nth] as f64)
}
