//! Caching clients over several nodes: the calls of every client that can send a command to a node.

use super::mget_merge::{Answer, MgetMerge};
use crate::client::{CacheClient, CacheError, Connections, When};
use crate::resp::Reply;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::future::Future;
use std::iter::once;
use std::time::Duration;

/// A caching client whose keys are spread over places that answer commands: cache nodes, or
/// databases on them. Whatever implements this trait is a [`CacheClient`].
pub(super) trait Nodes: Send + Sync + 'static {
    /// A place that answers commands.
    type Place: Copy + Ord + Send + Sync;

    /// Merges the answers of several places to one multi-get.
    type Merge: MgetMerge;

    /// The way in which calls share connections.
    const CONNECTIONS: Connections;

    /// Returns the place of a key, and the key's name there.
    fn find<'k>(&self, key: &'k str) -> (Self::Place, &'k [u8]);

    /// Sends a command to a place and parses its reply with `read`.
    fn command<T: Send>(
        &self,
        place: Self::Place,
        args: &[&[u8]],
        read: impl FnOnce(Reply) -> Result<T, Reply> + Send,
    ) -> impl Future<Output = Result<T, CacheError>> + Send;

    /// Returns a value or a miss from one place for each of some names.
    fn values(&self, place: Self::Place, names: &[&[u8]]) -> impl Future<Output = Answer> + Send {
        async move {
            let args: Vec<_> = once(b"MGET".as_slice()).chain(names.iter().copied()).collect();
            let read = |reply| match reply {
                Reply::Array(replies) if replies.len() == names.len() => {
                    replies.into_iter().map(bulk_or_nil).collect()
                }
                other => Err(other),
            };
            self.command(place, &args, read).await
        }
    }

    /// Sends a conditional write and returns whether it was carried out.
    fn write_if(
        &self,
        place: Self::Place,
        args: &[&[u8]],
    ) -> impl Future<Output = Result<bool, CacheError>> + Send {
        self.command(place, args, written)
    }
}

#[async_trait]
impl<N: Nodes> CacheClient for N {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (place, name) = self.find(key);
        self.command(place, &[b"GET", name], bulk_or_nil).await
    }

    /// Asks all places at once and merges their answers.
    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let mut shares: BTreeMap<N::Place, Vec<usize>> = BTreeMap::new();
        for (at, key) in keys.iter().enumerate() {
            shares.entry(self.find(key).0).or_default().push(at);
        }
        // Unzipped first: `join_all` reserves extra room for the iterator of a map.
        let (places, shares): (Vec<_>, Vec<_>) = shares.into_iter().unzip();
        let asking = places.iter().zip(&shares).map(|(&place, share)| async move {
            let names: Vec<_> = share.iter().map(|&at| self.find(&keys[at]).1).collect();
            self.values(place, &names).await
        });
        let answers = join_all(asking).await;
        N::Merge::merge(keys.len(), &shares, answers)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let (place, name) = self.find(key);
        let ttl_ms = ttl.as_millis().to_string();
        let args = [b"SET", name, value, b"PX", ttl_ms.as_bytes()];
        let read = |reply| if matches!(reply, Reply::Simple(_)) { Ok(()) } else { Err(reply) };
        self.command(place, &args, read).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let (place, name) = self.find(key);
        let read = |reply| if matches!(reply, Reply::Int(_)) { Ok(()) } else { Err(reply) };
        self.command(place, &[b"DEL", name], read).await
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let (place, name) = self.find(key);
        let ttl_ms = ttl.as_millis().to_string();
        let mut args = vec![b"SET", name, value, b"PX", ttl_ms.as_bytes()];
        match when {
            When::Absent => args.push(b"NX"),
            When::Equals(there) => args.extend([b"IFEQ".as_slice(), there]),
        }
        self.write_if(place, &args).await
    }

    fn connections(&self) -> Connections {
        N::CONNECTIONS
    }
}

/// Parses the reply to a conditional write.
pub(super) fn written(reply: Reply) -> Result<bool, Reply> {
    match reply {
        Reply::Simple(_) => Ok(true),
        Reply::Nil => Ok(false),
        other => Err(other),
    }
}

/// Parses the reply to a GET.
pub(super) fn bulk_or_nil(reply: Reply) -> Result<Option<Bytes>, Reply> {
    match reply {
        Reply::Bulk(value) => Ok(Some(value)),
        Reply::Nil => Ok(None),
        other => Err(other),
    }
}
