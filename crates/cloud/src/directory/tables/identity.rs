//! Who is known, and with which hardware.

use super::Tables;
use crosswire_history::{DeviceId, Principal, Serial};
use rusqlite::{OptionalExtension, Result};

impl Tables {
    /// Whether there is such a user or device, and not deleted, as of a commit.
    pub(crate) fn is_known(&self, principal: Principal, at: u64) -> Result<bool> {
        match principal {
            Principal::Device(device) => {
                let sql = "SELECT EXISTS(SELECT 1 FROM epochs
                           WHERE device = ?1 AND opened <= ?2 AND ifnull(closed > ?2, 1))";
                let wanted = [i64::from(device.0), at as i64];
                self.db.prepare_cached(sql)?.query_row(wanted, |row| row.get(0))
            }
            // Accounts are neither made nor closed during a run.
            Principal::User(_) => Ok(true),
            Principal::Gateway => Ok(false),
        }
    }

    /// Whether a device is known and bound to this hardware. What was never bound is bound by it.
    /// A new owner changes nothing: it is the same camera, also after a factory reset, and in a
    /// race for it a camera with the same identity must not win.
    pub(crate) fn is_bound(&self, device: DeviceId, serial: Serial) -> Result<bool> {
        let sql = "SELECT serial FROM epochs LEFT JOIN hardware USING(device)
                   WHERE device = ?1 AND closed IS NULL";
        let mut statement = self.db.prepare_cached(sql)?;
        let row = statement.query_row([device.0], |row| row.get::<_, Option<u32>>(0)).optional()?;
        let Some(bound) = row else { return Ok(false) };
        if bound.is_none() {
            self.bind(device, serial)?;
        }
        Ok(bound.is_none_or(|bound| bound == serial.0))
    }

    /// Binds a device that is not bound.
    pub(crate) fn bind(&self, device: DeviceId, serial: Serial) -> Result<()> {
        let sql = "INSERT INTO hardware VALUES(?1, ?2)";
        self.db.prepare_cached(sql)?.execute([device.0, serial.0]).map(drop)
    }
}
