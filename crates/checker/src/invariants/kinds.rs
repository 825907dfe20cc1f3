//! I13, third part: no kind of request fails always.
//!
//! A kind is an operation of phones or of cameras. A kind that always fails may be too rare to show
//! in the share of all requests that end well. It breaks the promise if, from the bound on, it was
//! asked for at least [`MIN_REQUESTS`] times over at least [`MIN_SPAN_MS`] by senders who had a
//! right to it, and never once ended well. Where 19 of 20 requests end well, as the default of
//! `recovery.goodput` has it, ten failures in a row are as likely as one in 10^13; failures that
//! have one cause, such as a busy second, are over sooner than the span.
//!
//! A request that its user gave up says nothing about the service, nor does a dishonest one.

use super::rights::Rights;
use crate::about::About;
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, Fact, Op, Outcome, Principal};
use std::collections::BTreeMap;

/// The minimum number of requests of a kind; with fewer, failures are no sign.
pub(super) const MIN_REQUESTS: u64 = 10;

/// The minimum time from the first of these requests to the last.
pub(super) const MIN_SPAN_MS: u64 = 4_000;

/// The kinds of requests, and how they ended since the service should have recovered.
#[derive(Default)]
pub(super) struct Kinds {
    rights: Rights,
    /// By operation, and by whether a camera asks.
    ends: BTreeMap<(Op, bool), Ends>,
}

/// How the requests of a kind ended.
#[derive(Clone, Copy)]
struct Ends {
    /// One of them ended well.
    well: bool,
    failed: u64,
    first_ms: u64,
    /// The latest failure.
    last: Entry,
}

impl Kinds {
    #[inline]
    pub(super) fn observe(&mut self, entry: &Entry, context: &Context<'_>) {
        match entry.what {
            Fact::Captured { .. } => self.rights.observe(entry),
            Fact::Settled { op, outcome } if entry.at_ms >= context.bounds.recovered_ms() => {
                self.settled(entry, op, outcome, context);
            }
            _ => {}
        }
    }

    fn settled(&mut self, entry: &Entry, op: Op, outcome: Outcome, context: &Context<'_>) {
        let Some(request) = context.recent.get(entry.request) else { return };
        if request.dishonest || outcome == Outcome::GaveUp {
            return;
        }
        let kind = (op, matches!(request.by, Principal::Device(_)));
        let new = Ends { well: false, failed: 0, first_ms: entry.at_ms, last: *entry };
        if outcome == Outcome::Ok {
            self.ends.entry(kind).or_insert(new).well = true;
            return;
        }
        let in_time = request.began_ms >= context.bounds.recovered_ms();
        if in_time && self.rights.is_entitled(request, op, entry.at_ms, context) {
            let ends = self.ends.entry(kind).or_insert(new);
            ends.failed += 1;
            ends.last = *entry;
        }
    }

    /// Reports each kind that never ended well as a violation of `about`.
    pub(super) fn finish(&self, about: &About, context: &Context<'_>, report: &mut Report) {
        for (&(op, of_cameras), ends) in &self.ends {
            let Ends { well, failed, first_ms, last } = *ends;
            if well || failed < MIN_REQUESTS || last.at_ms < first_ms + MIN_SPAN_MS {
                continue;
            }
            let occurrence = Occurrence { at_ms: last.at_ms, ..Occurrence::default() };
            let senders = if of_cameras { "cameras" } else { "phones" };
            let text = format!(
                "none of {failed} requests of {senders} {}, sent since {} by those who may, ended \
                 well",
                op.purpose(),
                story::seconds(context.bounds.recovered_ms()),
            );
            report.add(about, occurrence, || story::never_well(&last, text, context));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MIN_REQUESTS, MIN_SPAN_MS};
    use crate::Bounds;
    use crate::InvariantId::I13;
    use crate::fixture::{Tape, event, person};
    use crosswire_history::{EventId, Fact, Op, Outcome, Subject, Trick};

    const VIDEO: EventId = event(17, 1);

    /// From 10.000 on, the service has recovered. Camera 17 is user 1's.
    fn tape() -> Tape {
        let mut tape = Tape::new(Bounds {
            faults_end_ms: 5000,
            recover_within_ms: 5000,
            freshness_ms: 2000,
            goodput: 0.0,
            ..Bounds::default()
        });
        tape.at(0).claims(1, 17).at(500).captures(VIDEO);
        tape
    }

    /// Asks `times` for a video, over `span_ms`, each with this outcome.
    fn asks(tape: &mut Tape, user: u32, (times, span_ms): (u64, u64), outcome: Outcome) {
        for nth in 0..times {
            tape.at(20_000 + span_ms * nth / (times - 1).max(1));
            let subject = Subject::Event { event: VIDEO };
            tape.asks_about(70, person(user), Op::Video, subject);
            tape.settles(70, Op::Video, outcome);
        }
    }

    fn found(tape: &mut Tape) -> u64 {
        tape.finish(60_000).counts.get(&I13).copied().unwrap_or(0)
    }

    const ENOUGH: (u64, u64) = (MIN_REQUESTS, MIN_SPAN_MS);

    #[test]
    fn a_kind_that_always_fails_breaks_it() {
        for outcome in [Outcome::Failed, Outcome::TimedOut, Outcome::Refused, Outcome::Reset] {
            let mut tape = tape();
            asks(&mut tape, 1, ENOUGH, outcome);
            // Other kinds end well.
            tape.asks_about(71, person(1), Op::List, Subject::Oneself);
            tape.settles(71, Op::List, Outcome::Ok);
            let findings = tape.finish(60_000);
            assert_eq!(findings.counts[&I13], 1, "{outcome:?}");
            let story = findings.violations[0].story.join("\n");
            assert!(story.contains("none of 10 requests of phones for a video"), "{story}");
            assert!(story.contains("user-1 asks gateway-1 for a video (request-70)"), "{story}");
        }
    }

    #[test]
    fn one_good_end_keeps_it() {
        let mut tape = tape();
        asks(&mut tape, 1, (1, 0), Outcome::Ok);
        asks(&mut tape, 1, ENOUGH, Outcome::Failed);
        assert_eq!(found(&mut tape), 0);
    }

    #[test]
    fn few_requests_or_a_short_time_show_nothing() {
        for (times, span_ms) in [(MIN_REQUESTS - 1, MIN_SPAN_MS), (50, MIN_SPAN_MS - 1)] {
            let mut tape = tape();
            asks(&mut tape, 1, (times, span_ms), Outcome::Failed);
            assert_eq!(found(&mut tape), 0, "{times} in {span_ms}");
        }
    }

    #[test]
    fn a_sender_without_a_right_a_user_who_gives_up_and_a_dishonest_device_show_nothing() {
        let mut stranger = tape();
        asks(&mut stranger, 9, ENOUGH, Outcome::Failed);
        assert_eq!(found(&mut stranger), 0);
        let mut impatient = tape();
        asks(&mut impatient, 1, ENOUGH, Outcome::GaveUp);
        assert_eq!(found(&mut impatient), 0);
        let mut dishonest = tape();
        for nth in 0..50 {
            dishonest.at(20_000 + nth * 1_000);
            let subject = Subject::Event { event: VIDEO };
            dishonest.asks_about(70, person(1), Op::Video, subject);
            let (trick, authenticated) = (Trick::OldEvent, true);
            dishonest.write(70, Fact::Dishonest { trick, event: VIDEO, authenticated });
            dishonest.settles(70, Op::Video, Outcome::Failed);
        }
        assert_eq!(found(&mut dishonest), 0);
    }
}
