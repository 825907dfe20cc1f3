//! Provenance tags: they say which camera made some bytes, and only the harness can make or read
//! them.
//!
//! The system under test corrupts labels, so a label proves nothing. A camera puts a 36-byte tag in
//! front of everything it makes: the event, the ownership epoch in which it was captured, the time,
//! the camera that made it, a hash of the bytes that follow, and a keyed checksum over all of that.
//! A single changed bit makes the tag unreadable.

use crate::digest::Digest;
use crate::ids::{DeviceId, Epoch, EventId, Serial};
use crate::sync::Mutex;
use serde::{Deserialize, Serialize};
use std::hash::Hasher;
use std::sync::Arc;

/// Length of a tag, in bytes: five numbers, the hash and the checksum.
pub const TAG_LEN: usize = 5 * size_of::<u32>() + 2 * size_of::<u64>();

/// The camera that made some bytes, with event, epoch and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The event that the bytes belong to.
    pub event: EventId,
    /// The ownership epoch in which the event was captured.
    pub epoch: Epoch,
    /// Time of capture.
    pub captured_ms: u32,
    /// The camera that made the bytes, as its hardware proves. The event shows only the identity it
    /// used.
    pub maker: Serial,
}

/// Makes and reads tags. Clones share the latest epochs, which the directory server keeps up to
/// date.
#[derive(Clone)]
pub struct Mint {
    secret: u64,
    epochs: Arc<Mutex<Vec<Epochs>>>,
}

/// The current epoch of a device, when it began, and the epoch before it.
#[derive(Clone, Copy, Default)]
struct Epochs {
    before: Epoch,
    present: Epoch,
    since_ms: u64,
}

impl Mint {
    /// Creates a mint. Its tags cannot be read with another secret.
    pub fn new(secret: u64) -> Self {
        Self { secret, epochs: Arc::default() }
    }

    /// Notes that a device has entered a new epoch. Events captured *after* this millisecond belong
    /// to it.
    ///
    /// # Panics
    /// If the device has been in this epoch or in a later one, or if time runs backwards.
    pub fn claimed(&self, device: DeviceId, epoch: Epoch, since_ms: u64) {
        let mut epochs = self.epochs.lock();
        let at = device.0 as usize;
        if epochs.len() <= at {
            epochs.resize(at + 1, Epochs::default());
        }
        let before = epochs[at];
        assert!(epoch > before.present, "{device} enters {epoch} after {}", before.present);
        assert!(since_ms >= before.since_ms, "{device} enters {epoch} before the last");
        epochs[at] = Epochs { before: before.present, present: epoch, since_ms };
    }

    /// Returns the epoch of an event that a device captures at `at_ms`, which must be now. Returns
    /// 0 before the first claim.
    ///
    /// # Panics
    /// If the device has entered an epoch since then.
    pub fn epoch_at(&self, device: DeviceId, at_ms: u64) -> Epoch {
        let epochs = self.epochs.lock();
        let epochs = epochs.get(device.0 as usize).copied().unwrap_or_default();
        assert!(at_ms >= epochs.since_ms, "{device} captures an event in the past");
        if at_ms > epochs.since_ms { epochs.present } else { epochs.before }
    }

    /// Returns `body` preceded by the tag of its origin.
    pub fn seal(&self, origin: Origin, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(TAG_LEN + body.len());
        let Origin { event, epoch, captured_ms, maker } = origin;
        for field in [event.device.0, event.seq, epoch.0, captured_ms, maker.0] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        bytes.extend_from_slice(&self.checksum(1, body).to_le_bytes());
        let mac = self.checksum(2, &bytes);
        bytes.extend_from_slice(&mac.to_le_bytes());
        assert_eq!(bytes.len(), TAG_LEN, "a tag has one length");
        bytes.extend_from_slice(body);
        bytes
    }

    /// Reads the tag of some bytes. Returns `None` if no camera made them or a single bit has
    /// changed.
    pub fn read(&self, bytes: &[u8]) -> Option<Origin> {
        let (tag, body) = bytes.split_at_checked(TAG_LEN)?;
        let long = |at: usize| u64::from_le_bytes(tag[at..at + 8].try_into().expect("8 bytes"));
        let short = |at: usize| u32::from_le_bytes(tag[at..at + 4].try_into().expect("4 bytes"));
        if long(28) != self.checksum(2, &tag[..28]) || long(20) != self.checksum(1, body) {
            return None;
        }
        Some(Origin {
            event: EventId { device: DeviceId(short(0)), seq: short(4) },
            epoch: Epoch(short(8)),
            captured_ms: short(12),
            maker: Serial(short(16)),
        })
    }

    fn checksum(&self, part: u64, bytes: &[u8]) -> u64 {
        let mut digest = Digest::default();
        digest.write_u64(self.secret ^ part);
        digest.write(bytes);
        digest.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn origin() -> impl Strategy<Value = Origin> {
        any::<(u32, u32, u32, u32, u32)>().prop_map(|(device, seq, epoch, captured_ms, maker)| {
            let event = EventId { device: DeviceId(device), seq };
            Origin { event, epoch: Epoch(epoch), captured_ms, maker: Serial(maker) }
        })
    }

    proptest! {
        #[test]
        fn a_sealed_origin_is_read_back(origin in origin(), body in prop::collection::vec(any::<u8>(), 0..80)) {
            let mint = Mint::new(7);
            prop_assert_eq!(mint.read(&mint.seal(origin, &body)), Some(origin));
        }

        #[test]
        fn one_changed_bit_makes_a_tag_unreadable(
            origin in origin(),
            body in prop::collection::vec(any::<u8>(), 0..80),
            at in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let mint = Mint::new(7);
            let mut bytes = mint.seal(origin, &body);
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert_eq!(mint.read(&bytes), None);
        }

        #[test]
        fn a_truncated_tag_is_unreadable(origin in origin(), body in prop::collection::vec(any::<u8>(), 1..80), at in any::<prop::sample::Index>()) {
            let mint = Mint::new(7);
            let bytes = mint.seal(origin, &body);
            prop_assert_eq!(mint.read(&bytes[..at.index(bytes.len())]), None);
        }

        #[test]
        fn another_mint_cannot_read_a_tag(origin in origin()) {
            prop_assert_eq!(Mint::new(8).read(&Mint::new(7).seal(origin, b"x")), None);
        }
    }

    #[test]
    #[should_panic(expected = "camera-3 enters epoch-1 after epoch-2")]
    fn an_epoch_never_comes_back() {
        let (mint, device) = (Mint::new(7), DeviceId(3));
        mint.claimed(device, Epoch(2), 0);
        mint.claimed(device, Epoch(1), 50);
    }

    #[test]
    fn the_millisecond_of_a_claim_still_belongs_to_the_epoch_before() {
        let (mint, device) = (Mint::new(7), DeviceId(3));
        mint.claimed(device, Epoch(1), 0);
        mint.claimed(device, Epoch(2), 50);
        assert_eq!(mint.epoch_at(device, 50), Epoch(1));
        assert_eq!(mint.epoch_at(device, 51), Epoch(2));
    }
}
