//! The entries that moka's caches keep: their names and their expiry.
//!
//! `invalidate_all` notes the time; older entries are gone. According to moka's documentation an
//! entry is gone if it was inserted before that time or at it; in 0.12.16 an entry inserted at it
//! stays (`is_invalid_entry` compares with `<`). That happens with a coarse clock: the simulated
//! clock does not move while a task runs, and Sui met the same bug in a simulation
//! (MystenLabs/sui#17191). So nothing here depends on it: an entry's name contains a generation,
//! which changes when the feed is lost, and entries of an older generation are not found again.
//! `invalidate_all` only frees their room.

use super::invalidation_policy::{InvalidationPolicy, Watch};
use crate::client::Moment;
use bytes::Bytes;
use moka::Expiry;
use std::time::{Duration, Instant};

/// The longest life of an entry without a reader, in the first example of moka's documentation.
pub(super) const IDLES: Duration = Duration::from_mins(5);

/// A key, with the generation of its value.
pub(super) type Name = (u64, String);

/// Returns the name under which the value of a key is kept now.
pub(super) fn name<P: InvalidationPolicy>(watch: &Watch<P>, key: &str) -> Name {
    (watch.generation(), key.to_owned())
}

/// A value and how long it may be kept.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: Bytes,
    life: Duration,
}

impl Entry {
    /// Returns the entry for a value that was requested at `since` and then had `left` to live;
    /// `None` if it must not be kept.
    pub(super) fn of<P: InvalidationPolicy>(
        value: Option<&Bytes>,
        left: Option<Duration>,
        since: &Moment,
    ) -> Option<Self> {
        let life = P::life(left.map(|left| left.saturating_sub(since.age())))?;
        // A copy: a slice of the read buffer would keep the whole buffer alive.
        Some(Self { value: Bytes::copy_from_slice(value?), life })
    }
}

/// Ends each entry when its `life` is over.
pub(super) struct Ends;

impl Expiry<Name, Entry> for Ends {
    fn expire_after_create(&self, _: &Name, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.life)
    }

    /// An expired entry may still be there when its successor arrives.
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
