//! Keyed changes: repeated requests are made once, and never after a later change.

use super::Tables;
use crate::directory::protocol::{Changed, Key};
use rusqlite::{OptionalExtension, Result};

/// The status of a keyed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyStatus {
    /// Neither this change nor a later one was made.
    New,
    /// The change was made; these are its effects.
    Made(Changed),
    /// A later change was made.
    Superseded,
}

impl Tables {
    /// Returns the status of a keyed change.
    pub(crate) fn key_status(&self, key: Key) -> Result<KeyStatus> {
        let Key { device, user, intent } = key;
        let sql = "SELECT intent FROM keys WHERE device = ?1 AND user = ?2";
        let mut statement = self.db.prepare_cached(sql)?;
        let latest: Option<u32> =
            statement.query_row([device.0, user.0], |row| row.get(0)).optional()?;
        Ok(match latest {
            Some(latest) if latest > intent.0 => KeyStatus::Superseded,
            Some(latest) if latest == intent.0 => {
                let present = self.access.present(device).map(|(epoch, _)| (device, epoch));
                KeyStatus::Made(Changed {
                    epochs: present.into_iter().collect(),
                    users: vec![user],
                    commit: self.commit,
                })
            }
            _ => KeyStatus::New,
        })
    }

    /// Records that a keyed change was made.
    pub(crate) fn remember(&self, key: Key) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO keys VALUES(?1, ?2, ?3)";
        let values = [key.device.0, key.user.0, key.intent.0];
        self.db.prepare_cached(sql)?.execute(values).map(drop)
    }
}
