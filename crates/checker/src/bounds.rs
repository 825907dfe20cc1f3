//! The bounds that a run is judged by, copied from its plan.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The bounds of one run, as plain data: nothing here depends on the simulation.
///
/// All times are simulated milliseconds; points in time count from the start of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The time after the decision to push an event in which the push may miss a revocation.
    pub push_grace_ms: u64,
    /// The time for which a revoked grant may still be honoured, because a cache may hold it that
    /// long.
    pub revocation_grace_ms: u64,
    /// Set if the scenario states `revocation_grace_ms`: then a slow network does not extend it.
    pub grace_is_stated: bool,
    /// The time after the acknowledgement of a change in which the cache may still return what was
    /// true before it.
    pub freshness_ms: u64,
    /// The part of that time which a write may spend on its way to the cache, counted from the
    /// start of the request that it belongs to.
    pub in_flight_ms: u64,
    /// Set if the network loses messages: one that is lost several times in a row may take longer.
    pub loses_messages: bool,
    /// The time in which the service must recover once the faults have stopped.
    pub recover_within_ms: u64,
    /// The minimum share of requests, 0 to 1, that must end well after recovery.
    pub goodput: f64,
    /// The time in which an acknowledged event must reach every user who is entitled to it.
    pub deliver_within_ms: u64,
    /// The minimum age of a grant at the time an event is stored for I11 to count it: where the
    /// push was decided, a younger grant may not have been known.
    pub ack_slack_ms: u64,
    /// The maximum time that an answer or a push may be in flight, sent again while its link is
    /// cut; bounds how long a closed grant is kept.
    pub under_way_ms: u64,
    /// The start of the first fault; 0 without faults.
    pub first_fault_ms: u64,
    /// The end of the last fault; 0 without faults.
    pub faults_end_ms: u64,
    /// The planned duration of the run.
    pub duration_ms: u64,
    /// The required situations, and how often each must occur.
    pub reach: BTreeMap<String, u64>,
    /// Set if the service is the user's. A request of such a service may write to the cache what
    /// another one has read, under any keys, so nothing is concluded from the commit as of which
    /// the directory last answered the request.
    #[serde(default)]
    pub own_service: bool,
    /// The share of the phones and cameras that are dishonest, 0 to 1.
    #[serde(default)]
    pub dishonest: f64,
    /// The life of a signed link.
    #[serde(default)]
    pub link_ms: u64,
    /// The number of cameras.
    pub cameras: u32,
    /// The number of phones, and so of accounts.
    pub phones: u32,
}

impl Default for Bounds {
    /// Returns bounds for a small run without faults; a caller overrides what its plan says.
    fn default() -> Self {
        Self {
            push_grace_ms: 1_000,
            revocation_grace_ms: 5_000,
            grace_is_stated: false,
            freshness_ms: 4_000,
            in_flight_ms: 2_000,
            loses_messages: false,
            recover_within_ms: 10_000,
            goodput: 0.9,
            deliver_within_ms: 10_000,
            ack_slack_ms: 0,
            under_way_ms: 60_000,
            first_fault_ms: 0,
            faults_end_ms: 0,
            duration_ms: 60_000,
            reach: BTreeMap::new(),
            own_service: false,
            dishonest: 0.0,
            link_ms: 5_000,
            cameras: 0,
            phones: 0,
        }
    }
}

impl Bounds {
    /// Returns whether any fault is planned.
    pub fn faults(&self) -> bool {
        self.faults_end_ms > 0
    }

    /// Extends the bounds after a write that reached the cache `on_its_way_ms` after its request
    /// began. Its value lives as long as one that arrived in time, so where messages are lost the
    /// bounds grow by the excess.
    pub(crate) fn allow_for(&mut self, on_its_way_ms: u64) {
        if on_its_way_ms <= self.in_flight_ms || !self.loses_messages {
            return;
        }
        let late_ms = on_its_way_ms - self.in_flight_ms;
        self.in_flight_ms = on_its_way_ms;
        self.freshness_ms = self.freshness_ms.saturating_add(late_ms);
        if !self.grace_is_stated {
            self.revocation_grace_ms = self.revocation_grace_ms.saturating_add(late_ms);
            self.ack_slack_ms = self.ack_slack_ms.saturating_add(late_ms);
        }
    }

    /// Returns the time by which the service must have recovered.
    pub fn recovered_ms(&self) -> u64 {
        self.faults_end_ms.saturating_add(self.recover_within_ms)
    }

    /// Returns the longest time for which an ended grant can still excuse a delivery.
    pub fn longest_grace_ms(&self) -> u64 {
        let grace = self.push_grace_ms.max(self.revocation_grace_ms);
        grace.saturating_add(self.under_way_ms)
    }
}
