//! What moka's caches keep, and when it ends.

use super::trust::Trust;
use crate::client::Moment;
use bytes::Bytes;
use moka::Expiry;
use std::time::{Duration, Instant};

/// How long an entry may live without a reader in the example that moka's pages begin with.
pub(super) const IDLES: Duration = Duration::from_mins(5);

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

impl Expiry<String, Entry> for Ends {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.life)
    }

    /// One that has ended may still be there when its successor comes.
    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.life)
    }
}
