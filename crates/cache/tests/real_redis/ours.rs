//! The simulated cache: one node on links with constant latency, and connections to it.

use bytes::BytesMut;
use crosswire_cache::Dialer;
use crosswire_cache::server::CacheNode;
use crosswire_cache::tap::{CacheStream, Tap};
use crosswire_history::{Journal, NodeId, NodeKind};
use crosswire_net::{LinkSpec, Net, Site};
use futures_util::FutureExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The time that bytes are under way.
pub const LATENCY_MS: u64 = 1;

/// A node that serves.
pub struct World {
    net: Net,
    dialer: Dialer,
}

/// Runs `story` with a node that holds `max_keys` keys; 0 means no limit.
pub fn with_a_cache<T>(max_keys: usize, story: impl AsyncFnOnce(World) -> T) -> T {
    let runtime = madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default());
    runtime.block_on(async {
        let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(2)));
        // The window fits the longest value, so no command is split on its way.
        let window_bytes = 1 << 22;
        let spec = LinkSpec { latency_ms: LATENCY_MS, window_bytes, ..LinkSpec::default() };
        for kind in [NodeKind::Gateway, NodeKind::Cache] {
            net.add_site(NodeId::new(kind, 0), |_| spec);
        }
        madsim::task::spawn(net.clone().drive(Vec::new()));
        let journal = Journal::default();
        let tap = Tap::new(&net, &journal);
        let cache = CacheNode::new(&net, Site(1), &journal, &tap, max_keys);
        madsim::task::spawn(cache.serve());
        net.sleep(1).await;
        let dialer = Dialer::new(&net, Site(0), &[Site(1)], &tap);
        let output = story(World { net: net.clone(), dialer }).await;
        net.close();
        output
    })
}

impl World {
    /// Milliseconds since the start.
    pub fn now_ms(&self) -> u64 {
        self.net.now_ms()
    }

    /// Lets time pass.
    pub async fn pass(&self, ms: u64) {
        if ms > 0 {
            self.net.sleep(ms).await;
        }
    }

    /// Waits until everything sent has arrived and been answered.
    pub async fn settle(&self) {
        self.pass(2 * LATENCY_MS + 1).await;
    }

    /// Opens a connection.
    pub async fn dial(&self) -> Line {
        Line {
            stream: self.dialer.dial(0).await.expect("the cache accepts connections"),
            hung_up: false,
        }
    }
}

/// A connection to the node.
pub struct Line {
    stream: CacheStream,
    hung_up: bool,
}

impl Line {
    /// Sends bytes.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.hung_up |= self.stream.write_all(bytes).await.is_err();
    }

    /// Returns the bytes received, and whether the node has hung up.
    pub fn take(&mut self) -> (Vec<u8>, bool) {
        let mut come = BytesMut::new();
        while !self.hung_up {
            match self.stream.read_buf(&mut come).now_or_never() {
                None => break,
                Some(read) => self.hung_up = !matches!(read, Ok(1..)),
            }
        }
        (come.to_vec(), self.hung_up)
    }
}
