//! Draws the ownership changes of a plan: who gets and who loses a camera, and when.
//!
//! Each change draws its time from `stream("change", [phase, kind, number])`, so an additional
//! change in a scenario moves no other. Then the changes are processed by time, with a book of the
//! owner and the viewers of each camera touched so far, so that every change makes sense when its
//! turn comes: no grant is revoked that was never given. The camera comes from the same stream, but
//! also depends on the changes before.
//!
//! A *regret* is two changes, a share and its revocation soon after, with both times from
//! `stream("regret", [phase, number])`.
//!
//! There are three phases. *Before* is from 5 % of the time before the first fault to its start,
//! *during* from there to the end of the last fault, *after* the first 60 % of the rest, so that
//! the last change has time to take effect. Without faults they are thirds of the run.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rand_chacha::ChaCha8Rng;

use crate::plan::{Change, ChangeKind, Plan, Viewers};
use crate::rng::{Draw, Streams};
use crate::scenario::ChangeMix;

/// Minimum time between two changes of one camera, so that each can take effect.
pub(crate) const APART_MS: u64 = 1_000;

/// Share of the changes that go to a camera changed before: ownership is most easily confused when
/// a camera returns to an earlier owner.
const AGAIN: f64 = 0.35;

/// Number of random cameras tried before the first untouched one is taken.
const TRIES: u32 = 32;

/// A change that does not have a camera yet.
struct Slot {
    at_ms: u64,
    kind: ChangeKind,
    phase: Range<u64>,
    /// Time of the revocation, if the share is regretted.
    regretted_ms: Option<u64>,
    from: ChaCha8Rng,
}

/// Draws the changes that the plan's workload requests. Ignores `plan.changes`.
pub(crate) fn draw(plan: &Plan, streams: Streams) -> Vec<Change> {
    if plan.cast.phones < 3 {
        return Vec::new();
    }
    let mut book = Book::of(plan);
    let mut changes = Vec::new();
    for slot in slots(plan, streams) {
        book.enter(slot, &mut changes);
    }
    changes.sort_by_key(|change| change.at_ms);
    changes
}

/// Draws all changes of all phases without their cameras, and sorts them by time.
fn slots(plan: &Plan, streams: Streams) -> Vec<Slot> {
    let mixes = &plan.workload.changes;
    let regret = plan.workload.regret_ms;
    let mut slots = Vec::new();
    let parts = phases(plan).into_iter().zip([&mixes.before, &mixes.during, &mixes.after]);
    for (number, (phase, mix)) in parts.enumerate() {
        for (kind, count) in kinds(mix) {
            for index in 0..count {
                let ids = [number as u64, kind as u64, u64::from(index)];
                let mut from = streams.stream("change", &ids);
                let last = phase.end.saturating_sub(1);
                let at_ms = from.between(phase.start, last);
                let regretted_ms = None;
                slots.push(Slot { at_ms, kind, phase: phase.clone(), regretted_ms, from });
            }
        }
        for index in 0..mix.regrets {
            let mut from = streams.stream("regret", &[number as u64, u64::from(index)]);
            let last = phase.end.saturating_sub(regret.most()).max(phase.start);
            let at_ms = from.between(phase.start, last);
            let later_ms = at_ms + from.between(regret.least(), regret.most());
            let regretted_ms = Some(later_ms.min(plan.duration_ms.saturating_sub(1)).max(at_ms));
            let kind = ChangeKind::Share;
            slots.push(Slot { at_ms, kind, phase: phase.clone(), regretted_ms, from });
        }
    }
    slots.sort_by_key(|slot| slot.at_ms);
    slots
}

fn kinds(mix: &ChangeMix) -> [(ChangeKind, u32); 5] {
    [
        (ChangeKind::Share, mix.shares),
        (ChangeKind::Revoke, mix.revocations),
        (ChangeKind::Transfer, mix.transfers),
        (ChangeKind::Reset, mix.resets),
        (ChangeKind::Delete, mix.deletions),
    ]
}

/// Returns the latest time of a change.
pub(crate) fn last_ms(plan: &Plan) -> u64 {
    phases(plan)[2].end.saturating_sub(1)
}

/// Returns the three phases. Any of them may be empty, the first also at 0 ms.
fn phases(plan: &Plan) -> [Range<u64>; 3] {
    let whole = plan.duration_ms;
    match (plan.first_fault_ms(), plan.last_fault_end_ms()) {
        (Some(first), Some(end)) => {
            let end = end.min(whole);
            [first / 20..first, first..end, end..end + (whole - end) * 3 / 5]
        }
        _ => [0..whole / 3, whole / 3..whole / 3 * 2, whole / 3 * 2..whole],
    }
}

/// The state of the touched cameras after the changes so far.
struct Book {
    cameras: u64,
    phones: u64,
    viewers: Viewers,
    touched: BTreeMap<u32, Camera>,
    /// The touched cameras in the order of first touch, to draw from.
    order: Vec<u32>,
}

#[derive(Clone)]
struct Camera {
    owner: u32,
    last_owner: Option<u32>,
    watchers: BTreeSet<u32>,
    /// Time of the latest change; `None` before the first.
    changed_ms: Option<u64>,
    deleted: bool,
}

impl Book {
    fn of(plan: &Plan) -> Self {
        Self {
            cameras: u64::from(plan.cast.identities()),
            phones: u64::from(plan.cast.phones),
            viewers: plan.viewers(),
            touched: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    /// Finds a camera and an account for a change and notes the change. Drops the change if no
    /// camera is left, which cannot happen with at most as many changes as cameras.
    fn enter(&mut self, slot: Slot, changes: &mut Vec<Change>) {
        let Slot { at_ms, kind, phase, regretted_ms, mut from } = slot;
        let chosen = (0..TRIES).map(|_| self.candidate(&mut from)).find_map(|device| {
            let camera = self.camera(device);
            if camera.allows(kind, at_ms, self.phones) { Some((device, camera)) } else { None }
        });
        let Some((device, mut camera)) = chosen.or_else(|| self.untouched(&mut from)) else {
            return;
        };
        if kind == ChangeKind::Revoke && camera.watchers.is_empty() {
            // No viewer to revoke: share first, as early as the phase allows.
            let latest = at_ms.saturating_sub(APART_MS).max(phase.start);
            let share_ms = from.between(phase.start, latest).min(at_ms);
            let user = camera.stranger(self.phones, &mut from);
            camera.carry_out(ChangeKind::Share, user, share_ms);
            changes.push(Change {
                at_ms: share_ms,
                kind: ChangeKind::Share,
                device,
                user,
                dice: None,
            });
        }
        let user = camera.user_for(kind, self.phones, &mut from);
        camera.carry_out(kind, user, at_ms);
        changes.push(Change { at_ms, kind, device, user, dice: None });
        if let Some(at_ms) = regretted_ms {
            camera.carry_out(ChangeKind::Revoke, user, at_ms);
            changes.push(Change { at_ms, kind: ChangeKind::Revoke, device, user, dice: None });
        }
        if self.touched.insert(device, camera).is_none() {
            self.order.push(device);
        }
    }

    /// Draws a camera that was touched before, or any camera.
    fn candidate(&self, from: &mut ChaCha8Rng) -> u32 {
        if from.chance(AGAIN) && !self.order.is_empty() {
            self.order[from.below(self.order.len() as u64) as usize]
        } else {
            from.below(self.cameras) as u32
        }
    }

    /// Returns the first untouched camera, starting at a random one.
    fn untouched(&self, from: &mut ChaCha8Rng) -> Option<(u32, Camera)> {
        let start = from.below(self.cameras);
        let around = (0..self.cameras).map(|step| ((start + step) % self.cameras) as u32);
        let device = around.into_iter().find(|device| !self.touched.contains_key(device))?;
        Some((device, self.camera(device)))
    }

    fn camera(&self, device: u32) -> Camera {
        self.touched.get(&device).cloned().unwrap_or_else(|| Camera {
            owner: (u64::from(device) % self.phones) as u32,
            last_owner: None,
            watchers: self.viewers.of(device).into_iter().collect(),
            changed_ms: None,
            deleted: false,
        })
    }
}

impl Camera {
    fn allows(&self, kind: ChangeKind, at_ms: u64, phones: u64) -> bool {
        let rested = self.changed_ms.is_none_or(|changed| at_ms >= changed + APART_MS);
        rested
            && !self.deleted
            && match kind {
                ChangeKind::Revoke => !self.watchers.is_empty(),
                ChangeKind::Share => (self.watchers.len() as u64) + 1 < phones,
                ChangeKind::Transfer | ChangeKind::Reset | ChangeKind::Delete => true,
            }
    }

    fn user_for(&self, kind: ChangeKind, phones: u64, from: &mut ChaCha8Rng) -> u32 {
        match kind {
            ChangeKind::Share => self.stranger(phones, from),
            ChangeKind::Revoke => {
                let place = from.below(self.watchers.len() as u64) as usize;
                self.watchers.iter().nth(place).copied().unwrap_or(self.owner)
            }
            ChangeKind::Transfer | ChangeKind::Reset => match self.last_owner {
                Some(last) if from.chance(0.5) => last,
                _ => ((u64::from(self.owner) + 1 + from.below(phones - 1)) % phones) as u32,
            },
            ChangeKind::Delete => self.owner,
        }
    }

    /// Draws an account that may not see the camera yet.
    fn stranger(&self, phones: u64, from: &mut ChaCha8Rng) -> u32 {
        let start = from.below(phones);
        let around = (0..phones).map(|step| ((start + step) % phones) as u32);
        let entitled = |user: &u32| *user == self.owner || self.watchers.contains(user);
        around.into_iter().find(|user| !entitled(user)).unwrap_or(self.owner)
    }

    fn carry_out(&mut self, kind: ChangeKind, user: u32, at_ms: u64) {
        match kind {
            ChangeKind::Share => {
                self.watchers.insert(user);
            }
            ChangeKind::Revoke => {
                self.watchers.remove(&user);
            }
            ChangeKind::Transfer | ChangeKind::Reset => {
                self.last_owner = Some(self.owner);
                self.owner = user;
                self.watchers.clear();
            }
            ChangeKind::Delete => {
                self.watchers.clear();
                self.deleted = true;
            }
        }
        self.changed_ms = Some(at_ms);
    }
}
