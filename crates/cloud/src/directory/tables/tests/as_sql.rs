//! What is kept in memory answers as the rows in SQL do, after any changes and as of any commit.

use super::*;
use proptest::prelude::*;
use rusqlite::{OptionalExtension, Params, Row};

/// A change by one of four users to one of three devices.
#[derive(Clone, Debug)]
enum Step {
    Share(UserId, UserId),
    Revoke(UserId, UserId),
    Transfer(UserId, UserId),
    HandOver(UserId, UserId),
    Delete(UserId),
}

const DEVICES: u32 = 3;
const USERS: u32 = 4;

/// Milliseconds between two changes.
const PACE_MS: u64 = 10;

fn step() -> impl Strategy<Value = Step> {
    let user = || (1..=USERS).prop_map(UserId);
    prop_oneof![
        4 => (user(), user()).prop_map(|(owner, to)| Step::Share(owner, to)),
        2 => (user(), user()).prop_map(|(owner, from)| Step::Revoke(owner, from)),
        2 => (user(), user()).prop_map(|(from, to)| Step::Transfer(from, to)),
        2 => (user(), user()).prop_map(|(from, to)| Step::HandOver(from, to)),
        1 => user().prop_map(Step::Delete),
    ]
}

impl Step {
    fn take(&self, tables: &mut Tables, device: DeviceId, now_ms: u64) -> Option<Changed> {
        let commits = &mut vec![];
        let changed = match *self {
            Self::Share(owner, to) => tables.share(owner, device, to, commits),
            Self::Revoke(owner, from) => tables.revoke(owner, device, from, commits),
            Self::Transfer(from, to) => tables.transfer(Some(from), device, to, now_ms, commits),
            Self::HandOver(from, to) => tables.hand_over(Some(from), device, to, now_ms, commits),
            Self::Delete(owner) => tables.delete(owner, device, commits),
        };
        changed.unwrap()
    }
}

impl Tables {
    fn rows<T>(
        &self,
        sql: &str,
        values: impl Params,
        row: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Vec<T> {
        let mut statement = self.db.prepare(sql).unwrap();
        let rows = statement.query_map(values, |of| row(of)).unwrap();
        rows.collect::<Result<_>>().unwrap()
    }
}

fn epoch(row: &Row<'_>) -> Result<Epoch> {
    row.get(0).map(Epoch)
}

fn is_known(tables: &Tables, device: DeviceId, at: u64) -> bool {
    let sql = "SELECT EXISTS(SELECT 1 FROM epochs
               WHERE device = ?1 AND opened <= ?2 AND ifnull(closed > ?2, 1))";
    tables.rows(sql, params![device.0, at as i64], |row| row.get(0))[0]
}

fn present(tables: &Tables, device: DeviceId) -> Option<(Epoch, UserId)> {
    let sql = "SELECT epoch, owner FROM epochs WHERE device = ?1 AND closed IS NULL";
    let row = |row: &Row<'_>| Ok((epoch(row)?, UserId(row.get(1)?)));
    tables.db.query_row(sql, [device.0], row).optional().unwrap()
}

fn epoch_at(tables: &Tables, device: DeviceId, at_ms: u64) -> Option<Epoch> {
    present(tables, device)?;
    let sql = "SELECT max(epoch) FROM epochs WHERE device = ?1 AND since_ms < ?2";
    let latest: Vec<Option<u32>> =
        tables.rows(sql, params![device.0, at_ms as i64], |row| row.get(0));
    latest[0].map(Epoch)
}

fn epochs_of(tables: &Tables, device: DeviceId, at: u64) -> Vec<(Epoch, u64)> {
    let sql = "SELECT epoch, since_ms FROM epochs
               WHERE device = ?1 AND opened <= ?2 ORDER BY epoch";
    let row = |row: &Row<'_>| Ok((epoch(row)?, row.get::<_, i64>(1)? as u64));
    tables.rows(sql, params![device.0, at as i64], row)
}

fn cameras_of(tables: &Tables, user: UserId, at: u64) -> Vec<(DeviceId, Epoch)> {
    let sql = "SELECT device, epoch FROM epochs WHERE owner = ?1 AND opened <= ?2
               UNION SELECT device, epoch FROM grants
               WHERE user = ?1 AND opened <= ?2 AND ifnull(closed > ?2, 1)
               ORDER BY device, epoch";
    let row = |row: &Row<'_>| Ok((DeviceId(row.get(0)?), Epoch(row.get(1)?)));
    tables.rows(sql, params![user.0, at as i64], row)
}

fn viewers_of(tables: &Tables, device: DeviceId, epoch: Epoch, at: u64) -> Vec<UserId> {
    let sql = "SELECT owner AS user FROM epochs WHERE device = ?1 AND epoch = ?2 AND opened <= ?3
               UNION SELECT user FROM grants
               WHERE device = ?1 AND epoch = ?2 AND opened <= ?3 AND ifnull(closed > ?3, 1)
               ORDER BY user";
    let values = params![device.0, epoch.0, at as i64];
    tables.rows(sql, values, |row| row.get(0).map(UserId))
}

proptest! {
    #[test]
    fn memory_and_sql_agree(
        steps in prop::collection::vec((1..=DEVICES, step()), 0..40),
    ) {
        let mut tables = Tables::new().unwrap();
        for device in 1..=DEVICES {
            tables.register(DeviceId(device), UserId(device)).unwrap();
        }
        for (at, (device, step)) in steps.iter().enumerate() {
            step.take(&mut tables, DeviceId(*device), at as u64 * PACE_MS);
        }
        let end_ms = steps.len() as u64 * PACE_MS;
        let devices = || (0..=DEVICES).map(DeviceId);
        for device in devices() {
            prop_assert_eq!(tables.access.present(device), present(&tables, device));
            for at_ms in (0..=end_ms).step_by(5) {
                let found = tables.access.epoch_at(device, at_ms);
                prop_assert_eq!(found, epoch_at(&tables, device, at_ms));
            }
        }
        for at in 0..=tables.commit() {
            for device in devices() {
                let of = tables.access.epochs_of(device, at);
                prop_assert_eq!(tables.access.is_known(device, at), is_known(&tables, device, at));
                prop_assert_eq!(&of, &epochs_of(&tables, device, at));
                for (epoch, _) in of {
                    let viewers = tables.viewers_of(device, epoch, at);
                    prop_assert_eq!(viewers, viewers_of(&tables, device, epoch, at));
                }
            }
            for user in (0..=USERS).map(UserId) {
                prop_assert_eq!(tables.cameras_of(user, at), cameras_of(&tables, user, at));
            }
        }
    }
}
