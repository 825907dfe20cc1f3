//! I13: once the faults have stopped, the service recovers and its queues drain.
//!
//! A metastable collapse is load that keeps itself alive after its cause is gone: requests time
//! out, are tried again, and the queue never empties. It shows in two ways. From the bound on, the
//! share of requests that end well stays low in some window of two seconds. Or something still
//! waits at the end: more queries than the directory serves at once, or more cameras offline and
//! more events in their backlogs than before the first fault, by half and a few. A kind of request
//! that always fails and is rare shows in a third way, see `kinds`.
//!
//! A backlog that drains is not a collapse: cameras send one event after the other, so what a long
//! outage held back takes long, and all ends well meanwhile. It must have shrunk to half of its
//! maximum since the faults stopped; a backlog that keeps itself alive does not shrink.
//!
//! A gauge is a sample, and a burst may fall on it. So the best of the last three gauges decides: a
//! queue that is never short in three seconds does not drain.

use super::invariant::Invariant;
use super::kinds::Kinds;
use crate::about::{About, InvariantId};
use crate::bounds::Bounds;
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, Fact, Op, Outcome};
use std::collections::VecDeque;

const WINDOW_MS: u64 = 2_000;

/// The minimum number of requests in a window; with fewer, a failure is no sign.
const MIN_REQUESTS: u64 = 10;

/// The number of last gauges of which the best counts.
const GAUGES: usize = 3;

#[derive(Default)]
pub(crate) struct Recovery {
    window: Option<Goodput>,
    calm: Calm,
    /// The largest backlog since the faults stopped.
    most: u64,
    latest: VecDeque<Gauge>,
    kinds: Kinds,
    checked: u64,
}

/// The requests that were settled in one window.
#[derive(Clone, Copy)]
struct Goodput {
    from_ms: u64,
    good: u64,
    all: u64,
    others: Others,
}

/// The operations of the requests that did not end well.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    None,
    All(Op),
    Mixed,
}

impl Others {
    fn and(self, op: Op) -> Self {
        match self {
            Self::None => Self::All(op),
            Self::All(other) if other == op => self,
            Self::All(_) | Self::Mixed => Self::Mixed,
        }
    }
}

/// The sums of the gauges before the first fault.
#[derive(Default)]
struct Calm {
    backlog: u64,
    offline: u64,
    gauges: u64,
}

#[derive(Clone, Copy)]
struct Gauge {
    queue: u64,
    busy: u64,
    backlog: u64,
    offline: u64,
}

impl Invariant for Recovery {
    const ABOUT: About = About {
        id: InvariantId::I13,
        name: "recovery",
        summary: "soon after the faults stop, requests end well again and nothing is left waiting",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        self.kinds.observe(entry, context);
        match entry.what {
            Fact::Settled { op, outcome } if entry.at_ms >= context.bounds.recovered_ms() => {
                // How a request ends that should be denied says nothing about the service.
                let request = context.recent.get(entry.request);
                if request.is_none_or(|request| !request.dishonest) {
                    self.settled(entry.at_ms, (op, outcome), context, report);
                }
            }
            Fact::Gauge { directory_queue, directory_busy, backlog, offline, .. } => {
                let gauge = Gauge {
                    queue: u64::from(directory_queue),
                    busy: u64::from(directory_busy),
                    backlog: u64::from(backlog),
                    offline: u64::from(offline),
                };
                self.gauge(entry.at_ms, gauge, context.bounds);
            }
            _ => {}
        }
    }

    fn finish(&mut self, end_ms: u64, context: &Context<'_>, report: &mut Report) {
        self.kinds.finish(&Self::ABOUT, context, report);
        if let Some(window) = self.window.take_if(|window| window.from_ms + WINDOW_MS <= end_ms) {
            self.judge(window, context, report);
        }
        if !self.latest.is_empty() {
            self.checked += 1;
            self.waiting(end_ms, context, report);
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

impl Recovery {
    fn settled(
        &mut self,
        at_ms: u64,
        (op, outcome): (Op, Outcome),
        context: &Context<'_>,
        report: &mut Report,
    ) {
        let good = match outcome {
            Outcome::Ok | Outcome::Denied => 1,
            // The user did not wait for the answer, so it says nothing about the service.
            Outcome::GaveUp => return,
            Outcome::Refused | Outcome::Failed | Outcome::TimedOut | Outcome::Reset => 0,
        };
        let start_ms = context.bounds.recovered_ms();
        let from_ms = at_ms - (at_ms - start_ms) % WINDOW_MS;
        if let Some(over) = self.window.take_if(|window| window.from_ms != from_ms) {
            self.judge(over, context, report);
        }
        let empty = Goodput { from_ms, good: 0, all: 0, others: Others::None };
        let window = self.window.get_or_insert(empty);
        window.good += good;
        window.all += 1;
        if good == 0 {
            window.others = window.others.and(op);
        }
    }

    fn judge(&mut self, window: Goodput, context: &Context<'_>, report: &mut Report) {
        if window.all < MIN_REQUESTS {
            return;
        }
        self.checked += 1;
        let Goodput { from_ms, good, all, others } = window;
        if good as f64 >= context.bounds.goodput * all as f64 {
            return;
        }
        let at_ms = from_ms + WINDOW_MS;
        let others = match others {
            Others::All(op) if good > 0 => format!("; all others were {}", op.purpose()),
            _ => String::new(),
        };
        let text = format!(
            "only {good} of {all} requests settled since {} ended well; {:.0} % were promised{others}",
            story::seconds(from_ms),
            context.bounds.goodput * 100.0
        );
        report.add(&Self::ABOUT, Occurrence { at_ms, ..Occurrence::default() }, || {
            story::unrecovered(at_ms, text, context)
        });
    }

    fn gauge(&mut self, at_ms: u64, gauge: Gauge, bounds: &Bounds) {
        // Without faults, the time before the bound applies shows what is usual.
        let calm_ms = if bounds.faults() { bounds.first_fault_ms } else { bounds.recovered_ms() };
        if at_ms < calm_ms {
            self.calm.backlog += gauge.backlog;
            self.calm.offline += gauge.offline;
            self.calm.gauges += 1;
        }
        if at_ms >= bounds.faults_end_ms {
            self.most = self.most.max(gauge.backlog);
        }
        if at_ms >= bounds.recovered_ms() {
            if self.latest.len() == GAUGES {
                self.latest.pop_front();
            }
            self.latest.push_back(gauge);
        }
    }

    fn waiting(&self, end_ms: u64, context: &Context<'_>, report: &mut Report) {
        // Half as much again, because a handful of gauges gives no sharp mean; and a twentieth of
        // the cameras, or three in a small fleet.
        let more = u64::from(context.bounds.cameras / 20).max(3);
        let usual = |sum: u64| (sum + sum / 2).checked_div(self.calm.gauges).unwrap_or(0) + more;
        let least = |of: fn(&Gauge) -> u64| self.latest.iter().map(of).min().unwrap_or(0);
        let found = [
            (
                "queries wait beyond those served at the directory",
                least(|g| g.queue.saturating_sub(g.busy)),
                0,
            ),
            (
                "events wait in backlogs",
                least(|g| g.backlog),
                usual(self.calm.backlog).max(self.most / 2),
            ),
            ("cameras are offline", least(|g| g.offline), usual(self.calm.offline)),
        ];
        for (words, count, usual) in found {
            if count > usual {
                let text = format!("{count} {words}; at most {usual} were to be expected");
                report.add(
                    &Self::ABOUT,
                    Occurrence { at_ms: end_ms, ..Occurrence::default() },
                    || story::unrecovered(end_ms, text, context),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I13;
    use crate::fixture::naive::recovery::{bounds, collapsed, gauged, history};
    use crate::fixture::{HARNESS, Tape};
    use crosswire_history::{Op, Outcome};
    use proptest::prelude::*;

    fn tape() -> Tape {
        Tape::new(Bounds {
            first_fault_ms: 3000,
            faults_end_ms: 5000,
            recover_within_ms: 5000,
            goodput: 0.9,
            cameras: 100,
            ..Bounds::default()
        })
    }

    fn settle(tape: &mut Tape, from_ms: u64, good: u64, bad: u64, given_up: u64) {
        let outcomes = [(Outcome::Ok, good), (Outcome::TimedOut, bad), (Outcome::GaveUp, given_up)];
        let mut at_ms = from_ms;
        for (outcome, count) in outcomes {
            for _ in 0..count {
                tape.at(at_ms).settles(1, Op::List, outcome);
                at_ms += 1;
            }
        }
    }

    fn gauge(tape: &mut Tape, at_ms: u64, directory: (u32, u32), backlog: u32, offline: u32) {
        tape.at(at_ms).on(HARNESS, gauged(directory, backlog, offline));
    }

    #[test]
    fn a_window_that_fails_after_the_bound_breaks_it() {
        let mut tape = tape();
        settle(&mut tape, 9000, 0, 50, 0);
        settle(&mut tape, 10_000, 18, 2, 50);
        settle(&mut tape, 12_000, 17, 3, 0);
        settle(&mut tape, 14_000, 0, 9, 0);
        let findings = tape.finish(16_000);
        assert_eq!(findings.counts[&I13], 1);
        assert_eq!(findings.violations[0].at_ms, 14_000);
        assert_eq!(findings.checked[&I13], 2, "a window of nine requests shows nothing");
    }

    #[test]
    fn the_last_window_counts_only_if_it_is_whole() {
        let mut tape = tape();
        settle(&mut tape, 10_000, 0, 20, 0);
        assert_eq!(tape.finish(11_999).counts.get(&I13), None);
    }

    #[test]
    fn what_still_waits_at_the_end_breaks_it() {
        let mut tape = tape();
        gauge(&mut tape, 1000, (0, 0), 10, 0);
        for at_ms in [10_000, 11_000, 12_000] {
            gauge(&mut tape, at_ms, (30, 4), 21, 6);
        }
        assert_eq!(tape.finish(12_500).counts[&I13], 3);
    }

    #[test]
    fn a_burst_on_the_last_gauge_is_no_collapse() {
        let mut tape = tape();
        gauge(&mut tape, 1000, (0, 0), 10, 0);
        gauge(&mut tape, 11_000, (4, 4), 20, 5);
        gauge(&mut tape, 12_000, (30, 4), 40, 9);
        let findings = tape.finish(12_500);
        assert!(findings.counts.is_empty());
        assert_eq!(findings.checked[&I13], 1);
    }

    #[test]
    fn a_backlog_that_drains_is_no_collapse() {
        let ends_with = |backlog| {
            let mut tape = tape();
            gauge(&mut tape, 1000, (0, 0), 10, 0);
            gauge(&mut tape, 4000, (0, 0), 5000, 0);
            gauge(&mut tape, 6000, (0, 0), 3000, 0);
            gauge(&mut tape, 11_000, (0, 0), backlog, 0);
            tape.finish(11_500).counts.get(&I13).copied()
        };
        assert_eq!(ends_with(1500), None);
        assert_eq!(ends_with(1501), Some(1));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(
            history in history(),
            bounds in bounds(),
            more_ms in 0_u64..3_000,
        ) {
            let end_ms = history.last().map_or(0, |entry| entry.at_ms) + more_ms;
            let (collapsed, checked) = collapsed(&history, &bounds, end_ms);
            let findings = Tape::new(bounds).play(&history).finish(end_ms);
            prop_assert_eq!(findings.counts.get(&I13).copied().unwrap_or(0), collapsed);
            prop_assert_eq!(findings.checked[&I13], checked);
        }
    }
}
