//! A whole client in parts. Each part has a plain default, and a specimen replaces the part that it
//! is about.

use super::{Desk, Values, done, number, offers, value_of, values_of};
use bytes::Bytes;
use crosswire_cache::client::connector;
use crosswire_cache::resp::Reply;
use crosswire_cache::{
    Batch, CacheClient, CacheError, Changes, ClientConfig, Connect, Connections, Dialer, Lookup,
    Offers, When, Write, async_trait,
};
use std::time::Duration;

/// The parts of a client. With every default it is a pooled client that sends one MGET per node.
#[async_trait]
pub trait Style: Send + Sync + 'static {
    /// Returns the pools and the way to the nodes.
    fn desk(&self) -> &Desk;

    /// Sends a command to a node and returns its reply.
    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        self.desk().ask(node, args).await
    }

    /// Sends several encoded commands to a node at once, and returns their replies.
    async fn ask_all(&self, node: usize, commands: &[Bytes]) -> Result<Vec<Reply>, CacheError> {
        self.desk().ask_all(node, commands).await
    }

    /// Returns the time within which each call ends.
    fn bound(&self) -> Duration {
        self.desk().limit()
    }

    /// Returns the name of a key on the wire.
    fn name(&self, key: &str) -> Vec<u8> {
        key.as_bytes().to_vec()
    }

    /// Encodes a value for the wire.
    fn pack(&self, _key: &str, value: &[u8]) -> Vec<u8> {
        value.to_vec()
    }

    /// Decodes a value from the wire. Returns `None` if the bytes do not belong to the key.
    fn unpack(&self, _key: &str, stored: Bytes) -> Option<Bytes> {
        if stored == offers::ABSENT { None } else { Some(stored) }
    }

    /// See [`CacheClient::get`].
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        get(self, key).await
    }

    /// See [`CacheClient::mget`].
    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        Ok(mget(self, keys).await)
    }

    /// See [`CacheClient::set`].
    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        set(self, key, value, ttl).await
    }

    /// See [`CacheClient::del`].
    async fn del(&self, key: &str) -> Result<(), CacheError> {
        del(self, key).await
    }

    /// See [`CacheClient::set_if`].
    async fn set_if(
        &self,
        _key: &str,
        _value: &[u8],
        _ttl: Duration,
        _when: When<'_>,
    ) -> Result<bool, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// See [`CacheClient::offers`]. What is declared has a plain default.
    fn offers(&self) -> Offers {
        Offers::default()
    }

    /// See [`CacheClient::mset`].
    async fn mset(&self, writes: &[Write<'_>]) -> Result<Batch, CacheError> {
        Ok(offers::mset(self, writes).await)
    }

    /// See [`CacheClient::mdel`].
    async fn mdel(&self, keys: &[String]) -> Result<Batch, CacheError> {
        Ok(offers::mdel(self, keys).await)
    }

    /// See [`CacheClient::get_and_touch`].
    async fn get_and_touch(&self, key: &str, ttl: Duration) -> Result<Option<Bytes>, CacheError> {
        offers::get_and_touch(self, key, ttl).await
    }

    /// See [`CacheClient::incr`].
    async fn incr(&self, key: &str, by: i64, ttl: Duration) -> Result<i64, CacheError> {
        offers::incr(self, key, by, ttl).await
    }

    /// See [`CacheClient::look_up`].
    async fn look_up(&self, key: &str) -> Result<Lookup, CacheError> {
        offers::look_up(self, key).await
    }

    /// See [`CacheClient::set_absent`].
    async fn set_absent(&self, key: &str, ttl: Duration) -> Result<(), CacheError> {
        offers::set_absent(self, key, ttl).await
    }

    /// See [`CacheClient::expire`].
    async fn expire(&self, key: &str, ttl: Duration) -> Result<bool, CacheError> {
        offers::expire(self, key, ttl).await
    }

    /// See [`CacheClient::changes`].
    async fn changes(&self) -> Result<Changes, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// See [`CacheClient::connections`].
    fn connections(&self) -> Connections {
        Connections::Exclusive
    }

    /// See [`CacheClient::keeps_values`].
    fn keeps_values(&self) -> bool {
        false
    }

    /// See [`CacheClient::joins_reads`].
    fn joins_reads(&self) -> bool {
        false
    }
}

/// Reads a key with GET.
pub async fn get<S: Style + ?Sized>(style: &S, key: &str) -> Result<Option<Bytes>, CacheError> {
    let reply = style.ask(style.desk().node_of(key), &[b"GET", &style.name(key)]).await?;
    Ok(match value_of(reply)? {
        Some(stored) => style.unpack(key, stored),
        None => None,
    })
}

/// Reads keys with one MGET for each node, one after another. If a node fails, its keys are misses.
pub async fn mget<S: Style + ?Sized>(style: &S, keys: &[String]) -> Values {
    let mut values = vec![None; keys.len()];
    for node in 0..style.desk().nodes() {
        let on_node = |at: &usize| style.desk().node_of(&keys[*at]) == node;
        let places: Vec<_> = (0..keys.len()).filter(on_node).collect();
        if places.is_empty() {
            continue;
        }
        let names: Vec<_> = places.iter().map(|at| style.name(&keys[*at])).collect();
        let mut args = vec![&b"MGET"[..]];
        args.extend(names.iter().map(Vec::as_slice));
        let Ok(reply) = style.ask(node, &args).await else { continue };
        let Ok(found) = values_of(reply, places.len()) else { continue };
        for (at, stored) in places.into_iter().zip(found) {
            if let Some(stored) = stored {
                values[at] = style.unpack(&keys[at], stored);
            }
        }
    }
    values
}

/// Writes a key with SET.
pub async fn set<S: Style + ?Sized>(
    style: &S,
    key: &str,
    value: &[u8],
    ttl: Duration,
) -> Result<(), CacheError> {
    let (name, packed) = (style.name(key), style.pack(key, value));
    let ttl_ms = ttl.as_millis().to_string();
    let args: [&[u8]; 5] = [b"SET", &name, &packed, b"PX", ttl_ms.as_bytes()];
    done(style.ask(style.desk().node_of(key), &args).await?)
}

/// Deletes a key with DEL.
pub async fn del<S: Style + ?Sized>(style: &S, key: &str) -> Result<(), CacheError> {
    let reply = style.ask(style.desk().node_of(key), &[b"DEL", &style.name(key)]).await?;
    number(reply).map(|_| ())
}

/// A client in a style. Each call ends within the style's bound.
struct Client<S>(S);

/// Returns the function that connects a client in the style that `open` creates.
pub fn connect<S: Style>(open: fn(Desk) -> S) -> Connect {
    let connect = move |dialer: Dialer, config: ClientConfig| async move {
        Ok(Client(open(Desk::new(dialer, config))))
    };
    connector(connect)
}

impl<S: Style> Client<S> {
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, CacheError>>,
    ) -> Result<T, CacheError> {
        self.0.desk().dialer.timeout(self.0.bound(), work).await?
    }
}

#[async_trait]
impl<S: Style> CacheClient for Client<S> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        self.in_time(self.0.get(key)).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        self.in_time(self.0.mget(keys)).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.in_time(self.0.set(key, value, ttl)).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.in_time(self.0.del(key)).await
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        self.in_time(self.0.set_if(key, value, ttl, when)).await
    }

    fn offers(&self) -> Offers {
        self.0.offers()
    }

    async fn mset(&self, writes: &[Write<'_>]) -> Result<Batch, CacheError> {
        self.in_time(self.0.mset(writes)).await
    }

    async fn mdel(&self, keys: &[String]) -> Result<Batch, CacheError> {
        self.in_time(self.0.mdel(keys)).await
    }

    async fn get_and_touch(&self, key: &str, ttl: Duration) -> Result<Option<Bytes>, CacheError> {
        self.in_time(self.0.get_and_touch(key, ttl)).await
    }

    async fn incr(&self, key: &str, by: i64, ttl: Duration) -> Result<i64, CacheError> {
        self.in_time(self.0.incr(key, by, ttl)).await
    }

    async fn look_up(&self, key: &str) -> Result<Lookup, CacheError> {
        self.in_time(self.0.look_up(key)).await
    }

    async fn set_absent(&self, key: &str, ttl: Duration) -> Result<(), CacheError> {
        self.in_time(self.0.set_absent(key, ttl)).await
    }

    async fn expire(&self, key: &str, ttl: Duration) -> Result<bool, CacheError> {
        self.in_time(self.0.expire(key, ttl)).await
    }

    async fn changes(&self) -> Result<Changes, CacheError> {
        self.in_time(self.0.changes()).await
    }

    fn connections(&self) -> Connections {
        self.0.connections()
    }

    fn keeps_values(&self) -> bool {
        self.0.keeps_values()
    }

    fn joins_reads(&self) -> bool {
        self.0.joins_reads()
    }
}
