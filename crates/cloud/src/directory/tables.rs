//! The database itself: `SQLite` in memory. Nothing here waits, fails or draws a number.
//!
//! Ownership is by epoch: a camera that changes hands begins a new one, and an event belongs to
//! the epoch in which it was captured. Rows are never removed; what is over has a `closed`
//! commit. So any earlier state can be read, which is how the replica lags.

use super::{Answer, AsOf, Ask};
use bytes::Bytes;
use crosswire_history::{Change, DeviceId, Epoch, EventId, Intent, Principal, Serial, UserId};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Result, params};

/// One line of the Events tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The commit that stored it.
    pub commit: u64,
    /// Which event.
    pub event: EventId,
    /// The epoch of its camera that it belongs to.
    pub epoch: Epoch,
    /// The camera's line for it.
    pub caption: Bytes,
}

/// An event is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The epoch it belongs to.
    pub epoch: Epoch,
    /// It was not kept before.
    pub first_time: bool,
}

/// What a change of who may see what has touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Cameras whose viewers are others now.
    pub epochs: Vec<(DeviceId, Epoch)>,
    /// Users whose cameras are others now.
    pub users: Vec<UserId>,
    /// The commit from which on it holds.
    pub commit: u64,
}

/// What a change goes by: the same each time it is asked for again, and higher for a later one
/// about the same camera and person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The camera.
    pub device: DeviceId,
    /// Whom it is about: the guest, the next owner or, at a deletion, the last.
    pub user: UserId,
    /// Its number.
    pub intent: Intent,
}

/// Where a change stands, by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was not made, nor a later one.
    New,
    /// It was made; this is what it touched.
    Made(Changed),
    /// A later one was made.
    Superseded,
}

/// The tables, and the number of the latest commit.
pub struct Tables {
    db: Connection,
    commit: u64,
    /// Every change of who may see what, oldest first.
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
    CREATE INDEX epochs_of ON epochs(owner);
    CREATE TABLE grants(
        device INTEGER, epoch INTEGER, user INTEGER, opened INTEGER, closed INTEGER
    );
    CREATE INDEX grants_on ON grants(device, epoch);
    CREATE INDEX grants_to ON grants(user);
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

/// What was committed, in the ledger's words.
pub type Commits = Vec<Change>;

impl Tables {
    /// Empty tables.
    ///
    /// The whole run is one transaction: nobody else reads, nothing is ever rolled back, and
    /// beginning and ending one for each statement costs as much as the statement.
    ///
    /// # Errors
    /// If `SQLite` has no memory.
    pub fn new() -> Result<Self> {
        let db = Connection::open_in_memory()?;
        // Without it SQLite plans a statement anew each time a number is bound to it.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        db.execute_batch(SCHEMA)?;
        db.execute_batch("BEGIN")?;
        db.set_prepared_statement_cache_capacity(64);
        // What the run begins with is the first commit.
        Ok(Self { db, commit: 1, changes: Vec::new() })
    }

    /// The number of the latest commit.
    pub fn commit(&self) -> u64 {
        self.commit
    }

    /// Answers what is asked at `now_ms`, by someone who sees commits as far as `until`. What it
    /// commits goes to `commits`.
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
            Ask::IsKnown(principal) => Answer::Known(self.is_known(*principal)?),
            Ask::IsBound(device, serial) => Answer::Known(self.is_bound(*device, *serial)?),
            Ask::CamerasOf(user) => {
                Answer::Cameras(AsOf { it: self.cameras_of(*user, until)?, commit: until })
            }
            Ask::ViewersOf(device, epoch) => {
                let it = self.viewers_of(*device, *epoch, until)?;
                Answer::Viewers(AsOf { it, commit: until })
            }
            Ask::MaySee(user, events) => {
                let may = events.iter().map(|event| self.may_see(*user, *event));
                Answer::MaySee(may.collect::<Result<_>>()?)
            }
            Ask::MayWatch(user, cameras) => {
                let may = cameras.iter().map(|camera| self.may_watch(*user, *camera));
                Answer::MaySee(may.collect::<Result<_>>()?)
            }
            Ask::EpochsOf(device) => Answer::Epochs(self.epochs_of(*device)?),
            Ask::ChangesSince(commit) => Answer::Changes(AsOf {
                it: self.changes_since(*commit).to_vec(),
                commit: self.commit,
            }),
            Ask::EpochOf(event) => Answer::Epoch(self.epoch_of(*event)?),
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
            Ask::Keyed(key, ask) => match self.standing(*key)? {
                Standing::Superseded => Answer::Changed(None),
                Standing::Made(changed) => Answer::Changed(Some(changed)),
                Standing::New => {
                    let answer = self.answer(ask, (now_ms, until), commits)?;
                    if let Answer::Changed(Some(_)) = answer {
                        self.remember(*key)?;
                    }
                    answer
                }
            },
        })
    }

    /// The first epoch of a device.
    ///
    /// # Errors
    /// If it is registered already.
    pub fn register(&mut self, device: DeviceId, owner: UserId) -> Result<Change> {
        let sql = "INSERT INTO epochs VALUES(?1, 1, ?2, 0, 0, NULL)";
        self.db.prepare_cached(sql)?.execute(params![device.0, owner.0])?;
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
        Ok(Change::Granted { device, epoch, user })
    }

    /// Adds a change to the log of changes, if it is one.
    fn noted(&mut self, changed: Changed, is_one: bool) -> Changed {
        if is_one {
            self.changes.push(changed.clone());
        }
        changed
    }

    /// The changes of who may see what after a commit, oldest first.
    pub(crate) fn changes_since(&self, commit: u64) -> &[Changed] {
        &self.changes[self.changes.partition_point(|changed| changed.commit <= commit)..]
    }

    /// Whether a user may see what a camera captured in an epoch.
    pub(crate) fn may_watch(
        &self,
        user: UserId,
        (device, epoch): (DeviceId, Epoch),
    ) -> Result<bool> {
        Ok(self.viewers_of(device, epoch, self.commit)?.contains(&user))
    }

    /// The epochs of a device by when they began, oldest first.
    pub(crate) fn epochs_of(&self, device: DeviceId) -> Result<Vec<(Epoch, u64)>> {
        let sql = "SELECT epoch, since_ms FROM epochs WHERE device = ?1 ORDER BY epoch";
        let row = |row: &rusqlite::Row<'_>| Ok((Epoch(row.get(0)?), row.get::<_, i64>(1)? as u64));
        self.db.prepare_cached(sql)?.query_map([device.0], row)?.collect()
    }

    /// The epoch that a device is in, and its owner; nothing if it is deleted or unknown.
    fn present(&self, device: DeviceId) -> Result<Option<(Epoch, UserId)>> {
        let sql = "SELECT epoch, owner FROM epochs WHERE device = ?1 AND closed IS NULL";
        let row = |row: &rusqlite::Row<'_>| Ok((Epoch(row.get(0)?), UserId(row.get(1)?)));
        self.db.prepare_cached(sql)?.query_row([device.0], row).optional()
    }

    pub(crate) fn is_known(&self, principal: Principal) -> Result<bool> {
        match principal {
            Principal::Device(device) => Ok(self.present(device)?.is_some()),
            // Accounts are neither made nor closed during a run.
            Principal::User(_) => Ok(true),
            Principal::Gateway => Ok(false),
        }
    }

    /// Whether a device is known and bound to this hardware. What was never bound is bound by it.
    /// A new owner changes nothing: it is the same camera, also after a factory reset, and in a
    /// race for it a camera with the same identity must not win.
    pub(crate) fn is_bound(&self, device: DeviceId, serial: Serial) -> Result<bool> {
        if self.present(device)?.is_none() {
            return Ok(false);
        }
        let sql = "SELECT serial FROM hardware WHERE device = ?1";
        let mut statement = self.db.prepare_cached(sql)?;
        let bound = statement.query_row([device.0], |row| row.get(0)).optional()?;
        if bound.is_none() {
            self.bind(device, serial)?;
        }
        Ok(bound.is_none_or(|bound: u32| bound == serial.0))
    }

    /// Binds a device that is not bound.
    pub(crate) fn bind(&self, device: DeviceId, serial: Serial) -> Result<()> {
        let sql = "INSERT INTO hardware VALUES(?1, ?2)";
        self.db.prepare_cached(sql)?.execute([device.0, serial.0]).map(drop)
    }

    /// Where a change stands.
    pub(crate) fn standing(&self, key: Key) -> Result<Standing> {
        let Key { device, user, intent } = key;
        let sql = "SELECT intent FROM keys WHERE device = ?1 AND user = ?2";
        let mut statement = self.db.prepare_cached(sql)?;
        let latest: Option<u32> =
            statement.query_row([device.0, user.0], |row| row.get(0)).optional()?;
        Ok(match latest {
            Some(latest) if latest > intent.0 => Standing::Superseded,
            Some(latest) if latest == intent.0 => {
                let present = self.present(device)?.map(|(epoch, _)| (device, epoch));
                Standing::Made(Changed {
                    epochs: present.into_iter().collect(),
                    users: vec![user],
                    commit: self.commit,
                })
            }
            _ => Standing::New,
        })
    }

    /// A change was made.
    pub(crate) fn remember(&self, key: Key) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO keys VALUES(?1, ?2, ?3)";
        let wanted = [key.device.0, key.user.0, key.intent.0];
        self.db.prepare_cached(sql)?.execute(wanted).map(drop)
    }

    /// The cameras of a user, as of a commit.
    pub(crate) fn cameras_of(&self, user: UserId, at: u64) -> Result<Vec<(DeviceId, Epoch)>> {
        let sql = "SELECT device, epoch FROM epochs WHERE owner = ?1 AND opened <= ?2
                   UNION ALL SELECT device, epoch FROM grants
                   WHERE user = ?1 AND opened <= ?2 AND ifnull(closed > ?2, 1)";
        let row = |row: &rusqlite::Row<'_>| Ok((DeviceId(row.get(0)?), Epoch(row.get(1)?)));
        self.db
            .prepare_cached(sql)?
            .query_map([i64::from(user.0), at as i64], row)?
            .collect::<Result<_>>()
            .map(set)
    }

    /// The viewers of a camera in an epoch, as of a commit.
    pub(crate) fn viewers_of(
        &self,
        device: DeviceId,
        epoch: Epoch,
        at: u64,
    ) -> Result<Vec<UserId>> {
        let sql = "SELECT owner FROM epochs WHERE device = ?1 AND epoch = ?2 AND opened <= ?3
                   UNION ALL SELECT user FROM grants
                   WHERE device = ?1 AND epoch = ?2 AND opened <= ?3 AND ifnull(closed > ?3, 1)";
        let mut statement = self.db.prepare_cached(sql)?;
        let wanted = [i64::from(device.0), i64::from(epoch.0), at as i64];
        let users = statement.query_map(wanted, |row| Ok(UserId(row.get(0)?)))?;
        users.collect::<Result<_>>().map(set)
    }

    pub(crate) fn may_see(&self, user: UserId, event: EventId) -> Result<bool> {
        let sql = "SELECT EXISTS(
                     SELECT 1 FROM events JOIN epochs USING(device, epoch)
                     WHERE device = ?1 AND seq = ?2 AND owner = ?3
                   ) OR EXISTS(
                     SELECT 1 FROM events JOIN grants USING(device, epoch)
                     WHERE device = ?1 AND seq = ?2 AND user = ?3 AND closed IS NULL)";
        let wanted = [event.device.0, event.seq, user.0];
        self.db.prepare_cached(sql)?.query_row(wanted, |row| row.get(0))
    }

    pub(crate) fn epoch_of(&self, event: EventId) -> Result<Option<Epoch>> {
        let sql = "SELECT epoch FROM events WHERE device = ?1 AND seq = ?2";
        let mut statement = self.db.prepare_cached(sql)?;
        statement.query_row([event.device.0, event.seq], |row| Ok(Epoch(row.get(0)?))).optional()
    }

    /// Events stored after commit `behind`, as far as commit `until`, oldest first.
    pub(crate) fn events(
        &self,
        cameras: &[(DeviceId, Epoch)],
        (behind, until): (u64, u64),
        limit: usize,
    ) -> Result<Vec<Row>> {
        let sql = "SELECT stored, seq, caption FROM events
                   WHERE device = ?1 AND epoch = ?2 AND stored > ?3 AND stored <= ?4
                   ORDER BY stored LIMIT ?5";
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = Vec::new();
        for &(device, epoch) in cameras {
            let wanted = params![device.0, epoch.0, behind as i64, until as i64, limit as i64];
            let found = statement.query_map(wanted, |row| {
                let commit: i64 = row.get(0)?;
                let event = EventId { device, seq: row.get(1)? };
                let caption = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
                let caption = Bytes::copy_from_slice(caption);
                Ok(Row { commit: commit as u64, event, epoch, caption })
            })?;
            for row in found {
                rows.push(row?);
            }
        }
        rows.sort_by_key(|row| row.commit);
        rows.truncate(limit);
        Ok(rows)
    }

    /// Keeps an event as one of the epoch in which it was captured. What a camera captured in the
    /// very millisecond of a claim still belongs to the epoch before.
    pub(crate) fn store_event(
        &mut self,
        event: EventId,
        captured_ms: u64,
        caption: &[u8],
        commits: &mut Commits,
    ) -> Result<Option<Stored>> {
        // No row, or none of its epochs, if the device is deleted or unknown.
        let sql = "SELECT max(epoch) FILTER (WHERE since_ms < ?2) FROM epochs
                   WHERE device = ?1 HAVING count(*) > count(closed)";
        let epoch: Option<Option<u32>> = self
            .db
            .prepare_cached(sql)?
            .query_row(params![event.device.0, captured_ms as i64], |row| row.get(0))
            .optional()?;
        let Some(epoch) = epoch.flatten().map(Epoch) else { return Ok(None) };
        let sql = "INSERT OR IGNORE INTO events VALUES(?1, ?2, ?3, ?4, ?5)";
        let commit = self.commit + 1;
        let wanted = params![event.device.0, event.seq, epoch.0, commit as i64, caption];
        let first_time = self.db.prepare_cached(sql)?.execute(wanted)? > 0;
        if first_time {
            self.commit = commit;
            commits.push(Change::Stored { event, epoch });
        }
        Ok(Some(Stored { epoch, first_time }))
    }

    pub(crate) fn share(
        &mut self,
        owner: UserId,
        device: DeviceId,
        to: UserId,
        commits: &mut Commits,
    ) -> Result<Option<Changed>> {
        let Some((epoch, _)) = self.present(device)?.filter(|(_, present)| *present == owner)
        else {
            return Ok(None);
        };
        // Asked again, because the answer was lost: it is done already.
        let known = self.viewers_of(device, epoch, self.commit)?.contains(&to);
        if !known {
            self.commit += 1;
            commits.push(self.grant(device, epoch, to)?);
        }
        let changed =
            Changed { epochs: vec![(device, epoch)], users: vec![to], commit: self.commit };
        Ok(Some(self.noted(changed, !known)))
    }

    pub(crate) fn revoke(
        &mut self,
        owner: UserId,
        device: DeviceId,
        from: UserId,
        commits: &mut Commits,
    ) -> Result<Option<Changed>> {
        let Some((epoch, _)) = self.present(device)?.filter(|(_, present)| *present == owner)
        else {
            return Ok(None);
        };
        let sql = "UPDATE grants SET closed = ?4
                   WHERE device = ?1 AND epoch = ?2 AND user = ?3 AND closed IS NULL";
        let wanted = params![device.0, epoch.0, from.0, (self.commit + 1) as i64];
        let held = self.db.prepare_cached(sql)?.execute(wanted)? > 0;
        if held {
            self.commit += 1;
            commits.push(Change::Revoked { device, epoch, user: from });
        }
        let changed =
            Changed { epochs: vec![(device, epoch)], users: vec![from], commit: self.commit };
        Ok(Some(self.noted(changed, held)))
    }

    /// Ends the present epoch and all its grants.
    fn close(
        &mut self,
        device: DeviceId,
        epoch: Epoch,
        owner: UserId,
        commits: &mut Commits,
    ) -> Result<Changed> {
        let viewers = self.viewers_of(device, epoch, self.commit)?;
        self.commit += 1;
        let wanted = [i64::from(device.0), i64::from(epoch.0), self.commit as i64];
        let grants = "UPDATE grants SET closed = ?3
                      WHERE device = ?1 AND epoch = ?2 AND closed IS NULL";
        self.db.prepare_cached(grants)?.execute(wanted)?;
        let epochs = "UPDATE epochs SET closed = ?3 WHERE device = ?1 AND epoch = ?2";
        self.db.prepare_cached(epochs)?.execute(wanted)?;
        let guests = viewers.iter().filter(|user| **user != owner);
        commits.extend(guests.map(|&user| Change::Revoked { device, epoch, user }));
        Ok(Changed { epochs: vec![(device, epoch)], users: viewers, commit: self.commit })
    }

    pub(crate) fn transfer(
        &mut self,
        from: Option<UserId>,
        device: DeviceId,
        to: UserId,
        now_ms: u64,
        commits: &mut Commits,
    ) -> Result<Option<Changed>> {
        let Some((epoch, owner)) = self.present(device)? else { return Ok(None) };
        if from.is_some_and(|from| from != owner) || owner == to {
            return Ok(None);
        }
        let mut changed = self.close(device, epoch, owner, commits)?;
        let next = Epoch(epoch.0 + 1);
        let sql = "INSERT INTO epochs VALUES(?1, ?2, ?3, ?4, ?5, NULL)";
        let wanted = params![device.0, next.0, to.0, now_ms as i64, self.commit as i64];
        self.db.prepare_cached(sql)?.execute(wanted)?;
        commits.push(Change::Claimed { device, epoch: next, owner: to });
        changed.users.push(to);
        Ok(Some(self.noted(changed, true)))
    }

    /// A transfer that takes the grants along into the new epoch. Whoever asks for it takes them
    /// back one by one.
    pub(crate) fn hand_over(
        &mut self,
        from: Option<UserId>,
        device: DeviceId,
        to: UserId,
        now_ms: u64,
        commits: &mut Commits,
    ) -> Result<Option<Changed>> {
        let Some((before, owner)) = self.present(device)? else { return Ok(None) };
        let Some(mut changed) = self.transfer(from, device, to, now_ms, commits)? else {
            return Ok(None);
        };
        let epoch = Epoch(before.0 + 1);
        for &user in changed.users.iter().filter(|user| ![owner, to].contains(user)) {
            self.grant(device, epoch, user)?;
            commits.push(Change::Carried { device, epoch, user });
        }
        changed.epochs.push((device, epoch));
        if let Some(noted) = self.changes.last_mut() {
            noted.epochs.push((device, epoch));
        }
        Ok(Some(changed))
    }

    pub(crate) fn delete(
        &mut self,
        owner: UserId,
        device: DeviceId,
        commits: &mut Commits,
    ) -> Result<Option<Changed>> {
        let Some((epoch, _)) = self.present(device)?.filter(|(_, present)| *present == owner)
        else {
            return Ok(None);
        };
        let changed = self.close(device, epoch, owner, commits)?;
        commits.push(Change::Deleted { device, epoch });
        Ok(Some(self.noted(changed, true)))
    }
}

/// In order and each once. For a handful of rows `SQLite`'s own `UNION` builds a tree.
fn set<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort_unstable();
    rows.dedup();
    rows
}

#[cfg(test)]
mod tests;
