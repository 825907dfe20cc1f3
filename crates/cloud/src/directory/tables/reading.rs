//! Reads. Any commit can be read, since rows are never removed.

use super::Tables;
use crate::directory::protocol::{Changed, Row};
use bytes::Bytes;
use crosswire_history::{DeviceId, Epoch, EventId, UserId};
use rusqlite::{OptionalExtension, Result, params};

impl Tables {
    /// Returns the access changes after commit `behind`, up to commit `until`, oldest first.
    pub(crate) fn changes(&self, (behind, until): (u64, u64)) -> &[Changed] {
        let upto = |commit| self.changes.partition_point(|changed| changed.commit <= commit);
        &self.changes[upto(behind.min(until))..upto(until)]
    }

    /// Returns true if a user may see what a camera captured in an epoch, as of a commit.
    pub(crate) fn may_watch(
        &self,
        user: UserId,
        (device, epoch): (DeviceId, Epoch),
        at: u64,
    ) -> Result<bool> {
        Ok(self.viewers_of(device, epoch, at)?.contains(&user))
    }

    /// Returns the epochs of a device with their start times, oldest first, as of a commit.
    pub(crate) fn epochs_of(&self, device: DeviceId, at: u64) -> Result<Vec<(Epoch, u64)>> {
        let sql = "SELECT epoch, since_ms FROM epochs
                   WHERE device = ?1 AND opened <= ?2 ORDER BY epoch";
        let row = |row: &rusqlite::Row<'_>| Ok((Epoch(row.get(0)?), row.get::<_, i64>(1)? as u64));
        let values = [i64::from(device.0), at as i64];
        self.db.prepare_cached(sql)?.query_map(values, row)?.collect()
    }

    /// Returns the cameras of a user, as of a commit.
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

    /// Returns the viewers of a camera in an epoch, as of a commit.
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
        let values = [i64::from(device.0), i64::from(epoch.0), at as i64];
        let users = statement.query_map(values, |row| Ok(UserId(row.get(0)?)))?;
        users.collect::<Result<_>>().map(set)
    }

    /// Returns true if a user may see an event, as of a commit.
    pub(crate) fn may_see(&self, user: UserId, event: EventId, at: u64) -> Result<bool> {
        let sql = "SELECT EXISTS(
                     SELECT 1 FROM events JOIN epochs USING(device, epoch)
                     WHERE device = ?1 AND seq = ?2 AND owner = ?3 AND stored <= ?4
                   ) OR EXISTS(
                     SELECT 1 FROM events JOIN grants USING(device, epoch)
                     WHERE device = ?1 AND seq = ?2 AND user = ?3 AND stored <= ?4
                     AND opened <= ?4 AND ifnull(closed > ?4, 1))";
        let values = params![event.device.0, event.seq, user.0, at as i64];
        self.db.prepare_cached(sql)?.query_row(values, |row| row.get(0))
    }

    /// Returns the epoch of an event, as of a commit.
    pub(crate) fn epoch_of(&self, event: EventId, at: u64) -> Result<Option<Epoch>> {
        let sql = "SELECT epoch FROM events WHERE device = ?1 AND seq = ?2 AND stored <= ?3";
        let mut statement = self.db.prepare_cached(sql)?;
        let values = params![event.device.0, event.seq, at as i64];
        statement.query_row(values, |row| Ok(Epoch(row.get(0)?))).optional()
    }

    /// Returns events stored after commit `behind`, up to commit `until`, oldest first.
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
            let values = params![device.0, epoch.0, behind as i64, until as i64, limit as i64];
            let found = statement.query_map(values, |row| {
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
}

/// Sorts and deduplicates. For a handful of rows this is cheaper than `SQLite`'s `UNION`, which
/// builds a tree.
fn set<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort_unstable();
    rows.dedup();
    rows
}
