//! Writes: stored events and access changes. Each change is one commit.

use super::{Commits, Tables};
use crate::directory::protocol::{Changed, Stored};
use crosswire_history::{Change, DeviceId, Epoch, EventId, UserId};
use rusqlite::{Result, params};

impl Tables {
    /// Appends a change to the change log if it changed anything.
    fn noted(&mut self, changed: Changed, is_one: bool) -> Changed {
        if is_one {
            self.changes.push(changed.clone());
        }
        changed
    }

    /// Stores an event in the epoch in which it was captured. An event captured in the millisecond
    /// of a claim belongs to the epoch before.
    pub(crate) fn store_event(
        &mut self,
        event: EventId,
        captured_ms: u64,
        caption: &[u8],
        commits: &mut Commits,
    ) -> Result<Option<Stored>> {
        let Some(epoch) = self.access.epoch_at(event.device, captured_ms) else { return Ok(None) };
        let sql = "INSERT OR IGNORE INTO events VALUES(?1, ?2, ?3, ?4, ?5)";
        let commit = self.commit + 1;
        let values = params![event.device.0, event.seq, epoch.0, commit as i64, caption];
        let first_time = self.db.prepare_cached(sql)?.execute(values)? > 0;
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
        let Some(epoch) = self.owned_by(owner, device) else { return Ok(None) };
        // A repeated request, because the answer was lost: the grant exists already.
        let known = self.viewers_of(device, epoch, self.commit).contains(&to);
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
        let Some(epoch) = self.owned_by(owner, device) else { return Ok(None) };
        let sql = "UPDATE grants SET closed = ?4
                   WHERE device = ?1 AND epoch = ?2 AND user = ?3 AND closed IS NULL";
        let values = params![device.0, epoch.0, from.0, (self.commit + 1) as i64];
        let held = self.db.prepare_cached(sql)?.execute(values)? > 0;
        if held {
            self.commit += 1;
            self.access.revoke((device, epoch), from, self.commit);
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
        let viewers = self.viewers_of(device, epoch, self.commit);
        self.commit += 1;
        let values = [i64::from(device.0), i64::from(epoch.0), self.commit as i64];
        let grants = "UPDATE grants SET closed = ?3
                      WHERE device = ?1 AND epoch = ?2 AND closed IS NULL";
        self.db.prepare_cached(grants)?.execute(values)?;
        let epochs = "UPDATE epochs SET closed = ?3 WHERE device = ?1 AND epoch = ?2";
        self.db.prepare_cached(epochs)?.execute(values)?;
        self.access.close(device, self.commit);
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
        let Some((epoch, owner)) = self.access.present(device) else { return Ok(None) };
        if from.is_some_and(|from| from != owner) || owner == to {
            return Ok(None);
        }
        let mut changed = self.close(device, epoch, owner, commits)?;
        let next = Epoch(epoch.0 + 1);
        let sql = "INSERT INTO epochs VALUES(?1, ?2, ?3, ?4, ?5, NULL)";
        let values = params![device.0, next.0, to.0, now_ms as i64, self.commit as i64];
        self.db.prepare_cached(sql)?.execute(values)?;
        self.access.claim((device, next), to, now_ms, self.commit);
        commits.push(Change::Claimed { device, epoch: next, owner: to });
        changed.users.push(to);
        Ok(Some(self.noted(changed, true)))
    }

    /// Transfers a camera and carries its grants over into the new epoch. The caller revokes them
    /// one by one.
    pub(crate) fn hand_over(
        &mut self,
        from: Option<UserId>,
        device: DeviceId,
        to: UserId,
        now_ms: u64,
        commits: &mut Commits,
    ) -> Result<Option<Changed>> {
        let Some((before, owner)) = self.access.present(device) else { return Ok(None) };
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
        let Some(epoch) = self.owned_by(owner, device) else { return Ok(None) };
        let changed = self.close(device, epoch, owner, commits)?;
        commits.push(Change::Deleted { device, epoch });
        Ok(Some(self.noted(changed, true)))
    }
}
