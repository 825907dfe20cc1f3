//! A model of the directory, as simple as possible: a list of all versions, one per commit, and a
//! list of pending events.

use crate::script::{ANYBODY, DEVICES, Request, Said, Step};
use bytes::Bytes;
use crosswire_cloud::directory::{Ask, Role};
use crosswire_cloud::directory::{Changed, DirectorySpec, Key};
use crosswire_history::{DeviceId, Epoch, EventId, Principal, Serial, UserId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An epoch of a device.
#[derive(Clone)]
struct Held {
    owner: UserId,
    since_ms: u64,
    over: bool,
}

/// The state as of one commit.
#[derive(Clone, Default)]
pub struct Version {
    devices: BTreeMap<DeviceId, Vec<Held>>,
    guests: BTreeSet<(DeviceId, Epoch, UserId)>,
    /// Each event with the commit that stored it.
    events: Vec<(u64, EventId, Epoch, Bytes)>,
    keys: BTreeMap<(DeviceId, UserId), u32>,
    changes: Vec<Changed>,
    number: u64,
}

impl Version {
    /// Returns the initial state: device n is owned by user n and bound to hardware n; user 0
    /// watches the last device.
    pub fn first() -> Self {
        let mut first = Self { number: 1, ..Self::default() };
        for device in 0..DEVICES {
            let held = Held { owner: UserId(device), since_ms: 0, over: false };
            first.devices.insert(DeviceId(device), vec![held]);
        }
        first.guests.insert((DeviceId(DEVICES - 1), Epoch(1), UserId(0)));
        first
    }

    fn present(&self, device: DeviceId) -> Option<(Epoch, UserId)> {
        let epochs = self.devices.get(&device)?;
        let last = epochs.last().filter(|held| !held.over)?;
        Some((Epoch(epochs.len() as u32), last.owner))
    }

    fn owned(&self, owner: UserId, device: DeviceId) -> Option<Epoch> {
        self.present(device).filter(|(_, present)| *present == owner).map(|(epoch, _)| epoch)
    }

    fn viewers(&self, device: DeviceId, epoch: Epoch) -> Vec<UserId> {
        ANYBODY.map(UserId).filter(|user| self.watches(*user, device, epoch)).collect()
    }

    fn watches(&self, user: UserId, device: DeviceId, epoch: Epoch) -> bool {
        let held = self.devices.get(&device).and_then(|held| held.get(epoch.0 as usize - 1));
        held.is_some_and(|held| held.owner == user) || self.guests.contains(&(device, epoch, user))
    }

    fn event(&self, event: EventId) -> Option<Epoch> {
        self.events.iter().find(|stored| stored.1 == event).map(|stored| stored.2)
    }

    /// Answers a read; `None` if the request is a change.
    pub fn read(&self, ask: &Ask) -> Option<Said> {
        Some(match ask {
            Ask::IsKnown(Principal::Device(device)) => Said::Known(self.present(*device).is_some()),
            Ask::IsKnown(principal) => Said::Known(matches!(principal, Principal::User(_))),
            Ask::CamerasOf(user) => {
                let mut cameras = Vec::new();
                for (device, epochs) in &self.devices {
                    for epoch in (1..=epochs.len() as u32).map(Epoch) {
                        if self.watches(*user, *device, epoch) {
                            cameras.push((*device, epoch));
                        }
                    }
                }
                Said::Cameras(cameras, self.number)
            }
            Ask::ViewersOf(device, epoch) => {
                Said::Viewers(self.viewers(*device, *epoch), self.number)
            }
            Ask::MaySee(user, events) => Said::MaySee(
                events
                    .iter()
                    .map(|event| {
                        let epoch = self.event(*event);
                        epoch.is_some_and(|epoch| self.watches(*user, event.device, epoch))
                    })
                    .collect(),
            ),
            Ask::MayWatch(user, cameras) => Said::MaySee(
                cameras
                    .iter()
                    .map(|(device, epoch)| self.watches(*user, *device, *epoch))
                    .collect(),
            ),
            Ask::EpochOf(event) => Said::Epoch(self.event(*event)),
            Ask::EpochsOf(device) => {
                let epochs = self.devices.get(device).cloned().unwrap_or_default();
                let numbers = (1..).map(Epoch);
                Said::Epochs(numbers.zip(epochs.iter().map(|held| held.since_ms)).collect())
            }
            Ask::ChangesSince(commit) => {
                let after = self.changes.iter().filter(|changed| changed.commit > *commit);
                Said::Changes(after.cloned().collect(), self.number)
            }
            Ask::Events(cameras, behind, limit) => {
                let mut rows = Vec::new();
                for camera in cameras {
                    rows.extend(self.events.iter().filter(|(commit, event, epoch, _)| {
                        commit > behind && (event.device, *epoch) == *camera
                    }));
                }
                rows.sort_by_key(|row| row.0);
                rows.truncate(*limit);
                Said::Rows(rows.into_iter().cloned().collect())
            }
            _ => return None,
        })
    }

    /// Answers a change, with the state it produces if it changes anything.
    pub fn change(&self, ask: &Ask, now_ms: u64) -> (Said, Option<Self>) {
        let mut next = self.clone();
        next.number += 1;
        let said = match ask {
            // Counts as a change because it may bind.
            Ask::IsBound(device, serial) => {
                Said::Known(self.present(*device).is_some() && Serial(device.0) == *serial)
            }
            Ask::StoreEvent(event, captured_ms, caption) => {
                Said::Stored(next.store(*event, *captured_ms, caption))
            }
            Ask::Share(owner, device, to) => Said::Changed(next.share(*owner, *device, *to)),
            Ask::Revoke(owner, device, from) => Said::Changed(next.revoke(*owner, *device, *from)),
            Ask::Transfer(from, device, to) => {
                Said::Changed(next.transfer(*from, *device, *to, now_ms, false))
            }
            Ask::HandOver(from, device, to) => {
                Said::Changed(next.transfer(*from, *device, *to, now_ms, true))
            }
            Ask::Delete(owner, device) => Said::Changed(next.delete(*owner, *device)),
            Ask::Keyed(key, ask) => return self.keyed(*key, ask, now_ms),
            read => panic!("{read:?} changes nothing"),
        };
        let changed = next.changes.len() > self.changes.len();
        let stored = next.events.len() > self.events.len();
        match said {
            // A repeated change is in effect as of the latest commit.
            Said::Changed(Some(already)) if !changed => {
                (Said::Changed(Some(Changed { commit: self.number, ..already })), None)
            }
            said if changed || stored => (said, Some(next)),
            said => (said, None),
        }
    }

    fn keyed(&self, key: Key, ask: &Ask, now_ms: u64) -> (Said, Option<Self>) {
        let latest = self.keys.get(&(key.device, key.user)).copied().unwrap_or(0);
        if latest > key.intent.0 {
            return (Said::Changed(None), None);
        }
        if latest == key.intent.0 {
            let present = self.present(key.device).map(|(epoch, _)| (key.device, epoch));
            let epochs = present.into_iter().collect();
            let made = Changed { epochs, users: vec![key.user], commit: self.number };
            return (Said::Changed(Some(made)), None);
        }
        let (said, next) = self.change(ask, now_ms);
        if !matches!(said, Said::Changed(Some(_))) {
            return (said, next);
        }
        // The key is recorded even if there was nothing left to do; that is not a commit.
        let mut next = next.unwrap_or_else(|| self.clone());
        next.keys.insert((key.device, key.user), key.intent.0);
        (said, Some(next))
    }

    fn store(
        &mut self,
        event: EventId,
        captured_ms: u64,
        caption: &Bytes,
    ) -> Option<(Epoch, bool)> {
        self.present(event.device)?;
        let epochs = &self.devices[&event.device];
        let epoch = epochs.iter().filter(|held| held.since_ms < captured_ms).count();
        if epoch == 0 {
            return None;
        }
        let epoch = Epoch(epoch as u32);
        let first_time = self.event(event).is_none();
        if first_time {
            self.events.push((self.number, event, epoch, caption.clone()));
        }
        Some((epoch, first_time))
    }

    fn share(&mut self, owner: UserId, device: DeviceId, to: UserId) -> Option<Changed> {
        let epoch = self.owned(owner, device)?;
        let new = to != owner && self.guests.insert((device, epoch, to));
        Some(self.changed(vec![(device, epoch)], vec![to], new))
    }

    fn revoke(&mut self, owner: UserId, device: DeviceId, from: UserId) -> Option<Changed> {
        let epoch = self.owned(owner, device)?;
        let held = self.guests.remove(&(device, epoch, from));
        Some(self.changed(vec![(device, epoch)], vec![from], held))
    }

    /// Ends the epoch and all its grants; a hand-over renews the grants in the next epoch.
    fn transfer(
        &mut self,
        from: Option<UserId>,
        device: DeviceId,
        to: UserId,
        now_ms: u64,
        keeps_guests: bool,
    ) -> Option<Changed> {
        let (epoch, owner) = self.present(device)?;
        if from.is_some_and(|from| from != owner) || owner == to {
            return None;
        }
        let mut users = self.end(device, epoch);
        users.push(to);
        let next = Epoch(epoch.0 + 1);
        let held = Held { owner: to, since_ms: now_ms, over: false };
        self.devices.get_mut(&device)?.push(held);
        let mut epochs = vec![(device, epoch)];
        if keeps_guests {
            epochs.push((device, next));
            let guests = users.iter().filter(|user| ![owner, to].contains(user));
            self.guests.extend(guests.map(|user| (device, next, *user)));
        }
        Some(self.changed(epochs, users, true))
    }

    fn delete(&mut self, owner: UserId, device: DeviceId) -> Option<Changed> {
        let epoch = self.owned(owner, device)?;
        let users = self.end(device, epoch);
        Some(self.changed(vec![(device, epoch)], users, true))
    }

    /// Ends the present epoch; returns its viewers.
    fn end(&mut self, device: DeviceId, epoch: Epoch) -> Vec<UserId> {
        let viewers = self.viewers(device, epoch);
        self.guests.retain(|guest| (guest.0, guest.1) != (device, epoch));
        if let Some(held) = self.devices.get_mut(&device).and_then(|held| held.last_mut()) {
            held.over = true;
        }
        viewers
    }

    fn changed(
        &mut self,
        epochs: Vec<(DeviceId, Epoch)>,
        users: Vec<UserId>,
        is_one: bool,
    ) -> Changed {
        let changed = Changed { epochs, users, commit: self.number };
        if is_one {
            self.changes.push(changed.clone());
        }
        changed
    }

    /// Returns the commit of this state.
    pub fn number(&self) -> u64 {
        self.number
    }
}

/// A pending event. Events at the same time happen in the order they were scheduled.
#[derive(Clone, Copy)]
enum Event {
    Arrives(usize, Role),
    /// Service of a request ends: it began in this generation of the node, as of this commit.
    Ends(usize, Role, u32, u64),
}

#[derive(Default)]
struct ServiceQueue {
    busy: usize,
    waiting: VecDeque<usize>,
    generation: u32,
}

/// The model of the directory. All service times and lags are the minimum of its spec.
pub struct Model {
    spec: DirectorySpec,
    /// All versions, each with the time at which the replica shows it.
    versions: Vec<(Version, u64)>,
    slowness: f64,
    queues: [ServiceQueue; 2],
    down: bool,
    events: BTreeMap<(u64, u64), Event>,
    counted: u64,
    requests: Vec<Ask>,
    /// The time and content of each answer.
    pub said: Vec<Option<(u64, Said)>>,
}

/// The latency of a message.
pub const LATENCY_MS: u64 = 1;

impl Model {
    pub fn new(spec: DirectorySpec) -> Self {
        Self {
            spec,
            versions: vec![(Version::first(), 0)],
            slowness: 1.0,
            queues: Default::default(),
            down: false,
            events: BTreeMap::new(),
            counted: 0,
            requests: Vec::new(),
            said: Vec::new(),
        }
    }

    /// Runs a step of the script at `now_ms`, after all events due by then.
    pub fn step(&mut self, now_ms: u64, step: &Step) {
        self.until(now_ms);
        match step {
            Step::Ask(Request { ask, role }) => {
                self.requests.push(ask.clone());
                self.said.push(None);
                self.push(now_ms + LATENCY_MS, Event::Arrives(self.requests.len() - 1, *role));
            }
            Step::BrownOut(slowness) => {
                self.slowness = *slowness;
                let latest_ms = now_ms + self.slow(self.spec.replica_lag_ms.1);
                for (_, shown_ms) in &mut self.versions {
                    *shown_ms = latest_ms.min(*shown_ms);
                }
            }
            Step::Dies if !self.down => {
                self.down = true;
                let queue = &mut self.queues[0];
                queue.generation += 1;
                queue.busy = 0;
                for lost in std::mem::take(&mut queue.waiting) {
                    self.answer(now_ms, lost, Said::Reset);
                }
            }
            // The replica takes over with all commits.
            Step::FailsOver if self.down => {
                self.down = false;
                for (_, shown_ms) in &mut self.versions {
                    *shown_ms = now_ms.min(*shown_ms);
                }
            }
            Step::Wait(_) | Step::Dies | Step::FailsOver => {}
        }
    }

    /// Processes all events due by `now_ms`.
    pub fn until(&mut self, now_ms: u64) {
        while let Some(next) = self.events.first_entry().filter(|next| next.key().0 <= now_ms) {
            let ((at_ms, _), event) = next.remove_entry();
            self.happens(at_ms, event);
        }
    }

    fn happens(&mut self, now_ms: u64, event: Event) {
        match event {
            Event::Arrives(request, role) => {
                let dead = role == Role::Primary && self.down;
                let queue = &mut self.queues[role as usize];
                if !dead && queue.busy < self.spec.connections {
                    queue.busy += 1;
                    self.begins(now_ms, request, role);
                } else if !dead && queue.waiting.len() < self.spec.queue {
                    queue.waiting.push_back(request);
                } else {
                    self.answer(now_ms, request, Said::Refused);
                }
            }
            Event::Ends(request, role, generation, until) => {
                if self.queues[role as usize].generation != generation {
                    return self.answer(now_ms, request, Said::Reset);
                }
                self.ends(now_ms, request, until);
                match self.queues[role as usize].waiting.pop_front() {
                    Some(next) => self.begins(now_ms, next, role),
                    None => self.queues[role as usize].busy -= 1,
                }
            }
        }
    }

    fn begins(&mut self, now_ms: u64, request: usize, role: Role) {
        let ask = &self.requests[request];
        let spec = &self.spec;
        let time_ms = if writes(ask) { spec.write_ms.0 } else { spec.read_ms.0 };
        let sees = |shown_ms: u64| role == Role::Primary || shown_ms <= now_ms;
        let until = self.versions.iter().filter(|(_, shown_ms)| sees(*shown_ms));
        let until = until.map(|(version, _)| version.number).max().unwrap_or(1);
        let generation = self.queues[role as usize].generation;
        self.push(now_ms + self.slow(time_ms), Event::Ends(request, role, generation, until));
    }

    fn ends(&mut self, now_ms: u64, request: usize, until: u64) {
        let ask = self.requests[request].clone();
        let as_of = self.versions.iter().rev().find(|(version, _)| version.number == until);
        if let Some(said) = as_of.and_then(|(version, _)| version.read(&ask)) {
            return self.answer(now_ms, request, said);
        }
        let (latest, shown_ms) = &self.versions[self.versions.len() - 1];
        let (said, next) = latest.change(&ask, now_ms);
        if let Some(next) = next {
            let is_commit = next.number > latest.number;
            let lag_ms = if is_commit { self.slow(self.spec.replica_lag_ms.0) } else { 0 };
            let shown_ms = if is_commit { (now_ms + lag_ms).max(*shown_ms) } else { *shown_ms };
            self.versions.push((next, shown_ms));
        }
        self.answer(now_ms, request, said);
    }

    fn answer(&mut self, now_ms: u64, request: usize, said: Said) {
        self.said[request] = Some((now_ms + LATENCY_MS, said));
    }

    fn slow(&self, ms: u64) -> u64 {
        (ms as f64 * self.slowness) as u64
    }

    fn push(&mut self, at_ms: u64, event: Event) {
        self.counted += 1;
        self.events.insert((at_ms, self.counted), event);
    }
}

fn writes(ask: &Ask) -> bool {
    use Ask::{Delete, HandOver, Keyed, Revoke, Share, StoreEvent, Transfer};
    matches!(
        ask,
        StoreEvent(..)
            | Share(..)
            | Revoke(..)
            | Transfer(..)
            | Delete(..)
            | HandOver(..)
            | Keyed(..)
    )
}
