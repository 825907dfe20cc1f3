//! The operations of a caching client over several nodes, each of which answers commands.

use super::mget_merge::{Answer, MgetMerge};
use crate::client::{CacheError, Dialer, When};
use crate::resp::Reply;
use bytes::Bytes;
use futures_util::future::join_all;
use std::future::Future;
use std::iter::once;
use std::time::Duration;

/// Cache nodes that answer commands.
pub(super) trait Nodes: Sync {
    /// Returns the dialer, which assigns keys to nodes.
    fn dialer(&self) -> &Dialer;

    /// Sends a command to a node and parses its reply with `read`.
    fn command<T: Send>(
        &self,
        node: usize,
        args: &[&[u8]],
        read: impl FnOnce(Reply) -> Result<T, Reply> + Send,
    ) -> impl Future<Output = Result<T, CacheError>> + Send;

    /// Returns a value or a miss from one node for each of some keys.
    fn values(&self, node: usize, keys: &[&[u8]]) -> impl Future<Output = Answer> + Send {
        async move {
            let args: Vec<_> = once(b"MGET".as_slice()).chain(keys.iter().copied()).collect();
            let read = |reply| match reply {
                Reply::Array(replies) if replies.len() == keys.len() => {
                    replies.into_iter().map(bulk_or_nil).collect()
                }
                other => Err(other),
            };
            self.command(node, &args, read).await
        }
    }
}

pub(super) async fn get<N: Nodes>(nodes: &N, key: &str) -> Result<Option<Bytes>, CacheError> {
    let node = nodes.dialer().node_of(key);
    nodes.command(node, &[b"GET", key.as_bytes()], bulk_or_nil).await
}

/// Asks all nodes at once and merges their answers with `G`.
pub(super) async fn mget<N: Nodes, G: MgetMerge>(
    nodes: &N,
    keys: &[String],
) -> Result<Vec<Option<Bytes>>, CacheError> {
    let dialer = nodes.dialer();
    let mut shares = vec![Vec::new(); dialer.nodes()];
    for (at, key) in keys.iter().enumerate() {
        shares[dialer.node_of(key)].push(at);
    }
    // Counted first: `join_all` reserves extra room for an iterator without a length.
    let asked: Vec<_> = (0..shares.len()).filter(|&node| !shares[node].is_empty()).collect();
    let asking = asked.iter().map(|&node| {
        let share: Vec<_> = shares[node].iter().map(|&at| keys[at].as_bytes()).collect();
        async move { nodes.values(node, &share).await }
    });
    let answers = join_all(asking).await;
    shares.retain(|share| !share.is_empty());
    G::merge(keys.len(), &shares, answers)
}

pub(super) async fn set<N: Nodes>(
    nodes: &N,
    key: &str,
    value: &[u8],
    ttl: Duration,
) -> Result<(), CacheError> {
    let ttl_ms = ttl.as_millis().to_string();
    let args = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()];
    let read = |reply| if matches!(reply, Reply::Simple(_)) { Ok(()) } else { Err(reply) };
    nodes.command(nodes.dialer().node_of(key), &args, read).await
}

pub(super) async fn del<N: Nodes>(nodes: &N, key: &str) -> Result<(), CacheError> {
    let read = |reply| if matches!(reply, Reply::Int(_)) { Ok(()) } else { Err(reply) };
    nodes.command(nodes.dialer().node_of(key), &[b"DEL", key.as_bytes()], read).await
}

/// Writes on a condition and returns whether it did.
pub(super) async fn set_if<N: Nodes>(
    nodes: &N,
    key: &str,
    value: &[u8],
    ttl: Duration,
    when: When<'_>,
) -> Result<bool, CacheError> {
    let ttl_ms = ttl.as_millis().to_string();
    let args = conditional(key.as_bytes(), value, &ttl_ms, when);
    nodes.command(nodes.dialer().node_of(key), &args, written).await
}

/// Returns the command of a conditional write.
pub(super) fn conditional<'a>(
    key: &'a [u8],
    value: &'a [u8],
    ttl_ms: &'a str,
    when: When<'a>,
) -> Vec<&'a [u8]> {
    let mut args = vec![b"SET", key, value, b"PX", ttl_ms.as_bytes()];
    match when {
        When::Absent => args.push(b"NX"),
        When::Equals(there) => args.extend([b"IFEQ".as_slice(), there]),
    }
    args
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
