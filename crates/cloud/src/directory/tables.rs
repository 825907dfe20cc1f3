//! The database itself: `SQLite` in memory. Nothing here waits, fails or draws random numbers.
//!
//! A camera that changes hands begins a new ownership epoch, and an event belongs to the epoch in
//! which it was captured. Rows are never removed; a row that has ended has a `closed` commit. Any
//! earlier state can therefore be read, which is how the replica lags. Reads of `access` alone do
//! not go through SQL.

mod access;
mod changing;
mod identity;
mod keys;
mod reading;

use super::protocol::{Answer, Ask, AtCommit, Changed};
use access::Access;
use crosswire_history::{Change, DeviceId, Epoch, UserId};
use keys::KeyStatus;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Result, params};

/// The tables, and the number of the latest commit.
pub struct Tables {
    db: Connection,
    access: Access,
    commit: u64,
    /// Every access change, oldest first.
    changes: Vec<Changed>,
}

const SCHEMA: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE epochs(
        device INTEGER, epoch INTEGER, owner INTEGER, since_ms INTEGER,
        opened INTEGER, closed INTEGER,
        PRIMARY KEY(device, epoch)
    ) WITHOUT ROWID;
    CREATE TABLE grants(
        device INTEGER, epoch INTEGER, user INTEGER, opened INTEGER, closed INTEGER
    );
    CREATE INDEX grants_on ON grants(device, epoch);
    CREATE TABLE events(
        device INTEGER, seq INTEGER, epoch INTEGER, stored INTEGER, caption BLOB,
        PRIMARY KEY(device, seq)
    ) WITHOUT ROWID;
    CREATE TABLE hardware(device INTEGER PRIMARY KEY, serial INTEGER);
    CREATE TABLE keys(
        device INTEGER, user INTEGER, intent INTEGER, PRIMARY KEY(device, user)
    ) WITHOUT ROWID;
    CREATE INDEX events_of ON events(device, epoch, stored);
";

/// Committed changes, as the ledger records them.
pub type Commits = Vec<Change>;

impl Tables {
    /// Creates empty tables.
    ///
    /// The whole run is one transaction: there is no other reader, nothing is ever rolled back, and
    /// a transaction per statement costs as much as the statement.
    ///
    /// # Errors
    /// If `SQLite` cannot allocate memory.
    pub fn new() -> Result<Self> {
        let db = Connection::open_in_memory()?;
        // Without this, SQLite replans a statement each time a number is bound to it.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        db.execute_batch(SCHEMA)?;
        db.execute_batch("BEGIN")?;
        db.set_prepared_statement_cache_capacity(64);
        // The initial state is the first commit.
        Ok(Self { db, access: Access::default(), commit: 1, changes: Vec::new() })
    }

    /// Returns the number of the latest commit.
    pub fn commit(&self) -> u64 {
        self.commit
    }

    /// Answers a request at `now_ms` on a node that sees commits up to `until`. A read is valid as
    /// of that commit; a change, or a binding, applies to the latest state. New commits are
    /// appended to `commits`.
    ///
    /// # Errors
    /// If `SQLite` fails.
    pub fn answer(
        &mut self,
        ask: &Ask,
        (now_ms, until): (u64, u64),
        commits: &mut Commits,
    ) -> Result<Answer> {
        Ok(match ask {
            Ask::IsKnown(principal) => Answer::Known(self.is_known(*principal, until)),
            Ask::IsBound(device, serial) => Answer::Known(self.is_bound(*device, *serial)?),
            Ask::CamerasOf(user) => {
                Answer::Cameras(AtCommit { value: self.cameras_of(*user, until), commit: until })
            }
            Ask::ViewersOf(device, epoch) => {
                let value = self.viewers_of(*device, *epoch, until);
                Answer::Viewers(AtCommit { value, commit: until })
            }
            Ask::MaySee(user, events) => {
                let may = events.iter().map(|event| self.may_see(*user, *event, until));
                Answer::MaySee(may.collect::<Result<_>>()?)
            }
            Ask::MayWatch(user, cameras) => {
                let may = cameras.iter().map(|camera| self.may_watch(*user, *camera, until));
                Answer::MaySee(may.collect())
            }
            Ask::EpochsOf(device) => Answer::Epochs(self.access.epochs_of(*device, until)),
            Ask::ChangesSince(commit) => {
                let value = self.changes((*commit, until)).to_vec();
                Answer::Changes(AtCommit { value, commit: until })
            }
            Ask::EpochOf(event) => Answer::Epoch(self.epoch_of(*event, until)?),
            Ask::Events(cameras, behind, limit) => {
                Answer::Rows(self.events(cameras, (*behind, until), *limit)?)
            }
            Ask::StoreEvent(event, captured_ms, caption) => {
                Answer::Stored(self.store_event(*event, *captured_ms, caption, commits)?)
            }
            Ask::Share(owner, device, to) => {
                Answer::Changed(self.share(*owner, *device, *to, commits)?)
            }
            Ask::Revoke(owner, device, from) => {
                Answer::Changed(self.revoke(*owner, *device, *from, commits)?)
            }
            Ask::Transfer(from, device, to) => {
                Answer::Changed(self.transfer(*from, *device, *to, now_ms, commits)?)
            }
            Ask::HandOver(from, device, to) => {
                Answer::Changed(self.hand_over(*from, *device, *to, now_ms, commits)?)
            }
            Ask::Delete(owner, device) => Answer::Changed(self.delete(*owner, *device, commits)?),
            Ask::Keyed(key, ask) => match self.key_status(*key)? {
                KeyStatus::Superseded => Answer::Changed(None),
                KeyStatus::Made(changed) => Answer::Changed(Some(changed)),
                KeyStatus::New => {
                    let answer = self.answer(ask, (now_ms, until), commits)?;
                    if let Answer::Changed(Some(_)) = answer {
                        self.remember(*key)?;
                    }
                    answer
                }
            },
        })
    }

    /// Registers a device, beginning its first epoch.
    ///
    /// # Errors
    /// If the device is already registered.
    pub fn register(&mut self, device: DeviceId, owner: UserId) -> Result<Change> {
        let sql = "INSERT INTO epochs VALUES(?1, 1, ?2, 0, 0, NULL)";
        self.db.prepare_cached(sql)?.execute(params![device.0, owner.0])?;
        self.access.claim((device, Epoch(1)), owner, 0, 0);
        Ok(Change::Claimed { device, epoch: Epoch(1), owner })
    }

    pub(crate) fn grant(&mut self, device: DeviceId, epoch: Epoch, user: UserId) -> Result<Change> {
        let sql = "INSERT INTO grants VALUES(?1, ?2, ?3, ?4, NULL)";
        self.db.prepare_cached(sql)?.execute(params![
            device.0,
            epoch.0,
            user.0,
            self.commit as i64
        ])?;
        self.access.grant((device, epoch), user, self.commit);
        Ok(Change::Granted { device, epoch, user })
    }

    /// Returns a device's present epoch if `owner` owns it.
    fn owned_by(&self, owner: UserId, device: DeviceId) -> Option<Epoch> {
        match self.access.present(device) {
            Some((epoch, present)) if present == owner => Some(epoch),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
