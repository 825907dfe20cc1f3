//! Plain ways to carry out what a client offers beyond the basic calls.

use super::{Style, done, frame, number, unexpected, value_of};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{Batch, CacheError, Lookup, Write};
use futures_util::future::join_all;
use std::time::Duration;

/// The value of a key that is known to be absent.
pub const ABSENT: &[u8] = b"\0absent";

/// Returns a time in milliseconds, as commands take it.
pub fn ms(time: Duration) -> Vec<u8> {
    time.as_millis().to_string().into_bytes()
}

/// The parts of a batch on one node: their places in the batch, and the results.
pub type Share = (Vec<usize>, Result<Vec<Result<(), CacheError>>, CacheError>);

/// Sends one command for each part of a batch, in one pipeline for each node.
pub async fn shares<S: Style + ?Sized>(
    style: &S,
    parts: &[(usize, Bytes)],
    read: fn(Reply) -> Result<(), CacheError>,
) -> Vec<Share> {
    let share = |node| async move {
        let places = (0..parts.len()).filter(|at| parts[*at].0 == node).collect::<Vec<_>>();
        if places.is_empty() {
            return (places, Ok(Vec::new()));
        }
        let commands: Vec<_> = places.iter().map(|at| parts[*at].1.clone()).collect();
        let replies = style.ask_all(node, &commands).await;
        (places, replies.map(|replies| replies.into_iter().map(read).collect()))
    };
    join_all((0..style.desk().nodes()).map(share)).await
}

/// Puts the results of the shares of a batch in the places of its parts.
pub fn in_place(parts: usize, shares: Vec<Share>) -> Batch {
    let mut results = vec![Ok(()); parts];
    for (places, share) in shares {
        for (at, place) in places.into_iter().enumerate() {
            results[place] = match &share {
                Ok(share) => share[at].clone(),
                Err(error) => Err(error.clone()),
            };
        }
    }
    results
}

/// Returns the SET for each write of a batch, with its node.
pub fn sets<S: Style + ?Sized>(style: &S, writes: &[Write<'_>]) -> Vec<(usize, Bytes)> {
    let set = |write: &Write<'_>| {
        let (name, packed) = (style.name(write.key), style.pack(write.key, write.value));
        let command = frame(&[b"SET", &name, &packed, b"PX", &ms(write.ttl)]);
        (style.desk().node_of(write.key), command)
    };
    writes.iter().map(set).collect()
}

/// Returns the DEL for each key of a batch, with its node.
pub fn dels<S: Style + ?Sized>(style: &S, keys: &[String]) -> Vec<(usize, Bytes)> {
    let del = |key: &String| (style.desk().node_of(key), frame(&[b"DEL", &style.name(key)]));
    keys.iter().map(del).collect()
}

/// Checks the reply to a DEL.
pub fn deleted(reply: Reply) -> Result<(), CacheError> {
    number(reply).map(|_| ())
}

/// Writes a batch with a pipeline of SETs for each node.
pub async fn mset<S: Style + ?Sized>(style: &S, writes: &[Write<'_>]) -> Batch {
    in_place(writes.len(), shares(style, &sets(style, writes), done).await)
}

/// Deletes a batch with a pipeline of DELs for each node.
pub async fn mdel<S: Style + ?Sized>(style: &S, keys: &[String]) -> Batch {
    in_place(keys.len(), shares(style, &dels(style, keys), deleted).await)
}

/// Reads a key and sets its life with GETEX.
pub async fn get_and_touch<S: Style + ?Sized>(
    style: &S,
    key: &str,
    ttl: Duration,
) -> Result<Option<Bytes>, CacheError> {
    let args: [&[u8]; 4] = [b"GETEX", &style.name(key), b"PX", &ms(ttl)];
    Ok(match value_of(style.ask(style.desk().node_of(key), &args).await?)? {
        Some(stored) => style.unpack(key, stored),
        None => None,
    })
}

/// Sends two commands to the node of a key in one pipeline.
pub async fn two<S: Style + ?Sized>(
    style: &S,
    key: &str,
    args: [&[&[u8]]; 2],
) -> Result<[Reply; 2], CacheError> {
    let replies = style.ask_all(style.desk().node_of(key), &args.map(frame)).await?;
    replies.try_into().map_err(|replies| unexpected(&Reply::Array(replies)))
}

/// Counts with INCRBY, and gives the counter a life unless it has one.
pub async fn incr<S: Style + ?Sized>(
    style: &S,
    key: &str,
    by: i64,
    ttl: Duration,
) -> Result<i64, CacheError> {
    let (name, by) = (style.name(key), by.to_string());
    let life: [&[u8]; 4] = [b"PEXPIRE", &name, &ms(ttl), b"NX"];
    let [count, _] = two(style, key, [&[b"INCRBY", &name, by.as_bytes()], &life]).await?;
    number(count)
}

/// Reads a key that may be known to be absent.
pub async fn look_up<S: Style + ?Sized>(style: &S, key: &str) -> Result<Lookup, CacheError> {
    let reply = style.ask(style.desk().node_of(key), &[b"GET", &style.name(key)]).await?;
    Ok(match value_of(reply)? {
        Some(stored) if stored == ABSENT => Lookup::Absent,
        Some(stored) => style.unpack(key, stored).map_or(Lookup::Unknown, Lookup::Value),
        None => Lookup::Unknown,
    })
}

/// Notes that a key is absent with a SET of [`ABSENT`].
pub async fn set_absent<S: Style + ?Sized>(
    style: &S,
    key: &str,
    ttl: Duration,
) -> Result<(), CacheError> {
    let args: [&[u8]; 5] = [b"SET", &style.name(key), ABSENT, b"PX", &ms(ttl)];
    done(style.ask(style.desk().node_of(key), &args).await?)
}

/// Shortens the life of a key with PEXPIRE LT.
pub async fn expire<S: Style + ?Sized>(
    style: &S,
    key: &str,
    ttl: Duration,
) -> Result<bool, CacheError> {
    let args: [&[u8]; 4] = [b"PEXPIRE", &style.name(key), &ms(ttl), b"LT"];
    Ok(number(style.ask(style.desk().node_of(key), &args).await?)? == 1)
}
