//! The sealed form of values that the service compares with. Part of the harness.
//!
//! A conditional write names a value that the service has read or written, and the service knows
//! this value without its seal. A client that stores values in its own encoding compares whole
//! values, so it must get exactly the bytes that it returned or wrote.

use bytes::Bytes;
use crosswire_history::KeyId;
use crosswire_history::sync::{Mutex, MutexGuard};
use std::collections::BTreeMap;

/// The latest value, with its seal, that one client returned or wrote for each key.
#[derive(Default)]
pub(crate) struct Compared(Mutex<BTreeMap<KeyId, Sealed>>);

/// A value with its seal, and the length of the value alone.
struct Sealed {
    bytes: Bytes,
    len: usize,
}

impl Compared {
    fn latest(&self) -> MutexGuard<'_, BTreeMap<KeyId, Sealed>> {
        self.0.lock()
    }

    /// Notes a value that the client returned or wrote; its first `len` bytes are the service's.
    pub(crate) fn note(&self, key: KeyId, bytes: Bytes, len: usize) {
        self.latest().insert(key, Sealed { bytes, len });
    }

    /// Returns the sealed form of a value, if it is the latest that the client returned or wrote
    /// for the key.
    pub(crate) fn sealed(&self, key: KeyId, value: &[u8]) -> Option<Bytes> {
        let latest = self.latest();
        let sealed = latest.get(&key).filter(|sealed| &sealed.bytes[..sealed.len] == value)?;
        Some(sealed.bytes.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_key_and_its_content() {
        let compared = Compared::default();
        let sealed = Bytes::from_static(b"user-7|seal");
        compared.note(KeyId(3), sealed.clone(), 6);
        assert_eq!(compared.sealed(KeyId(3), b"user-7"), Some(sealed));
        assert_eq!(compared.sealed(KeyId(3), b"user-8"), None);
        assert_eq!(compared.sealed(KeyId(4), b"user-7"), None);
    }
}
