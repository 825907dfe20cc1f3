//! What was promised: the bounds that a run is judged by, copied from its plan.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The bounds of one run. Plain data: nothing here knows of the simulation.
///
/// All times are simulated milliseconds; those that are points in time count from the start of
/// the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How long after the decision to push an event a revocation may go unnoticed by the push.
    pub push_grace_ms: u64,
    /// How long a revoked grant may still be honoured, because a cache may hold it so long.
    pub revocation_grace_ms: u64,
    /// Whether that was demanded as it stands: then no network excuses more.
    pub grace_is_stated: bool,
    /// How long after a change was acknowledged the cache may still say what was true before it.
    pub freshness_ms: u64,
    /// How long of these a write may be on its way to the cache, from when the request began that
    /// it is part of.
    pub in_flight_ms: u64,
    /// Whether the network loses messages: one that it loses several times in a row may take longer.
    pub loses_messages: bool,
    /// How long the service may take to recover once the faults have stopped.
    pub recover_within_ms: u64,
    /// The least share of requests, 0 to 1, that must end well after recovery.
    pub goodput: f64,
    /// How long an acknowledged event may take to reach everybody who is entitled to it.
    pub deliver_within_ms: u64,
    /// A grant counts for "nothing lost" if it was committed at least so long before the event
    /// was stored: a younger one may not have been known where the push was decided.
    pub ack_slack_ms: u64,
    /// The longest that an answer or a push may be on its way, sent again while its link is cut;
    /// bounds how long a closed grant is kept.
    pub under_way_ms: u64,
    /// When the first fault begins; 0 without faults.
    pub first_fault_ms: u64,
    /// When the last fault ends; 0 without faults.
    pub faults_end_ms: u64,
    /// How long the run is planned to last.
    pub duration_ms: u64,
    /// The situations that the run must reach, and how often.
    pub reach: BTreeMap<String, u64>,
    /// How many cameras take part.
    pub cameras: u32,
    /// How many phones, and so accounts, take part.
    pub phones: u32,
}

impl Default for Terms {
    /// Bounds for a small run without faults; a caller overrides what its plan says.
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
            cameras: 0,
            phones: 0,
        }
    }
}

impl Terms {
    /// Whether any fault is planned.
    pub fn faults(&self) -> bool {
        self.faults_end_ms > 0
    }

    /// A write came so long after its request began. What it brought lives as long as what came in
    /// time, so where messages are lost the bounds give way by as much as it took longer.
    pub(crate) fn allow_for(&mut self, on_its_way_ms: u64) {
        let late_ms = on_its_way_ms.saturating_sub(self.in_flight_ms);
        if late_ms == 0 || !self.loses_messages {
            return;
        }
        self.in_flight_ms = on_its_way_ms;
        self.freshness_ms = self.freshness_ms.saturating_add(late_ms);
        if !self.grace_is_stated {
            self.revocation_grace_ms = self.revocation_grace_ms.saturating_add(late_ms);
            self.ack_slack_ms = self.ack_slack_ms.saturating_add(late_ms);
        }
    }

    /// From when on the service must have recovered.
    pub fn recovered_ms(&self) -> u64 {
        self.faults_end_ms.saturating_add(self.recover_within_ms)
    }

    /// The longest for which a grant that is over can still excuse a delivery.
    pub fn longest_grace_ms(&self) -> u64 {
        let grace = self.push_grace_ms.max(self.revocation_grace_ms);
        grace.saturating_add(self.under_way_ms)
    }
}
