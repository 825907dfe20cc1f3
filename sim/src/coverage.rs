//! What a run reached: its coverage.
//!
//! A feature is something that a run showed and another may not have shown. There are four families:
//!
//! - *situations*: each situation that is counted, with the order of magnitude of how often it was
//!   reached
//! - *faults*: two kinds of fault that were on at a time; a kind of fault and a kind of place; a fault
//!   point that fired while a kind of fault was on
//! - *edges*: what kind of thing happened after what other kind, of all that happened for one request,
//!   in one call, on one connection, to one cache key or to one camera
//! - *edges under faults*: the same, and a kind of fault that was on
//!
//! The number of a feature is a hash of what it is, in [`FEATURES`] places: it is the same in every
//! run and every process, and two features seldom share one.

mod kinds;

use crosswire_history::journal::RecentEntries;
use crosswire_history::{
    CallId, Change, ConnId, DeviceId, Entry, FaultPhase, KeyId, Observer, RequestId, What,
};
use crosswire_plan::rng::mix;
use crosswire_plan::{FaultKind, Place, Plan, Target};
use kinds::{Kind, kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

/// How many numbers features have.
pub const FEATURES: u32 = 1 << 16;

/// A set of features.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u32>", into = "Vec<u32>")]
pub struct Coverage {
    words: Box<[u64]>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { words: vec![0; FEATURES as usize / 64].into() }
    }
}

impl Coverage {
    fn add(&mut self, feature: u32) {
        let feature = feature % FEATURES;
        self.words[feature as usize / 64] |= 1 << (feature % 64);
    }

    /// Adds all features of `other`, and says how many of them were new.
    pub fn join(&mut self, other: &Self) -> u64 {
        let before = self.count();
        for (ours, theirs) in self.words.iter_mut().zip(&other.words) {
            *ours |= theirs;
        }
        self.count() - before
    }

    /// How many features there are in it.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether it has a feature that `other` has not.
    pub fn adds_to(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(ours, theirs)| ours & !theirs != 0)
    }

    /// Its features, the lowest number first.
    pub fn features(&self) -> impl Iterator<Item = u32> {
        self.words.iter().zip(0..).flat_map(|(&word, at)| {
            let some = |word: u64| Some(word).filter(|word| *word != 0);
            // The same word again and again, each time without its lowest bit.
            let words = iter::successors(some(word), move |word| some(word & (word - 1)));
            words.map(move |word| at * 64 + word.trailing_zeros())
        })
    }

    /// The sum of what its features weigh; `weights` has one for each of the [`FEATURES`].
    pub fn weight(&self, weights: &[u64]) -> u64 {
        self.features().map(|feature| weights[feature as usize]).sum()
    }
}

impl From<Vec<u32>> for Coverage {
    fn from(features: Vec<u32>) -> Self {
        let mut coverage = Self::default();
        for feature in features {
            coverage.add(feature);
        }
        coverage
    }
}

impl From<Coverage> for Vec<u32> {
    fn from(coverage: Coverage) -> Self {
        coverage.features().collect()
    }
}

/// The families of features.
#[derive(Clone, Copy)]
enum Family {
    Situation,
    FaultPair,
    FaultPlace,
    FiredUnder,
    Edge,
    EdgeUnder,
}

/// Of whom two things in a row happened.
#[derive(Clone, Copy)]
enum Scope {
    Request,
    Call,
    Connection,
    Key,
    Device,
}

/// What happened last in a scope.
#[derive(Clone, Copy, Default)]
struct Last {
    kind: Option<Kind>,
    request: RequestId,
}

/// Watches a run beside the judge. It changes nothing in it.
pub struct Watcher {
    plan: Arc<Plan>,
    reached: Coverage,
    /// How many faults of each kind are on, by the kind's number.
    active: [u16; FaultKind::ALL.len()],
    requests: Vec<Last>,
    calls: Vec<Last>,
    connections: Vec<Last>,
    keys: Vec<Last>,
    devices: Vec<Last>,
}

impl Watcher {
    /// A watcher of a run of `plan`.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            reached: Coverage::default(),
            active: [0; FaultKind::ALL.len()],
            requests: Vec::new(),
            calls: Vec::new(),
            connections: Vec::new(),
            keys: Vec::new(),
            devices: Vec::new(),
        }
    }

    /// What was reached, with how often each situation was.
    pub fn finish(mut self, situations: &BTreeMap<String, u64>) -> Coverage {
        for (name, &times) in situations {
            // All orders of magnitude up to its own: who reached it often reached it once.
            for order in 0..u64::BITS - times.leading_zeros() {
                self.reach(Family::Situation, [word(name), u64::from(order), 0]);
            }
        }
        self.reached
    }

    fn reach(&mut self, family: Family, what: [u64; 3]) {
        let stirred = what.into_iter().fold(family as u64 + 1, |sum, part| mix(sum ^ mix(part)));
        self.reached.add(stirred as u32);
    }

    /// The kinds of fault that are on.
    fn on(&self) -> impl Iterator<Item = u64> + use<> {
        let active = self.active;
        (0..active.len()).filter(move |&kind| active[kind] > 0).map(|kind| kind as u64)
    }

    fn fault(&mut self, index: u16, phase: FaultPhase) {
        let Some(fault) = self.plan.faults.get(usize::from(index)) else { return };
        let (kind, target) = (fault.kind as usize, fault.target);
        if phase == FaultPhase::Ended {
            self.active[kind] = self.active[kind].saturating_sub(1);
            return;
        }
        self.active[kind] += 1;
        for place in target.places().map(place).chain((target == Target::All).then_some(0)) {
            self.reach(Family::FaultPlace, [kind as u64, place, 0]);
        }
        for other in self.on().filter(|&other| other != kind as u64) {
            let pair = [other.min(kind as u64), other.max(kind as u64), 0];
            self.reach(Family::FaultPair, pair);
        }
        if self.active[kind] > 1 {
            self.reach(Family::FaultPair, [kind as u64, kind as u64, 0]);
        }
    }

    /// Something of this kind happened in a scope.
    fn step(&mut self, scope: Scope, id: u32, kind: Kind, request: RequestId) {
        let lasts = match scope {
            Scope::Request => &mut self.requests,
            Scope::Call => &mut self.calls,
            Scope::Connection => &mut self.connections,
            Scope::Key => &mut self.keys,
            Scope::Device => &mut self.devices,
        };
        let at = id as usize;
        if at >= lasts.len() {
            lasts.resize(at + 1, Last::default());
        }
        let last = std::mem::replace(&mut lasts[at], Last { kind: Some(kind), request });
        let Some(before) = last.kind else { return };
        // With a key or a camera it makes a difference whether two requests met there.
        let met = last.request != request && matches!(scope, Scope::Key | Scope::Device);
        let edge = u64::from(before.0) << 16 | u64::from(kind.0);
        let scope = (scope as u64) << 1 | u64::from(met);
        self.reach(Family::Edge, [edge, scope, 0]);
        for on in self.on() {
            self.reach(Family::EdgeUnder, [edge, scope, on]);
        }
    }
}

impl Observer for Watcher {
    fn observe(&mut self, entry: &Entry, _: &RecentEntries) {
        match entry.what {
            What::Fault { index, phase } => return self.fault(index, phase),
            What::Fired { point } => {
                for on in self.on() {
                    self.reach(Family::FiredUnder, [point as u64, on, 0]);
                }
            }
            What::Gauge { .. } => return,
            _ => {}
        }
        let (kind, request) = (kind(&entry.what), entry.request);
        if request.0 > 0 {
            self.step(Scope::Request, request.0, kind, request);
        }
        if let Some(CallId(call)) = call_of(&entry.what).filter(|call| call.0 > 0) {
            self.step(Scope::Call, call, kind, request);
        }
        if let Some(ConnId(conn)) = connection_of(&entry.what) {
            self.step(Scope::Connection, conn, kind, request);
        }
        if let Some(KeyId(key)) = key_of(&entry.what) {
            self.step(Scope::Key, key, kind, request);
        }
        if let Some(DeviceId(device)) = device_of(&entry.what) {
            self.step(Scope::Device, device, kind, request);
        }
    }
}

fn call_of(what: &What) -> Option<CallId> {
    match *what {
        What::CallBegan { call, .. }
        | What::Reused { call, .. }
        | What::Executed { call, .. }
        | What::Rejected { call, .. }
        | What::Value { call, .. }
        | What::Unfounded { call, .. }
        | What::Misshapen { call, .. }
        | What::CallEnded { call, .. }
        | What::Invalidated { call, .. } => Some(call),
        _ => None,
    }
}

fn connection_of(what: &What) -> Option<ConnId> {
    match *what {
        What::Reused { conn, .. }
        | What::Executed { conn, .. }
        | What::Rejected { conn, .. }
        | What::Unfounded { conn, .. }
        | What::Connected { conn, .. }
        | What::Disconnected { conn, .. } => Some(conn),
        _ => None,
    }
}

fn key_of(what: &What) -> Option<KeyId> {
    match *what {
        What::Executed { key, .. }
        | What::Rejected { key, .. }
        | What::Unfounded { key, .. }
        | What::Misshapen { key, .. }
        | What::Invalidated { key, .. }
        | What::AtRest { key, .. } => Some(key),
        What::Value { asked, .. } => Some(asked),
        _ => None,
    }
}

fn device_of(what: &What) -> Option<DeviceId> {
    match *what {
        What::Captured { event, .. } | What::Acked { event } => Some(event.device),
        What::Cloned { device, .. } | What::Asked { device, .. } => Some(device),
        What::Delivered { named, .. } => Some(named.device),
        What::Committed { change, .. } => Some(match change {
            Change::Claimed { device, .. }
            | Change::Granted { device, .. }
            | Change::Revoked { device, .. }
            | Change::Carried { device, .. }
            | Change::Deleted { device, .. } => device,
            Change::Stored { event, .. } => event.device,
        }),
        _ => None,
    }
}

/// A kind of place; 0 is all.
fn place(place: Place) -> u64 {
    match place {
        Place::Gateway(_) => 1,
        Place::Cache(_) => 2,
        Place::Directory => 3,
        Place::Replica => 4,
        Place::Media => 5,
        Place::Cameras => 6,
        Place::Phones => 7,
        Place::Zone(_) => 8,
    }
}

/// A word for a name.
fn word(name: &str) -> u64 {
    name.bytes().fold(0, |word, byte| mix(word ^ u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_coverage_is_a_set(
            ours in prop::collection::btree_set(0..FEATURES, 0..50),
            theirs in prop::collection::btree_set(0..FEATURES, 0..50),
        ) {
            let of = |set: &BTreeSet<u32>| Coverage::from(set.iter().copied().collect::<Vec<_>>());
            let mut both = of(&ours);
            prop_assert_eq!(both.adds_to(&of(&theirs)), !ours.is_subset(&theirs));
            let new = both.join(&of(&theirs));
            prop_assert_eq!(new, theirs.difference(&ours).count() as u64);
            let union: Vec<_> = ours.union(&theirs).copied().collect();
            prop_assert_eq!(both.count(), union.len() as u64);
            prop_assert_eq!(Vec::from(both), union);
        }
    }
}
