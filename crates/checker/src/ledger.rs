//! Who owned what when, and who was let in: from what the directory committed, and that alone.
//!
//! An event belongs to the epoch of ownership in which it was captured, and stays its owner's
//! for ever: after a transfer, and after the device was deleted. Whoever holds a grant may see
//! the epoch's events while they hold it. A new claim ends the epoch before it with all its
//! grants, whether or not somebody took them back one by one, and a grant that the directory takes
//! along into it lets nobody in: only the new owner can. What a camera made that shows another's
//! identity belongs to the person in whose home it stands, whatever the directory calls it.

use crosswire_history::{Change, DeviceId, Epoch, Origin, Serial, UserId};
use std::collections::BTreeMap;

/// Not over yet.
const OPEN: u64 = u64::MAX;

/// The ledger of one run.
#[derive(Clone, Debug)]
pub struct Ledger {
    devices: Vec<Vec<Tenure>>,
    /// In whose homes the cameras stand that were made with the identities of others.
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
    /// Whether it was held at some moment from `from_ms` to `to_ms`, both included. A grant that
    /// was taken back in the millisecond in which it was given was held in that millisecond.
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
    /// An empty ledger that forgets a grant once it has been over for `keep_ms`. Answers are
    /// exact for windows that begin no earlier than that before the latest commit.
    pub fn new(keep_ms: u64) -> Self {
        Self { devices: Vec::new(), clones: BTreeMap::new(), keep_ms }
    }

    /// The directory committed `change`.
    pub fn commit(&mut self, at_ms: u64, change: Change) {
        match change {
            Change::Claimed { device, epoch, owner } => {
                let tenures = crate::slot(&mut self.devices, device.0);
                for tenure in tenures.iter_mut() {
                    tenure.close(at_ms);
                }
                let (from_ms, to_ms) = (at_ms, OPEN);
                tenures.push(Tenure { epoch, owner, from_ms, to_ms, grants: Vec::new() });
            }
            Change::Granted { device, epoch, user } => self.grant(at_ms, device, epoch, user),
            Change::Revoked { device, epoch, user } => {
                if let Some(tenure) = self.open_tenure(device, epoch) {
                    let grants = tenure.grants.iter_mut().filter(|grant| grant.user == user);
                    grants.for_each(|grant| grant.to_ms = grant.to_ms.min(at_ms));
                }
            }
            Change::Deleted { device, epoch } => {
                if let Some(tenure) = self.open_tenure(device, epoch) {
                    tenure.close(at_ms);
                }
            }
            Change::Stored { .. } | Change::Carried { .. } => return,
        }
        self.forget(at_ms, change);
    }

    /// A grant for an epoch that is over lets nobody in.
    fn grant(&mut self, at_ms: u64, device: DeviceId, epoch: Epoch, user: UserId) {
        let Some(tenure) = self.open_tenure(device, epoch) else { return };
        if !tenure.grants.iter().any(|grant| grant.user == user && grant.to_ms == OPEN) {
            tenure.grants.push(Grant { user, from_ms: at_ms, to_ms: OPEN });
        }
    }

    fn open_tenure(&mut self, device: DeviceId, epoch: Epoch) -> Option<&mut Tenure> {
        let tenure = self.devices.get_mut(device.0 as usize)?.last_mut()?;
        (tenure.epoch == epoch && tenure.to_ms == OPEN).then_some(tenure)
    }

    fn forget(&mut self, now_ms: u64, change: Change) {
        let (Change::Claimed { device, .. }
        | Change::Granted { device, .. }
        | Change::Revoked { device, .. }
        | Change::Deleted { device, .. }) = change
        else {
            return;
        };
        let keep_ms = self.keep_ms;
        for tenure in self.devices.get_mut(device.0 as usize).into_iter().flatten() {
            tenure.grants.retain(|grant| grant.to_ms.saturating_add(keep_ms) >= now_ms);
        }
    }

    fn tenures(&self, device: DeviceId, epoch: Epoch) -> impl Iterator<Item = &Tenure> {
        let tenures = self.devices.get(device.0 as usize).into_iter().flatten();
        tenures.rev().filter(move |tenure| tenure.epoch == epoch)
    }

    /// Whether `user` owned the device in that epoch, at whatever time, or held a grant in it at
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

    /// A camera that shows the identity of another stands in this person's home.
    pub fn cloned(&mut self, maker: Serial, home: UserId) {
        self.clones.insert(maker, home);
    }

    /// Whether `user` may be shown what `origin` tells the maker of. See [`Self::may_see`].
    pub fn may_be_shown(&self, user: UserId, origin: Origin, from_ms: u64, to_ms: u64) -> bool {
        match self.clones.get(&origin.maker) {
            Some(home) => *home == user,
            None => self.may_see(user, origin.event.device, origin.epoch, from_ms, to_ms),
        }
    }

    /// In whose home a camera stands, if it shows the identity of another.
    pub fn home(&self, maker: Serial) -> Option<UserId> {
        self.clones.get(&maker).copied()
    }

    /// Whose these bytes are.
    pub fn whose(&self, origin: Origin) -> Option<UserId> {
        self.home(origin.maker).or_else(|| self.owner(origin.event.device, origin.epoch))
    }

    /// Who owned the device in that epoch.
    pub fn owner(&self, device: DeviceId, epoch: Epoch) -> Option<UserId> {
        self.tenures(device, epoch).next().map(|tenure| tenure.owner)
    }

    /// Who owns the device now and has owned it since `since_ms` or longer.
    pub fn owns(&self, device: DeviceId, since_ms: u64) -> Option<UserId> {
        let tenure = self.devices.get(device.0 as usize)?.last()?;
        (tenure.to_ms == OPEN && tenure.from_ms <= since_ms).then_some(tenure.owner)
    }

    /// Whether `user` owned the device in that epoch, which began at `since_ms` or before, or
    /// holds a grant in it without a break since then.
    pub fn is_sure_of(&self, user: UserId, device: DeviceId, epoch: Epoch, since_ms: u64) -> bool {
        let owned = |tenure: &Tenure| tenure.owner == user && tenure.from_ms <= since_ms;
        self.tenures(device, epoch).any(owned)
            || self.grantees(device, epoch, since_ms).any(|grantee| grantee == user)
    }

    /// Who holds a grant now and has held it without a break since `since_ms` or longer.
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
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The whole history of commits, asked anew for every question, millisecond by millisecond.
    #[derive(Default)]
    pub(crate) struct Model(pub(crate) Vec<(u64, Change)>);

    impl Model {
        /// When the grant or the tenure begun by commit `at` ended.
        fn ended(&self, at: usize, device: DeviceId, epoch: Epoch, user: Option<UserId>) -> u64 {
            let ends = |change: &Change| match *change {
                Change::Claimed { device: d, .. } => d == device,
                Change::Deleted { device: d, epoch: e } => (d, e) == (device, epoch),
                Change::Revoked { device: d, epoch: e, user: u } => {
                    (d, e) == (device, epoch) && Some(u) == user
                }
                _ => false,
            };
            let later = self.0[at + 1..].iter();
            later.clone().find(|(_, change)| ends(change)).map_or(OPEN, |&(at_ms, _)| at_ms)
        }

        /// The commits that opened this epoch.
        fn claims(&self, device: DeviceId, epoch: Epoch) -> impl Iterator<Item = (usize, UserId)> {
            self.0.iter().enumerate().filter_map(move |(at, (_, change))| match *change {
                Change::Claimed { device: d, epoch: e, owner } if (d, e) == (device, epoch) => {
                    Some((at, owner))
                }
                _ => None,
            })
        }

        /// The spans in which `user` held a grant, the last millisecond not included.
        pub(crate) fn spans(
            &self,
            user: UserId,
            device: DeviceId,
            epoch: Epoch,
        ) -> Vec<(u64, u64)> {
            let mut spans = Vec::new();
            let mut taken_until = 0;
            for (at, &(at_ms, change)) in self.0.iter().enumerate() {
                let wanted = Change::Granted { device, epoch, user };
                let open = self.claims(device, epoch).any(|(claim, _)| {
                    claim < at
                        && self.0[claim + 1..at].iter().all(|&(_, change)| match change {
                            Change::Claimed { device: d, .. } => d != device,
                            Change::Deleted { device: d, epoch: e } => (d, e) != (device, epoch),
                            _ => true,
                        })
                });
                if change == wanted && open && at >= taken_until {
                    let to_ms = self.ended(at, device, epoch, Some(user));
                    spans.push((at_ms, to_ms.max(at_ms + 1)));
                    let later = self.0[at + 1..].iter();
                    taken_until = at
                        + 1
                        + later
                            .take_while(|(_, change)| match *change {
                                Change::Claimed { device: d, .. } => d != device,
                                Change::Deleted { device: d, epoch: e } => {
                                    (d, e) != (device, epoch)
                                }
                                Change::Revoked { device: d, epoch: e, user: u } => {
                                    (d, e, u) != (device, epoch, user)
                                }
                                _ => true,
                            })
                            .count();
                }
            }
            spans
        }

        pub(crate) fn may_see(
            &self,
            user: UserId,
            device: DeviceId,
            epoch: Epoch,
            (from_ms, to_ms): (u64, u64),
        ) -> bool {
            self.claims(device, epoch).any(|(_, owner)| owner == user)
                || self
                    .spans(user, device, epoch)
                    .into_iter()
                    .any(|(from, to)| (from_ms..=to_ms).any(|ms| (from..to).contains(&ms)))
        }
    }

    /// Commits on two cameras among four people, as a directory could have made them.
    pub(crate) fn commits() -> impl Strategy<Value = Vec<(u64, Change)>> {
        let step = (0_u64..3, 0_u32..2, 0_u32..4, 0_u32..10, 0_u32..2);
        prop::collection::vec(step, 1..60).prop_map(|steps| {
            let (mut now, mut present) = (0, [0_u32; 2]);
            steps
                .into_iter()
                .map(|(pause, camera, user, kind, back)| {
                    now += pause;
                    let (device, user) = (DeviceId(camera), UserId(user));
                    let latest = &mut present[camera as usize];
                    if *latest == 0 || kind == 0 {
                        *latest += 1;
                        return (
                            now,
                            Change::Claimed { device, epoch: Epoch(*latest), owner: user },
                        );
                    }
                    // Now and then a commit for an epoch that is over.
                    let epoch = Epoch((*latest).saturating_sub(back * u32::from(kind > 7)).max(1));
                    (
                        now,
                        match kind {
                            1 => Change::Deleted { device, epoch },
                            2..=4 => Change::Revoked { device, epoch, user },
                            _ => Change::Granted { device, epoch, user },
                        },
                    )
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_whole_history(commits in commits(), keep_ms in 0_u64..20) {
            let mut ledger = Ledger::new(keep_ms);
            let mut model = Model::default();
            for (now, change) in commits {
                ledger.commit(now, change);
                model.0.push((now, change));
                for (device, user, epoch) in (0..16).map(|i| (i % 2, i / 4, 1 + i / 2 % 2)) {
                    let (device, user, epoch) = (DeviceId(device), UserId(user), Epoch(epoch));
                    for from in now.saturating_sub(keep_ms)..=now {
                        prop_assert_eq!(
                            ledger.may_see(user, device, epoch, from, now),
                            model.may_see(user, device, epoch, (from, now)),
                            "{} {} {} from {} to {}", user, device, epoch, from, now
                        );
                    }
                    let held = model.spans(user, device, epoch);
                    let since = now.saturating_sub(3);
                    prop_assert_eq!(
                        ledger.grantees(device, epoch, since).any(|grantee| grantee == user),
                        held.iter().any(|&(from, to)| to == OPEN && from <= since)
                    );
                }
            }
        }
    }

    const CAMERA: DeviceId = DeviceId(0);

    fn claimed(epoch: u32, owner: u32) -> Change {
        Change::Claimed { device: CAMERA, epoch: Epoch(epoch), owner: UserId(owner) }
    }

    #[test]
    fn an_owner_keeps_what_was_captured_in_their_time() {
        let mut ledger = Ledger::new(0);
        ledger.commit(0, claimed(1, 1));
        ledger.commit(100, claimed(2, 2));
        ledger.commit(200, Change::Deleted { device: CAMERA, epoch: Epoch(2) });
        for (user, epoch, may) in [(1, 1, true), (2, 2, true), (1, 2, false), (2, 1, false)] {
            assert_eq!(ledger.may_see(UserId(user), CAMERA, Epoch(epoch), 900, 999), may);
        }
    }

    #[test]
    fn a_transfer_ends_the_grants_that_nobody_revoked() {
        let mut ledger = Ledger::new(1000);
        ledger.commit(0, claimed(1, 1));
        ledger.commit(10, Change::Granted { device: CAMERA, epoch: Epoch(1), user: UserId(3) });
        ledger.commit(100, claimed(2, 2));
        assert!(ledger.may_see(UserId(3), CAMERA, Epoch(1), 99, 150));
        assert!(!ledger.may_see(UserId(3), CAMERA, Epoch(1), 100, 150));
        assert!(!ledger.may_see(UserId(3), CAMERA, Epoch(2), 0, 150));
    }

    #[test]
    fn what_a_clone_made_belongs_to_the_home_it_stands_in() {
        let mut ledger = Ledger::new(0);
        ledger.commit(0, claimed(1, 1));
        ledger.cloned(Serial(9), UserId(2));
        let event = crosswire_history::EventId { device: CAMERA, seq: 1 };
        let origin =
            |maker| Origin { event, epoch: Epoch(1), captured_ms: 5, maker: Serial(maker) };
        let may = |user, maker| ledger.may_be_shown(UserId(user), origin(maker), 9, 9);
        assert!(may(1, 0) && may(2, 9) && !may(1, 9) && !may(2, 0));
        assert_eq!(ledger.whose(origin(9)), Some(UserId(2)));
    }

    #[test]
    fn a_grant_that_is_taken_along_lets_nobody_in() {
        let mut ledger = Ledger::new(0);
        ledger.commit(0, claimed(1, 1));
        ledger.commit(10, Change::Granted { device: CAMERA, epoch: Epoch(1), user: UserId(3) });
        ledger.commit(20, claimed(2, 2));
        ledger.commit(20, Change::Carried { device: CAMERA, epoch: Epoch(2), user: UserId(3) });
        assert!(!ledger.may_see(UserId(3), CAMERA, Epoch(2), 20, 99));
    }

    #[test]
    fn grants_that_are_long_over_take_no_room() {
        let mut ledger = Ledger::new(50);
        ledger.commit(0, claimed(1, 1));
        for at_ms in (0..10_000).step_by(10) {
            let (device, epoch, user) = (CAMERA, Epoch(1), UserId(2));
            ledger.commit(at_ms, Change::Granted { device, epoch, user });
            ledger.commit(at_ms + 5, Change::Revoked { device, epoch, user });
        }
        assert!(ledger.devices[0][0].grants.len() < 10);
    }
}
