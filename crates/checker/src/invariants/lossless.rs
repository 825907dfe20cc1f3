//! I11: an acknowledged event reaches every user entitled to it.
//!
//! Entitled are the owner of the epoch in which it was stored, and every user who held a grant then
//! and still holds it at the end of the run: a user whose grant was revoked meanwhile need not be
//! reached. An event is forgotten as soon as all of them have received it.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, Epoch, EventId, Fact, UserId};
use std::collections::BTreeSet;

#[derive(Default)]
pub(crate) struct Lossless {
    devices: Vec<Device>,
    checked: u64,
}

#[derive(Default)]
struct Device {
    stored: Stored,
    open: Vec<Open>,
}

/// The events of a device that were ever stored: all up to a number, and some beyond it.
#[derive(Default)]
struct Stored {
    upto: u32,
    beyond: BTreeSet<u32>,
}

/// An event that is stored, and may not have reached every user.
struct Open {
    event: EventId,
    epoch: Epoch,
    stored_ms: u64,
    acked_ms: Option<u64>,
    /// The users who received it in time.
    reached: Vec<UserId>,
}

impl Invariant for Lossless {
    const ABOUT: About = About {
        id: InvariantId::I11,
        name: "nothing lost",
        summary: "an acknowledged event reaches every user entitled to it in time",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        use crosswire_history::Change::Stored;
        match entry.what {
            Fact::Delivered { user, origin: Some(origin), .. } => {
                self.delivered(entry.at_ms, user, origin.event, context);
            }
            Fact::Committed { change: Stored { event, epoch }, .. } => {
                self.stored(entry.at_ms, event, epoch);
            }
            Fact::Acked { event } => self.acked(entry.at_ms, event, context, report),
            _ => {}
        }
    }

    fn finish(&mut self, end_ms: u64, context: &Context<'_>, report: &mut Report) {
        for device in &mut self.devices {
            for open in device.open.drain(..) {
                let bound_ms = match open.bound_ms(context) {
                    Some(bound_ms) if bound_ms < end_ms => bound_ms,
                    _ => continue,
                };
                self.checked += 1;
                for user in open.waiting(context) {
                    let occurrence =
                        Occurrence { at_ms: bound_ms, user: Some(user), event: Some(open.event) };
                    report.add(&Self::ABOUT, occurrence, || {
                        story::lost(user, open.event, bound_ms, context)
                    });
                }
            }
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

impl Lossless {
    /// Adds a stored event. An upload that is sent twice is stored once: the first counts.
    fn stored(&mut self, stored_ms: u64, event: EventId, epoch: Epoch) {
        let device = crate::list::slot(&mut self.devices, event.device.0);
        if device.stored.insert(event.seq) {
            let reached = Vec::new();
            device.open.push(Open { event, epoch, stored_ms, acked_ms: None, reached });
        }
    }

    fn acked(&mut self, at_ms: u64, event: EventId, context: &Context<'_>, report: &mut Report) {
        let device = crate::list::slot(&mut self.devices, event.device.0);
        if !device.stored.contains(event.seq) {
            let user = None;
            report.add(&Self::ABOUT, Occurrence { at_ms, user, event: Some(event) }, || {
                story::never_stored(event, at_ms, context)
            });
        } else if let Some(at) = device.position(event) {
            device.open[at].acked_ms.get_or_insert(at_ms);
            self.checked += u64::from(device.close_if_done(at, context));
        }
    }

    #[inline]
    fn delivered(&mut self, at_ms: u64, user: UserId, event: EventId, context: &Context<'_>) {
        // A service may show what it never stored, and again what everybody has received.
        let Some(device) = self.devices.get_mut(event.device.0 as usize) else { return };
        let Some(at) = device.position(event) else { return };
        let open = &mut device.open[at];
        let late = open.bound_ms(context).is_some_and(|bound_ms| at_ms > bound_ms);
        if !late && !open.reached.contains(&user) {
            open.reached.push(user);
            self.checked += u64::from(device.close_if_done(at, context));
        }
    }
}

impl Device {
    fn position(&self, event: EventId) -> Option<usize> {
        self.open.iter().position(|open| open.event == event)
    }

    /// Forgets the event if every user was reached; returns whether it did.
    fn close_if_done(&mut self, at: usize, context: &Context<'_>) -> bool {
        let open = &self.open[at];
        let done = open.acked_ms.is_some() && open.waiting(context).next().is_none();
        if done {
            self.open.remove(at);
        }
        done
    }
}

impl Stored {
    fn contains(&self, seq: u32) -> bool {
        seq <= self.upto && seq > 0 || self.beyond.contains(&seq)
    }

    /// Adds a number; returns false if it was there.
    fn insert(&mut self, seq: u32) -> bool {
        if self.contains(seq) || !self.beyond.insert(seq) {
            return false;
        }
        while self.beyond.remove(&(self.upto.saturating_add(1))) {
            self.upto += 1;
        }
        true
    }
}

impl Open {
    /// Returns the time by which every user must have received it; `None` before the
    /// acknowledgement.
    fn bound_ms(&self, context: &Context<'_>) -> Option<u64> {
        let from_ms = self.acked_ms?.max(context.bounds.faults_end_ms);
        Some(from_ms.saturating_add(context.bounds.deliver_within_ms))
    }

    /// Iterates over the users who are entitled, as the ledger is now, and were not reached in
    /// time. They only ever become fewer: a grant that was revoked and given anew is a younger one.
    fn waiting<'a>(&'a self, context: &Context<'a>) -> impl Iterator<Item = UserId> + use<'a> {
        let Context { ledger, bounds, .. } = *context;
        let device = self.event.device;
        let grantees = self
            .stored_ms
            .checked_sub(bounds.ack_slack_ms)
            .map(|since_ms| ledger.grantees(device, self.epoch, since_ms));
        let owner = ledger.owner(device, self.epoch);
        let grantees = grantees.into_iter().flatten().filter(move |&user| Some(user) != owner);
        owner.into_iter().chain(grantees).filter(|user| !self.reached.contains(user))
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I11;
    use crate::fixture::{Tape, event, naive};
    use crosswire_history::Exposure::{Listed, Pushed};
    use proptest::prelude::*;

    fn bounds() -> Bounds {
        Bounds { deliver_within_ms: 1000, ..Bounds::default() }
    }

    /// Stores and acknowledges an event of camera 17, which is user 1's and which user 3 may watch.
    fn tape(bounds: Bounds) -> Tape {
        let mut tape = Tape::new(bounds);
        tape.at(0).claims(1, 17).grants(3, 17);
        tape.at(100).stores(event(17, 1)).acks(event(17, 1));
        tape
    }

    #[test]
    fn owner_and_viewers_must_all_be_reached() {
        let mut tape = tape(bounds());
        tape.at(500).delivers(1, event(17, 1), Pushed);
        let findings = tape.finish(2000);
        assert_eq!(findings.counts[&I11], 1);
        assert_eq!((findings.violations[0].user, findings.violations[0].at_ms), (Some(3), 1100));
    }

    #[test]
    fn any_way_will_do_even_before_the_acknowledgement() {
        let mut tape = Tape::new(bounds());
        tape.at(0).claims(1, 17).grants(3, 17);
        tape.at(100).stores(event(17, 1));
        tape.at(120).delivers(1, event(17, 1), Pushed).delivers(3, event(17, 1), Listed);
        tape.at(130).acks(event(17, 1)).acks(event(17, 1));
        let findings = tape.finish(2000);
        assert!(findings.counts.is_empty());
        assert_eq!(findings.checked[&I11], 1);
    }

    #[test]
    fn too_late_is_lost() {
        let mut tape = tape(bounds());
        tape.at(1100).delivers(1, event(17, 1), Pushed);
        tape.at(1101).delivers(3, event(17, 1), Pushed);
        assert_eq!(tape.finish(2000).counts[&I11], 1);
    }

    #[test]
    fn the_clock_starts_when_the_faults_have_stopped() {
        let bounds = Bounds { first_fault_ms: 50, faults_end_ms: 5000, ..bounds() };
        let mut tape = tape(bounds);
        tape.at(6000).delivers(1, event(17, 1), Pushed).delivers(3, event(17, 1), Pushed);
        assert!(tape.finish(7000).counts.is_empty());
    }

    #[test]
    fn a_viewer_who_was_revoked_meanwhile_does_not_count() {
        let mut tape = tape(bounds());
        tape.at(500).delivers(1, event(17, 1), Pushed);
        tape.at(5000).revokes(3, 17).grants(3, 17);
        assert!(tape.finish(9000).counts.is_empty());
    }

    #[test]
    fn what_is_not_due_is_not_judged() {
        let findings = tape(bounds()).finish(1100);
        assert!(findings.counts.is_empty());
        assert_eq!(findings.checked[&I11], 0);
    }

    #[test]
    fn an_acknowledgement_of_nothing_breaks_it_at_once() {
        let mut tape = tape(bounds());
        tape.at(200).acks(event(17, 2));
        assert_eq!(tape.count(I11), 1);
    }

    #[test]
    fn a_label_alone_reaches_no_user() {
        let mut tape = tape(bounds());
        tape.at(500).shows(1, event(17, 1), None, Pushed).delivers(3, event(17, 1), Pushed);
        assert_eq!(tape.finish(2000).counts[&I11], 1);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(history in naive::history(), end_ms in 0_u64..80) {
            let bounds = Bounds { deliver_within_ms: 6, ack_slack_ms: 1, faults_end_ms: 20, ..bounds() };
            let mut tape = Tape::new(bounds.clone());
            tape.play(&history);
            let end_ms = end_ms + history.last().map_or(0, |entry| entry.at_ms);
            let expected = naive::lost(&history, &bounds, end_ms);
            prop_assert_eq!(tape.finish(end_ms).counts.get(&I11).copied().unwrap_or(0), expected);
        }
    }
}
