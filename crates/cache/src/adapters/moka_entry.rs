//! What moka's caches keep, by which name, and when it ends.
//!
//! `invalidate_all` notes the time, and an entry is gone if it is older than that. By moka's page it
//! is gone if it was inserted before that time or at it; in 0.12.16 one that was inserted at it stays
//! (`is_invalid_entry` asks for `<`). Where a clock is coarse that happens: the simulation's stands
//! still while nobody waits, and Sui met it in a simulation too (MystenLabs/sui#17191). So nothing
//! here rests upon it: a name has the generation of its entry, which is another one when the feed was
//! lost, and what has an older one is not found again. `invalidate_all` frees the room.

use super::trust::{Trust, Watch};
use crate::client::Moment;
use bytes::Bytes;
use moka::Expiry;
use std::time::{Duration, Instant};

/// How long an entry may live without a reader in the example that moka's pages begin with.
pub(super) const IDLES: Duration = Duration::from_mins(5);

/// A key, in the generation of what is kept of it.
pub(super) type Name = (u64, String);

/// By which name the value of a key is kept now.
pub(super) fn name<T: Trust>(watch: &Watch<T>, key: &str) -> Name {
    (watch.generation(), key.to_owned())
}

/// A value and how long it may be kept.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: Bytes,
    life: Duration,
}

impl Entry {
    /// What is to be kept of a value that was asked for at `since` and then had `left` to live.
    pub(super) fn of<T: Trust>(
        value: Option<&Bytes>,
        left: Option<Duration>,
        since: &Moment,
    ) -> Option<Self> {
        let life = T::life(left.map(|left| left.saturating_sub(since.age())))?;
        // A copy: the value is a share of the read buffer, which would live as long.
        Some(Self { value: Bytes::copy_from_slice(value?), life })
    }
}

/// Each entry ends when its own life does.
pub(super) struct Ends;

impl Expiry<Name, Entry> for Ends {
    fn expire_after_create(&self, _: &Name, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.life)
    }

    /// One that has ended may still be there when its successor comes.
    fn expire_after_update(
        &self,
        _: &Name,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.life)
    }
}
