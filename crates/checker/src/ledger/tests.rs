//! Compares the ledger with the whole history of commits, and tries to fool it.

use super::*;
use proptest::prelude::*;

/// The whole history of commits, searched anew for every question, millisecond by millisecond.
#[derive(Default)]
pub(crate) struct Model(pub(crate) Vec<(u64, Change)>);

impl Model {
    /// Returns the end of the grant or the tenure that commit `at` began.
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

    /// Returns the commits that opened this epoch, each with the owner.
    fn claims(&self, device: DeviceId, epoch: Epoch) -> impl Iterator<Item = (usize, UserId)> {
        self.0.iter().enumerate().filter_map(move |(at, (_, change))| match *change {
            Change::Claimed { device: d, epoch: e, owner } if (d, e) == (device, epoch) => {
                Some((at, owner))
            }
            _ => None,
        })
    }

    /// Returns the spans in which `user` held a grant, the last millisecond not included.
    pub(crate) fn spans(&self, user: UserId, device: DeviceId, epoch: Epoch) -> Vec<(u64, u64)> {
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
                            Change::Deleted { device: d, epoch: e } => (d, e) != (device, epoch),
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

/// Generates commits on two cameras among four users, as a directory could have made them.
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
                    return (now, Change::Claimed { device, epoch: Epoch(*latest), owner: user });
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
fn a_transfer_ends_grants_that_were_never_revoked() {
    let mut ledger = Ledger::new(1000);
    ledger.commit(0, claimed(1, 1));
    ledger.commit(10, Change::Granted { device: CAMERA, epoch: Epoch(1), user: UserId(3) });
    ledger.commit(100, claimed(2, 2));
    assert!(ledger.may_see(UserId(3), CAMERA, Epoch(1), 99, 150));
    assert!(!ledger.may_see(UserId(3), CAMERA, Epoch(1), 100, 150));
    assert!(!ledger.may_see(UserId(3), CAMERA, Epoch(2), 0, 150));
}

#[test]
fn what_a_clone_records_belongs_to_the_home_it_is_in() {
    let mut ledger = Ledger::new(0);
    ledger.commit(0, claimed(1, 1));
    ledger.cloned(Serial(9), UserId(2));
    let event = crosswire_history::EventId { device: CAMERA, seq: 1 };
    let origin = |maker| Origin { event, epoch: Epoch(1), captured_ms: 5, maker: Serial(maker) };
    let may = |user, maker| ledger.may_be_shown(UserId(user), origin(maker), 9, 9);
    assert!(may(1, 0) && may(2, 9) && !may(1, 9) && !may(2, 0));
    assert_eq!(ledger.whose(origin(9)), Some(UserId(2)));
}

#[test]
fn a_grant_that_is_carried_over_gives_no_access() {
    let mut ledger = Ledger::new(0);
    ledger.commit(0, claimed(1, 1));
    ledger.commit(10, Change::Granted { device: CAMERA, epoch: Epoch(1), user: UserId(3) });
    ledger.commit(20, claimed(2, 2));
    ledger.commit(20, Change::Carried { device: CAMERA, epoch: Epoch(2), user: UserId(3) });
    assert!(!ledger.may_see(UserId(3), CAMERA, Epoch(2), 20, 99));
}

#[test]
fn grants_that_ended_long_ago_take_no_memory() {
    let mut ledger = Ledger::new(50);
    ledger.commit(0, claimed(1, 1));
    for at_ms in (0..10_000).step_by(10) {
        let (device, epoch, user) = (CAMERA, Epoch(1), UserId(2));
        ledger.commit(at_ms, Change::Granted { device, epoch, user });
        ledger.commit(at_ms + 5, Change::Revoked { device, epoch, user });
    }
    assert!(ledger.devices[0][0].grants.len() < 10);
}
