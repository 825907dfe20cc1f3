//! The coverage of a run, which guides hunts.
//!
//! A feature is something that one run shows and another may not. There are four families:
//!
//! - *situations*: each counted situation, with the order of magnitude of its count
//! - *faults*: two kinds of fault that were active at once; a kind of fault and a kind of place; a
//!   fault point that fired while a kind of fault was active
//! - *edges*: the kinds of two consecutive entries of one request, one call, one connection, one
//!   cache key or one camera
//! - *edges under faults*: an edge, and a kind of fault that was active
//!
//! A feature's number is a hash of its description, one of [`FEATURES`] values: it is the same in
//! every run and every process, and two features seldom share one.
//!
//! No other module of the simulation depends on this one. It lives here to be compiled with the
//! simulation's optimization level: it observes every entry of a guided run.

mod kinds;

use crosswire_history::journal::RecentEntries;
use crosswire_history::{
    CallId, Change, ConnId, DeviceId, Entry, Fact, FaultPhase, KeyId, Observer, RequestId,
};
use crosswire_plan::rng::mix;
use crosswire_plan::{FaultKind, Place, Plan, Target};
use kinds::{Kind, kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

/// The number of distinct feature numbers.
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

    /// Adds all features of `other` and returns how many of them were new.
    pub fn join(&mut self, other: &Self) -> u64 {
        let before = self.count();
        for (ours, theirs) in self.words.iter_mut().zip(&other.words) {
            *ours |= theirs;
        }
        self.count() - before
    }

    /// Returns the number of features in the set.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Returns whether the set has a feature that `other` lacks.
    pub fn adds_to(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(ours, theirs)| ours & !theirs != 0)
    }

    /// Returns the features in ascending order.
    pub fn features(&self) -> impl Iterator<Item = u32> {
        self.words.iter().zip(0..).flat_map(|(&word, at)| {
            let some = |word: u64| Some(word).filter(|word| *word != 0);
            // Each word is the one before without its lowest set bit.
            let words = iter::successors(some(word), move |word| some(word & (word - 1)));
            words.map(move |word| at * 64 + word.trailing_zeros())
        })
    }

    /// Returns the sum of the weights of the features; `weights` has one for each of the
    /// [`FEATURES`].
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

/// The subject that two consecutive entries have in common.
#[derive(Clone, Copy)]
enum Scope {
    Request,
    Call,
    Connection,
    Key,
    Device,
}

/// The last entry in a scope.
#[derive(Clone, Copy, Default)]
struct Last {
    kind: Option<Kind>,
    request: RequestId,
}

/// An observer that collects the coverage of a run, and changes nothing in it.
pub struct Watcher {
    plan: Arc<Plan>,
    reached: Coverage,
    /// The number of active faults of each kind, indexed by kind.
    active: [u16; FaultKind::ALL.len()],
    requests: Vec<Last>,
    calls: Vec<Last>,
    connections: Vec<Last>,
    keys: Vec<Last>,
    devices: Vec<Last>,
}

impl Watcher {
    /// Creates a watcher for a run of `plan`.
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

    /// Returns the coverage, including how often each situation occurred.
    pub fn finish(mut self, situations: &BTreeMap<String, u64>) -> Coverage {
        for (name, &times) in situations {
            // A count covers its order of magnitude and every lower one.
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

    /// Returns the kinds of fault that are active.
    fn on(&self) -> impl Iterator<Item = u64> + use<> {
        let active = self.active;
        (0..active.len()).filter(move |&kind| active[kind] > 0).map(|kind| kind as u64)
    }

    fn fault(&mut self, index: u16, phase: FaultPhase) {
        let fault = &self.plan.faults[usize::from(index)];
        let (kind, target) = (fault.kind as usize, fault.target);
        if phase == FaultPhase::Ended {
            assert!(self.active[kind] > 0, "{} ended and had not begun", fault.kind);
            self.active[kind] -= 1;
            return;
        }
        self.active[kind] += 1;
        for place in target.places().map(place) {
            self.reach(Family::FaultPlace, [kind as u64, place, 0]);
        }
        if target == Target::All {
            self.reach(Family::FaultPlace, [kind as u64, 0, 0]);
        }
        for other in self.on().filter(|&other| other != kind as u64) {
            let pair = [other.min(kind as u64), other.max(kind as u64), 0];
            self.reach(Family::FaultPair, pair);
        }
        if self.active[kind] > 1 {
            self.reach(Family::FaultPair, [kind as u64, kind as u64, 0]);
        }
    }

    /// Records an entry of this kind in a scope, and with it the edge from the entry before.
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
        // The first entry of a scope has none before it.
        let Some(before) = last.kind else { return };
        // For a key or a camera it matters whether two different requests met there.
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
            Fact::Fault { index, phase } => return self.fault(index, phase),
            Fact::Fired { point } => {
                for on in self.on() {
                    self.reach(Family::FiredUnder, [point as u64, on, 0]);
                }
            }
            Fact::Gauge { .. } => return,
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

fn call_of(what: &Fact) -> Option<CallId> {
    match *what {
        Fact::CallBegan { call, .. }
        | Fact::Reused { call, .. }
        | Fact::Executed { call, .. }
        | Fact::Rejected { call, .. }
        | Fact::Value { call, .. }
        | Fact::Unfounded { call, .. }
        | Fact::Misshapen { call, .. }
        | Fact::CallEnded { call, .. }
        | Fact::Invalidated { call, .. } => Some(call),
        _ => None,
    }
}

fn connection_of(what: &Fact) -> Option<ConnId> {
    match *what {
        Fact::Reused { conn, .. }
        | Fact::Executed { conn, .. }
        | Fact::Rejected { conn, .. }
        | Fact::Unfounded { conn, .. }
        | Fact::Connected { conn, .. }
        | Fact::Disconnected { conn, .. } => Some(conn),
        _ => None,
    }
}

fn key_of(what: &Fact) -> Option<KeyId> {
    match *what {
        Fact::Executed { key, .. }
        | Fact::Rejected { key, .. }
        | Fact::Unfounded { key, .. }
        | Fact::Misshapen { key, .. }
        | Fact::Invalidated { key, .. }
        | Fact::AtRest { key, .. } => Some(key),
        Fact::Value { asked, .. } => Some(asked),
        _ => None,
    }
}

fn device_of(what: &Fact) -> Option<DeviceId> {
    match *what {
        Fact::Captured { event, .. } | Fact::Acked { event } => Some(event.device),
        Fact::Cloned { device, .. } | Fact::Asked { device, .. } => Some(device),
        Fact::Delivered { named, .. } => Some(named.device),
        Fact::Committed { change, .. } => Some(match change {
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

/// Returns the number of a kind of place; 0 means all places.
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

/// Hashes a name.
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
