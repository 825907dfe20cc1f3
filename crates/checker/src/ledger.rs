//! Ownership and grants over time, taken from the directory's commits and nothing else.
//!
//! An event belongs to the ownership epoch in which it was captured and stays with that epoch's
//! owner for ever: after a transfer, and after the device is deleted. A user who holds a grant may
//! see the epoch's events while they hold it. A new claim ends the epoch before it with all its
//! grants, revoked or not. A grant that the directory carries over into the new epoch gives no
//! access: only the new owner can grant. What a camera records under the identity of another
//! belongs to the user in whose home it is, no matter what the directory says.

use crosswire_history::{Change, DeviceId, Epoch, Origin, Serial, UserId};
use std::collections::BTreeMap;

/// The end of a tenure or a grant that is not over yet.
const OPEN: u64 = u64::MAX;

/// The ledger of one run.
#[derive(Clone, Debug)]
pub struct Ledger {
    devices: Vec<Vec<Tenure>>,
    /// The users in whose homes the cameras are that use the identity of another.
    clones: BTreeMap<Serial, UserId>,
    keep_ms: u64,
}

#[derive(Clone, Debug)]
struct Tenure {
    epoch: Epoch,
    owner: UserId,
    from_ms: u64,
    to_ms: u64,
    grants: Vec<Grant>,
}

#[derive(Clone, Copy, Debug)]
struct Grant {
    user: UserId,
    from_ms: u64,
    to_ms: u64,
}

impl Grant {
    /// Returns whether the grant was held at some moment from `from_ms` to `to_ms`, both included.
    /// A grant that was revoked in the millisecond in which it was given was held in that
    /// millisecond.
    fn held(&self, from_ms: u64, to_ms: u64) -> bool {
        self.from_ms <= to_ms && from_ms < self.to_ms.max(self.from_ms + 1)
    }
}

impl Tenure {
    fn close(&mut self, at_ms: u64) {
        self.to_ms = self.to_ms.min(at_ms);
        for grant in &mut self.grants {
            grant.to_ms = grant.to_ms.min(at_ms);
        }
    }
}

impl Ledger {
    /// Returns an empty ledger that forgets a grant once it has been over for `keep_ms`. Answers
    /// are exact for windows that begin at most `keep_ms` before the latest commit.
    pub fn new(keep_ms: u64) -> Self {
        Self { devices: Vec::new(), clones: BTreeMap::new(), keep_ms }
    }

    /// Sets how long a grant is kept after its end.
    pub fn keep_for(&mut self, keep_ms: u64) {
        self.keep_ms = keep_ms;
    }

    /// Applies a change that the directory committed.
    pub fn commit(&mut self, at_ms: u64, change: Change) {
        let device = match change {
            Change::Claimed { device, epoch, owner } => {
                let tenures = crate::list::slot(&mut self.devices, device.0);
                for tenure in tenures.iter_mut() {
                    tenure.close(at_ms);
                }
                let (from_ms, to_ms) = (at_ms, OPEN);
                tenures.push(Tenure { epoch, owner, from_ms, to_ms, grants: Vec::new() });
                device
            }
            Change::Granted { device, epoch, user } => {
                self.grant(at_ms, device, epoch, user);
                device
            }
            Change::Revoked { device, epoch, user } => {
                if let Some(tenure) = self.open_tenure(device, epoch) {
                    let grants = tenure.grants.iter_mut().filter(|grant| grant.user == user);
                    grants.for_each(|grant| grant.to_ms = grant.to_ms.min(at_ms));
                }
                device
            }
            Change::Deleted { device, epoch } => {
                if let Some(tenure) = self.open_tenure(device, epoch) {
                    tenure.close(at_ms);
                }
                device
            }
            Change::Stored { .. } | Change::Carried { .. } => return,
        };
        self.forget(at_ms, device);
    }

    /// Adds a grant. A grant for an epoch that is over has no effect.
    fn grant(&mut self, at_ms: u64, device: DeviceId, epoch: Epoch, user: UserId) {
        let Some(tenure) = self.open_tenure(device, epoch) else { return };
        if !tenure.grants.iter().any(|grant| grant.user == user && grant.to_ms == OPEN) {
            tenure.grants.push(Grant { user, from_ms: at_ms, to_ms: OPEN });
        }
    }

    fn open_tenure(&mut self, device: DeviceId, epoch: Epoch) -> Option<&mut Tenure> {
        let tenure = self.devices.get_mut(device.0 as usize)?.last_mut()?;
        if tenure.epoch == epoch && tenure.to_ms == OPEN { Some(tenure) } else { None }
    }

    /// Forgets the grants on a device that have been over for long.
    fn forget(&mut self, now_ms: u64, device: DeviceId) {
        let keep_ms = self.keep_ms;
        for tenure in self.devices.get_mut(device.0 as usize).into_iter().flatten() {
            tenure.grants.retain(|grant| grant.to_ms.saturating_add(keep_ms) >= now_ms);
        }
    }

    fn tenures(&self, device: DeviceId, epoch: Epoch) -> impl Iterator<Item = &Tenure> {
        let tenures = self.devices.get(device.0 as usize).into_iter().flatten();
        tenures.rev().filter(move |tenure| tenure.epoch == epoch)
    }

    /// Returns whether `user` owned the device in that epoch, at any time, or held a grant in it at
    /// some moment from `from_ms` to `to_ms`, both included.
    pub fn may_see(
        &self,
        user: UserId,
        device: DeviceId,
        epoch: Epoch,
        from_ms: u64,
        to_ms: u64,
    ) -> bool {
        self.tenures(device, epoch).any(|tenure| {
            tenure.owner == user
                || tenure
                    .grants
                    .iter()
                    .any(|grant| grant.user == user && grant.held(from_ms, to_ms))
        })
    }

    /// Records a camera that uses the identity of another, and the user in whose home it is.
    pub fn cloned(&mut self, maker: Serial, home: UserId) {
        self.clones.insert(maker, home);
    }

    /// Returns whether `user` may be shown bytes of that `origin`. See [`Self::may_see`].
    pub fn may_be_shown(&self, user: UserId, origin: Origin, from_ms: u64, to_ms: u64) -> bool {
        match self.clones.get(&origin.maker) {
            Some(home) => *home == user,
            None => self.may_see(user, origin.event.device, origin.epoch, from_ms, to_ms),
        }
    }

    /// Returns the user in whose home a camera is, if it uses the identity of another.
    pub fn home(&self, maker: Serial) -> Option<UserId> {
        self.clones.get(&maker).copied()
    }

    /// Returns the user to whom bytes of that `origin` belong.
    pub fn whose(&self, origin: Origin) -> Option<UserId> {
        self.home(origin.maker).or_else(|| self.owner(origin.event.device, origin.epoch))
    }

    /// Returns the owner of the device in that epoch.
    pub fn owner(&self, device: DeviceId, epoch: Epoch) -> Option<UserId> {
        self.tenures(device, epoch).next().map(|tenure| tenure.owner)
    }

    /// Returns the present owner of the device, if they have owned it since `since_ms` or longer.
    pub fn owns(&self, device: DeviceId, since_ms: u64) -> Option<UserId> {
        self.tenure_since(device, since_ms).map(|tenure| tenure.owner)
    }

    /// Returns the present epoch of the device, if it began at `since_ms` or before.
    pub fn epoch(&self, device: DeviceId, since_ms: u64) -> Option<Epoch> {
        self.tenure_since(device, since_ms).map(|tenure| tenure.epoch)
    }

    fn tenure_since(&self, device: DeviceId, since_ms: u64) -> Option<&Tenure> {
        let tenure = self.devices.get(device.0 as usize)?.last()?;
        if tenure.to_ms == OPEN && tenure.from_ms <= since_ms { Some(tenure) } else { None }
    }

    /// Returns whether `user` owned the device in that epoch, which began at `since_ms` or before,
    /// or holds a grant in it without a break since then.
    pub fn is_sure_of(&self, user: UserId, device: DeviceId, epoch: Epoch, since_ms: u64) -> bool {
        let owned = |tenure: &Tenure| tenure.owner == user && tenure.from_ms <= since_ms;
        self.tenures(device, epoch).any(owned)
            || self.grantees(device, epoch, since_ms).any(|grantee| grantee == user)
    }

    /// Returns the users who hold a grant now and have held it without a break since `since_ms`.
    pub fn grantees(
        &self,
        device: DeviceId,
        epoch: Epoch,
        since_ms: u64,
    ) -> impl Iterator<Item = UserId> {
        let grants = self.tenures(device, epoch).flat_map(|tenure| &tenure.grants);
        grants
            .filter(move |grant| grant.to_ms == OPEN && grant.from_ms <= since_ms)
            .map(|grant| grant.user)
    }
}

#[cfg(test)]
pub(crate) mod tests;
