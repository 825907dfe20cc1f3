//! Mutates the ownership changes of a plan.
//!
//! Changes of one camera keep their order, at least as far apart as drawn ones are, so that each
//! can take effect.

use crate::draw::changes::{APART_MS, draw, last_ms};
use crate::plan::Plan;
use crate::rng::{Draw, Streams};

/// Maximum distance between a change that is moved to a fault and the beginning or end of that
/// fault.
const ABOUT_MS: u64 = 600;

/// Draws all changes again.
pub(super) fn redraw(plan: &mut Plan, from: &mut impl Draw) {
    plan.changes = draw(plan, Streams::new(from.word()));
    for (at, change) in plan.changes.iter_mut().enumerate() {
        change.dice = Some(at as u32);
    }
}

/// Moves one change to about when a fault begins or ends, between its neighbours of the same
/// camera.
pub(super) fn move_one(plan: &mut Plan, from: &mut impl Draw) {
    let nth = from.below(plan.changes.len() as u64) as usize;
    let moments: Vec<_> =
        plan.faults.iter().flat_map(|fault| [fault.start_ms, fault.end_ms()]).collect();
    let drawn_ms = match super::one_of(&moments, from) {
        Some(moment) => moment.saturating_sub(ABOUT_MS) + from.below(2 * ABOUT_MS),
        None => from.below(plan.duration_ms),
    };
    // The plan may have no changes.
    let Some(&change) = plan.changes.get(nth) else { return };
    let of_camera = |other: &&crate::plan::Change| other.device == change.device;
    let before = plan.changes[..nth].iter().rev().find(of_camera);
    let after = plan.changes[nth + 1..].iter().find(of_camera);
    let first = before.map_or(0, |before| before.at_ms + APART_MS);
    let last = after.map_or(last_ms(plan), |after| after.at_ms.saturating_sub(APART_MS));
    if first <= last {
        plan.changes[nth].at_ms = drawn_ms.clamp(first, last);
        plan.changes.sort_by_key(|change| change.at_ms);
    }
}

/// Removes one change.
pub(super) fn remove_one(plan: &mut Plan, from: &mut impl Draw) {
    let nth = from.below(plan.changes.len() as u64) as usize;
    if nth < plan.changes.len() {
        plan.changes.remove(nth);
    }
}

/// Moves all changes of one camera to a camera without changes, and each user to the one at the
/// same distance from the owner.
pub(super) fn hand_over(plan: &mut Plan, from: &mut impl Draw) {
    let nth = from.below(plan.changes.len() as u64) as usize;
    let other = from.below(u64::from(plan.cast.identities())) as u32;
    // The plan may have no changes.
    let Some(device) = plan.changes.get(nth).map(|change| change.device) else { return };
    if plan.changes.iter().any(|change| change.device == other) {
        return;
    }
    let phones = plan.cast.phones.max(1);
    let distance = plan.owner_of(other) + phones - plan.owner_of(device);
    for change in plan.changes.iter_mut().filter(|change| change.device == device) {
        change.device = other;
        change.user = (change.user + distance) % phones;
    }
}

/// Draws the changes again if they no longer fit the cast or the length of the run.
pub(super) fn settle(plan: &mut Plan, from: &mut impl Draw) {
    let (devices, phones) = (plan.cast.identities(), plan.cast.phones);
    let fits = plan.changes.iter().all(|change| {
        change.device < devices && change.user < phones && change.at_ms < plan.duration_ms
    });
    if !fits {
        redraw(plan, from);
    }
}
