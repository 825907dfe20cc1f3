//! Ways to ask one node for several keys on one connection.

use super::connection::{Connection, Replies};
use crate::client::CacheError;
use crate::clients::nodes::bulk_or_nil;
use crate::resp::Reply;
use bytes::Bytes;
use std::future::Future;
use std::iter::once;
use std::marker::PhantomData;

/// Asks one node for several keys.
pub trait Batch: Send + Sync + 'static {
    /// Returns a value or a miss for each of `keys`.
    ///
    /// # Errors
    /// The server answered with an error, or the connection is unusable.
    fn ask(
        connection: &mut Connection,
        keys: &[&[u8]],
    ) -> impl Future<Output = Result<Vec<Option<Bytes>>, CacheError>> + Send;
}

/// Sends one MGET, which has one reply.
pub struct Mget;

impl Batch for Mget {
    async fn ask(
        connection: &mut Connection,
        keys: &[&[u8]],
    ) -> Result<Vec<Option<Bytes>>, CacheError> {
        let args: Vec<_> = once(b"MGET".as_slice()).chain(keys.iter().copied()).collect();
        match connection.request(&args).await? {
            Reply::Array(replies) if replies.len() == keys.len() => values(connection, replies),
            other => Err(connection.unexpected(&other)),
        }
    }
}

/// Sends a GET for each key, all at once. `R` reads the replies.
pub struct Pipeline<R>(PhantomData<R>);

impl<R: Replies> Batch for Pipeline<R> {
    async fn ask(
        connection: &mut Connection,
        keys: &[&[u8]],
    ) -> Result<Vec<Option<Bytes>>, CacheError> {
        let commands: Vec<_> = keys.iter().map(|key| [b"GET".as_slice(), key]).collect();
        let replies = connection.pipeline::<R>(&commands).await?;
        values(connection, replies)
    }
}

fn values(
    connection: &mut Connection,
    replies: Vec<Reply>,
) -> Result<Vec<Option<Bytes>>, CacheError> {
    let values: Result<_, Reply> = replies.into_iter().map(bulk_or_nil).collect();
    values.map_err(|reply| connection.unexpected(&reply))
}

/// Correct. Reads all replies and only then looks for errors among them.
pub struct ReadAll;

impl Replies for ReadAll {
    async fn read(connection: &mut Connection, count: usize) -> Result<Vec<Reply>, CacheError> {
        let mut replies = Vec::with_capacity(count);
        for _ in 0..count {
            replies.push(connection.reply().await?);
        }
        replies.into_iter().map(no_error).collect()
    }
}

/// Mechanism 3, partial-batch desync. The first error reply ends the reading, and the replies after
/// it stay unread on a connection that looks healthy, since a server's error says nothing about the
/// connection. Trigger: a restarted cache node that answers `-LOADING` until it has its data. As in
/// redis-py's case (`OpenAI`, 20 March 2023), a connection returns to its pool with replies still
/// to come, here without a cancellation.
pub struct StopAtError;

impl Replies for StopAtError {
    async fn read(connection: &mut Connection, count: usize) -> Result<Vec<Reply>, CacheError> {
        let mut replies = Vec::with_capacity(count);
        for _ in 0..count {
            replies.push(no_error(connection.reply().await?)?);
        }
        Ok(replies)
    }
}

fn no_error(reply: Reply) -> Result<Reply, CacheError> {
    match reply {
        Reply::Error(text) => Err(CacheError::Server(text)),
        reply => Ok(reply),
    }
}
