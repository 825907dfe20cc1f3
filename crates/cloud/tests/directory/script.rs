//! Scripts of requests and faults for the directory, and its answers.

use bytes::Bytes;
use crosswire_cloud::DirectoryClient;
use crosswire_cloud::directory::{Ask, Changed, Key, Role};
use crosswire_history::{DeviceId, Epoch, EventId, Intent, Principal, Serial, UserId};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io;

/// Number of devices, counted from 0. The next number is an unknown device.
pub const DEVICES: u32 = 3;

/// The users.
pub const ANYBODY: std::ops::Range<u32> = 0..4;

/// A read or a change, and the node it is sent to. Changes go to the primary.
#[derive(Clone, Debug)]
pub struct Request {
    pub ask: Ask,
    pub role: Role,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// Waits this many slots.
    Wait(u64),
    Ask(Request),
    /// Multiplies service times by this factor; 1 ends a brown-out.
    BrownOut(f64),
    Dies,
    /// The replica takes over.
    FailsOver,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The node was unreachable or overloaded.
    Refused,
    /// The node died in the meantime.
    Reset,
    Known(bool),
    Cameras(Vec<(DeviceId, Epoch)>, u64),
    Viewers(Vec<UserId>, u64),
    MaySee(Vec<bool>),
    Epoch(Option<Epoch>),
    Epochs(Vec<(Epoch, u64)>),
    Changes(Vec<Changed>, u64),
    Rows(Vec<(u64, EventId, Epoch, Bytes)>),
    Stored(Option<(Epoch, bool)>),
    Changed(Option<Changed>),
}

/// Sends a request as a gateway would.
pub async fn ask(client: &DirectoryClient, Request { ask, role }: Request) -> Said {
    let said = match ask {
        Ask::IsKnown(principal) => client.is_known(principal).await.map(Said::Known),
        Ask::IsBound(device, serial) => client.is_bound(device, serial).await.map(Said::Known),
        Ask::CamerasOf(user) => {
            client.cameras_of(role, user).await.map(|said| Said::Cameras(said.value, said.commit))
        }
        Ask::ViewersOf(device, epoch) => {
            let said = client.viewers_of(role, device, epoch).await;
            said.map(|said| Said::Viewers(said.value, said.commit))
        }
        Ask::MaySee(user, events) => client.may_see(user, events).await.map(Said::MaySee),
        Ask::MayWatch(user, cameras) => client.may_watch(user, cameras).await.map(Said::MaySee),
        Ask::EpochOf(event) => client.epoch_of(event).await.map(Said::Epoch),
        Ask::EpochsOf(device) => client.epochs_of(device).await.map(Said::Epochs),
        Ask::ChangesSince(commit) => {
            client.changes_since(commit).await.map(|said| Said::Changes(said.value, said.commit))
        }
        Ask::Events(cameras, behind, limit) => {
            let rows = client.events(cameras, behind, limit).await;
            rows.map(|rows| {
                let rows = rows.into_iter();
                Said::Rows(rows.map(|r| (r.commit, r.event, r.epoch, r.caption)).collect())
            })
        }
        Ask::StoreEvent(event, captured_ms, caption) => {
            let stored = client.store_event(event, captured_ms, caption).await;
            stored.map(|stored| Said::Stored(stored.map(|it| (it.epoch, it.first_time))))
        }
        Ask::Keyed(key, change) => client.change_once(key, *change).await.map(Said::Changed),
        change => client.change(change).await.map(Said::Changed),
    };
    said.unwrap_or_else(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => Said::Refused,
        io::ErrorKind::ConnectionReset => Said::Reset,
        _ => panic!("{error}"),
    })
}

fn user() -> impl Strategy<Value = UserId> {
    ANYBODY.prop_map(UserId)
}

fn device() -> impl Strategy<Value = DeviceId> {
    prop_oneof![9 => 0..DEVICES, 1 => Just(DEVICES)].prop_map(DeviceId)
}

fn camera() -> impl Strategy<Value = (DeviceId, Epoch)> {
    (device(), (1_u32..4).prop_map(Epoch))
}

fn event() -> impl Strategy<Value = EventId> {
    (device(), 1_u32..4).prop_map(|(device, seq)| EventId { device, seq })
}

/// A read and its node; the replica receives only requests that gateways send to it.
pub fn read() -> BoxedStrategy<Request> {
    let role = || prop_oneof![Just(Role::Primary), Just(Role::Replica)];
    let primary =
        |ask: BoxedStrategy<Ask>| ask.prop_map(|ask| Request { ask, role: Role::Primary });
    let either =
        |ask: BoxedStrategy<Ask>| (ask, role()).prop_map(|(ask, role)| Request { ask, role });
    let principal = prop_oneof![
        6 => device().prop_map(Principal::Device),
        1 => user().prop_map(Principal::User),
        1 => Just(Principal::Gateway),
    ];
    let bound = (device(), 0..DEVICES).prop_map(|(it, serial)| Ask::IsBound(it, Serial(serial)));
    let events = (vec(camera(), 0..4), 0_u64..8, 1_usize..4)
        .prop_map(|(cameras, behind, limit)| Ask::Events(cameras, behind, limit));
    prop_oneof![
        1 => primary(principal.prop_map(Ask::IsKnown).boxed()),
        1 => primary(bound.boxed()),
        4 => either(user().prop_map(Ask::CamerasOf).boxed()),
        4 => either(camera().prop_map(|(it, epoch)| Ask::ViewersOf(it, epoch)).boxed()),
        3 => primary((user(), vec(event(), 1..4)).prop_map(|(u, e)| Ask::MaySee(u, e)).boxed()),
        3 => primary((user(), vec(camera(), 1..4)).prop_map(|(u, c)| Ask::MayWatch(u, c)).boxed()),
        1 => primary(event().prop_map(Ask::EpochOf).boxed()),
        2 => primary(device().prop_map(Ask::EpochsOf).boxed()),
        2 => primary((0_u64..12).prop_map(Ask::ChangesSince).boxed()),
        3 => events.prop_map(|ask| Request { ask, role: Role::Replica }),
    ]
    .boxed()
}

/// An access change, with the device and the user it concerns.
fn change() -> BoxedStrategy<(Ask, DeviceId, UserId)> {
    (0_u8..8, device(), user(), user(), any::<bool>())
        .prop_map(|(kind, device, by, about, stated)| {
            let stated = if stated { Some(by) } else { None };
            match kind {
                0..3 => (Ask::Share(by, device, about), device, about),
                3..5 => (Ask::Revoke(by, device, about), device, about),
                5 => (Ask::Transfer(stated, device, about), device, about),
                6 => (Ask::HandOver(stated, device, about), device, about),
                _ => (Ask::Delete(by, device), device, by),
            }
        })
        .boxed()
}

/// An access change or an event.
pub fn write() -> BoxedStrategy<Request> {
    let store = (event(), 0_u64..200, "[a-c]").prop_map(|(event, captured_ms, caption)| {
        Ask::StoreEvent(event, captured_ms, caption.into_bytes().into())
    });
    let keyed = (change(), 1_u32..4).prop_map(|((change, device, user), intent)| {
        Ask::Keyed(Key { device, user, intent: Intent(intent) }, Box::new(change))
    });
    prop_oneof![3 => store, 6 => change().prop_map(|change| change.0), 2 => keyed]
        .prop_map(|ask| Request { ask, role: Role::Primary })
        .boxed()
}

/// A script.
pub fn script() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => read().prop_map(Step::Ask),
        8 => write().prop_map(Step::Ask),
        4 => (0_u64..20).prop_map(Step::Wait),
        1 => prop_oneof![Just(1.0), Just(2.5), Just(10.0)].prop_map(Step::BrownOut),
        1 => Just(Step::Dies),
        2 => Just(Step::FailsOver),
    ];
    vec(step, 1..80)
}
