//! The fleet: all devices in arrays, and one wheel for everything they do next.

mod acts;
mod request;

use crate::backlog::Pool;
use crate::camera::Camera;
use crate::cheat::{Cheat, Device, cheats};
use crate::ownership_change::OwnershipChange;
use crate::phone::{Pages, Phone};
use crate::session::{ChangeId, CheatId, ClientRef, Session};
use bytes::Bytes;
use crosswire_cloud::GatewayProcess;
use crosswire_cloud::owner_tag::OwnerKey;
use crosswire_history::sync::{Mutex, MutexGuard};
use crosswire_history::{
    ById, DeviceId, EventId, Exposure, Fact, Journal, Mint, NodeId, NodeKind, Outcome, Point,
    Principal, RequestId, Serial, UserId, scope,
};
use crosswire_net::net::Actor;
use crosswire_net::{DelaySource, Net, Site, Wheel};
use crosswire_plan::rng::{Dice, Draw, Roll};
use crosswire_plan::scenario::{Backoff, BackoffFamily};
use crosswire_plan::{Plan, Script, Streams};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// Longest delay of a push by the fault point `push-late`.
const LATE_PUSH_MS: u64 = 1_000;

/// All cameras and phones of a run. Clones are handles to one fleet.
#[derive(Clone)]
pub struct Fleet(Arc<Mutex<Inner>>);

/// A gateway, as the fleet reaches it.
#[derive(Clone)]
pub struct Gateway {
    /// Its site on the network.
    pub site: Site,
    /// The process that takes requests there.
    pub process: GatewayProcess,
}

/// The parts a fleet is made of.
pub struct FleetParts {
    /// The network.
    pub net: Net,
    /// The journal of the run.
    pub journal: Journal,
    /// Makes and reads the tags of captured events.
    pub mint: Mint,
    /// The sites of all cameras and of all phones.
    pub crowds: (Site, Site),
    /// The gateways.
    pub gateways: Vec<Gateway>,
}

/// An entry of the fleet's wheel.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    Capture(Serial),
    /// An alarm that a device has set. Void if the device has changed its state since.
    Wake(ClientRef, u32),
    Timeout(ClientRef, RequestId),
    GiveUp(ClientRef, RequestId),
    /// A device notices that its connection is broken.
    Loss(ClientRef, u64),
    /// A phone asks for the list again, if it still waits for this request.
    Refresh(UserId, RequestId),
}

/// A burst of users giving up their requests.
#[derive(Clone, Copy, Debug)]
struct Burst {
    share: f64,
    /// Applies to this gateway only, or to all if `None`.
    gateway: Option<u16>,
}

pub(crate) struct Inner {
    me: Weak<Mutex<Inner>>,
    pub(crate) net: Net,
    pub(crate) journal: Journal,
    pub(crate) mint: Mint,
    pub(crate) plan: Arc<Plan>,
    pub(crate) backoffs: Vec<Backoff>,
    crowds: (Site, Site),
    gateways: Vec<Gateway>,
    wheel: Wheel<Due>,
    pub(crate) cameras: ById<Serial, Camera>,
    /// The identities of the cameras that were made with the identities of others.
    pub(crate) clones: BTreeMap<Serial, DeviceId>,
    pub(crate) phones: ById<UserId, Phone>,
    pub(crate) ownership_changes: ById<ChangeId, OwnershipChange>,
    /// The second request of each phone, if the plan has impatient users.
    pub(crate) refreshes: ById<UserId, Session>,
    /// The dishonest sides of all devices, if the plan has dishonest devices.
    pub(crate) cheats: ById<CheatId, Cheat>,
    pub(crate) owners: ById<DeviceId, UserId>,
    /// The keys that cameras seal with, if they were given any.
    pub(crate) owner_keys: BTreeMap<Serial, Vec<OwnerKey>>,
    pub(crate) pool: Pool,
    pub(crate) pages: Pages,
    dice: [Dice; 5],
    sessions: u64,
    bursts: Vec<Burst>,
    /// Number of cameras that should be connected and are not.
    pub(crate) offline: u32,
    /// The acts of devices, if they are being recorded.
    acts: Option<Script>,
}

impl Fleet {
    /// Creates the fleet of a plan, switched off. See [`Self::start`].
    pub fn new(plan: &Arc<Plan>, parts: FleetParts) -> Self {
        let FleetParts { net, journal, mint, crowds, gateways } = parts;
        let streams = Streams::new(plan.seed.0);
        // The names select random streams, so they never change: "errand" is an ownership change.
        let dice = ["camera", "phone", "errand", "refresh", "dishonest act"];
        let dice = dice.map(|name| streams.dice(name));
        let backoffs = match plan.workload.backoffs.as_slice() {
            [] => vec![Backoff {
                family: BackoffFamily::FullJitter,
                base_ms: 1_000,
                cap_ms: 8_000,
                weight: 1.0,
                reset_after_ms: 20_000,
            }],
            some => some.to_vec(),
        };
        let inner = |me: &Weak<Mutex<Inner>>| {
            Mutex::new(Inner {
                me: me.clone(),
                net,
                journal,
                mint,
                backoffs,
                crowds,
                gateways,
                wheel: Wheel::default(),
                cameras: (0..plan.cast.cameras).map(|_| Camera::default()).collect(),
                clones: (plan.cast.identities()..plan.cast.cameras)
                    .map(|camera| (Serial(camera), DeviceId(plan.identity_of(camera))))
                    .collect(),
                phones: (0..plan.cast.phones).map(|_| Phone::default()).collect(),
                ownership_changes: plan
                    .changes
                    .iter()
                    .map(|change| OwnershipChange::new(*change))
                    .collect(),
                refreshes: match plan.workload.refresh_share {
                    0.0 => ById::default(),
                    _ => (0..plan.cast.phones).map(|_| Session::default()).collect(),
                },
                cheats: cheats(plan),
                owner_keys: BTreeMap::new(),
                owners: (0..plan.cast.cameras)
                    .map(|device| UserId(plan.owner_of(device)))
                    .collect(),
                pool: Pool::new(),
                pages: Pages::default(),
                dice,
                sessions: 0,
                bursts: Vec::new(),
                offline: plan.script.as_ref().map_or(plan.cast.cameras, |s| s.cameras.len() as u32),
                acts: None,
                plan: plan.clone(),
            })
        };
        Self(Arc::new_cyclic(inner))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock()
    }

    /// Returns the actor that the network's driver turns.
    pub fn actor(&self) -> Arc<Mutex<dyn Actor>> {
        self.0.clone()
    }

    /// Switches all cameras on and lets users open their apps.
    pub fn start(&self) {
        let mut inner = self.inner();
        inner.start_cameras();
        inner.start_phones();
        inner.start_ownership_changes();
    }

    /// Breaks all connections to a gateway that has crashed. Each device notices at once or within
    /// the detection time.
    pub fn gateway_lost(&self, gateway: u16) {
        self.inner().break_sessions(gateway, |_| true, false);
    }

    /// Breaks a share of the connections to a gateway: resets them, or leaves them half-open.
    pub fn break_connections(
        &self,
        gateway: u16,
        share: f64,
        half_open: bool,
        draw: &mut impl Draw,
    ) {
        self.inner().break_sessions(gateway, |_| draw.chance(share), half_open);
    }

    /// Lets a share of the users open the app within five seconds, because they have heard that the
    /// outage is over.
    pub fn rush(&self) {
        let mut inner = self.inner();
        let share = inner.plan.workload.rush_share;
        for phone in inner.phones.ids() {
            let mut roll = inner.roll(ClientRef::Phone(phone));
            if roll.chance(share) {
                let within_ms = roll.between(1, 5_000);
                inner.open_within(phone, within_ms);
            }
        }
    }

    /// Lets every user without an open app open it within this time. All faults are over by then,
    /// so an event that is not shown is lost.
    pub fn everybody_looks(&self, within_ms: u64) {
        let mut inner = self.inner();
        for phone in inner.phones.ids() {
            let within_ms = inner.roll(ClientRef::Phone(phone)).between(1, within_ms.max(1));
            inner.open_within(phone, within_ms);
        }
    }

    /// Begins a burst: this share of the phones' requests is given up shortly after being sent.
    pub fn begin_burst(&self, share: f64, gateway: Option<u16>) {
        self.inner().bursts.push(Burst { share, gateway });
    }

    /// Lets the device that waits for this request give it up now. Does nothing if no device waits
    /// for it. The caller drops the work at the gateway.
    pub fn give_up(&self, request: RequestId) {
        self.inner().abandon(request);
    }

    /// Ends the oldest burst at this gateway.
    pub fn end_burst(&self, gateway: Option<u16>) {
        let bursts = &mut self.inner().bursts;
        let at = bursts.iter().position(|burst| burst.gateway == gateway);
        bursts.remove(at.expect("a burst that ends has begun"));
    }

    /// Returns the number of events not yet uploaded and of cameras not connected.
    pub fn backlog_and_offline(&self) -> (u32, u32) {
        let inner = self.inner();
        (inner.pool.total, inner.offline)
    }

    /// Pushes an event from the gateway at `from` to a user's phone. Called in the scope of the job
    /// that decided to push.
    pub fn push(&self, from: Site, user: UserId, named: EventId, thumbnail: Bytes) {
        let mut inner = self.inner();
        let since_ms = inner.net.now_ms();
        let request = scope::current().request;
        if inner.phones.get(user).is_none() {
            // A service that misreads its cache may push to a user who does not exist.
            return;
        }
        let mut roll = inner.roll(ClientRef::Phone(user));
        let delay = DelaySource::Sender(roll.unit(), roll.unit());
        let (fleet, phones, net) = (self.clone(), inner.crowds.1, inner.net.clone());
        let send = move || {
            net.post((from, phones), 24_000, delay, move |_| {
                let inner = fleet.inner();
                inner.deliver(request, user, named, &thumbnail, Exposure::Pushed, since_ms);
            });
        };
        let (_, node) = inner.crowd(ClientRef::Phone(user));
        match inner.net.held_back(node, Point::PushLate, LATE_PUSH_MS) {
            Some(wait_ms) => inner.net.later(wait_ms, send),
            None => send(),
        }
    }
}

impl Actor for Inner {
    fn next_due(&mut self) -> Option<u64> {
        let Self { wheel, cameras, phones, ownership_changes, refreshes, cheats, .. } = self;
        let session = |client| match client {
            ClientRef::Camera(at) => &cameras[at].session,
            ClientRef::Phone(at) => &phones[at].session,
            ClientRef::OwnershipChange(at) => &ownership_changes[at].session,
            ClientRef::Refresh(at) => &refreshes[at],
            ClientRef::Cheat(at) => &cheats[at].session,
        };
        wheel.next_live(|due| match *due {
            Due::Capture(_) => false,
            Due::Wake(client, turn) => session(client).turn != turn,
            Due::Timeout(client, request) | Due::GiveUp(client, request) => {
                session(client).waiting != request
            }
            Due::Loss(client, id) => session(client).id != id,
            Due::Refresh(at, request) => session(ClientRef::Phone(at)).waiting != request,
        })
    }

    fn act(&mut self, now_ms: u64) {
        while let Some(due) = self.wheel.pop(now_ms) {
            match due {
                Due::Capture(camera) => self.capture(camera),
                Due::Wake(client, turn) if self.session(client).turn == turn => self.wake(client),
                Due::Timeout(client, request) => self.give_up(client, request, Outcome::TimedOut),
                Due::GiveUp(client, request) => self.give_up(client, request, Outcome::GaveUp),
                Due::Loss(client, id) if self.session(client).id == id => self.loss(client),
                Due::Refresh(at, request) => self.phone_refreshes(at, request),
                Due::Wake(..) | Due::Loss(..) => {}
            }
        }
    }
}

impl Inner {
    pub(crate) fn session(&mut self, client: ClientRef) -> &mut Session {
        match client {
            ClientRef::Camera(at) => &mut self.cameras[at].session,
            ClientRef::Phone(at) => &mut self.phones[at].session,
            ClientRef::OwnershipChange(at) => &mut self.ownership_changes[at].session,
            ClientRef::Refresh(at) => &mut self.refreshes[at],
            ClientRef::Cheat(at) => &mut self.cheats[at].session,
        }
    }

    /// Returns the next roll of a device's dice.
    pub(crate) fn roll(&mut self, client: ClientRef) -> Roll {
        let session = self.session(client);
        session.rolls += 1;
        let rolls = session.rolls;
        let (dice, id) = match client {
            ClientRef::Camera(at) => (0, at.0),
            ClientRef::Phone(at) => (1, at.0),
            ClientRef::OwnershipChange(at) => {
                (2, self.ownership_changes[at].change.dice.unwrap_or(at.0))
            }
            ClientRef::Refresh(at) => (3, at.0),
            ClientRef::Cheat(at) => (4, at.0),
        };
        self.dice[dice].roll(u64::from(id), rolls)
    }

    pub(crate) fn after(&mut self, ms: u64, due: Due) {
        let at_ms = self.net.now_ms() + ms;
        self.wheel.push(at_ms, due);
    }

    /// Wakes a device later, unless its state changes first.
    pub(crate) fn wake_after(&mut self, client: ClientRef, ms: u64) {
        let turn = self.session(client).turn;
        self.after(ms, Due::Wake(client, turn));
    }

    pub(crate) fn gateway_count(&self) -> u64 {
        self.gateways.len() as u64
    }

    /// Returns the gateway of a connection.
    fn gateway_of(&self, session: &Session) -> &Gateway {
        &self.gateways[usize::from(session.gateway)]
    }

    pub(crate) fn crowd(&self, client: ClientRef) -> (Site, NodeId) {
        let is_camera = match client {
            ClientRef::Camera(_) => true,
            ClientRef::Phone(_) | ClientRef::OwnershipChange(_) | ClientRef::Refresh(_) => false,
            ClientRef::Cheat(at) => matches!(self.cheats[at].device, Device::Camera(_)),
        };
        let (site, kind) = if is_camera {
            (self.crowds.0, NodeKind::Cameras)
        } else {
            (self.crowds.1, NodeKind::Phones)
        };
        (site, NodeId::new(kind, 0))
    }

    fn principal(&self, client: ClientRef) -> Principal {
        match client {
            ClientRef::Camera(at) => Principal::Device(self.identity(at)),
            ClientRef::Phone(at) | ClientRef::Refresh(at) => Principal::User(at),
            ClientRef::OwnershipChange(at) => Principal::User(self.ownership_changes[at].by),
            ClientRef::Cheat(at) => self.cheat_by(at),
        }
    }

    fn record(&self, client: ClientRef, request: RequestId, what: Fact) {
        let (_, node) = self.crowd(client);
        self.journal.record_for(self.net.now_ms(), node, request, what);
    }

    fn lost(&mut self, client: ClientRef) {
        match client {
            ClientRef::Camera(at) => self.camera_lost(at),
            ClientRef::Phone(at) => self.phone_lost(at),
            ClientRef::OwnershipChange(at) => self.ownership_change_lost(at),
            // The connection belongs to the phone.
            ClientRef::Refresh(at) => self.loss(ClientRef::Phone(at)),
            ClientRef::Cheat(at) => self.cheat_ends(at),
        }
    }

    fn wake(&mut self, client: ClientRef) {
        match client {
            ClientRef::Camera(at) => self.camera_wakes(at),
            ClientRef::Phone(at) => self.phone_wakes(at),
            ClientRef::OwnershipChange(at) => self.ownership_change_wakes(at),
            ClientRef::Cheat(at) => self.cheat_wakes(at),
            ClientRef::Refresh(_) => {}
        }
    }

    /// Iterates over all clients in order, except refreshes, which use their phone's connection.
    fn everyone(&self) -> impl Iterator<Item = ClientRef> + use<> {
        let cameras = self.cameras.ids().map(ClientRef::Camera);
        let phones = self.phones.ids().map(ClientRef::Phone);
        let ownership_changes = self.ownership_changes.ids().map(ClientRef::OwnershipChange);
        let cheats = self.cheats.ids().map(ClientRef::Cheat);
        cameras.chain(phones).chain(ownership_changes).chain(cheats)
    }

    fn break_sessions(
        &mut self,
        gateway: u16,
        mut chosen: impl FnMut(ClientRef) -> bool,
        half_open: bool,
    ) {
        for client in self.everyone() {
            let session = *self.session(client);
            if session.gateway != gateway || !session.is_connected() || !chosen(client) {
                continue;
            }
            if half_open {
                self.session(client).half_open = true;
                continue;
            }
            let mut roll = self.roll(client);
            // Half of them get a reset; the others have to notice the silence.
            let within_ms = if roll.chance(0.5) { 50 } else { self.plan.workload.detect_within_ms };
            let after_ms = roll.between(1, within_ms.max(1));
            self.after(after_ms, Due::Loss(client, session.id));
        }
    }

    /// Records that a part of an event has reached a user.
    pub(crate) fn deliver(
        &self,
        request: RequestId,
        user: UserId,
        named: EventId,
        bytes: &[u8],
        how: Exposure,
        since_ms: u64,
    ) {
        let origin = self.mint.read(bytes);
        let what = Fact::Delivered { user, named, origin, how, since_ms };
        let node = NodeId::new(NodeKind::Phones, 0);
        self.journal.record_for(self.net.now_ms(), node, request, what);
    }
}
