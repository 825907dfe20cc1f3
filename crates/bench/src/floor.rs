//! The part of a storm's cost that the harness cannot save: the SQL that its requests need,
//! messages, tasks and timers, and the bytes to and from the cache. Each part is executed alone,
//! from the history of the storm.

pub mod resp;
mod trips;
pub mod wire;

pub use trips::Trips;

use crosswire::Storm;
use crosswire::sim::watch;
use crosswire_cloud::directory::tables::Tables;
use crosswire_cloud::directory::{Answer, Ask};
use crosswire_history::journal::RecentEntries;
use crosswire_history::{
    Change, DeviceId, Entry, Epoch, Fact, KeyId, Observer, Op, Principal, UserId,
};
use std::collections::BTreeMap;

/// Lines on a page of the Events tab.
const PAGE: usize = 20;

/// The whole history of a storm.
#[derive(Default)]
pub struct Story {
    /// The entries.
    pub entries: Vec<Entry>,
    /// The names of cache keys, by id.
    pub keys: Vec<String>,
}

impl Observer for Story {
    fn observe(&mut self, entry: &Entry, past: &RecentEntries) {
        if let Fact::Executed { key, .. } = entry.what {
            while self.keys.len() <= key.0 as usize {
                self.keys.push(past.key_name(KeyId(self.keys.len() as u32)));
            }
        }
        self.entries.push(*entry);
    }
}

/// Runs a storm and returns its history.
pub fn history(storm: &Storm, seed: u64) -> Story {
    let watched = watch(&storm.plan(seed), &storm.client_under_test(), Story::default());
    watched.expect("no panic").1
}

/// Executes the directory's part alone: everything it committed, and the reads that the requests
/// could not avoid. Returns the number of queries.
pub fn sql(history: &[Entry], cache_ttl_ms: u64) -> u64 {
    let mut alone = Alone { tables: Tables::new().expect("SQLite opens"), asks: 0, now_ms: 0 };
    let mut owners = BTreeMap::new();
    let mut tabs: BTreeMap<UserId, Tab> = BTreeMap::new();
    for entry in history {
        alone.now_ms = entry.at_ms;
        match entry.what {
            Fact::Committed { change, .. } => alone.commit(change, &mut owners),
            Fact::Arrived { by, op: Op::Authenticate, .. } => drop(alone.ask(&Ask::IsKnown(by))),
            Fact::Arrived { by: Principal::User(user), op: Op::List, .. } => {
                let tab = tabs.entry(user).or_default();
                if tab.known_until_ms <= entry.at_ms {
                    tab.known_until_ms = entry.at_ms + cache_ttl_ms;
                    if let Answer::Cameras(cameras) = alone.ask(&Ask::CamerasOf(user)) {
                        tab.cameras = cameras.value;
                    }
                }
                let ask = Ask::Events(tab.cameras.clone(), tab.cursor, PAGE);
                if let Answer::Rows(rows) = alone.ask(&ask) {
                    tab.cursor = rows.last().map_or(tab.cursor, |row| row.commit);
                }
            }
            _ => {}
        }
    }
    alone.asks
}

/// The Events tab of a user, and the time until which the cache knows its cameras.
#[derive(Default)]
struct Tab {
    cameras: Vec<(DeviceId, Epoch)>,
    known_until_ms: u64,
    cursor: u64,
}

struct Alone {
    tables: Tables,
    asks: u64,
    now_ms: u64,
}

impl Alone {
    fn ask(&mut self, ask: &Ask) -> Answer {
        self.asks += 1;
        let until = self.tables.commit();
        self.tables
            .answer(ask, (self.now_ms, until), &mut Vec::new())
            .expect("the query succeeded before")
    }

    fn commit(&mut self, change: Change, owners: &mut BTreeMap<DeviceId, UserId>) {
        let owner = |device| owners.get(&device).copied().unwrap_or_default();
        let ask = match change {
            Change::Claimed { device, epoch: Epoch(1), owner } => {
                self.tables.register(device, owner).expect("the device is registered once");
                owners.insert(device, owner);
                return;
            }
            Change::Claimed { device, owner, .. } => {
                owners.insert(device, owner);
                Ask::Transfer(None, device, owner)
            }
            Change::Granted { device, user, .. } | Change::Carried { device, user, .. } => {
                Ask::Share(owner(device), device, user)
            }
            Change::Revoked { device, user, .. } => Ask::Revoke(owner(device), device, user),
            Change::Deleted { device, .. } => Ask::Delete(owner(device), device),
            Change::Stored { event, .. } => Ask::StoreEvent(
                event,
                self.now_ms,
                b"A line of about forty bytes for the tab."[..].into(),
            ),
        };
        self.ask(&ask);
    }
}
