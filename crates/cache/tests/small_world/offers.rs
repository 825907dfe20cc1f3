//! What the edges record of batches, counters, keys that are known to be absent, and changes.

use crate::{TTL, far, on_a_world};
use bytes::{Bytes, BytesMut};
use crosswire_cache::resp::{Reply, decode_reply, encode_command};
use crosswire_cache::{
    Batch, CacheClient, CacheError, Changes, Dialer, Lookup, Offers, Write, async_trait,
};
use crosswire_history::journal::RecentEntries;
use crosswire_history::sync::Mutex;
use crosswire_history::{
    CacheOp, CallId, CallOutcome, Entry, Fact, Observer, Offer, Returned, Sent,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SET: CacheOp = CacheOp::Set;
const DEL: CacheOp = CacheOp::Del;

/// Opens a connection for each call. Reports the last part of a multi-set as failed, deletes with
/// one DEL, and takes a nil reply for the note that a key is absent.
struct OneShot {
    dialer: Dialer,
    /// Every second increment returns the number of the one before.
    counted: Mutex<Option<i64>>,
}

impl OneShot {
    async fn ask(&self, commands: &[&[&[u8]]]) -> Result<Vec<Reply>, CacheError> {
        let mut stream = self.dialer.dial(0).await?;
        let (mut outbox, mut inbox) = (BytesMut::new(), BytesMut::new());
        for args in commands {
            encode_command(&mut outbox, args);
        }
        stream.write_all(&outbox).await?;
        let mut replies = Vec::new();
        while replies.len() < commands.len() {
            match decode_reply(&mut inbox).expect("the reply is well-formed") {
                Some(reply) => replies.push(reply),
                None => drop(stream.read_buf(&mut inbox).await?),
            }
        }
        Ok(replies)
    }
}

#[async_trait]
impl CacheClient for OneShot {
    async fn get(&self, _: &str) -> Result<Option<Bytes>, CacheError> {
        Ok(None)
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        Ok(vec![None; keys.len()])
    }

    async fn set(&self, _: &str, _: &[u8], _: Duration) -> Result<(), CacheError> {
        Ok(())
    }

    async fn del(&self, _: &str) -> Result<(), CacheError> {
        Ok(())
    }

    fn offers(&self) -> Offers {
        Offers::default().multi_set().multi_delete().counters().negative_entries().invalidations()
    }

    async fn mset(&self, writes: &[Write<'_>]) -> Result<Batch, CacheError> {
        let sets: Vec<[&[u8]; 3]> =
            writes.iter().map(|write| [b"SET", write.key.as_bytes(), write.value]).collect();
        self.ask(&sets.iter().map(|set| &set[..]).collect::<Vec<_>>()).await?;
        let mut results = vec![Ok(()); writes.len()];
        results[writes.len() - 1] = Err(CacheError::Timeout);
        Ok(results)
    }

    async fn mdel(&self, keys: &[String]) -> Result<Batch, CacheError> {
        let mut del = vec![&b"DEL"[..]];
        del.extend(keys.iter().map(String::as_bytes));
        self.ask(&[&del]).await?;
        Ok(vec![Ok(()); keys.len()])
    }

    async fn incr(&self, key: &str, by: i64, _: Duration) -> Result<i64, CacheError> {
        if let Some(counted) = self.counted.lock().take() {
            return Ok(counted);
        }
        let replies = self.ask(&[&[b"INCRBY", key.as_bytes(), by.to_string().as_bytes()]]).await?;
        let [Reply::Int(counted)] = replies[..] else { return Err(CacheError::Timeout) };
        *self.counted.lock() = Some(counted);
        Ok(counted)
    }

    async fn look_up(&self, _: &str) -> Result<Lookup, CacheError> {
        Ok(Lookup::Absent)
    }

    async fn set_absent(&self, _: &str, _: Duration) -> Result<(), CacheError> {
        Ok(())
    }

    async fn changes(&self) -> Result<Changes, CacheError> {
        Ok(match self.counted.lock().take() {
            Some(_) => Changes::Keys(vec!["k".to_owned(), "j".to_owned()]),
            None => Changes::Any,
        })
    }
}

/// The facts about calls.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Fact>>>);

impl Observer for Seen {
    fn observe(&mut self, entry: &Entry, _: &RecentEntries) {
        self.0.lock().push(entry.what);
    }
}

impl Seen {
    fn facts<T>(&self, of: impl Fn(Fact) -> Option<T>) -> Vec<T> {
        self.0.lock().iter().filter_map(|fact| of(*fact)).collect()
    }

    fn values(&self) -> Vec<Returned> {
        self.facts(|fact| match fact {
            Fact::Value { returned, .. } => Some(returned),
            _ => None,
        })
    }
}

/// Uses such a client behind a probe, and returns what was seen.
fn used(story: impl AsyncFnOnce(&dyn CacheClient)) -> Seen {
    let seen = Seen::default();
    on_a_world(far(5), seen.clone(), async |world| {
        let client = OneShot { dialer: world.dialer.clone(), counted: Mutex::default() };
        story(&world.probe(Arc::new(client), false)).await;
    });
    seen
}

#[test]
fn each_part_of_a_batch_is_a_call_with_its_own_command_and_its_own_end() {
    let seen = used(async |client| {
        let write = |key| Write { key, value: b"v", ttl: TTL };
        let _ = client.mset(&[write("a"), write("b")]).await;
        let _ = client.mdel(&["a".to_owned(), "c".to_owned()]).await;
    });
    let began = seen.facts(|fact| match fact {
        Fact::CallBegan { call, op, keys, .. } => Some((call.0, op, keys)),
        _ => None,
    });
    let (batch, deletes) = ((1, CacheOp::Mset, 2), (4, CacheOp::Mdel, 2));
    let part = |call, op| (call, op, 1);
    assert_eq!(began, [batch, part(2, SET), part(3, SET), deletes, part(5, DEL), part(6, DEL)]);
    let executed = seen.facts(|fact| match fact {
        Fact::Executed { call, op, hit, .. } => Some((call.0, op, hit)),
        _ => None,
    });
    assert_eq!(executed, [(2, SET, false), (3, SET, false), (5, DEL, true), (6, DEL, false)]);
    let failed = seen.facts(|fact| match fact {
        Fact::CallEnded { call, outcome: CallOutcome::Error } => Some(call),
        _ => None,
    });
    assert_eq!(failed, [CallId(3)]);
    let ended = seen.facts(|fact| match fact {
        Fact::BatchEnded { call, parts, failed } => Some((call.0, parts, failed)),
        _ => None,
    });
    assert_eq!(ended, [(1, 2, 1), (4, 2, 0)]);
}

#[test]
fn a_number_is_that_of_one_reply_and_of_one_call() {
    let seen = used(async |client| {
        for _ in 0..3 {
            let _ = client.incr("k", 1, TTL).await;
        }
    });
    let sent: Vec<_> = seen.values().iter().map(|returned| returned.sent).collect();
    assert_eq!(sent, [Sent::During, Sent::Before, Sent::During]);
}

#[test]
fn an_absence_comes_from_the_latest_note_of_its_key() {
    let seen = used(async |client| {
        let _ = client.set_absent("k", TTL).await;
        let _ = client.look_up("k").await;
        let _ = client.look_up("j").await;
    });
    let writers: Vec<_> = seen.values().iter().map(|returned| returned.written_by.0).collect();
    assert_eq!(writers, [1, 0]);
}

#[test]
fn what_a_client_offers_is_recorded_once() {
    let seen = used(async |_| {});
    let offered = seen.facts(|fact| match fact {
        Fact::Offered { offer } => Some(offer),
        _ => None,
    });
    let basic = [Offer::MultiSet, Offer::MultiDelete, Offer::Counters, Offer::NegativeEntries];
    assert_eq!(offered[..4], basic);
    assert_eq!(offered[4..], [Offer::Invalidations]);
}

#[test]
fn an_answer_about_changes_is_recorded_key_by_key() {
    let seen = used(async |client| {
        let _ = client.changes().await;
        let _ = client.incr("k", 1, TTL).await;
        let _ = client.changes().await;
    });
    let answered = seen.facts(|fact| match fact {
        Fact::AnyChanged { call } => Some((call.0, "any")),
        Fact::NamedChanged { call, .. } => Some((call.0, "one")),
        _ => None,
    });
    assert_eq!(answered, [(1, "any"), (3, "one"), (3, "one")]);
}
