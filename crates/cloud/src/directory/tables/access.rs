//! Owners and guests of cameras in memory, for the reads that nearly every request needs.
//!
//! Each line here is a row of `epochs` or `grants` as well, which other reads join with events. A
//! property test asks both the same.

use crosswire_history::{DeviceId, Epoch, UserId};
use std::collections::BTreeMap;

/// All ownership epochs and grants, including those that have ended.
#[derive(Default)]
pub(super) struct Access {
    devices: BTreeMap<DeviceId, OfDevice>,
    users: BTreeMap<UserId, OfUser>,
    grants: Vec<Grant>,
}

#[derive(Default)]
struct OfDevice {
    /// Oldest first.
    epochs: Vec<Ownership>,
    /// Places in [`Access::grants`].
    grants: Vec<usize>,
}

#[derive(Default)]
struct OfUser {
    /// Epochs that the user owned at any time, each with its first commit: an owner keeps the
    /// events of an epoch that has ended.
    owned: Vec<(DeviceId, Epoch, u64)>,
    /// Places in [`Access::grants`].
    grants: Vec<usize>,
}

/// An ownership epoch.
struct Ownership {
    epoch: Epoch,
    owner: UserId,
    since_ms: u64,
    span: Span,
}

struct Grant {
    device: DeviceId,
    epoch: Epoch,
    user: UserId,
    span: Span,
}

/// The commit that began a row, and the one that ended it.
#[derive(Clone, Copy)]
struct Span {
    opened: u64,
    closed: Option<u64>,
}

impl Span {
    fn from(opened: u64) -> Self {
        Self { opened, closed: None }
    }

    /// Returns whether the row is there as of a commit.
    fn contains(self, at: u64) -> bool {
        self.opened <= at && self.closed.is_none_or(|closed| closed > at)
    }
}

impl Access {
    /// Begins an ownership epoch at `since_ms`.
    ///
    /// # Panics
    /// If it is not the latest one of its device.
    pub(super) fn claim(
        &mut self,
        (device, epoch): (DeviceId, Epoch),
        owner: UserId,
        since_ms: u64,
        commit: u64,
    ) {
        let of = self.devices.entry(device).or_default();
        let before = of.epochs.last().map(|latest| latest.epoch);
        assert!(before < Some(epoch), "an epoch of {device} begins after {before:?}");
        of.epochs.push(Ownership { epoch, owner, since_ms, span: Span::from(commit) });
        self.users.entry(owner).or_default().owned.push((device, epoch, commit));
    }

    /// Ends the latest epoch of a device, with all its grants.
    ///
    /// # Panics
    /// If the device has no epoch.
    pub(super) fn close(&mut self, device: DeviceId, commit: u64) {
        let of = self.devices.get_mut(&device).expect("an epoch is closed after it began");
        let latest = of.epochs.last_mut().expect("a device has an epoch");
        latest.span.closed = Some(commit);
        for place in &of.grants {
            let grant = &mut self.grants[*place];
            if grant.epoch == latest.epoch && grant.span.closed.is_none() {
                grant.span.closed = Some(commit);
            }
        }
    }

    /// Adds a grant.
    pub(super) fn grant(&mut self, (device, epoch): (DeviceId, Epoch), user: UserId, commit: u64) {
        let place = self.grants.len();
        self.grants.push(Grant { device, epoch, user, span: Span::from(commit) });
        self.devices.entry(device).or_default().grants.push(place);
        self.users.entry(user).or_default().grants.push(place);
    }

    /// Ends a user's grants in an epoch.
    pub(super) fn revoke(&mut self, (device, epoch): (DeviceId, Epoch), user: UserId, commit: u64) {
        let of = self.devices.get(&device).expect("a grant is revoked after it was made");
        for place in &of.grants {
            let grant = &mut self.grants[*place];
            if (grant.epoch, grant.user) == (epoch, user) && grant.span.closed.is_none() {
                grant.span.closed = Some(commit);
            }
        }
    }

    fn epochs(&self, device: DeviceId) -> &[Ownership] {
        self.devices.get(&device).map_or(&[], |of| &of.epochs)
    }

    /// Returns whether a device exists and is not deleted, as of a commit.
    pub(super) fn is_known(&self, device: DeviceId, at: u64) -> bool {
        self.epochs(device).iter().any(|ownership| ownership.span.contains(at))
    }

    /// Returns a device's present epoch and its owner, or `None` if the device is deleted or
    /// unknown.
    pub(super) fn present(&self, device: DeviceId) -> Option<(Epoch, UserId)> {
        let latest = self.epochs(device).last()?;
        if latest.span.closed.is_some() {
            return None;
        }
        Some((latest.epoch, latest.owner))
    }

    /// Returns a device's epoch just before `at_ms`, or `None` if the device is deleted or unknown.
    pub(super) fn epoch_at(&self, device: DeviceId, at_ms: u64) -> Option<Epoch> {
        self.present(device)?;
        let mut latest_first = self.epochs(device).iter().rev();
        let begun = latest_first.find(|ownership| ownership.since_ms < at_ms)?;
        Some(begun.epoch)
    }

    /// Returns the epochs of a device with their start times, oldest first, as of a commit.
    pub(super) fn epochs_of(&self, device: DeviceId, at: u64) -> Vec<(Epoch, u64)> {
        let begun = self.epochs(device).iter().filter(|ownership| ownership.span.opened <= at);
        begun.map(|ownership| (ownership.epoch, ownership.since_ms)).collect()
    }

    /// Returns the cameras of a user in order, as of a commit.
    pub(super) fn cameras_of(&self, user: UserId, at: u64) -> Vec<(DeviceId, Epoch)> {
        let Some(of) = self.users.get(&user) else { return Vec::new() };
        let mut cameras = Vec::with_capacity(of.owned.len() + of.grants.len());
        for (device, epoch, opened) in &of.owned {
            if *opened <= at {
                cameras.push((*device, *epoch));
            }
        }
        for place in &of.grants {
            let grant = &self.grants[*place];
            if grant.span.contains(at) {
                cameras.push((grant.device, grant.epoch));
            }
        }
        set(cameras)
    }

    /// Returns the viewers of a camera in an epoch in order, as of a commit.
    pub(super) fn viewers_of(&self, device: DeviceId, epoch: Epoch, at: u64) -> Vec<UserId> {
        let Some(of) = self.devices.get(&device) else { return Vec::new() };
        let mut viewers = Vec::with_capacity(1 + of.grants.len());
        for ownership in &of.epochs {
            if ownership.epoch == epoch && ownership.span.opened <= at {
                viewers.push(ownership.owner);
            }
        }
        for place in &of.grants {
            let grant = &self.grants[*place];
            if grant.epoch == epoch && grant.span.contains(at) {
                viewers.push(grant.user);
            }
        }
        set(viewers)
    }
}

/// Sorts and deduplicates.
fn set<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort_unstable();
    rows.dedup();
    rows
}
