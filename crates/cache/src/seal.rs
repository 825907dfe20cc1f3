//! Provenance in a value's own bytes.
//!
//! The probe seals each value that the service writes. After the value it appends the key, the call
//! that writes it, the directory's commit as of which it was read, and a keyed checksum over all of
//! these. The harness never changes these bytes afterwards, so a client may compare, compress,
//! encrypt or checksum them as it likes. However the client uses its connections, the bytes
//! that it returns say which write produced them and for which key.

use crosswire_history::{CallId, Digest, KeyId, Returned};
use std::hash::Hasher;

const MAGIC: [u8; 4] = [0xC5, 0x57, 0x1D, 0x9A];

/// Bytes that a seal adds to a value: magic, key, call, commit, checksum.
pub const SEAL_LEN: usize = 4 + 4 + 4 + 8 + 8;

/// The write that produced a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The key that it is for.
    pub key: KeyId,
    /// The call that writes it; for values from before the run, a number that no call has.
    pub by: CallId,
    /// The directory's commit as of which the value was read; 0 if unknown.
    pub as_of: u64,
}

/// Seals and opens the values of one run.
#[derive(Clone, Copy, Debug)]
pub struct Sealer {
    secret: u64,
}

impl Sealer {
    /// Creates a sealer whose seals cannot be forged without `secret`.
    pub fn new(secret: u64) -> Self {
        Self { secret }
    }

    /// Returns `value` followed by its seal.
    pub fn seal(&self, written: Written, value: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(value.len() + SEAL_LEN);
        sealed.extend_from_slice(value);
        sealed.extend_from_slice(&MAGIC);
        sealed.extend_from_slice(&written.key.0.to_le_bytes());
        sealed.extend_from_slice(&written.by.0.to_le_bytes());
        sealed.extend_from_slice(&written.as_of.to_le_bytes());
        sealed.extend_from_slice(&self.checksum(written, value).to_le_bytes());
        sealed
    }

    /// Returns the length of the value under the seal and the content of the seal; `None` if these
    /// bytes were never sealed or were changed since.
    pub fn open(&self, sealed: &[u8]) -> Option<(usize, Returned)> {
        let (value, seal) = split(sealed)?;
        let written = read(seal);
        let checksum = u64::from_le_bytes(part(seal, 20));
        if checksum != self.checksum(written, value) {
            return None;
        }
        let Written { key, by, as_of } = written;
        let returned =
            Returned { written_for: Some(key), written_by: by, as_of, ..Returned::default() };
        Some((value.len(), returned))
    }

    fn checksum(self, written: Written, value: &[u8]) -> u64 {
        let mut digest = Digest::default();
        digest.write_u64(self.secret);
        digest.write_u64(u64::from(written.key.0) << 32 | u64::from(written.by.0));
        digest.write_u64(written.as_of);
        digest.write(value);
        digest.finish()
    }
}

/// Reads the field of a seal that begins at `at`.
fn part<const N: usize>(seal: &[u8], at: usize) -> [u8; N] {
    seal[at..at + N].try_into().expect("the field lies within the seal")
}

fn read(seal: &[u8]) -> Written {
    Written {
        key: KeyId(u32::from_le_bytes(part(seal, 4))),
        by: CallId(u32::from_le_bytes(part(seal, 8))),
        as_of: u64::from_le_bytes(part(seal, 12)),
    }
}

fn split(sealed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (value, seal) = sealed.split_at_checked(sealed.len().checked_sub(SEAL_LEN)?)?;
    if seal.starts_with(&MAGIC) { Some((value, seal)) } else { None }
}

/// Returns the value under the seal, or all of `stored` if there is no seal.
pub fn value_under(stored: &[u8]) -> &[u8] {
    split(stored).map_or(stored, |(value, _)| value)
}

/// Returns the write that a value on the wire claims to be from, unchecked: only the probe can
/// verify that the value was not changed. `None` if the client encodes values so that the seal is
/// not at the end.
pub fn written(value: &[u8]) -> Option<Written> {
    split(value).map(|(_, seal)| read(seal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write() -> impl Strategy<Value = Written> {
        any::<(u32, u32, u64)>().prop_map(|(key, by, as_of)| Written {
            key: KeyId(key),
            by: CallId(by),
            as_of,
        })
    }

    proptest! {
        #[test]
        fn a_seal_names_key_writer_and_commit(
            value in prop::collection::vec(any::<u8>(), 0..60), write in write(),
        ) {
            let sealer = Sealer::new(3);
            let sealed = sealer.seal(write, &value);
            let (len, returned) = sealer.open(&sealed).unwrap();
            prop_assert_eq!(&sealed[..len], &value[..]);
            prop_assert_eq!(value_under(&sealed), &value[..]);
            prop_assert_eq!(written(&sealed), Some(write));
            let Returned { written_for, written_by, as_of, .. } = returned;
            prop_assert_eq!((written_for, written_by, as_of), (Some(write.key), write.by, write.as_of));
        }

        #[test]
        fn a_changed_value_key_writer_or_commit_breaks_the_seal(
            value in prop::collection::vec(any::<u8>(), 1..60), write in write(),
            at in any::<prop::sample::Index>(), bit in 0_u8..8,
        ) {
            let sealer = Sealer::new(3);
            let mut sealed = sealer.seal(write, &value);
            let at = at.index(sealed.len());
            sealed[at] ^= 1_u8 << bit;
            prop_assert!(sealer.open(&sealed).is_none());
        }

        #[test]
        fn bytes_without_a_seal_name_no_write(value in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(written(&value), None);
            prop_assert_eq!(value_under(&value), &value[..]);
        }
    }
}
