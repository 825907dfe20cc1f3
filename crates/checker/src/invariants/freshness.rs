//! I5: once a change was acknowledged and the declared bound has passed, the value from before it
//! is not returned any more; and when all is at rest, cache and directory agree.
//!
//! The bytes of a value show its age: the commit of the directory as of which it was read before it
//! was written. An invalidation carries the commit of the change that caused it, and counts from
//! when the gateway has confirmed the change to its sender. The service declares how long it
//! may be stale after that. What a client has itself deleted or overwritten it may never return
//! again, see [`super::own_writes`]; and what is deleted, a client that offers invalidations names,
//! see [`super::announced`].

use super::announced::Announced;
use super::invariant::Invariant;
use super::own_writes::OwnWrites;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::evidence::Acked;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{CallId, Entry, Fact, KeyId, Outcome, RequestId, Returned};
use std::collections::BTreeMap;

#[derive(Default)]
pub(crate) struct Freshness {
    /// Invalidations by requests that are not answered yet, with their commits.
    waiting: BTreeMap<RequestId, Vec<(KeyId, u64)>>,
    /// The acknowledged invalidations of each key, by time.
    acked: BTreeMap<KeyId, Vec<Acked>>,
    own_writes: OwnWrites,
    announced: Announced,
    checked: u64,
}

impl Invariant for Freshness {
    const ABOUT: About = About {
        id: InvariantId::I5,
        name: "freshness",
        summary: "no value is older than an invalidation acknowledged longer ago than the declared bound, or than an acknowledged write of the client itself",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        self.own_writes.observe(&Self::ABOUT, entry, context, report);
        self.announced.observe(&Self::ABOUT, entry, context, report);
        match entry.what {
            Fact::Value { call, asked, returned }
                if returned.as_of > 0 && !context.bounds.own_service =>
            {
                self.value(entry, (call, asked), returned, context, report);
            }
            Fact::Invalidated { key, commit, .. } if commit > 0 => {
                self.waiting.entry(entry.request).or_default().push((key, commit));
            }
            Fact::Replied { outcome } if !self.waiting.is_empty() => {
                self.answered(entry, outcome == Outcome::Ok, context);
            }
            Fact::Dropped { .. } if !self.waiting.is_empty() => {
                self.answered(entry, false, context);
            }
            Fact::AtRest { untrue_ms, .. } => self.at_rest(entry, untrue_ms, context, report),
            _ => {}
        }
    }

    fn checked(&self) -> u64 {
        self.checked + self.own_writes.checked() + self.announced.checked()
    }
}

impl Freshness {
    fn value(
        &mut self,
        entry: &Entry,
        (call, key): (CallId, KeyId),
        returned: Returned,
        context: &Context<'_>,
        report: &mut Report,
    ) {
        // A value that was written for another key is I3's concern, and its age says nothing.
        if returned.written_for != Some(key) {
            return;
        }
        let Some(acked) = self.acked.get(&key) else { return };
        // A history that is read from a file may begin in the middle of a call.
        let Some(open) = context.recent.call(call) else { return };
        let bound_ms = context.bounds.freshness_ms;
        let ripe = |acked: &&Acked| acked.at_ms.saturating_add(bound_ms) < open.began_ms;
        let Some(latest) = acked.iter().filter(ripe).max_by_key(|acked| acked.commit) else {
            return;
        };
        self.checked += 1;
        if returned.as_of < latest.commit {
            let user = context.recent.user(entry.request);
            let occurrence = Occurrence { at_ms: entry.at_ms, user, event: None };
            report.add(&Self::ABOUT, occurrence, || story::stale(entry, *latest, context));
        }
    }

    /// Ends a gateway's work on a request, and acknowledges the invalidations that were part of it
    /// if it ended well.
    fn answered(&mut self, entry: &Entry, well: bool, context: &Context<'_>) {
        let Some(keys) = self.waiting.remove(&entry.request) else { return };
        if !well {
            return;
        }
        let open_ms = context.recent.first_call().map_or(entry.at_ms, |open| open.began_ms);
        let ripe_ms = open_ms.saturating_sub(context.bounds.freshness_ms);
        for (key, commit) in keys {
            let (at_ms, request) = (entry.at_ms, entry.request);
            let acked = self.acked.entry(key).or_default();
            acked.push(Acked { at_ms, commit, request });
            // For every call that is open or will be, the latest commit that is ripe implies the
            // ones before it.
            let ripe = |acked: &&Acked| acked.at_ms < ripe_ms;
            if let Some(&best) = acked.iter().filter(ripe).max_by_key(|acked| acked.commit) {
                acked.retain(|acked| acked.commit > best.commit);
                acked.push(best);
            }
        }
    }

    fn at_rest(
        &mut self,
        entry: &Entry,
        untrue_ms: Option<u64>,
        context: &Context<'_>,
        report: &mut Report,
    ) {
        self.checked += 1;
        let bound_ms = context.bounds.freshness_ms;
        let Some(untrue_ms) = untrue_ms else { return };
        if untrue_ms.saturating_add(bound_ms) >= entry.at_ms {
            return;
        }
        let occurrence = Occurrence { at_ms: entry.at_ms, ..Occurrence::default() };
        report.add(&Self::ABOUT, occurrence, || story::stale_at_rest(entry, untrue_ms, context));
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I5;
    use crate::fixture::naive::freshness::{BOUND_MS, history, stale};
    use crate::fixture::{GATEWAY, HARNESS, Reply, Tape};
    use crosswire_history::{CacheOp, Fact, KeyId, Op, Outcome};
    use proptest::prelude::*;

    /// Acknowledges, at 1.000, the change of commit 7, which request 3 made.
    fn tape() -> Tape {
        tape_of(Bounds { freshness_ms: 500, ..Bounds::default() })
    }

    fn tape_of(bounds: Bounds) -> Tape {
        let mut tape = Tape::new(bounds);
        tape.at(990).has_forgotten(3, "k", 7);
        tape.at(1000).write(3, Fact::Replied { outcome: Outcome::Ok });
        tape
    }

    fn gets(tape: &mut Tape, (began_ms, at_ms): (u64, u64), as_of: u64) -> u64 {
        tape.at(began_ms).gets(1, 5, "k");
        tape.at(at_ms).returns(5, "k", Reply::to(5).written_for("k").as_of(as_of)).ends(1, 5);
        tape.count(I5)
    }

    #[test]
    fn a_value_from_before_is_stale_once_the_bound_has_passed() {
        let mut tape = tape();
        assert_eq!(gets(&mut tape, (1500, 1501), 6), 0, "the call began within the bound");
        assert_eq!(gets(&mut tape, (1501, 1501), 7), 0, "read when the change was made");
        assert_eq!(gets(&mut tape, (1501, 1501), 6), 1);
        assert_eq!(tape.finish(2000).checked[&I5], 2);
    }

    #[test]
    fn what_it_cannot_know_it_does_not_judge() {
        let bounds = Bounds { own_service: true, freshness_ms: 500, ..Bounds::default() };
        assert_eq!(gets(&mut tape_of(bounds), (1501, 1501), 6), 0, "who read it is unknown");
        let mut tape = tape();
        assert_eq!(gets(&mut tape, (2000, 2000), 0), 0, "its age is unknown");
        tape.at(2000).gets(1, 6, "k").returns(6, "k", Reply::to(6).written_for("j").as_of(1));
        tape.gets(1, 8, "j").returns(8, "j", Reply::to(8).written_for("j").as_of(1));
        assert_eq!(tape.count(I5), 0, "another key's value, and another key");
        assert_eq!(tape.finish(3000).checked[&I5], 0);
    }

    /// Request 2 begins at 0.900, before the change, and is over long before its write arrives.
    #[test]
    fn a_write_that_the_network_held_too_long_extends_the_bound() {
        let tape = |loses_messages| {
            let bounds = Bounds { freshness_ms: 500, in_flight_ms: 300, ..Bounds::default() };
            let mut tape = Tape::new(Bounds { loses_messages, ..bounds });
            tape.at(900).arrives(2, 2, Op::List, 1200);
            tape.at(990).has_forgotten(3, "k", 7);
            tape.at(1000).write(3, Fact::Replied { outcome: Outcome::Ok });
            tape.at(1280).sets(2, 1, "k");
            tape
        };
        let mut held = tape(true);
        assert_eq!(gets(&mut held, (1580, 1580), 6), 0, "380 ms on its way: 80 more");
        assert_eq!(gets(&mut held, (1581, 1581), 6), 1);
        assert_eq!(gets(&mut tape(false), (1501, 1501), 6), 1, "the network lost nothing");
    }

    /// As above, but the request and the call are over when the write arrives, so the entry names
    /// the call alone.
    #[test]
    fn a_write_whose_call_is_over_extends_the_bound_unless_the_client_sent_it_late() {
        let tape = |sent_late| {
            let bounds = Bounds { freshness_ms: 500, in_flight_ms: 300, ..Bounds::default() };
            let mut tape = Tape::new(Bounds { loses_messages: true, ..bounds });
            tape.at(900).arrives(2, 2, Op::List, 1200).calls(2, 1, CacheOp::Set, "k", 1);
            tape.at(990).has_forgotten(3, "k", 7).fails(2, 1);
            tape.at(1000).write(3, Fact::Replied { outcome: Outcome::Ok });
            tape.at(1280);
            if sent_late {
                tape.sends_late(GATEWAY, 1);
            }
            tape.writes_for(1, "k");
            tape
        };
        let mut held = tape(false);
        assert_eq!(gets(&mut held, (1580, 1580), 6), 0, "380 ms on its way: 80 more");
        assert_eq!(gets(&mut held, (1581, 1581), 6), 1);
        assert_eq!(gets(&mut tape(true), (1501, 1501), 6), 1, "the client held it up");
    }

    #[test]
    fn only_what_was_acknowledged_counts() {
        let endings = [
            Fact::Replied { outcome: Outcome::Failed },
            Fact::Dropped { why: crosswire_history::Decline::Deadline },
        ];
        for end in endings {
            let mut tape = Tape::new(Bounds { freshness_ms: 500, ..Bounds::default() });
            tape.at(990).has_forgotten(3, "k", 7);
            tape.at(1000).write(3, end).write(3, Fact::Replied { outcome: Outcome::Ok });
            assert_eq!(gets(&mut tape, (9000, 9000), 6), 0);
        }
    }

    #[test]
    fn a_younger_invalidation_does_not_excuse_what_an_older_one_ended() {
        let mut tape = tape();
        tape.at(1490).has_forgotten(4, "k", 9).write(4, Fact::Replied { outcome: Outcome::Ok });
        assert_eq!(gets(&mut tape, (1600, 1600), 8), 0);
        assert_eq!(gets(&mut tape, (1600, 1600), 6), 1);
    }

    #[test]
    fn an_entry_at_rest_may_be_untrue_for_as_long_as_the_bound() {
        let mut tape = Tape::new(Bounds { freshness_ms: 500, ..Bounds::default() });
        tape.at(9000);
        for untrue_ms in [None, Some(8500), Some(8499)] {
            tape.on(HARNESS, Fact::AtRest { key: KeyId(0), as_of: 1, untrue_ms });
        }
        assert_eq!(tape.count(I5), 1);
        assert_eq!(tape.finish(9000).checked[&I5], 3);
    }

    #[test]
    fn it_forgets_invalidations_that_a_later_one_implies() {
        let mut freshness = super::Freshness::default();
        let mut tape = tape();
        for commit in 10..1000 {
            let ok = Fact::Replied { outcome: Outcome::Ok };
            tape.at(commit * 100).has_forgotten(4, "k", commit).write(4, ok);
        }
        tape.judge_with(&mut freshness);
        // The bound is 4 s here, so 40 of them are not ripe.
        assert!(freshness.acked.values().all(|acked| acked.len() < 50));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(history in history()) {
            let mut tape = Tape::new(Bounds { freshness_ms: BOUND_MS, ..Bounds::default() });
            tape.play(&history);
            let (stale, checked) = stale(&history);
            let findings = tape.finish(1_000_000);
            prop_assert_eq!(findings.counts.get(&I5).copied().unwrap_or(0), stale);
            prop_assert_eq!(findings.checked[&I5], checked);
        }
    }
}
