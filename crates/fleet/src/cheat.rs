//! The dishonest sides of devices, as data.

use crate::backlog::Captured;
use crate::session::{CheatId, Session};
use crosswire_cloud::Token;
use crosswire_history::{ById, DeviceId, EventId, Serial, UserId};
use crosswire_plan::rng::Draw;
use crosswire_plan::{Plan, Streams};
use std::collections::BTreeMap;

impl CheatId {
    pub(crate) fn of(device: Device) -> Self {
        match device {
            Device::Phone(UserId(number)) => Self(number * 2),
            Device::Camera(Serial(number)) => Self(number * 2 + 1),
        }
    }
}

/// The device behind a dishonest connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Device {
    Phone(UserId),
    Camera(Serial),
}

/// The dishonest side of a device.
#[derive(Clone, Debug)]
pub(crate) struct Cheat {
    pub(crate) session: Session,
    pub(crate) device: Device,
    /// Set if the device is dishonest.
    pub(crate) dishonest: bool,
    /// The latest link that a phone was given to an event of each camera.
    pub(crate) links: BTreeMap<DeviceId, Token>,
    /// The latest event that a camera captured.
    pub(crate) captured: Captured,
    /// The event that was asked for.
    pub(crate) asked: EventId,
}

/// Returns the dishonest sides of all devices of a plan; none if the plan has no dishonest devices.
pub(crate) fn cheats(plan: &Plan) -> ById<CheatId, Cheat> {
    let share = plan.workload.dishonest.unwrap_or(0.0);
    if share == 0.0 {
        return ById::default();
    }
    let dice = Streams::new(plan.seed.0).dice("dishonest");
    let cheat = |device| Cheat {
        session: Session::default(),
        device,
        dishonest: dice.roll(u64::from(CheatId::of(device).0), 0).chance(share),
        links: BTreeMap::new(),
        captured: Captured::default(),
        asked: EventId::default(),
    };
    // If there are more phones than cameras, or fewer, the others of a pair never act.
    let pairs = 0..plan.cast.phones.max(plan.cast.cameras);
    let devices = pairs.flat_map(|at| [Device::Phone(UserId(at)), Device::Camera(Serial(at))]);
    devices.map(cheat).collect()
}
