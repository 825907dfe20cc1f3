//! What a caching client is, and what it is given.

use crate::tap::{Tap, TappedStream};
use async_trait::async_trait;
use bytes::Bytes;
use crosswire_wire::{Net, Site};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A caching client, as the gateways use it.
///
/// Each gateway connects one and shares it among all requests that it serves at a time, so the
/// methods take `&self`. A request whose user has gone away is dropped where it stands, and
/// with it the future of the call that it was waiting for: **every future must be safe to drop
/// at every await**. That is what the storm is about.
///
/// A call that fails costs no more than a miss: the gateway asks the directory instead. In a
/// multi-get, a key whose node failed may be given as a miss. Connections need no greeting; the
/// servers speak RESP2, for which [`crate::resp`] has a codec. The traits of the streams are those
/// of `tokio::io` (in a package that renames `madsim-tokio` to `tokio`, as madsim's users do), and
/// `tokio::spawn` and `tokio::time` of that package work too, in simulated time.
///
/// Keys are ASCII and shorter than 250 bytes; values are up to a few kilobytes of any bytes.
#[async_trait]
pub trait CacheClient: Send + Sync + 'static {
    /// The value of a key, or `None` if there is none.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError>;

    /// The values of several keys, one for each and in their order.
    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError>;

    /// Writes a value that is to be forgotten after `ttl`.
    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError>;

    /// Forgets a key.
    async fn del(&self, key: &str) -> Result<(), CacheError>;

    /// Whether the client returns values that it kept from earlier calls, as one with a near-cache
    /// does. Invariant I4 then judges only what came over a connection in the call.
    fn keeps_values(&self) -> bool {
        false
    }

    /// Whether a read may wait for another read of the same key that is under way, and return what
    /// that one was answered, whether or not its caller still waits. Invariant I4 then lets a read
    /// have a reply that was still to come when it began.
    fn joins_reads(&self) -> bool {
        false
    }

    /// Writes a value if what the key holds now allows it, and says whether it did. After an
    /// error nobody knows.
    ///
    /// A client without such writes need not have this: the defences that use it then keep
    /// nothing in the cache. All that come with Crosswire have it.
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

    /// What the client promises of its connections. Invariant I7 holds it to that.
    fn connections(&self) -> Connections {
        Connections::Shared
    }
}

/// What a key must hold for a write to take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When<'a> {
    /// Nothing: `SET … NX`.
    Absent,
    /// Exactly this value: `SET … IFEQ`, as Redis has it from 8.4 on.
    Equals(&'a [u8]),
}

/// How calls share connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// A connection has one borrower at a time and carries one command at a time: whoever sends
    /// a command has seen the replies to all before it.
    Exclusive,
    /// Commands of several calls are under way on a connection at a time.
    Shared,
}

/// Why a call of a caching client failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// The connection could not be made or broke.
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

/// What the operator has configured.
#[derive(Clone, Copy, Debug)]
pub struct ClientConfig {
    /// Connections that may be open to one cache node.
    pub pool_size: usize,
    /// Every call, one for many keys included, must have ended, well or badly, within this time.
    /// Invariant I12 holds the client to that.
    pub op_timeout: Duration,
}

/// A client's way to the cache nodes, and its clock.
///
/// It belongs to one gateway: what is opened with it ends when the gateway dies.
#[derive(Clone)]
pub struct Dialer {
    net: Net,
    from: Site,
    nodes: Arc<[Site]>,
    tap: Tap,
}

impl Dialer {
    /// A way from the gateway at `from` to the cache nodes.
    pub fn new(net: &Net, from: Site, nodes: &[Site], tap: &Tap) -> Self {
        Self { net: net.clone(), from, nodes: nodes.into(), tap: tap.clone() }
    }

    /// How many cache nodes there are.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The node that a key lives on. All gateways must agree on it.
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
    pub async fn dial(&self, node: usize) -> io::Result<TappedStream> {
        let cache = self.nodes[node];
        let stream = self.net.dial(self.from, cache).await?;
        Ok(self.tap.client_end(stream, self.net.node_of(self.from), node as u16))
    }

    /// What `future` gives, if it ends within `limit` of simulated time. Otherwise it is dropped
    /// where it stands.
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

    /// The present moment, to ask later how long ago it was.
    pub fn moment(&self) -> Moment {
        Moment::now(&self.net)
    }

    /// Waits for a while of simulated time.
    pub async fn sleep(&self, time: Duration) {
        self.net.sleep(time.as_millis() as u64).await;
    }
}

/// A moment that has been.
#[derive(Clone)]
pub struct Moment {
    net: Net,
    at_ms: u64,
}

impl Moment {
    /// The present one.
    pub(crate) fn now(net: &Net) -> Self {
        Self { net: net.clone(), at_ms: net.now_ms() }
    }

    /// How long ago it is.
    pub fn age(&self) -> Duration {
        Duration::from_millis(self.net.now_ms().saturating_sub(self.at_ms))
    }

    /// Whether it is at least so long ago.
    pub fn is_past(&self, time: Duration) -> bool {
        self.age().as_millis() >= time.as_millis()
    }
}

/// Which of `nodes` cache nodes a key lives on.
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
