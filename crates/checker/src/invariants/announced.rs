//! I5, third part: a client that offers invalidations names what was deleted.
//!
//! Once a `del` of a key has ended well and a cache has removed the key for it, an answer to "which
//! keys have changed" that a gateway's client begins later names the key, unless an earlier answer
//! has named it since the `del` began, or had to admit that any key may have changed. A key that
//! bears another name on the wire is not judged: the cache may have removed something else.

use crate::about::About;
use crate::context::Context;
use crate::evidence::{Order, OwnWrite};
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{CacheOp, CallId, CallOutcome, Entry, Fact, KeyId, NodeId, Offer};
use std::collections::{BTreeMap, BTreeSet};

/// What the client of one gateway has still to name.
#[derive(Default)]
struct Feed {
    /// The latest delete of each key that it has not named since.
    owed: BTreeMap<KeyId, OwnWrite>,
    /// When it last named each key.
    named: BTreeMap<KeyId, Order>,
    /// When it last answered that any key may have changed.
    any: Order,
}

#[derive(Default)]
pub(super) struct Announced {
    feeds: BTreeMap<NodeId, Feed>,
    /// The open deletes for which a cache has removed their key.
    removed: BTreeSet<CallId>,
    checked: u64,
}

impl Announced {
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
        if let Fact::Offered { offer: Offer::Invalidations } = entry.what {
            // A process that starts has a new client, whose first answer covers all before it.
            self.feeds.insert(entry.node, Feed::default());
        }
        if self.feeds.is_empty() {
            return;
        }
        let now = context.recent.order();
        match entry.what {
            Fact::Executed { op: CacheOp::Del, call, key, hit: true, .. }
                if context.recent.call(call).is_some_and(|open| open.key == key) =>
            {
                self.removed.insert(call);
            }
            Fact::NamedChanged { key, .. } => {
                let feed = self.feeds.entry(entry.node).or_default();
                feed.named.insert(key, now);
                feed.owed.remove(&key);
            }
            Fact::AnyChanged { .. } => {
                let feed = self.feeds.entry(entry.node).or_default();
                feed.owed.clear();
                feed.any = now;
            }
            Fact::CallEnded { call, outcome } => {
                self.ended(about, entry, (call, outcome), context, report);
            }
            _ => {}
        }
    }

    fn ended(
        &mut self,
        about: &About,
        entry: &Entry,
        (call, outcome): (CallId, CallOutcome),
        context: &Context<'_>,
        report: &mut Report,
    ) {
        let removed = self.removed.remove(&call);
        // A history that is read from a file may begin in the middle of a call.
        let Some(open) = context.recent.call(call) else { return };
        match (open.op, outcome) {
            (CacheOp::Del, CallOutcome::Hit) if removed => {
                let (began, ended) = (open.order, context.recent.order());
                let own = OwnWrite { call, began, ended, ended_ms: entry.at_ms };
                for feed in self.feeds.values_mut() {
                    let named = feed.named.get(&open.key).copied().unwrap_or(0);
                    if named.max(feed.any) < began {
                        feed.owed.insert(open.key, own);
                    }
                }
            }
            (CacheOp::Changes, CallOutcome::Hit | CallOutcome::Miss) => {
                let Some(feed) = self.feeds.get_mut(&entry.node) else { return };
                let due = feed.owed.extract_if(.., |_, own| own.ended < open.order);
                let user = context.recent.user(entry.request);
                for (key, own) in due {
                    self.checked += 1;
                    let occurrence = Occurrence { at_ms: entry.at_ms, user, event: None };
                    report.add(about, occurrence, || {
                        story::unannounced(entry, call, (key, own), context)
                    });
                }
                self.checked += 1;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I5;
    use crate::fixture::{GATEWAY, Tape};
    use crosswire_history::{CacheOp, CallId, Fact, Offer};

    /// A client that offers invalidations has answered once. Then call 20 deletes `k`, which a
    /// cache carries out, and ends well.
    fn tape() -> Tape {
        let mut tape = Tape::new(Bounds::default());
        tape.on(GATEWAY, Fact::Offered { offer: Offer::Invalidations });
        asks(tape.at(100), 10, |tape| {
            tape.on(GATEWAY, Fact::AnyChanged { call: CallId(10) });
        });
        tape.at(200).calls(1, 20, CacheOp::Del, "k", 1);
        tape.at(201).executes_op(1, 7, 20, "k", CacheOp::Del, true).at(202).ends(1, 20);
        tape
    }

    fn asks(tape: &mut Tape, call: u32, answers: impl Fn(&mut Tape)) {
        tape.calls(2, call, CacheOp::Changes, "", 1);
        answers(tape);
        tape.ends(2, call);
    }

    fn names(tape: &mut Tape, call: u32, key: &str) {
        let key = tape.key(key);
        tape.on(GATEWAY, Fact::NamedChanged { call: CallId(call), key });
    }

    #[test]
    fn what_was_deleted_is_named() {
        let mut tape = tape();
        asks(tape.at(300), 30, |tape| names(tape, 30, "k"));
        asks(tape.at(400), 40, |_| {});
        assert_eq!(tape.count(I5), 0);
    }

    #[test]
    fn a_client_that_names_other_keys_is_caught_once() {
        let mut tape = tape();
        asks(tape.at(300), 30, |tape| names(tape, 30, "other"));
        asks(tape.at(400), 40, |_| {});
        assert_eq!(tape.count(I5), 1);
        let story = tape.finish(500).violations[0].story.join("\n");
        insta::assert_snapshot!(story, @r#"
        0.200 gateway-1 has the cache forget "k": call-20
        0.201 cache-0 removes "k" for call-20, which ends well
        0.300 gateway-1 asks its client which keys have changed: call-30
        0.300 call-30 names one key, and not "k"
        "#);
    }

    #[test]
    fn a_client_may_say_that_it_does_not_know() {
        let mut tape = tape();
        asks(tape.at(300), 30, |tape| {
            tape.on(GATEWAY, Fact::AnyChanged { call: CallId(30) });
        });
        asks(tape.at(400), 40, |_| {});
        assert_eq!(tape.count(I5), 0);
    }

    #[test]
    fn an_answer_that_was_begun_before_the_delete_ended_may_leave_it_to_the_next() {
        let mut tape = tape();
        tape.at(300).calls(2, 30, CacheOp::Changes, "", 1).calls(1, 31, CacheOp::Del, "j", 1);
        tape.executes_op(1, 7, 31, "j", CacheOp::Del, true).ends(1, 31);
        names(&mut tape, 30, "k");
        tape.ends(2, 30);
        assert_eq!(tape.count(I5), 0);
        asks(tape.at(400), 40, |_| {});
        assert_eq!(tape.count(I5), 1);
    }

    #[test]
    fn a_delete_of_nothing_and_one_under_another_name_need_not_be_named() {
        let mut tape = tape();
        names(&mut tape, 21, "k");
        tape.at(300).calls(1, 31, CacheOp::Del, "i", 1).calls(1, 32, CacheOp::Del, "j", 1);
        tape.executes_op(1, 7, 31, "i", CacheOp::Del, false).ends(1, 31);
        tape.executes_op(1, 7, 32, "renamed", CacheOp::Del, true).ends(1, 32);
        asks(tape.at(400), 40, |_| {});
        assert_eq!(tape.count(I5), 0);
    }

    #[test]
    fn a_client_of_a_new_process_owes_nothing() {
        let mut tape = tape();
        tape.on(GATEWAY, Fact::Offered { offer: Offer::Invalidations });
        asks(tape.at(300), 30, |_| {});
        assert_eq!(tape.count(I5), 0);
    }
}
