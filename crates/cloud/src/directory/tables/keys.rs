//! Changes by key: asked for again they are made once, and never after a later one.

use super::{Changed, Tables};
use crosswire_history::{DeviceId, Intent, UserId};
use rusqlite::{OptionalExtension, Result};

/// What a change goes by: the same each time it is asked for again, and higher for a later one
/// about the same camera and person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The camera.
    pub device: DeviceId,
    /// Whom it is about: the guest, the next owner or, at a deletion, the last.
    pub user: UserId,
    /// Its number.
    pub intent: Intent,
}

/// Where a change stands, by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was not made, nor a later one.
    New,
    /// It was made; this is what it touched.
    Made(Changed),
    /// A later one was made.
    Superseded,
}

impl Tables {
    /// Where a change stands.
    pub(crate) fn standing(&self, key: Key) -> Result<Standing> {
        let Key { device, user, intent } = key;
        let sql = "SELECT intent FROM keys WHERE device = ?1 AND user = ?2";
        let mut statement = self.db.prepare_cached(sql)?;
        let latest: Option<u32> =
            statement.query_row([device.0, user.0], |row| row.get(0)).optional()?;
        Ok(match latest {
            Some(latest) if latest > intent.0 => Standing::Superseded,
            Some(latest) if latest == intent.0 => {
                let present = self.present(device)?.map(|(epoch, _)| (device, epoch));
                Standing::Made(Changed {
                    epochs: present.into_iter().collect(),
                    users: vec![user],
                    commit: self.commit,
                })
            }
            _ => Standing::New,
        })
    }

    /// A change was made.
    pub(crate) fn remember(&self, key: Key) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO keys VALUES(?1, ?2, ?3)";
        let wanted = [key.device.0, key.user.0, key.intent.0];
        self.db.prepare_cached(sql)?.execute(wanted).map(drop)
    }
}
