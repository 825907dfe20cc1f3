//! The cache and its clients in a small world: one gateway, one cache node, and one fault.

mod clients;
mod compared_values;
mod feed;
mod in_two_parts;
mod joined_reads;
mod offers;

use crosswire_cache::cancel::Cancellation;
use crosswire_cache::probe::{Probe, ProbeDeps};
use crosswire_cache::seal::Sealer;
use crosswire_cache::server::CacheNode;
use crosswire_cache::tap::Tap;
use crosswire_cache::{CacheClient, ClientConfig, Dialer};
use crosswire_history::{History, Journal, NodeId, NodeKind, Observer};
use crosswire_net::{LinkSpec, Net, Site};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::sync::Arc;
use std::time::Duration;

const GATEWAY: Site = Site(0);
const CACHE: Site = Site(1);
const TTL: Duration = Duration::from_mins(1);

/// A gateway, and a cache node that serves.
struct World {
    net: Net,
    journal: Journal,
    tap: Tap,
    cache: CacheNode,
    dialer: Dialer,
}

/// Runs a story in a world with such links. `observer` sees the history.
fn on_a_world(link: LinkSpec, observer: impl Observer, story: impl AsyncFnOnce(&World)) {
    madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default()).block_on(async {
        let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(2)));
        for kind in [NodeKind::Gateway, NodeKind::Cache] {
            net.add_site(NodeId::new(kind, 0), |_| link);
        }
        madsim::task::spawn(net.clone().drive(Vec::new()));
        let journal = History::new(observer).journal();
        let tap = Tap::new(&net, &journal);
        let cache = CacheNode::new(&net, CACHE, &journal, &tap, 0);
        madsim::task::spawn(cache.clone().serve());
        let dialer = Dialer::new(&net, GATEWAY, &[CACHE], &tap);
        story(&World { net: net.clone(), journal, tap, cache, dialer }).await;
        net.close();
    });
}

/// Returns a link on which a message takes `latency_ms`.
fn far(latency_ms: u64) -> LinkSpec {
    LinkSpec { latency_ms, ..LinkSpec::default() }
}

/// Returns the client's configuration.
fn config(pool_size: usize) -> ClientConfig {
    ClientConfig { pool_size, op_timeout: Duration::from_secs(1) }
}

impl World {
    /// Wraps a client in a probe. With `compares` the service makes conditional writes.
    fn probe(&self, client: Arc<dyn CacheClient>, compares: bool) -> Probe {
        let deps = ProbeDeps {
            net: self.net.clone(),
            journal: self.journal.clone(),
            tap: self.tap.clone(),
            sealer: Sealer::new(3),
            cancellation: Cancellation::new(&self.net, &self.journal, None),
            person_of: |_| None,
            compares,
        };
        Probe::new(client, self.net.node_of(GATEWAY), deps, config(1).op_timeout)
    }
}
