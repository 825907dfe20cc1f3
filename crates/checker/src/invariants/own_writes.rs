//! I5, second part: what a client has itself deleted or overwritten it does not return again.
//!
//! Once a gateway's `del` or `set` of a key has ended well, a read of that key which the same
//! gateway begins later does not return what had been written before that `del` or `set` began. No
//! bound excuses this: nothing in flight can bring an older value back, unless its write is carried
//! out again meanwhile, which the servers' edges see. A write that the client sent again after the
//! time of its call was up was not in flight: what a call sends it sends in its time. A read that
//! joins one already in flight may still return the answer to that one, if the client declares that
//! reads join.

use crate::about::About;
use crate::context::Context;
use crate::evidence::{Order, OwnWrite};
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{
    CacheOp, CallId, CallOutcome, CommandId, Entry, Fact, KeyId, NodeId, Returned, Sent,
};
use std::collections::BTreeMap;

/// The number of writes that are remembered with when they were last carried out: all of some
/// seconds of a storm. Nothing is concluded from an older one.
const CAPACITY: u32 = 1 << 14;

/// A write, and when its commands were carried out.
#[derive(Clone, Copy)]
struct CarriedOut {
    call: CallId,
    /// The last time a command sent in the time of the call was carried out; 0 if none was.
    in_time: Order,
    /// The gateway that has sent a command later, if one has. That excuses the clients of the
    /// others.
    late_by: Option<NodeId>,
}

#[derive(Default)]
pub(super) struct OwnWrites {
    /// The first call of the run. A write with a lower number is from before the run.
    first: Option<CallId>,
    /// The latest writes, and when they were last carried out.
    carried_out: Vec<Option<CarriedOut>>,
    /// The latest command that was sent after the time of its call, and the gateway that did so.
    sent_late: Option<(CommandId, NodeId)>,
    latest: BTreeMap<(NodeId, KeyId), OwnWrite>,
    checked: u64,
}

impl OwnWrites {
    /// Returns how often it was really tested.
    pub(super) fn checked(&self) -> u64 {
        self.checked
    }

    /// Looks at an entry, and reports what it finds as a violation of `about`.
    #[inline]
    pub(super) fn observe(
        &mut self,
        about: &About,
        entry: &Entry,
        context: &Context<'_>,
        report: &mut Report,
    ) {
        match entry.what {
            Fact::CallBegan { call, .. } => drop(self.first.get_or_insert(call)),
            Fact::CallEnded { call, outcome: CallOutcome::Hit } => self.ended(entry, call, context),
            Fact::SentLate { command, .. } => self.sent_late = Some((command, entry.node)),
            Fact::Executed { op: CacheOp::Set, command, call, .. } if call != CallId(0) => {
                let late_by = match self.sent_late {
                    Some((late, gateway)) if late == command => Some(gateway),
                    _ => None,
                };
                let slot = crate::list::slot(&mut self.carried_out, call.0 % CAPACITY);
                let mut known = match *slot {
                    Some(known) if known.call == call => known,
                    _ => CarriedOut { call, in_time: 0, late_by },
                };
                if late_by.is_none() || known.late_by.is_some_and(|other| Some(other) != late_by) {
                    known.in_time = context.recent.order();
                }
                known.late_by = late_by.or(known.late_by);
                *slot = Some(known);
            }
            Fact::Value { call, asked, returned } => {
                self.value(about, entry, (call, asked, returned), context, report);
            }
            _ => {}
        }
    }

    fn ended(&mut self, entry: &Entry, call: CallId, context: &Context<'_>) {
        // A history that is read from a file may begin in the middle of a call.
        let Some(open) = context.recent.call(call) else { return };
        if matches!(open.op, CacheOp::Set | CacheOp::Del) {
            let (began, ended) = (open.order, context.recent.order());
            let own = OwnWrite { call, began, ended, ended_ms: entry.at_ms };
            let latest = self.latest.entry((entry.node, open.key)).or_insert(own);
            // Of two that overlap, the one that began last rules out more.
            if latest.began < began {
                *latest = own;
            }
        }
    }

    fn value(
        &mut self,
        about: &About,
        entry: &Entry,
        (call, asked, returned): (CallId, KeyId, Returned),
        context: &Context<'_>,
        report: &mut Report,
    ) {
        // A value that was written for another key is I3's concern, and its age says nothing.
        if returned.written_for != Some(asked) || returned.sent == Sent::Joined {
            return;
        }
        let Some(&own) = self.latest.get(&(entry.node, asked)) else { return };
        // A history that is read from a file may begin in the middle of a call.
        let Some(open) = context.recent.call(call) else { return };
        // A number was written by no call, and its own check is that of I3 and I4.
        if open.op == CacheOp::Incr {
            return;
        }
        if open.order < own.ended || returned.written_by == own.call {
            return;
        }
        let Some(written) = self.written(returned.written_by, entry.node) else { return };
        self.checked += 1;
        if written < own.began && returned.written_by < own.call {
            let user = context.recent.user(entry.request);
            let occurrence = Occurrence { at_ms: entry.at_ms, user, event: None };
            report.add(about, occurrence, || story::outlived(entry, own, context));
        }
    }

    /// Returns when a write was last carried out, as far as that excuses the client of a gateway; 0
    /// if that was before the run, `None` if it is unknown.
    fn written(&self, write: CallId, gateway: NodeId) -> Option<Order> {
        if self.first.is_some_and(|first| write < first) {
            return Some(0);
        }
        let kept = (*self.carried_out.get((write.0 % CAPACITY) as usize)?)?;
        // What another gateway has sent late may have been carried out at any time.
        let excused = kept.late_by.is_some_and(|other| other != gateway);
        if kept.call == write && !excused { Some(kept.in_time) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I5;
    use crate::fixture::{GATEWAY, Reply, Tape};
    use crosswire_history::{CacheOp, NodeId, NodeKind, Sent};

    /// Writes `k` with call 10, which the cache carries out; then deletes it with call 20, which
    /// ends well.
    fn tape() -> Tape {
        let mut tape = Tape::new(Bounds::default());
        tape.at(100).calls(1, 10, CacheOp::Set, "k", 1).writes_for(10, "k").ends(1, 10);
        tape.at(200).calls(1, 20, CacheOp::Del, "k", 1).at(201).ends(1, 20);
        tape
    }

    fn reads(tape: &mut Tape, call: u32, reply: Reply) -> u64 {
        tape.gets(1, call, "k").returns(call, "k", reply.written_for("k")).ends(1, call);
        tape.count(I5)
    }

    #[test]
    fn what_a_client_has_deleted_it_does_not_return() {
        let mut tape = tape();
        assert_eq!(reads(tape.at(202), 30, Reply::default().written_by(10)), 1);
        let story = tape.finish(300).violations[0].story.join("\n");
        insta::assert_snapshot!(story, @r#"
        0.100 cache-0 stores a value of "k" for call-10
        0.100 call-10 writes that value of "k"; the client keeps it
        0.200 gateway-1 has the cache forget "k": call-20
        0.201 call-20 ends well, though no cache has carried it out: "k" should no longer hold that value
        0.202 gateway-1 looks up "k" in the cache: call-30
        0.202 no cache has answered call-30, which returns at once: its value is out of the client's memory
        0.202 call-30 returns the value of "k" that call-10 wrote
        "#);
    }

    #[test]
    fn nor_what_was_there_before_the_run() {
        let mut tape = tape();
        assert_eq!(reads(tape.at(202), 30, Reply::default().written_by(3)), 1);
    }

    #[test]
    fn a_write_that_began_before_a_delete_and_ends_after_it_excuses_nothing() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(100).calls(1, 10, CacheOp::Set, "k", 1).writes_for(10, "k");
        tape.at(110).calls(1, 20, CacheOp::Del, "k", 1).at(112).ends(1, 20);
        tape.at(115).ends(1, 10);
        assert_eq!(reads(tape.at(120), 30, Reply::default().written_by(10)), 1);
    }

    #[test]
    fn a_read_that_began_before_the_delete_ended_may_return_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(100).calls(1, 10, CacheOp::Set, "k", 1).writes_for(10, "k").ends(1, 10);
        tape.at(200).calls(1, 20, CacheOp::Del, "k", 1).gets(1, 30, "k").ends(1, 20);
        tape.at(202).returns(30, "k", Reply::to(30).written_by(10).written_for("k"));
        assert_eq!(tape.count(I5), 0);
    }

    #[test]
    fn a_read_that_joins_an_earlier_one_may_return_it() {
        let mut tape = tape();
        let joined = Reply::to(9).written_by(10).sent(Sent::Joined);
        assert_eq!(reads(tape.at(202), 30, joined), 0);
    }

    #[test]
    fn a_delete_that_failed_promises_nothing() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(100).calls(1, 10, CacheOp::Set, "k", 1).writes_for(10, "k").ends(1, 10);
        tape.at(200).calls(1, 20, CacheOp::Del, "k", 1).at(201).fails(1, 20);
        assert_eq!(reads(tape.at(202), 30, Reply::to(30).written_by(10)), 0);
    }

    #[test]
    fn a_write_that_is_carried_out_again_later_is_a_new_one() {
        let mut tape = tape();
        tape.at(210).writes_for(10, "k");
        assert_eq!(reads(tape.at(220), 30, Reply::to(30).written_by(10)), 0);
        assert_eq!(tape.finish(300).checked[&I5], 1);
    }

    #[test]
    fn a_write_that_the_client_sends_again_after_its_time_is_no_new_one() {
        let again = |gateway: NodeId| {
            let mut tape = tape();
            tape.sends_late(gateway, 10).writes_for(10, "k");
            reads(tape.at(220), 30, Reply::to(30).written_by(10))
        };
        assert_eq!(again(GATEWAY), 1);
        let other = NodeId::new(NodeKind::Gateway, 7);
        assert_eq!(again(other), 0, "another gateway's client did that");
    }

    #[test]
    fn a_write_that_came_only_after_its_time_is_older_than_a_later_delete_alone() {
        let reads_back = |delete: u32| {
            let mut tape = Tape::new(Bounds::default());
            let write = |tape: &mut Tape| {
                tape.calls(1, 10, CacheOp::Set, "k", 1).fails(1, 10);
            };
            let deletes = |tape: &mut Tape| {
                tape.calls(1, delete, CacheOp::Del, "k", 1).ends(1, delete);
            };
            tape.at(100);
            if delete < 10 {
                deletes(&mut tape);
                write(&mut tape);
            } else {
                write(&mut tape);
                deletes(&mut tape);
            }
            tape.at(900).sends_late(GATEWAY, 10).writes_for(10, "k");
            reads(tape.at(950), 30, Reply::to(30).written_by(10))
        };
        assert_eq!((reads_back(9), reads_back(20)), (0, 1));
    }

    #[test]
    fn a_write_that_no_server_is_known_to_have_seen_is_not_judged() {
        let mut tape = tape();
        assert_eq!(reads(tape.at(202), 30, Reply::to(30).written_by(17)), 0);
        assert_eq!(tape.finish(300).checked[&I5], 0);
    }
}
