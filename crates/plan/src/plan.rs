//! A plan: all that was drawn for one run, as data that can be kept, edited and made smaller.
//!
//! It lists faults and changes one by one, but never devices: who owns and who may watch a
//! camera at the start are pure functions of the plan, so that one for five million accounts is
//! as short as one for forty.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::place::Target;
use crate::rng::{Dice, Draw, Streams};
use crate::scenario::{
    Cache, Cast, Client, Directory, FaultKind, Network, Recovery, Service, Workload,
};
use crate::script::Script;
use crate::seed::Seed;

/// Everything that determines a run, but for the code that plays it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The scenario it was drawn from.
    pub scenario: String,
    /// That scenario's one line.
    pub summary: String,
    /// What the plan was drawn with; the initial viewers come from it too.
    pub seed: Seed,
    /// What decides which of two things comes first: scheduling, latencies inside the data
    /// centre, service times. Derived from the seed, but on its own, so that one plan can be
    /// played with other luck. What devices and people do hangs on the seed alone.
    pub execution_seed: Seed,
    /// How long the run lasts in simulated time, its recovery included.
    pub duration_ms: u64,
    /// Cancels a call of the caching client at this suspension of the run, counted from 1: whoever
    /// sent the request gives it up just then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<u64>,
    /// Who takes part.
    pub cast: Cast,
    /// The caching client under test.
    pub client: Client,
    /// The defences that are switched on, by name.
    pub defences: Vec<String>,
    /// How the service behaves.
    pub service: Service,
    /// The cache servers.
    pub cache: Cache,
    /// The database behind the service.
    pub directory: Directory,
    /// Latency, jitter and bandwidth of the links.
    pub network: Network,
    /// What cameras and people do. Its `changes` are those drawn into [`Plan::changes`]; they
    /// are not to be carried out again.
    pub workload: Workload,
    /// What devices and people do, one by one, instead of what their dice say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    /// Changes of ownership and of grants, by time.
    pub changes: Vec<Change>,
    /// Fault points that are armed, by name, with the probability that one fires on a visit.
    #[serde(default)]
    pub points: BTreeMap<String, f64>,
    /// What goes wrong, by the time it begins.
    pub faults: Vec<Fault>,
    /// Situations the run must reach at least so many times before it may be called clean.
    pub reach: BTreeMap<String, u64>,
    /// What must hold after the last fault has ended.
    pub recovery: Recovery,
}

/// One fault, its times drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// When it begins.
    pub start_ms: u64,
    /// How long it lasts. Of a failover: `failover_ms` of the directory.
    pub length_ms: u64,
    /// Where it strikes.
    pub target: Target,
    /// How bad, see [`FaultKind`]; 1 for a kind that knows no degrees.
    pub severity: f64,
    /// Whose dice it rolls, if not those of its place in the plan: a fault that is left out must not
    /// change those of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dice: Option<u32>,
}

impl Fault {
    /// The first moment at which it is over.
    pub fn end_ms(&self) -> u64 {
        self.start_ms.saturating_add(self.length_ms)
    }
}

/// One change of who may see a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// When somebody asks for it.
    pub at_ms: u64,
    /// What is asked for.
    pub kind: ChangeKind,
    /// The camera.
    pub device: u32,
    /// The account that gets the right or loses it: who may watch, who may no longer watch, the
    /// next owner, or, at a deletion, the last.
    pub user: u32,
    /// Whose dice it rolls, as with a fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dice: Option<u32>,
}

/// The kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// The owner lets somebody else watch.
    Share,
    /// The owner takes that back.
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
    /// How many devices the service knows: one for each camera that is no clone.
    pub fn identities(&self) -> u32 {
        self.cameras.saturating_sub(self.clones)
    }
}

impl Plan {
    /// The account that owns the device at the start.
    pub fn owner_of(&self, device: u32) -> u32 {
        device % self.cast.phones.max(1)
    }

    /// The device as which a camera shows itself: the one of its number, or, if it is one of the
    /// clones, one that is not its owner's. Each clone has a roll of its own.
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

    /// The account, never the owner's, that may watch the device at the start, if there is one.
    ///
    /// It derives the dice anew each time: who asks for many keeps [`Plan::viewers`].
    pub fn viewer_of(&self, device: u32) -> Option<u32> {
        self.viewers().of(device)
    }

    /// The accounts that may watch at the start, ready to be asked for millions of devices.
    pub fn viewers(&self) -> Viewers {
        let phones = self.cast.phones.max(1);
        Viewers {
            dice: Streams::new(self.seed.0).dice("viewer"),
            phones,
            share: self.cast.viewer_share,
        }
    }

    /// When the first fault begins; `None` without faults.
    pub fn first_fault_ms(&self) -> Option<u64> {
        self.faults.iter().map(|fault| fault.start_ms).min()
    }

    /// When the last fault has ended; `None` without faults.
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
    /// As [`Plan::viewer_of`]. Each device has a roll of its own, so no other device has a say.
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
        let scenario = crate::builtin::scenario("reconnect-storm");
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
    fn one_camera_less_changes_no_other_viewer() {
        let whole = plan();
        let mut less = whole.clone();
        less.cast.cameras -= 1;
        for device in 0..less.cast.cameras {
            assert_eq!(whole.viewer_of(device), less.viewer_of(device));
        }
    }

    #[test]
    fn a_clone_shows_the_identity_of_a_strangers_camera() {
        let mut plan = plan();
        (plan.cast.cameras, plan.cast.phones, plan.cast.clones) = (12, 5, 6);
        for camera in 0..12 {
            let shown = plan.identity_of(camera);
            assert!(shown < 6, "{shown} has a camera of its own");
            assert_eq!(shown == camera, camera < 6);
            assert!(camera < 6 || plan.owner_of(shown) != plan.owner_of(camera));
        }
    }

    #[test]
    fn with_one_phone_nobody_else_watches() {
        let mut plan = plan();
        plan.cast.viewer_share = 1.0;
        plan.cast.phones = 1;
        assert_eq!((plan.owner_of(7), plan.viewer_of(7)), (0, None));
    }
}
