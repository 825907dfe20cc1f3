//! The owner tag. A camera appends to everything it produces for an event the ownership epoch in
//! which the event was captured, sealed so that a gateway can check that the bytes belong to that
//! event and that epoch.
//!
//! The tag belongs to the service, not to the harness. A camera receives one key per epoch when it
//! authenticates. Keys are derived from the gateways' secret, so any gateway can check any tag and
//! none has to store keys.

use bytes::Bytes;
use crosswire_history::{DeviceId, Digest, Epoch, EventId};
use std::hash::Hasher;

/// A camera's sealing key for one ownership epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerKey {
    /// The ownership epoch.
    pub epoch: Epoch,
    /// The key applies to events captured after this millisecond.
    pub since_ms: u64,
    key: u64,
}

/// Length of a tag in bytes: magic, epoch, signature.
pub const OWNER_TAG_LEN: usize = 4 + 4 + 8;

const MAGIC: [u8; 4] = [0x0E, 0x7A, 0xC4, 0x55];

fn digest(words: [u64; 3], bytes: &[u8]) -> u64 {
    let mut digest = Digest::default();
    for word in words {
        digest.write_u64(word);
    }
    digest.write(bytes);
    digest.finish()
}

impl OwnerKey {
    /// Derives a camera's key for an epoch that began at `since_ms`.
    pub fn new(secret: u64, device: DeviceId, epoch: Epoch, since_ms: u64) -> Self {
        let key = digest([secret, u64::from(device.0), u64::from(epoch.0)], b"owner");
        Self { epoch, since_ms, key }
    }

    /// Returns the key that applies to an event captured at `captured_ms`; `keys` are oldest first.
    pub fn for_time(keys: &[Self], captured_ms: u64) -> Option<Self> {
        keys.iter().rev().find(|key| key.since_ms < captured_ms).copied()
    }

    fn signature(self, event: EventId, bytes: &[u8]) -> u64 {
        digest([self.key, u64::from(event.device.0), u64::from(event.seq)], bytes)
    }

    /// Appends the tag to `bytes`, which belong to `event`.
    pub fn seal(self, event: EventId, mut bytes: Vec<u8>) -> Vec<u8> {
        let signature = self.signature(event, &bytes);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.epoch.0.to_le_bytes());
        bytes.extend_from_slice(&signature.to_le_bytes());
        bytes
    }
}

/// Checks a tag and returns the bytes before it and its epoch. Returns `None` if there is no tag,
/// or if the tag does not match these bytes and `event`.
pub fn open(secret: u64, event: EventId, sealed: &Bytes) -> Option<(Bytes, Epoch)> {
    let (bytes, tag) = sealed.split_at_checked(sealed.len().checked_sub(OWNER_TAG_LEN)?)?;
    let epoch = Epoch(u32::from_le_bytes(tag[4..8].try_into().ok()?));
    let signature = u64::from_le_bytes(tag[8..].try_into().ok()?);
    let key = OwnerKey::new(secret, event.device, epoch, 0);
    let fits = tag.starts_with(&MAGIC) && signature == key.signature(event, bytes);
    if fits { Some((sealed.slice(..bytes.len()), epoch)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: u64 = 4;

    proptest! {
        #[test]
        fn a_tag_fits_its_event_and_its_bytes_and_no_others(
            (device, seq, epoch) in any::<(u32, u32, u32)>(),
            body in prop::collection::vec(any::<u8>(), 0..60),
            at in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let event = EventId { device: DeviceId(device), seq };
            let key = OwnerKey::new(SECRET, event.device, Epoch(epoch), 0);
            let sealed = Bytes::from(key.seal(event, body.clone()));
            prop_assert_eq!(open(SECRET, event, &sealed), Some((Bytes::from(body), Epoch(epoch))));
            prop_assert_eq!(open(SECRET + 1, event, &sealed), None);
            let other = EventId { seq: seq.wrapping_add(1), ..event };
            prop_assert_eq!(open(SECRET, other, &sealed), None);
            let mut changed = sealed.to_vec();
            let at = at.index(changed.len());
            changed[at] ^= 1 << bit;
            prop_assert_eq!(open(SECRET, event, &Bytes::from(changed)), None);
            prop_assert_eq!(open(SECRET, event, &sealed.slice(..at)), None);
        }
    }

    #[test]
    fn the_millisecond_of_a_claim_still_belongs_to_the_epoch_before() {
        let key = |epoch, since_ms| OwnerKey::new(SECRET, DeviceId(1), Epoch(epoch), since_ms);
        let keys = [key(1, 0), key(2, 50)];
        let epoch = |at_ms| OwnerKey::for_time(&keys, at_ms).map(|key| key.epoch.0);
        assert_eq!([epoch(1), epoch(50), epoch(51)], [Some(1), Some(1), Some(2)]);
    }
}
