//! The guarantees of the tables, by example.

mod as_sql;

use super::*;
use crate::directory::Key;
use crosswire_history::{EventId, Intent, Principal, Serial};

const CAMERA: DeviceId = DeviceId(5);
const ANN: UserId = UserId(1);
const BEN: UserId = UserId(2);
const CAT: UserId = UserId(3);

fn event(seq: u32) -> EventId {
    EventId { device: CAMERA, seq }
}

/// Ann's camera, with one event.
fn anns() -> Tables {
    let mut tables = Tables::new().unwrap();
    tables.register(CAMERA, ANN).unwrap();
    tables.store_event(event(1), 10, b"one", &mut vec![]).unwrap();
    tables
}

#[test]
fn a_guest_sees_events_until_the_grant_is_revoked() {
    let mut tables = anns();
    let mut commits = vec![];
    assert!(!tables.may_see(BEN, event(1), tables.commit()).unwrap());
    tables.share(ANN, CAMERA, BEN, &mut commits).unwrap().unwrap();
    assert!(tables.may_see(BEN, event(1), tables.commit()).unwrap());
    assert_eq!(tables.viewers_of(CAMERA, Epoch(1), tables.commit()), [ANN, BEN]);
    tables.revoke(ANN, CAMERA, BEN, &mut commits).unwrap().unwrap();
    assert!(!tables.may_see(BEN, event(1), tables.commit()).unwrap());
    assert_eq!(commits.len(), 2);
}

#[test]
fn a_repeated_request_has_one_effect() {
    let mut tables = anns();
    let mut commits = vec![];
    for _ in 0..2 {
        tables.share(ANN, CAMERA, BEN, &mut commits).unwrap().unwrap();
        let stored = tables.store_event(event(2), 20, b"", &mut commits).unwrap().unwrap();
        assert_eq!(stored.epoch, Epoch(1));
    }
    assert_eq!(commits.len(), 2);
}

#[test]
fn a_transfer_separates_events_and_ends_grants() {
    let mut tables = anns();
    let mut commits = vec![];
    tables.share(ANN, CAMERA, CAT, &mut commits).unwrap();
    let changed = tables.transfer(Some(ANN), CAMERA, BEN, 50, &mut commits).unwrap().unwrap();
    assert_eq!(changed.users, [ANN, CAT, BEN]);
    // Captured before the transfer, uploaded after: still Ann's.
    let late = tables.store_event(event(2), 50, b"", &mut commits).unwrap().unwrap();
    let new = tables.store_event(event(3), 51, b"", &mut commits).unwrap().unwrap();
    assert_eq!((late.epoch, new.epoch), (Epoch(1), Epoch(2)));
    let sees =
        |user| [1, 2, 3].map(|seq| tables.may_see(user, event(seq), tables.commit()).unwrap());
    assert_eq!(sees(ANN), [true, true, false]);
    assert_eq!(sees(BEN), [false, false, true]);
    assert_eq!(sees(CAT), [false, false, false]);
}

#[test]
fn only_the_owner_changes_anything() {
    let mut tables = anns();
    let mut commits = vec![];
    assert_eq!(tables.share(BEN, CAMERA, CAT, &mut commits).unwrap(), None);
    assert_eq!(tables.transfer(Some(BEN), CAMERA, CAT, 9, &mut commits).unwrap(), None);
    assert_eq!(tables.delete(BEN, CAMERA, &mut commits).unwrap(), None);
    assert!(commits.is_empty());
}

#[test]
fn a_deleted_camera_is_unknown() {
    let mut tables = anns();
    tables.delete(ANN, CAMERA, &mut vec![]).unwrap().unwrap();
    assert!(!tables.is_known(Principal::Device(CAMERA), tables.commit()));
    assert_eq!(tables.store_event(event(2), 20, b"", &mut vec![]).unwrap(), None);
}

#[test]
fn a_replica_reads_as_of_an_earlier_commit() {
    let mut tables = anns();
    let then = tables.commit();
    tables.store_event(event(2), 20, b"two", &mut vec![]).unwrap();
    let rows = |until| tables.events(&[(CAMERA, Epoch(1))], (0, until), 9).unwrap().len();
    assert_eq!((rows(then), rows(tables.commit())), (1, 2));
}

#[test]
fn a_camera_with_the_identity_of_another_is_rejected() {
    let mut tables = anns();
    assert!(tables.is_bound(CAMERA, Serial(5)).unwrap(), "the first hardware binds the device");
    assert!(!tables.is_bound(CAMERA, Serial(9)).unwrap());
    tables.transfer(None, CAMERA, BEN, 50, &mut vec![]).unwrap().unwrap();
    assert!(!tables.is_bound(CAMERA, Serial(9)).unwrap(), "not even first after a reset");
    assert!(tables.is_bound(CAMERA, Serial(5)).unwrap());
    tables.delete(BEN, CAMERA, &mut vec![]).unwrap().unwrap();
    assert!(!tables.is_bound(CAMERA, Serial(5)).unwrap());
}

#[test]
fn a_hand_over_carries_grants_over() {
    let mut tables = anns();
    let mut commits = vec![];
    tables.share(ANN, CAMERA, CAT, &mut commits).unwrap();
    tables.share(ANN, CAMERA, BEN, &mut commits).unwrap();
    let changed = tables.hand_over(Some(ANN), CAMERA, BEN, 50, &mut commits).unwrap().unwrap();
    assert_eq!(changed.users, [ANN, BEN, CAT, BEN]);
    assert_eq!(tables.viewers_of(CAMERA, Epoch(1), tables.commit()), [ANN]);
    assert_eq!(tables.viewers_of(CAMERA, Epoch(2), tables.commit()), [BEN, CAT]);
    let carried = Change::Carried { device: CAMERA, epoch: Epoch(2), user: CAT };
    assert_eq!(commits.last(), Some(&carried));
    tables.revoke(BEN, CAMERA, CAT, &mut commits).unwrap().unwrap();
    assert_eq!(tables.viewers_of(CAMERA, Epoch(2), tables.commit()), [BEN]);
}

#[test]
fn a_key_orders_changes_about_one_person() {
    let tables = anns();
    let key = |user, intent| Key { device: CAMERA, user, intent: Intent(intent) };
    assert_eq!(tables.key_status(key(BEN, 7)).unwrap(), KeyStatus::New);
    tables.remember(key(BEN, 7)).unwrap();
    assert_eq!(tables.key_status(key(BEN, 6)).unwrap(), KeyStatus::Superseded);
    assert!(matches!(tables.key_status(key(BEN, 7)).unwrap(), KeyStatus::Made(_)));
    assert_eq!(tables.key_status(key(BEN, 8)).unwrap(), KeyStatus::New);
    assert_eq!(tables.key_status(key(CAT, 1)).unwrap(), KeyStatus::New, "another person");
}

#[test]
fn a_replica_still_shows_revoked_guests() {
    let mut tables = anns();
    let mut seen = vec![];
    let mut look = |tables: &Tables| seen.push(tables.commit());
    look(&tables);
    tables.share(ANN, CAMERA, BEN, &mut vec![]).unwrap();
    look(&tables);
    tables.revoke(ANN, CAMERA, BEN, &mut vec![]).unwrap();
    look(&tables);
    tables.transfer(Some(ANN), CAMERA, CAT, 50, &mut vec![]).unwrap();
    look(&tables);
    let viewers = |epoch, at| tables.viewers_of(CAMERA, Epoch(epoch), at);
    let of = |epoch| seen.iter().map(|at| viewers(epoch, *at)).collect::<Vec<_>>();
    assert_eq!(of(1), [vec![ANN], vec![ANN, BEN], vec![ANN], vec![ANN]]);
    assert_eq!(of(2), [vec![], vec![], vec![], vec![CAT]]);
    let bens: Vec<_> = seen.iter().map(|at| tables.cameras_of(BEN, *at).len()).collect();
    assert_eq!(bens, [0, 1, 0, 0]);
}

#[test]
fn the_log_contains_each_change_once_with_its_commit() {
    let mut tables = anns();
    let before = tables.commit();
    let shared = tables.share(ANN, CAMERA, BEN, &mut vec![]).unwrap().unwrap();
    let again = tables.share(ANN, CAMERA, BEN, &mut vec![]).unwrap().unwrap();
    assert_eq!(shared, again);
    let moved = tables.transfer(Some(ANN), CAMERA, CAT, 50, &mut vec![]).unwrap().unwrap();
    assert_eq!(tables.changes((before, tables.commit())), [shared.clone(), moved.clone()]);
    assert_eq!(tables.changes((shared.commit, tables.commit())), [moved]);
    assert!(tables.changes((tables.commit(), tables.commit())).is_empty());
}

#[test]
fn every_read_is_as_of_a_commit() {
    let mut tables = anns();
    let then = tables.commit();
    tables.share(ANN, CAMERA, BEN, &mut vec![]).unwrap();
    let shared = tables.commit();
    tables.transfer(Some(ANN), CAMERA, CAT, 50, &mut vec![]).unwrap();
    tables.store_event(event(2), 60, b"two", &mut vec![]).unwrap();
    tables.delete(CAT, CAMERA, &mut vec![]).unwrap();
    let now = tables.commit();
    let all = |of: &dyn Fn(u64) -> String| [then, shared, now].map(of);
    let bens = |at| tables.may_see(BEN, event(1), at).unwrap().to_string();
    assert_eq!(all(&bens), ["false", "true", "false"]);
    let watches = |at| tables.may_watch(BEN, (CAMERA, Epoch(1)), at).to_string();
    assert_eq!(all(&watches), ["false", "true", "false"]);
    let cats = |at| tables.may_see(CAT, event(2), at).unwrap().to_string();
    assert_eq!(all(&cats), ["false", "false", "true"]);
    let epochs = |at| tables.access.epochs_of(CAMERA, at).len().to_string();
    assert_eq!(all(&epochs), ["1", "1", "2"]);
    let known = |at| tables.is_known(Principal::Device(CAMERA), at).to_string();
    assert_eq!(all(&known), ["true", "true", "false"]);
    let changes = |at| tables.changes((then, at)).len().to_string();
    assert_eq!(all(&changes), ["0", "1", "3"]);
    let stored = |at| tables.epoch_of(event(2), at).unwrap().is_some().to_string();
    assert_eq!(all(&stored), ["false", "false", "true"]);
}
