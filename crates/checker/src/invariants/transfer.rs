//! I6: a transfer separates events in both directions, and a revocation ends what it ends.
//!
//! What was captured before a transfer never reaches the new owner, and what was captured after it
//! never reaches the old one, no matter when it was uploaded; and nothing reaches a user whose
//! grant was revoked, once the grace is over. A user whom it reaches in violation of this had, or
//! has, a right to the camera, but not this one; a mere stranger is I1's concern alone. It keeps
//! separate books, so that I1 and this are two judges.

use super::authorised::grace_ms;
use super::invariant::Invariant;
use super::zombie::Zombie;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::evidence::Tie;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Change, DeviceId, Entry, Epoch, Fact, Origin, UserId};
use std::collections::BTreeMap;

const OPEN: u64 = u64::MAX;

#[derive(Default)]
pub(crate) struct Transfer {
    devices: Vec<Device>,
    /// The owners of all epochs but the first that was claimed.
    owners: BTreeMap<(DeviceId, Epoch), UserId>,
    /// The latest grant of each user in each epoch.
    grants: BTreeMap<(DeviceId, Epoch, UserId), Grant>,
    zombie: Zombie,
    checked: u64,
}

#[derive(Clone, Copy, Default)]
struct Device {
    /// The first epoch that was claimed, and its owner.
    first: Option<(Epoch, UserId)>,
    /// The present epoch, unless the device is deleted.
    present: Option<Epoch>,
    /// Set once the device was transferred or deleted, or a grant on it was revoked.
    moved: bool,
}

#[derive(Clone, Copy)]
struct Grant {
    from_ms: u64,
    to_ms: u64,
}

impl Invariant for Transfer {
    const ABOUT: About = About {
        id: InvariantId::I6,
        name: "transfer",
        summary: "each event reaches only users of its own epoch, and no user after their grant has ended",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        self.zombie.observe(&Self::ABOUT, entry, context, report);
        let (user, origin, how, since_ms) = match entry.what {
            Fact::Delivered { user, origin: Some(origin), how, since_ms, .. } => {
                (user, origin, how, since_ms)
            }
            Fact::Committed { change, .. } => return self.commit(entry.at_ms, change),
            _ => return,
        };
        let Some(device) = self.devices.get(origin.event.device.0 as usize) else { return };
        if !device.moved {
            return;
        }
        let Some(tie) = self.tie(*device, user, origin) else { return };
        self.checked += 1;
        let from_ms = since_ms.min(entry.at_ms).saturating_sub(grace_ms(how, context));
        if self.may_see(*device, user, origin, from_ms) {
            return;
        }
        let occurrence =
            Occurrence { at_ms: entry.at_ms, user: Some(user), event: Some(origin.event) };
        report.add(&Self::ABOUT, occurrence, || story::transferred(entry, tie, context));
    }

    fn checked(&self) -> u64 {
        self.checked + self.zombie.checked()
    }
}

impl Transfer {
    fn commit(&mut self, at_ms: u64, change: Change) {
        match change {
            Change::Claimed { device: id, epoch, owner } => {
                self.close(at_ms, id);
                let device = crate::list::slot(&mut self.devices, id.0);
                device.present = Some(epoch);
                if device.first.is_none() {
                    device.first = Some((epoch, owner));
                } else {
                    device.moved = true;
                    self.owners.insert((id, epoch), owner);
                }
            }
            Change::Granted { device, epoch, user } if self.is_present(device, epoch) => {
                let new = Grant { from_ms: at_ms, to_ms: OPEN };
                let grant = self.grants.entry((device, epoch, user)).or_insert(new);
                if grant.to_ms != OPEN {
                    *grant = new;
                }
            }
            Change::Revoked { device, epoch, user } if self.is_present(device, epoch) => {
                crate::list::slot(&mut self.devices, device.0).moved = true;
                if let Some(grant) = self.grants.get_mut(&(device, epoch, user)) {
                    grant.to_ms = grant.to_ms.min(at_ms);
                }
            }
            Change::Deleted { device, epoch } if self.is_present(device, epoch) => {
                self.close(at_ms, device);
                let device = crate::list::slot(&mut self.devices, device.0);
                (device.present, device.moved) = (None, true);
            }
            // A change of an epoch that is over has no effect, nor has a grant that the new owner
            // has not given.
            Change::Carried { .. }
            | Change::Granted { .. }
            | Change::Revoked { .. }
            | Change::Deleted { .. }
            | Change::Stored { .. } => {}
        }
    }

    fn is_present(&self, device: DeviceId, epoch: Epoch) -> bool {
        self.devices.get(device.0 as usize).is_some_and(|device| device.present == Some(epoch))
    }

    /// Ends all grants on a device.
    fn close(&mut self, at_ms: u64, device: DeviceId) {
        for (_, grant) in self.grants.range_mut(all_of(device)) {
            grant.to_ms = grant.to_ms.min(at_ms);
        }
    }

    fn owner(&self, device: Device, id: DeviceId, epoch: Epoch) -> Option<UserId> {
        match device.first {
            Some((first, owner)) if first == epoch => Some(owner),
            _ => self.owners.get(&(id, epoch)).copied(),
        }
    }

    /// Returns whether the user owned the epoch, or held a grant in it at some moment from
    /// `from_ms` on. A grant that was revoked in the millisecond in which it was given was held in
    /// that millisecond.
    fn may_see(&self, device: Device, user: UserId, origin: Origin, from_ms: u64) -> bool {
        let (id, epoch) = (origin.event.device, origin.epoch);
        let held = |grant: &Grant| from_ms < grant.to_ms.max(grant.from_ms + 1);
        self.owner(device, id, epoch) == Some(user)
            || self.grants.get(&(id, epoch, user)).is_some_and(held)
    }

    /// Returns the right to the camera that the user has or had, besides owning this epoch.
    fn tie(&self, device: Device, user: UserId, origin: Origin) -> Option<Tie> {
        let (id, epoch) = (origin.event.device, origin.epoch);
        if let Some(grant) = self.grants.get(&(id, epoch, user)) {
            return Some(Tie::Revoked(grant.to_ms));
        }
        if let Some((first, owner)) = device.first
            && owner == user
            && first != epoch
        {
            return Some(Tie::Owner(first));
        }
        for (&(_, later), &owner) in self.owners.range((id, Epoch(0))..=(id, Epoch(u32::MAX))) {
            if owner == user && later != epoch {
                return Some(Tie::Owner(later));
            }
        }
        let mut guests =
            self.grants.range(all_of(id)).map(|(&(_, other, guest), _)| (other, guest));
        let (other, _) = guests.find(|(_, guest)| *guest == user)?;
        Some(Tie::Guest(other))
    }
}

/// Returns the range of all grants on a device.
fn all_of(device: DeviceId) -> std::ops::RangeInclusive<(DeviceId, Epoch, UserId)> {
    (device, Epoch(0), UserId(0))..=(device, Epoch(u32::MAX), UserId(u32::MAX))
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::{I1, I6};
    use crate::fixture::naive::transfer::mixed_up;
    use crate::fixture::{Tape, event, naive};
    use crosswire_history::Exposure::{Listed, Pushed, Thumbnail};
    use proptest::prelude::*;

    fn bounds() -> Bounds {
        Bounds { push_grace_ms: 100, revocation_grace_ms: 500, ..Bounds::default() }
    }

    /// Camera 17 passes from user 1 to user 2; user 3 may watch it while it is user 1's.
    fn tape() -> Tape {
        let mut tape = Tape::new(bounds());
        tape.at(0).claims(1, 17).grants(3, 17);
        tape.at(1000).claims(2, 17);
        tape
    }

    #[test]
    fn each_owner_receives_their_own_epoch_only_in_both_directions() {
        let mut tape = tape();
        tape.at(5000).delivers_from(1, 1, event(17, 1), Pushed);
        tape.delivers_from(2, 2, event(17, 2), Listed);
        assert_eq!(tape.count(I6), 0, "a backlog that drains late is still the old owner's");
        tape.delivers_from(1, 2, event(17, 1), Pushed).delivers_from(2, 1, event(17, 2), Listed);
        assert_eq!((tape.count(I6), tape.count(I1)), (2, 2));
    }

    #[test]
    fn there_and_back_again_is_three_epochs() {
        let mut tape = tape();
        tape.at(2000).claims(1, 17);
        tape.at(5000).delivers_from(1, 1, event(17, 1), Listed);
        tape.delivers_from(3, 1, event(17, 3), Listed);
        assert_eq!(tape.count(I6), 0);
        tape.delivers_from(2, 1, event(17, 2), Listed).delivers_from(3, 2, event(17, 3), Listed);
        let findings = tape.finish(6000);
        assert_eq!((findings.counts[&I6], findings.checked[&I6]), (2, 4));
    }

    #[test]
    fn a_camera_that_is_deleted_and_added_again_keeps_its_past_to_itself() {
        let mut tape = Tape::new(bounds());
        tape.at(0).claims(1, 17).grants(3, 17);
        tape.at(1000).deletes(17);
        tape.at(2000).claims(2, 17);
        tape.at(5000).delivers_from(1, 1, event(17, 1), Listed);
        assert_eq!(tape.count(I6), 0);
        tape.delivers_from(1, 2, event(17, 1), Listed).delivers_from(1, 3, event(17, 1), Listed);
        assert_eq!(tape.count(I6), 2);
    }

    #[test]
    fn a_grant_ends_with_its_revocation_and_the_grace() {
        let mut tape = Tape::new(bounds());
        tape.at(0).claims(1, 17).grants(3, 17).grants(4, 17);
        tape.at(1000).revokes(3, 17);
        tape.at(1499).delivers(3, event(17, 1), Thumbnail);
        assert_eq!(tape.count(I6), 0);
        tape.at(1500).delivers(3, event(17, 1), Thumbnail);
        assert_eq!(tape.count(I6), 1);
        tape.at(1600).grants(3, 17);
        tape.at(9000).delivers(3, event(17, 1), Thumbnail).delivers(4, event(17, 1), Thumbnail);
        assert_eq!(tape.count(I6), 1, "one is let in again, and the other may still watch");
    }

    #[test]
    fn strangers_and_future_owners_are_not_its_concern() {
        let mut tape = tape();
        tape.at(5000).delivers_from(1, 9, event(17, 1), Listed).claims(5, 18);
        tape.at(6000).delivers(6, event(18, 1), Listed);
        tape.at(7000).claims(6, 18);
        let findings = tape.finish(8000);
        assert_eq!(findings.counts.get(&I6), None);
        assert_eq!((findings.counts[&I1], findings.checked[&I6]), (2, 0));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(history in naive::history()) {
            let bounds = Bounds { push_grace_ms: 2, revocation_grace_ms: 1, ..bounds() };
            let mut tape = Tape::new(bounds);
            tape.play(&history);
            let (mixed_up, checked) = mixed_up(&history, 2, 1);
            let findings = tape.finish(1_000_000);
            prop_assert_eq!(findings.counts.get(&I6).copied().unwrap_or(0), mixed_up);
            prop_assert_eq!(findings.checked[&I6], checked);
        }
    }
}
