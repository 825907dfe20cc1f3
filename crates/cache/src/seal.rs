//! Provenance in a value's own bytes.
//!
//! The probe seals each value that the service writes: behind the value stand the key that it
//! was written for, the commit of the directory as of which it was read, and a keyed checksum over
//! all of it. When the server sends a sealed value it stamps the
//! command that this is the reply to. So whatever a client does with its connections, the bytes
//! that it returns say for which key they were written and whose reply they were.

use crate::tap::Stamp;
use crosswire_history::{CallId, CommandId, Digest, KeyId, Returned};
use std::hash::Hasher;

const MAGIC: [u8; 4] = [0xC5, 0x57, 0x1D, 0x9A];

/// Bytes that a seal adds to a value: magic, key, commit, checksum, command, call, time.
pub const SEAL_LEN: usize = 4 + 4 + 8 + 8 + STAMP_LEN;
const STAMP_LEN: usize = 12;

/// Seals and opens the values of one run.
#[derive(Clone, Copy, Debug)]
pub struct Sealer {
    secret: u64,
}

impl Sealer {
    /// A sealer whose seals no other can make.
    pub fn new(secret: u64) -> Self {
        Self { secret }
    }

    /// `value` with its seal behind it. It was read as of that commit; 0 if nobody knows.
    pub fn seal(&self, key: KeyId, as_of: u64, value: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(value.len() + SEAL_LEN);
        sealed.extend_from_slice(value);
        sealed.extend_from_slice(&MAGIC);
        sealed.extend_from_slice(&key.0.to_le_bytes());
        sealed.extend_from_slice(&as_of.to_le_bytes());
        sealed.extend_from_slice(&self.checksum(key, as_of, value).to_le_bytes());
        sealed.extend_from_slice(&[0; STAMP_LEN]);
        sealed
    }

    /// The length of the value under the seal and what the seal says; nothing if these bytes
    /// were never sealed, or were changed since.
    pub fn open(&self, sealed: &[u8]) -> Option<(usize, Returned)> {
        let (value, seal) = split(sealed)?;
        let word = |at: usize| seal[at..at + 4].try_into().ok().map(u32::from_le_bytes);
        let key = KeyId(word(4)?);
        let long = |at: usize| seal[at..at + 8].try_into().ok().map(u64::from_le_bytes);
        let as_of = long(8)?;
        if long(16)? != self.checksum(key, as_of, value) {
            return None;
        }
        let returned = Returned {
            written_for: Some(key),
            command: CommandId(word(24)?),
            answered: CallId(word(28)?),
            sent_ms: u64::from(word(32)?),
            as_of,
        };
        Some((value.len(), returned))
    }

    fn checksum(self, key: KeyId, as_of: u64, value: &[u8]) -> u64 {
        let mut digest = Digest::default();
        digest.write_u64(self.secret);
        digest.write_u32(key.0);
        digest.write_u64(as_of);
        digest.write(value);
        digest.finish()
    }
}

fn split(sealed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (value, seal) = sealed.split_at_checked(sealed.len().checked_sub(SEAL_LEN)?)?;
    seal.starts_with(&MAGIC).then_some((value, seal))
}

/// The value under the seal, if there is one; else all of it.
pub fn value_under(stored: &[u8]) -> &[u8] {
    split(stored).map_or(stored, |(value, _)| value)
}

/// Stamps a value that a server is about to send, if it is a sealed one.
pub fn stamp(value: &mut [u8], stamp: Stamp) {
    if split(value).is_none() {
        return;
    }
    let at = value.len() - STAMP_LEN;
    let fields = [stamp.command.0, stamp.call.0, stamp.sent_ms as u32];
    for (place, field) in value[at..].chunks_exact_mut(4).zip(fields) {
        place.copy_from_slice(&field.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_seal_tells_key_and_commit_and_a_stamp_the_command(
            value in prop::collection::vec(any::<u8>(), 0..60), key in any::<u32>(), as_of in any::<u64>(),
            ids in any::<[u32; 3]>(),
        ) {
            let sealer = Sealer::new(3);
            let mut sealed = sealer.seal(KeyId(key), as_of, &value);
            let call = CallId(ids[1]);
            stamp(&mut sealed, Stamp { command: CommandId(ids[0]), call, sent_ms: u64::from(ids[2]) });
            let (len, returned) = sealer.open(&sealed).unwrap();
            prop_assert_eq!(&sealed[..len], &value[..]);
            prop_assert_eq!(returned, Returned {
                written_for: Some(KeyId(key)),
                command: CommandId(ids[0]),
                answered: call,
                sent_ms: u64::from(ids[2]),
                as_of,
            });
        }

        #[test]
        fn a_changed_value_key_or_commit_is_nobodys(
            value in prop::collection::vec(any::<u8>(), 1..60), at in any::<prop::sample::Index>(), bit in 0_u8..8,
        ) {
            let sealer = Sealer::new(3);
            let mut sealed = sealer.seal(KeyId(1), 2, &value);
            let at = at.index(sealed.len() - STAMP_LEN);
            sealed[at] ^= 1_u8 << bit;
            prop_assert!(sealer.open(&sealed).is_none());
        }

        #[test]
        fn other_bytes_are_left_as_they_are(value in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut stamped = value.clone();
            stamp(&mut stamped, Stamp { command: CommandId(9), ..Stamp::default() });
            prop_assert_eq!(stamped, value);
        }
    }
}
