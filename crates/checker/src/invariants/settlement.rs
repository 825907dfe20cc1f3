//! I12: everything that begins ends, well or badly, by its deadline.
//!
//! Three things have deadlines: a request for the device that sent it, the gateway's work on it,
//! and a call of the caching client. The time for which a node is paused does not count for what
//! runs on it.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crate::window::Window;
use crosswire_history::{CallId, Entry, Fact, NodeId, RequestId};

/// The time by which something may overrun its deadline: a timer fires in the millisecond after,
/// and the news has to travel to the edge that records it.
pub(crate) const SLACK_MS: u64 = 50;

/// The interval at which everything open is looked through. What never ends is found this much
/// later.
const LOOK_EVERY_MS: u64 = 250;

#[derive(Default)]
pub(crate) struct Settlement {
    sent: Window<Open>,
    jobs: Window<Open>,
    calls: Window<Open>,
    pauses: Vec<(NodeId, Pause)>,
    look_ms: u64,
    /// The earliest deadline of what may be open. A pause only puts it off, so until then there is
    /// nothing to look for.
    earliest_ms: u64,
    checked: u64,
}

/// Something that has begun.
#[derive(Clone, Copy)]
struct Open {
    part: Part,
    deadline_ms: u64,
    /// The total time for which its node had been paused before it began.
    paused_ms: u64,
    node: NodeId,
    request: RequestId,
}

/// The kind of what has begun.
#[derive(Clone, Copy)]
enum Part {
    Request,
    Work,
    Call(CallId),
}

#[derive(Clone, Copy, Default)]
struct Pause {
    total_ms: u64,
    since_ms: Option<u64>,
}

impl Invariant for Settlement {
    const ABOUT: About = About {
        id: InvariantId::I12,
        name: "settlement",
        summary: "every request, its work and its calls end by their deadline",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        if entry.at_ms >= self.look_ms {
            self.look_ms = entry.at_ms + LOOK_EVERY_MS;
            self.look(entry.at_ms, context, report);
        }
        let now_ms = entry.at_ms;
        let id = entry.request.0;
        let ended = match entry.what {
            Fact::Issued { deadline_ms, .. } => {
                let open = self.open(entry, Part::Request, deadline_ms);
                return self.sent.insert(id, open);
            }
            Fact::Arrived { deadline_ms, .. } => {
                let open = self.open(entry, Part::Work, deadline_ms);
                return self.jobs.insert(id, open);
            }
            Fact::CallBegan { call, deadline_ms, .. } => {
                let open = self.open(entry, Part::Call(call), deadline_ms);
                return self.calls.insert(call.0, open);
            }
            Fact::Settled { .. } => self.sent.remove(id),
            Fact::Replied { .. } | Fact::Dropped { .. } => self.jobs.remove(id),
            Fact::CallEnded { call, .. } => self.calls.remove(call.0),
            Fact::Paused => return self.pause(entry.node).since_ms = Some(now_ms),
            // A node that dies while it is paused is not paused any more.
            Fact::Resumed | Fact::Down => return self.resume(entry.node, now_ms),
            _ => return,
        };
        // What was reported as overdue is forgotten, and may end all the same.
        let Some(ended) = ended else { return };
        self.checked += 1;
        let bound_ms = bound_ms(&self.pauses, ended, now_ms);
        if now_ms > bound_ms {
            report_overdue(ended, bound_ms, context, report);
        }
    }

    fn finish(&mut self, end_ms: u64, context: &Context<'_>, report: &mut Report) {
        self.look(end_ms, context, report);
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

impl Settlement {
    #[inline]
    fn open(&mut self, entry: &Entry, part: Part, deadline_ms: u64) -> Open {
        self.earliest_ms = self.earliest_ms.min(deadline_ms);
        let paused_ms = paused_ms(&self.pauses, entry.node, entry.at_ms);
        Open { part, deadline_ms, paused_ms, node: entry.node, request: entry.request }
    }

    /// Reports what is overdue, and forgets it.
    fn look(&mut self, now_ms: u64, context: &Context<'_>, report: &mut Report) {
        let Self { sent, jobs, calls, pauses, earliest_ms, checked, .. } = self;
        if now_ms <= earliest_ms.saturating_add(SLACK_MS) {
            return;
        }
        *earliest_ms = u64::MAX;
        for window in [sent, jobs, calls] {
            window.retain(|_, &open| {
                let bound_ms = bound_ms(pauses, open, now_ms);
                if now_ms > bound_ms {
                    *checked += 1;
                    report_overdue(open, bound_ms, context, report);
                    return false;
                }
                *earliest_ms = open.deadline_ms.min(*earliest_ms);
                true
            });
        }
    }

    fn pause(&mut self, node: NodeId) -> &mut Pause {
        let at = self.pauses.iter().position(|&(paused, _)| paused == node).unwrap_or_else(|| {
            self.pauses.push((node, Pause::default()));
            self.pauses.len() - 1
        });
        &mut self.pauses[at].1
    }

    fn resume(&mut self, node: NodeId, now_ms: u64) {
        let pause = self.pause(node);
        if let Some(since_ms) = pause.since_ms.take() {
            pause.total_ms += now_ms - since_ms;
        }
    }
}

/// Returns for how long `node` has been paused so far. Few nodes ever are.
fn paused_ms(pauses: &[(NodeId, Pause)], node: NodeId, now_ms: u64) -> u64 {
    let Some((_, pause)) = pauses.iter().find(|(paused, _)| *paused == node) else { return 0 };
    pause.total_ms + pause.since_ms.map_or(0, |since_ms| now_ms - since_ms)
}

/// Returns the time by which it must have ended, as known now.
fn bound_ms(pauses: &[(NodeId, Pause)], open: Open, now_ms: u64) -> u64 {
    let paused_for_ms = paused_ms(pauses, open.node, now_ms) - open.paused_ms;
    open.deadline_ms.saturating_add(SLACK_MS).saturating_add(paused_for_ms)
}

#[cold]
fn report_overdue(open: Open, bound_ms: u64, context: &Context<'_>, report: &mut Report) {
    let Open { part, node, request, .. } = open;
    let found = match part {
        Part::Request => format!("{request} should have been settled by now"),
        Part::Work => format!("{node} should have answered or dropped {request} by now"),
        Part::Call(call) => format!("{call} should have ended by now"),
    };
    let occurrence =
        Occurrence { at_ms: bound_ms, user: context.recent.user(request), event: None };
    report
        .add(&Settlement::ABOUT, occurrence, || story::overdue(request, bound_ms, found, context));
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I12;
    use crate::fixture::naive::settlement::{history, overdue};
    use crate::fixture::{GATEWAY, Tape};
    use crosswire_history::{Decline, Fact, Op, Outcome};
    use proptest::prelude::*;

    fn tape() -> Tape {
        let mut tape = Tape::new(Bounds::default());
        tape.at(100).issues(1, 3, Op::List, 5000).arrives(1, 3, Op::List, 4000);
        tape
    }

    #[test]
    fn what_ends_in_time_is_fine_and_counted() {
        let mut tape = tape();
        tape.at(4050).write(1, Fact::Dropped { why: Decline::Deadline });
        tape.at(5050).settles(1, Op::List, Outcome::TimedOut);
        let findings = tape.finish(60_000);
        assert!(findings.counts.is_empty());
        assert_eq!(findings.checked[&I12], 2);
    }

    #[test]
    fn what_ends_late_breaks_it_once() {
        let mut tape = tape();
        tape.at(4051).write(1, Fact::Replied { outcome: Outcome::Ok });
        tape.at(4052).settles(1, Op::List, Outcome::Ok);
        let findings = tape.finish(60_000);
        assert_eq!(findings.counts[&I12], 1);
        assert_eq!(findings.violations[0].at_ms, 4050);
        assert_eq!(findings.violations[0].user, Some(3));
    }

    #[test]
    fn what_never_ends_is_found_while_the_run_goes_on() {
        let mut tape = tape();
        tape.at(4500).issues(2, 4, Op::List, 9000);
        assert_eq!(tape.count(I12), 1, "the gateway's work");
        assert_eq!(tape.finish(5051).counts[&I12], 2, "and the request itself");
    }

    #[test]
    fn what_is_not_due_at_the_end_is_not_judged() {
        assert!(tape().finish(4050).counts.is_empty());
    }

    #[test]
    fn a_call_has_a_deadline_of_its_own() {
        let mut tape = tape();
        tape.at(200).gets(1, 8, "a").gets(1, 9, "b");
        tape.at(1250).ends(1, 8);
        tape.at(1251).ends(1, 9);
        let findings = tape.finish(1252);
        assert_eq!((findings.counts[&I12], findings.checked[&I12]), (1, 2));
    }

    #[test]
    fn a_node_that_dies_while_paused_is_paused_no_longer() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(100).on(GATEWAY, Fact::Paused).on(GATEWAY, Fact::Down);
        tape.at(200).on(GATEWAY, Fact::Up).arrives(1, 3, Op::List, 4000);
        assert_eq!(tape.finish(4051).counts[&I12], 1);
    }

    #[test]
    fn a_paused_node_stops_the_clock_of_what_runs_on_it() {
        let mut tape = tape();
        tape.at(1000).on(GATEWAY, Fact::Paused);
        tape.at(3000).on(GATEWAY, Fact::Resumed);
        tape.at(6050).write(1, Fact::Replied { outcome: Outcome::Ok });
        assert_eq!(tape.count(I12), 1, "the phone was not paused");
        assert_eq!(tape.finish(7000).violations[0].at_ms, 5050);
    }
    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(history in history(), more_ms in 0_u64..400) {
            let end_ms = history.last().map_or(0, |entry| entry.at_ms) + more_ms;
            let findings = Tape::new(Bounds::default()).play(&history).finish(end_ms);
            let (overdue, checked) = overdue(&history, end_ms);
            prop_assert_eq!(findings.counts.get(&I12).copied().unwrap_or(0), overdue);
            prop_assert_eq!(findings.checked[&I12], checked);
        }
    }
}
