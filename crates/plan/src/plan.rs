//! Plans: everything drawn for one run, as data that can be stored, edited and minimized.
//!
//! A plan lists faults and changes one by one, but never devices: the owner and the viewer of a
//! camera at the start are pure functions of the plan, so a plan for five million accounts is as
//! short as one for forty.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::place::Target;
use crate::rng::{Dice, Draw, Streams};
use crate::scenario::{
    Cache, Cast, Client, Directory, FaultKind, Network, Recovery, Service, Workload,
};
use crate::script::Script;
use crate::seed::Seed;

/// Everything that determines a run, except the code that runs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The scenario it was drawn from.
    pub scenario: String,
    /// Summary of that scenario.
    pub summary: String,
    /// The seed that the plan was drawn with; the initial viewers are drawn from it, too.
    pub seed: Seed,
    /// Decides the order of concurrent events: scheduling, latencies inside the data centre,
    /// service times. Derived from the seed but stored separately, so that one plan can run with
    /// several execution seeds. What devices and users do depends on the seed alone.
    pub execution_seed: Seed,
    /// Duration of the run in simulated time, including its recovery.
    pub duration_ms: u64,
    /// Cancels a call of the caching client at this suspension of the run, counted from 1: the
    /// device that sent the request gives it up at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<u64>,
    /// The number of each kind of participant.
    pub cast: Cast,
    /// The caching client under test.
    pub client: Client,
    /// The defences that are switched on, by name.
    pub defences: Vec<String>,
    /// The service and its settings.
    pub service: Service,
    /// The cache servers.
    pub cache: Cache,
    /// The database behind the service.
    pub directory: Directory,
    /// Latency, jitter and bandwidth of the links.
    pub network: Network,
    /// The behaviour of cameras and users. Its `changes` are already drawn into [`Plan::changes`]
    /// and are not carried out again.
    pub workload: Workload,
    /// The acts of devices and users, one by one, instead of drawn ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    /// Changes of ownership and of grants, by time.
    pub changes: Vec<Change>,
    /// Fault points that are armed, by name, with the probability that one fires on a visit.
    #[serde(default)]
    pub points: BTreeMap<String, f64>,
    /// The faults, by start time.
    pub faults: Vec<Fault>,
    /// Required situations, with the number of times each must occur before a run may be called
    /// clean.
    pub reach: BTreeMap<String, u64>,
    /// Requirements after the last fault has ended.
    pub recovery: Recovery,
}

/// One fault, with its times drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The kind of fault.
    pub kind: FaultKind,
    /// Start time.
    pub start_ms: u64,
    /// Duration. For a failover: `failover_ms` of the directory.
    pub length_ms: u64,
    /// The target.
    pub target: Target,
    /// Severity, see [`FaultKind`]; 1 for a kind that has none.
    pub severity: f64,
    /// Number of its dice, if not its place in the plan: removing a fault must not change the dice
    /// of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dice: Option<u32>,
}

impl Fault {
    /// Returns the first moment at which the fault is over.
    pub fn end_ms(&self) -> u64 {
        self.start_ms.saturating_add(self.length_ms)
    }
}

/// One change of who may see a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Time of the request.
    pub at_ms: u64,
    /// The kind of change.
    pub kind: ChangeKind,
    /// The camera.
    pub device: u32,
    /// The account that gains or loses the permission: the one who may watch or no longer watch,
    /// the next owner or, for a deletion, the last.
    pub user: u32,
    /// Number of its dice, as in [`Fault`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dice: Option<u32>,
}

/// The kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// The owner lets another user watch.
    Share,
    /// The owner takes that permission back.
    Revoke,
    /// The camera goes to another account as it is, its backlog included; all grants end.
    Transfer,
    /// The camera is reset to factory state, its backlog wiped, and claimed by another account;
    /// all grants end.
    Reset,
    /// The camera is deleted from its account; all grants end.
    Delete,
}

impl Cast {
    /// Returns the number of devices that the service knows: one for each camera that is not a
    /// clone.
    pub fn identities(&self) -> u32 {
        // A cast that is not checked yet may have more clones than cameras.
        self.cameras.saturating_sub(self.clones)
    }
}

impl Plan {
    /// Returns the account that owns a device at the start.
    pub fn owner_of(&self, device: u32) -> u32 {
        device % self.cast.phones.max(1)
    }

    /// Returns the device that a camera identifies itself as: the one of its number or, if it is a
    /// clone, a device of another owner. The rolls of clones are independent.
    pub fn identity_of(&self, camera: u32) -> u32 {
        let identities = self.cast.identities();
        if camera < identities {
            return camera;
        }
        let mut roll = Streams::new(self.seed.0).dice("clone").roll(u64::from(camera), 0);
        let start = roll.below(u64::from(identities)) as u32;
        let mut around = (0..identities).map(|step| (start + step) % identities);
        let strangers = |device: &u32| self.owner_of(*device) != self.owner_of(camera);
        around.find(strangers).unwrap_or(camera)
    }

    /// Returns the account that may watch a device at the start besides its owner, if there is one.
    ///
    /// Derives the dice at each call; for many devices, keep [`Plan::viewers`].
    pub fn viewer_of(&self, device: u32) -> Option<u32> {
        self.viewers().of(device)
    }

    /// Returns the accounts that may watch at the start, ready for queries about millions of
    /// devices.
    pub fn viewers(&self) -> Viewers {
        let phones = self.cast.phones.max(1);
        Viewers {
            dice: Streams::new(self.seed.0).dice("viewer"),
            phones,
            share: self.cast.viewer_share,
        }
    }

    /// Returns the start of the first fault, or `None` without faults.
    pub fn first_fault_ms(&self) -> Option<u64> {
        self.faults.iter().map(|fault| fault.start_ms).min()
    }

    /// Returns the end of the last fault, or `None` without faults.
    pub fn last_fault_end_ms(&self) -> Option<u64> {
        self.faults.iter().map(Fault::end_ms).max()
    }
}

/// The accounts that may watch a device at the start, see [`Plan::viewers`].
#[derive(Clone, Debug)]
pub struct Viewers {
    dice: Dice,
    phones: u32,
    share: f64,
}

impl Viewers {
    /// Returns the same as [`Plan::viewer_of`]. The rolls of devices are independent.
    pub fn of(&self, device: u32) -> Option<u32> {
        if self.phones < 2 {
            return None;
        }
        let mut roll = self.dice.roll(u64::from(device), 0);
        if !roll.chance(self.share) {
            return None;
        }
        let owner = u64::from(device % self.phones);
        let distance = 1 + roll.below(u64::from(self.phones) - 1);
        Some(((owner + distance) % u64::from(self.phones)) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let scenario = crate::Scenario::named("reconnect-storm");
        crate::draw(&scenario, Seed(1))
    }

    #[test]
    fn a_share_of_the_devices_has_a_viewer_who_is_not_the_owner() {
        let mut plan = plan();
        plan.cast.cameras = 4_000;
        plan.cast.viewer_share = 0.25;
        let viewers = plan.viewers();
        let watched: Vec<_> = (0..4_000).filter_map(|d| Some((d, viewers.of(d)?))).collect();
        assert!((900..1_100).contains(&watched.len()), "{}", watched.len());
        for (device, viewer) in watched {
            assert!(viewer < plan.cast.phones && viewer != plan.owner_of(device));
            assert_eq!(plan.viewer_of(device), Some(viewer));
        }
    }

    #[test]
    fn removing_a_camera_changes_no_other_viewer() {
        let whole = plan();
        let mut less = whole.clone();
        less.cast.cameras -= 1;
        for device in 0..less.cast.cameras {
            assert_eq!(whole.viewer_of(device), less.viewer_of(device));
        }
    }

    #[test]
    fn a_clone_has_the_identity_of_a_strangers_camera() {
        let mut plan = plan();
        (plan.cast.cameras, plan.cast.phones, plan.cast.clones) = (12, 5, 6);
        for camera in 0..12 {
            let shown = plan.identity_of(camera);
            assert!(shown < 6, "{shown} is the identity of a clone");
            assert_eq!(shown == camera, camera < 6);
            assert!(camera < 6 || plan.owner_of(shown) != plan.owner_of(camera));
        }
    }

    #[test]
    fn with_one_phone_there_is_no_viewer() {
        let mut plan = plan();
        plan.cast.viewer_share = 1.0;
        plan.cast.phones = 1;
        assert_eq!((plan.owner_of(7), plan.viewer_of(7)), (0, None));
    }
}
