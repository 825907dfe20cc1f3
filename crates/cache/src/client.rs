//! The trait that a caching client implements, and the types it gets and returns.

use crate::offers::{Batch, Changes, Lookup, Offers, Write};
use crate::tap::{CacheStream, Tap};
use async_trait::async_trait;
use bytes::Bytes;
use crosswire_net::{Net, Site};
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A caching client, as the gateways use it.
///
/// Each gateway connects one and shares it among all requests that it serves at a time, so the
/// methods take `&self`. Connections need no greeting. The servers speak RESP2, for which
/// [`crate::resp`] has a codec. The streams implement the traits of `tokio::io` (in a package that
/// renames `madsim-tokio` to `tokio`, as madsim's users do); `tokio::spawn` and `tokio::time` of
/// that package work too, in simulated time.
///
/// # The contract
///
/// Each numbered sentence is a clause; the invariants in brackets report a breach.
/// `docs/contract.md` names, for each clause, a correct client that uses it to the full and a
/// faulty one that oversteps it by a hair, and says what each invariant concludes and what it does
/// not.
///
/// What a client **must** do:
///
/// - **M1** *Be droppable.* If a user goes away, the request is dropped on the spot, and with it
///   the future of the call that it was waiting for, at any of its awaits. Nothing that a dropped
///   call leaves behind reaches another call (I3, I4).
/// - **M2** *Answer for the key.* A read returns a value that was written for its key, or nothing,
///   or an error (I3).
/// - **M3** A value is returned byte for byte; it has up to eight kilobytes of any bytes (I3).
/// - **M4** A multi-get returns one answer for each key (I4).
/// - **M5** The answers of a multi-get are in the order of its keys (I3).
/// - **M6** *Answer afresh.* A read returns the result of a command that was sent while
///   the call was open (I4). D1 and D3 are the exceptions.
/// - **M7** *Forget.* Once a `del` of a key has returned `Ok`, no read of that key which the same
///   client begins later returns an earlier value (I5). D5 is the exception.
/// - **M8** Once a `set` of a key has returned `Ok`, no read of that key which the same client
///   begins later returns an earlier value (I5). D5 is the exception.
/// - **M9** A `del` returns `Ok` only if no cache node holds the value any more (I5).
/// - **M10** A `set` returns `Ok` only if the cache has carried out the write (I5).
/// - **M11** A value expires within its `ttl` of the write (I1, I5, I6).
/// - **M12** *End in time.* Each call, a multi-get included, ends within
///   [`ClientConfig::op_timeout`] (I12).
/// - **M13** A call sends its commands within that time or not at all: a late write puts back what
///   was true before a change (I1, I5, I6).
/// - **M14** *Reconnect.* After a reset or a restart of a node, the client uses a new connection,
///   and sets it up as it did the first (I3, I4, I7).
/// - **M15** The client replaces a connection on which nothing has arrived for longer than the
///   time-out, whether or not a caller still waits (I11, I13).
/// - **M16** *Keep state in the client.* Nothing outlives the client: no `static`, no thread-local
///   (I3).
/// - **M17** *Write on a condition.* A `set_if` returns `true` only if the cache has carried out
///   the write (I5).
///
/// What a client **may** do without an invariant concluding anything from it, as long as it heeds
/// the rest of the sentence:
///
/// - **F1** It may send a command on several connections and use the first reply, as long as the
///   others are read before their connections are used again (I3, I4, I7).
/// - **F2** It may send a command again, as long as each reply is read by the call that it belongs
///   to or by no call (I3, I4, I7).
/// - **F3** It may continue in background tasks after the caller was dropped, and drain replies
///   there, as long as they are read to their end (I3, I4, I7).
/// - **F4** It may write the commands of many callers in one task, in one batch, or in the scope of
///   the caller that happens to be first, as long as each reply is read, whether or not its caller
///   is still there (I3, I4).
/// - **F5** It may combine several reads into a multi-get, as long as each read gets the value
///   of the key it asked for (I3).
/// - **F6** It may split a multi-get into several reads, as long as those of two calls are kept
///   apart (I3, I4).
/// - **F7** It may rename keys on the wire, as long as no two keys have one name (I3).
/// - **F8** It may store values in any encoding, and in parts, as long as it joins only parts
///   that belong together (I3).
/// - **F9** It may compare and checksum values, since the bytes of a value are identical in each
///   reply, as long as it does not take two different values for one (I1, I5, I6).
/// - **F10** It may open a connection for each call, as long as the calls share nothing else (I3).
/// - **F11** It may use one connection for all calls, as long as it knows how many replies are
///   still owed on it (I3, I4).
/// - **F12** It may refuse a call, since a call that fails costs no more than a miss: the gateway
///   asks the directory instead. It reports the refusal as an error (I5).
/// - **F13** It may report a key of a multi-get whose node failed as a miss, in its place (I3).
/// - **F14** It may be slow, within the time-out (I12). Bounds that depend on a client's speed
///   (I11, I13) are then not applicable. Slow means that half of the calls that end well take over
///   a fifth of their time-out, or that all calls after the last fault take over a twentieth on
///   average while at most a third of them fail.
///
/// What a client **declares**, and the consequences:
///
/// - **D1** A client that declares that it [keeps values](Self::keeps_values) may return what it
///   read, or was given to write, before the call began; no other client may (I4).
/// - **D2** A value that a client keeps may be as old as the service declares for the cache, and no
///   older: its local copy lives no longer than the value on the server (I1, I5, I6).
/// - **D3** A client that declares that it [joins reads](Self::joins_reads) may return the answer
///   to another read of the same key that was under way when the call began, whether or not that
///   read's caller still waits; no other client may (I4).
/// - **D4** A read joins another only until that one is answered (I4).
/// - **D5** A read that joins one from before a `del` or a `set` may return what that one found; a
///   read that begins after it was answered may not (I4).
/// - **D6** A client that declares [`Exclusive`](Connections::Exclusive) connections sends a
///   command on one only when it has read the replies to all other calls' commands on it (I7).
/// - **D7** A call of such a client that has sent a command answers a read only when it has read a
///   reply (I4).
///
/// What a client may **offer** beyond the basic calls. The service uses what it declares in
/// [`offers`](Self::offers), and nothing else:
///
/// - **O1** *Batches.* Each part of a batch writes its own value under its own key (I3).
/// - **O2** A batch returns one result for each part (I4).
/// - **O3** The results are in the order of the parts, and each part keeps M7 to M10 by itself
///   (I5).
/// - **O4** *Touches.* A `get_and_touch` answers as a `get` does: for its key, and afresh (I3, I4).
/// - **O5** A `get_and_touch` has the value expire within its `ttl` (I1, I5, I6).
/// - **O6** *Counters.* An `incr` returns the number in the reply to a command on its counter that
///   was sent while the call was open, and whose number no other call returns (I3, I4).
/// - **O7** *Negative entries.* A `look_up` answers that a key is absent only if a `set_absent` has
///   noted so (I3).
/// - **O8** Once a `set` or a `del` of a key has returned `Ok`, no `look_up` of that key which the
///   same client begins later returns an earlier note that it is absent (I5).
/// - **O9** *Lives.* An `expire` has the value expire within its `ttl`, and lengthens no life (I1,
///   I5, I6).
/// - **O10** *Invalidations.* An answer of `changes` names each key that has changed on the servers
///   before the call began, an expiry included, unless an earlier answer has, or is
///   [`Changes::Any`] (I1, I5, I6). What a `del` has removed has changed when the `del` returns
///   `Ok`.
/// - **O11** What a call of `changes` has heard and not answered, because it was dropped or failed,
///   a later call answers (I1, I5, I6).
///
/// Useful work is required as well. A run is inconclusive if no read returned a value, or none of
/// many reads of one key did, or none of many multi-gets, or if no write was carried out.
///
/// Keys are ASCII and shorter than 250 bytes.
#[async_trait]
pub trait CacheClient: Send + Sync + 'static {
    /// Returns the value of a key, or `None` if the key does not exist.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError>;

    /// Returns the values of several keys, one for each and in their order.
    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError>;

    /// Writes a value that expires after `ttl`. `Ok` means that the cache has carried out the
    /// write.
    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError>;

    /// Deletes a key. `Ok` means that neither the cache nor the client holds it any more.
    async fn del(&self, key: &str) -> Result<(), CacheError>;

    /// Declares that the client keeps values, as one with a near-cache does: D1 and D2.
    fn keeps_values(&self) -> bool {
        false
    }

    /// Declares that a read may join another read of the same key that is under way: D3 to D5.
    fn joins_reads(&self) -> bool {
        false
    }

    /// Writes a value if the key's present content allows it, and returns whether it did. After an
    /// error the outcome is unknown.
    ///
    /// A client without conditional writes need not implement this: the defences that use it then
    /// keep nothing in the cache. All clients that come with Crosswire implement it.
    ///
    /// # Errors
    /// [`CacheError::Unsupported`] if the client has no such writes, or as in any call.
    async fn set_if(
        &self,
        _key: &str,
        _value: &[u8],
        _ttl: Duration,
        _when: When<'_>,
    ) -> Result<bool, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// Declares what the client offers beyond the basic calls. The service makes a call below only
    /// if it is declared.
    fn offers(&self) -> Offers {
        Offers::default()
    }

    /// Writes several values, each for its `ttl`: O1 to O3. Parts may fail while others
    /// are carried out. The keys differ.
    ///
    /// # Errors
    /// [`CacheError::Unsupported`] by default; an error of the whole batch says nothing about its
    /// parts.
    async fn mset(&self, _writes: &[Write<'_>]) -> Result<Batch, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// Deletes several keys: O2 and O3. Parts may fail while others are carried out. The keys
    /// differ.
    ///
    /// # Errors
    /// As [`mset`](Self::mset).
    async fn mdel(&self, _keys: &[String]) -> Result<Batch, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// Returns the value of a key as [`get`](Self::get) does, and has it expire after `ttl` from
    /// now, whether that is sooner or later than before: O4 and O5.
    ///
    /// # Errors
    /// [`CacheError::Unsupported`] by default, or as in any call.
    async fn get_and_touch(&self, _key: &str, _ttl: Duration) -> Result<Option<Bytes>, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// Adds `by` to a counter and returns its new number: O6. A counter that does not exist
    /// is 0; the call that creates it has it expire after `ttl`. The service writes counters in no
    /// other way. After an error the outcome is unknown.
    ///
    /// # Errors
    /// As [`get_and_touch`](Self::get_and_touch).
    async fn incr(&self, _key: &str, _by: i64, _ttl: Duration) -> Result<i64, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// Returns the value of a key, or that the key is known to be absent: O7. To
    /// [`get`](Self::get), a key that is known to be absent does not exist.
    ///
    /// # Errors
    /// As [`get_and_touch`](Self::get_and_touch).
    async fn look_up(&self, _key: &str) -> Result<Lookup, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// Notes for `ttl` that there is nothing under a key, in place of its value: a write like
    /// [`set`](Self::set), which a later `set` or `del` replaces (O8).
    ///
    /// # Errors
    /// As [`get_and_touch`](Self::get_and_touch).
    async fn set_absent(&self, _key: &str, _ttl: Duration) -> Result<(), CacheError> {
        Err(CacheError::Unsupported)
    }

    /// Has a key expire after `ttl` from now unless it expires sooner anyway, and returns whether
    /// that changed its life: O9.
    ///
    /// # Errors
    /// As [`get_and_touch`](Self::get_and_touch).
    async fn expire(&self, _key: &str, _ttl: Duration) -> Result<bool, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// Returns the keys that have changed on the servers since the last answer: O10 and O11. A
    /// service keeps copies of entries in its process and asks before it uses them, at most every
    /// few hundred milliseconds. The first answer is [`Changes::Any`].
    ///
    /// # Errors
    /// As [`get_and_touch`](Self::get_and_touch).
    async fn changes(&self) -> Result<Changes, CacheError> {
        Err(CacheError::Unsupported)
    }

    /// Declares how calls share connections. D6 and D7 are what
    /// [`Exclusive`](Connections::Exclusive) promises; [`Shared`](Connections::Shared) promises
    /// nothing.
    fn connections(&self) -> Connections {
        Connections::Shared
    }
}

/// The content that a key must have for a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When<'a> {
    /// Nothing: `SET … NX`.
    Absent,
    /// Exactly this value: `SET … IFEQ`, as in Redis from 8.4 on.
    Equals(&'a [u8]),
}

/// The ways in which calls share connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// A connection has one borrower at a time and carries one command at a time: its borrower has
    /// read the replies to all earlier commands before it sends another.
    Exclusive,
    /// A connection carries commands of several calls at a time.
    Shared,
}

/// The reason why a call of a caching client failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The connection could not be opened, or broke.
    #[error("connection: {0}")]
    Connection(io::ErrorKind),
    /// No answer within [`ClientConfig::op_timeout`].
    #[error("no answer in time")]
    Timeout,
    /// The server's answer makes no sense for the command.
    #[error("unexpected reply: {0}")]
    Protocol(String),
    /// The server answered with an error.
    #[error("server: {0}")]
    Server(String),
    /// The client has no such command.
    #[error("not supported by this client")]
    Unsupported,
}

impl From<io::Error> for CacheError {
    fn from(error: io::Error) -> Self {
        Self::Connection(error.kind())
    }
}

/// The operator's settings for a client.
#[derive(Clone, Copy, Debug)]
pub struct ClientConfig {
    /// The most connections that may be open to one cache node.
    pub pool_size: usize,
    /// The time within which every call, one for many keys included, must have ended, with or
    /// without an error. Invariant I12 checks it.
    pub op_timeout: Duration,
}

/// A client's way to the cache nodes, and its clock.
///
/// A dialer belongs to one gateway: connections opened with it end when the gateway dies.
#[derive(Clone)]
pub struct Dialer {
    net: Net,
    from: Site,
    nodes: Arc<[Site]>,
    tap: Tap,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("nodes", &self.nodes()).finish_non_exhaustive()
    }
}

impl Dialer {
    /// Creates a dialer from the gateway at `from` to the cache nodes.
    pub fn new(net: &Net, from: Site, nodes: &[Site], tap: &Tap) -> Self {
        Self { net: net.clone(), from, nodes: nodes.into(), tap: tap.clone() }
    }

    /// Returns the number of cache nodes.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the node that a key lives on. All gateways must agree on it.
    pub fn node_of(&self, key: &str) -> usize {
        node_of(key, self.nodes.len())
    }

    /// Opens a connection to the `node`-th cache node. Across a partition this hangs; put a
    /// [`timeout`](Self::timeout) around it.
    ///
    /// # Errors
    /// `ConnectionRefused` if no server listens there.
    ///
    /// # Panics
    /// If there is no such node.
    pub async fn dial(&self, node: usize) -> io::Result<CacheStream> {
        let cache = self.nodes[node];
        let stream = self.net.dial(self.from, cache).await?;
        Ok(self.tap.client_end(stream, self.net.node_of(self.from), node as u16))
    }

    /// Returns the output of `future` if it ends within `limit` of simulated time. Otherwise drops
    /// it at its current await.
    ///
    /// # Errors
    /// [`CacheError::Timeout`].
    pub async fn timeout<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> Result<F::Output, CacheError> {
        let limit_ms = limit.as_millis() as u64;
        self.net.timeout(limit_ms, future).await.map_err(|_| CacheError::Timeout)
    }

    /// Returns the present moment, to ask later how long ago it was.
    pub fn moment(&self) -> Moment {
        Moment::now(&self.net)
    }

    /// Waits for `time` in simulated time.
    pub async fn sleep(&self, time: Duration) {
        self.net.sleep(time.as_millis() as u64).await;
    }
}

/// A moment in the past.
#[derive(Clone)]
pub struct Moment {
    net: Net,
    at_ms: u64,
}

impl Moment {
    /// Returns the present moment.
    pub(crate) fn now(net: &Net) -> Self {
        Self { net: net.clone(), at_ms: net.now_ms() }
    }

    /// Returns how long ago the moment was.
    pub fn age(&self) -> Duration {
        let now_ms = self.net.now_ms();
        assert!(self.at_ms <= now_ms, "time runs forward");
        Duration::from_millis(now_ms - self.at_ms)
    }

    /// Returns whether the moment was at least `time` ago.
    pub fn is_past(&self, time: Duration) -> bool {
        self.age().as_millis() >= time.as_millis()
    }
}

/// Returns the index of the cache node, of `nodes`, that a key lives on.
pub fn node_of(key: &str, nodes: usize) -> usize {
    // FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash >> 32) % nodes as u64) as usize
}

/// Connects a client: a gateway calls it when it starts.
pub type Connect = Arc<dyn Fn(Dialer, ClientConfig) -> Connecting + Send + Sync>;

/// A client that is being connected.
pub type Connecting =
    Pin<Box<dyn Future<Output = Result<Arc<dyn CacheClient>, CacheError>> + Send>>;

/// Turns an `async fn connect(Dialer, ClientConfig) -> Result<Client, CacheError>` into a
/// [`Connect`].
pub fn connector<C, F>(
    connect: impl Fn(Dialer, ClientConfig) -> F + Send + Sync + 'static,
) -> Connect
where
    C: CacheClient,
    F: Future<Output = Result<C, CacheError>> + Send + 'static,
{
    Arc::new(move |dialer, config| {
        let connecting = connect(dialer, config);
        Box::pin(async move { Ok(Arc::new(connecting.await?) as Arc<dyn CacheClient>) })
    })
}
