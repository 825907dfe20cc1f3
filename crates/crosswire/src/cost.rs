//! The load of a run on the service and the share of requests that succeeded: the cost of a
//! defence.

use crosswire_history::journal::RecentEntries;
use crosswire_history::{Entry, Fact, Observer, Outcome, RequestId};
use crosswire_plan::Plan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The number of latest requests whose start is remembered: some seconds of a storm with hundreds
/// of devices.
const REMEMBERED: usize = 1 << 14;

/// An observer that counts requests and directory load during a run.
#[derive(Clone, Debug, Default)]
pub struct Load {
    settled: u64,
    well: u64,
    refused: u64,
    directory_busy: u32,
    directory_waiting: u32,
    directory_peak: u32,
    /// The times at which the latest requests were sent: a ring indexed by request number.
    sent: Vec<(RequestId, u64)>,
    /// The number of requests of each latency, indexed by milliseconds.
    latencies: Vec<u32>,
    /// For each second of the run: the requests that the service answered properly, and all whose
    /// end says anything about the service.
    seconds: Vec<(u32, u32)>,
}

/// The cost of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Requests of cameras and phones that ended.
    pub settled: u64,
    /// Requests that succeeded.
    pub well: u64,
    /// Requests that the service denied, refused as too busy, or failed.
    pub refused: u64,
    /// The peak number of requests that the directory worked on, as gauged once a second.
    pub directory_busy: u32,
    /// The peak number of requests that waited for the directory, as gauged once a second.
    pub directory_waiting: u32,
    /// The peak number of directory queries in a second.
    pub directory_peak: u32,
    /// The 99th percentile of request latency, in milliseconds.
    pub p99_ms: u32,
    /// Milliseconds from the end of the last fault until the required share of requests succeeded
    /// in every second until the end of the run; `None` if the run never recovered.
    pub recover_ms: Option<u64>,
}

/// The mean cost of several runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mean {
    /// The peak number of directory queries in a second.
    pub directory_peak: f64,
    /// The 99th percentile of request latency, in milliseconds.
    pub p99_ms: f64,
    /// The time to recover, in milliseconds, over the runs that recovered.
    pub recover_ms: Option<f64>,
    /// Runs that never recovered.
    pub unrecovered: u64,
    /// The share of requests that the service denied, refused or failed.
    pub refused_share: f64,
    /// The share of requests that succeeded.
    pub well_share: f64,
}

impl Mean {
    /// Returns the mean of these costs.
    pub fn of(costs: &[Cost]) -> Self {
        let recovered: Vec<_> =
            costs.iter().filter_map(|cost| Some(cost.recover_ms? as f64)).collect();
        let sum = |of: fn(&Cost) -> u64| costs.iter().map(of).sum::<u64>();
        let settled = sum(|cost| cost.settled).max(1) as f64;
        Self {
            directory_peak: mean(costs.iter().map(|cost| f64::from(cost.directory_peak))),
            p99_ms: mean(costs.iter().map(|cost| f64::from(cost.p99_ms))),
            unrecovered: (costs.len() - recovered.len()) as u64,
            recover_ms: match &recovered[..] {
                [] => None,
                some => Some(mean(some.iter().copied())),
            },
            refused_share: sum(|cost| cost.refused) as f64 / settled,
            well_share: sum(|cost| cost.well) as f64 / settled,
        }
    }
}

pub(crate) fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0_u32), |(sum, count), number| (sum + number, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

impl Load {
    /// Returns the cost of a run of `plan`.
    pub fn cost(&self, plan: &Plan) -> Cost {
        Cost {
            settled: self.settled,
            well: self.well,
            refused: self.refused,
            directory_busy: self.directory_busy,
            directory_waiting: self.directory_waiting,
            directory_peak: self.directory_peak,
            p99_ms: self.within(0.99),
            recover_ms: self
                .recovered(plan.last_fault_end_ms().unwrap_or(0), plan.recovery.goodput),
        }
    }

    /// Returns the latency in milliseconds that this share of the requests did not exceed.
    fn within(&self, share: f64) -> u32 {
        let all: u64 = self.latencies.iter().map(|count| u64::from(*count)).sum();
        let wanted = (share * all as f64).ceil() as u64;
        let mut so_far = 0;
        let found = self.latencies.iter().position(|count| {
            so_far += u64::from(*count);
            so_far >= wanted
        });
        found.unwrap_or(0) as u32
    }

    fn recovered(&self, faults_end_ms: u64, goodput: f64) -> Option<u64> {
        let after = (faults_end_ms / 1_000) as usize;
        let good = |&(well, all): &(u32, u32)| f64::from(well) >= goodput * f64::from(all);
        let last_bad = self.seconds.iter().skip(after).rposition(|second| !good(second));
        let from = last_bad.map_or(after, |bad| after + bad + 1);
        if from >= self.seconds.len().max(after + 1) {
            return None;
        }
        // The last fault may end in the middle of a good second.
        Some((from as u64 * 1_000).saturating_sub(faults_end_ms))
    }

    fn settle(&mut self, entry: &Entry, outcome: Outcome) {
        self.settled += 1;
        self.well += u64::from(outcome == Outcome::Ok);
        let refused = matches!(outcome, Outcome::Denied | Outcome::Refused | Outcome::Failed);
        self.refused += u64::from(refused);
        if outcome != Outcome::GaveUp {
            let second = slot(&mut self.seconds, (entry.at_ms / 1_000) as usize);
            second.0 += u32::from(matches!(outcome, Outcome::Ok | Outcome::Denied));
            second.1 += 1;
        }
        // A request that began too long ago is forgotten.
        if let Some(&(request, sent_ms)) = self.sent.get(entry.request.0 as usize % REMEMBERED)
            && request == entry.request
        {
            let latency_ms = entry.at_ms.checked_sub(sent_ms);
            let latency_ms = latency_ms.expect("a request ends after it was sent");
            *slot(&mut self.latencies, latency_ms as usize) += 1;
        }
    }
}

fn slot<T: Default + Clone>(list: &mut Vec<T>, at: usize) -> &mut T {
    if list.len() <= at {
        list.resize(at + 1, T::default());
    }
    &mut list[at]
}

impl Observer for Load {
    fn observe(&mut self, entry: &Entry, _: &RecentEntries) {
        match entry.what {
            Fact::Issued { .. } => {
                *slot(&mut self.sent, entry.request.0 as usize % REMEMBERED) =
                    (entry.request, entry.at_ms);
            }
            Fact::Settled { outcome, .. } => self.settle(entry, outcome),
            Fact::Gauge { directory_queue, directory_busy, directory_served, .. } => {
                self.directory_busy = self.directory_busy.max(directory_busy);
                self.directory_waiting = self.directory_waiting.max(directory_queue);
                self.directory_peak = self.directory_peak.max(directory_served);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::{NodeId, Op, Principal, Subject, UserId};

    fn entry(at_ms: u64, request: u32, what: Fact) -> Entry {
        Entry { at_ms, node: NodeId::HARNESS, request: RequestId(request), what }
    }

    fn observed(entries: &[Entry]) -> Load {
        let mut load = Load::default();
        for entry in entries {
            load.observe(entry, &RecentEntries::empty());
        }
        load
    }

    fn settled(at_ms: u64, request: u32, outcome: Outcome) -> Entry {
        entry(at_ms, request, Fact::Settled { op: Op::List, outcome })
    }

    #[test]
    fn successes_and_peak_gauges_are_counted() {
        let gauge = |directory_queue, directory_busy, directory_served| {
            let (backlog, offline, in_flight) = (0, 0, 0);
            entry(
                1_000,
                0,
                Fact::Gauge {
                    directory_queue,
                    directory_busy,
                    directory_served,
                    backlog,
                    offline,
                    in_flight,
                },
            )
        };
        let load = observed(&[
            settled(5, 1, Outcome::Ok),
            settled(6, 2, Outcome::TimedOut),
            settled(7, 3, Outcome::Refused),
            gauge(0, 3, 70),
            gauge(9, 2, 80),
        ]);
        assert_eq!((load.settled, load.well, load.refused), (3, 1, 1));
        let peaks = (load.directory_busy, load.directory_waiting, load.directory_peak);
        assert_eq!(peaks, (3, 9, 80));
    }

    #[test]
    fn ninety_nine_of_a_hundred_requests_end_within_p99() {
        let by = Principal::User(UserId(1));
        let issued = Fact::Issued {
            by,
            op: Op::List,
            gateway: 0,
            deadline_ms: 9_000,
            subject: Subject::Oneself,
        };
        let sent = (1..=100).map(|request| entry(10, request, issued));
        let over =
            (1..=100_u32).map(|request| settled(10 + u64::from(request), request, Outcome::Ok));
        let load = observed(&sent.chain(over).collect::<Vec<_>>());
        assert_eq!(load.within(0.99), 99);
    }

    #[test]
    fn a_run_has_recovered_when_requests_succeed_until_the_end() {
        let mut entries = Vec::new();
        for (second, outcome) in
            [Outcome::Ok, Outcome::TimedOut, Outcome::Ok, Outcome::Failed, Outcome::Ok]
                .into_iter()
                .enumerate()
        {
            entries.push(settled(second as u64 * 1_000, second as u32, outcome));
        }
        let load = observed(&entries);
        assert_eq!(load.recovered(1_500, 0.9), Some(2_500));
        assert_eq!(load.recovered(4_000, 0.9), Some(0));
        assert_eq!(observed(&entries[..4]).recovered(1_500, 0.9), None);
        assert_eq!(Load::default().recovered(1_500, 0.9), Some(0));
    }
}
