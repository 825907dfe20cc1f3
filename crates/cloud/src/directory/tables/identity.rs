//! Known principals and the hardware devices are bound to.

use super::Tables;
use crosswire_history::{DeviceId, Principal, Serial};
use rusqlite::{OptionalExtension, Result};

impl Tables {
    /// Returns true if the user or device exists and is not deleted, as of a commit.
    pub(crate) fn is_known(&self, principal: Principal, at: u64) -> bool {
        match principal {
            Principal::Device(device) => self.access.is_known(device, at),
            // Accounts are neither made nor closed during a run.
            Principal::User(_) => true,
            Principal::Gateway => false,
        }
    }

    /// Returns true if a device is known and bound to this hardware. A device that was never bound
    /// is bound by this call. A change of owner does not affect the binding: it is still the same
    /// camera, also after a factory reset, and another camera with its identity must not win a race
    /// for it.
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

    /// Binds an unbound device.
    pub(crate) fn bind(&self, device: DeviceId, serial: Serial) -> Result<()> {
        let sql = "INSERT INTO hardware VALUES(?1, ?2)";
        self.db.prepare_cached(sql)?.execute([device.0, serial.0]).map(drop)
    }
}
