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
    ) -> bool {
        self.viewers_of(device, epoch, at).contains(&user)
    }

    /// Returns the cameras of a user, as of a commit.
    pub(crate) fn cameras_of(&self, user: UserId, at: u64) -> Vec<(DeviceId, Epoch)> {
        self.access.cameras_of(user, at)
    }

    /// Returns the viewers of a camera in an epoch, as of a commit.
    pub(crate) fn viewers_of(&self, device: DeviceId, epoch: Epoch, at: u64) -> Vec<UserId> {
        self.access.viewers_of(device, epoch, at)
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
