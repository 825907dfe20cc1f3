//! Keys shortened before they go on the wire, to save the cache's memory: with a hundred million
//! small values the keys take most of it.

use super::hygiene::Strict;
use super::resp_client::RespClient;
use crate::client::{CacheClient, CacheError, ClientConfig, Connections, Dialer, When};
use crate::clients::mget_merge::StrictByIndex;
use async_trait::async_trait;
use bytes::{Buf, Bytes};
use std::marker::PhantomData;
use std::time::Duration;

/// The check of a key that is stored with its value.
pub trait KeyCheck: Send + Sync + 'static {
    /// Returns a value in the form stored for a key.
    fn put(key: &str, value: &[u8]) -> Vec<u8>;

    /// Returns the value in `stored`; `None` if it belongs to another key.
    fn take(key: &str, stored: Bytes) -> Option<Bytes>;
}

/// Correct. The full key is stored before the value and compared; a value of another key is a miss.
pub struct FullKey;

impl KeyCheck for FullKey {
    fn put(key: &str, value: &[u8]) -> Vec<u8> {
        // Keys are shorter than 250 bytes.
        [&[key.len() as u8], key.as_bytes(), value].concat()
    }

    fn take(key: &str, mut stored: Bytes) -> Option<Bytes> {
        let len = usize::from(*stored.first()?);
        if stored.get(1..=len)? != key.as_bytes() {
            return None;
        }
        stored.advance(1 + len);
        Some(stored)
    }
}

/// Mechanism 10, key collision. Two keys with one digest share an entry: a reader gets the value
/// written for either. Trigger: some hundred keys; there are 65,536 digests, so about n²/131,072
/// pairs of n keys collide, and none in a pilot. Django's CVE-2020-13254 (June 2020) was about two
/// keys that became one, there through characters that memcached does not accept.
pub struct NoKeyCheck;

impl KeyCheck for NoKeyCheck {
    fn put(_key: &str, value: &[u8]) -> Vec<u8> {
        value.to_vec()
    }

    fn take(_key: &str, stored: Bytes) -> Option<Bytes> {
        Some(stored)
    }
}

/// Returns four digits for a key: the lower half of Jenkins' one-at-a-time hash.
// https://burtleburtle.net/bob/hash/doobs.html
fn short(key: &str) -> String {
    let mut hash = 0_u32;
    for byte in key.bytes() {
        hash = hash.wrapping_add(u32::from(byte));
        hash = hash.wrapping_add(hash << 10);
        hash ^= hash >> 6;
    }
    hash = hash.wrapping_add(hash << 3);
    hash ^= hash >> 11;
    hash = hash.wrapping_add(hash << 15);
    format!("{:04x}", hash & 0xffff)
}

/// The pooled client behind short keys, with the key check `L` on its values.
pub struct ShortKeys<L> {
    backend: RespClient<Strict, StrictByIndex>,
    check: PhantomData<L>,
}

impl<L: KeyCheck> ShortKeys<L> {
    /// Creates the client. It dials when it is first used.
    ///
    /// # Errors
    /// None.
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let backend = RespClient::connect(dialer, config).await?;
        Ok(Self { backend, check: PhantomData })
    }
}

#[async_trait]
impl<L: KeyCheck> CacheClient for ShortKeys<L> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let stored = self.backend.get(&short(key)).await?;
        Ok(stored.and_then(|stored| L::take(key, stored)))
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let asked: Vec<_> = keys.iter().map(|key| short(key)).collect();
        let stored = self.backend.mget(&asked).await?;
        let values = keys.iter().zip(stored).map(|(key, stored)| L::take(key, stored?));
        Ok(values.collect())
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.backend.set(&short(key), &L::put(key, value), ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.backend.del(&short(key)).await
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let there = if let When::Equals(there) = when { L::put(key, there) } else { Vec::new() };
        let when = if when == When::Absent { when } else { When::Equals(&there) };
        self.backend.set_if(&short(key), &L::put(key, value), ttl, when).await
    }

    fn connections(&self) -> Connections {
        self.backend.connections()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_comes_out_for_its_own_key_and_no_other(
            key in "[a-z0-9:]{1,40}", other in "[a-z0-9:]{1,40}", value in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let stored = Bytes::from(FullKey::put(&key, &value));
            prop_assert_eq!(FullKey::take(&key, stored.clone()), Some(Bytes::from(value)));
            prop_assert_eq!(FullKey::take(&other, stored).is_some(), key == other);
        }

        #[test]
        fn junk_is_a_miss(key in "[a-z:]{1,9}", junk in prop::collection::vec(any::<u8>(), 0..9)) {
            prop_assume!(!junk.ends_with(key.as_bytes()));
            prop_assert!(FullKey::take(&key, Bytes::from(junk)).is_none());
        }
    }

    #[test]
    fn the_keys_of_a_pilot_do_not_collide_and_those_of_a_city_do() {
        let meet = |count: u32| {
            let users = (0..count).map(|n| format!("usr:{n}:cams"));
            let cameras = (0..count).map(|n| format!("cam:{n}:1:acl"));
            let mut digests: Vec<_> = users.chain(cameras).map(|key| short(&key)).collect();
            digests.sort_unstable();
            digests.windows(2).filter(|pair| pair[0] == pair[1]).count()
        };
        assert_eq!(meet(40), 0);
        assert_eq!(meet(200), 5);
    }
}
