//! Fills the cache before a run, as a service that has been running for a while would have.
//!
//! The client under test writes the entries, so their keys and values have the names and the format
//! that this client uses. It writes them before the run, over a separate network and separate cache
//! nodes where nothing fails and nothing is recorded; then the cache nodes of the run take over the
//! contents. A client that fails here finds a cold cache.

use super::World;
use crosswire_cache::seal::Written;
use crosswire_cache::server::CacheNode;
use crosswire_cache::tap::Tap;
use crosswire_cache::{CacheClient, Dialer};
use crosswire_cloud::{warm_cameras, warm_viewers};
use crosswire_history::{DeviceId, Epoch, Journal, NodeId, NodeKind, UserId};
use crosswire_net::{LinkSpec, Net, Site};
use crosswire_plan::Streams;
use crosswire_plan::rng::Draw;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// The number of values that are written concurrently.
const LANES: usize = 8;

/// The timeout for the client to connect.
const CONNECT: Duration = Duration::from_secs(10);

/// A value that the cache contains when the run begins.
struct Item {
    key: String,
    sealed: Vec<u8>,
    ttl: Duration,
}

impl World {
    /// Fills the cache with what the service left in it before the run.
    pub(super) async fn warm_the_cache(&self) {
        // A user's service has keys and values of its own.
        let items = if self.services.own.is_some() { Vec::new() } else { self.items() };
        if items.is_empty() {
            return;
        }
        let (net, journal) = (self.quiet_network(), Journal::deaf());
        let tap = Tap::new(&net, &journal);
        let gateway = net.add_site(NodeId::new(NodeKind::Gateway, 0), |_| LinkSpec::default());
        let nodes: Vec<_> = self
            .caches
            .iter()
            .zip(0..)
            .map(|(cache, at)| {
                let id = NodeId::new(NodeKind::Cache, at);
                let site = net.add_site(id, |_| LinkSpec::default());
                cache.rehearsal(&net, site, &journal, &tap)
            })
            .collect();
        // Tasks that the client leaves running end with this process.
        let process = self.runtime.create_node().name("before-the-run").build();
        process.spawn(net.clone().drive(Vec::new()));
        for node in &nodes {
            process.spawn(node.clone().serve());
        }
        let sites: Vec<Site> = nodes.iter().map(CacheNode::site).collect();
        let dialer = Dialer::new(&net, gateway, &sites, &tap);
        let (connect, config) = (self.services.client.connect.clone(), self.services.client_config);
        let filling = process.spawn(async move {
            let connecting = dialer.timeout(CONNECT, connect(dialer.clone(), config)).await;
            if let Ok(Ok(client)) = connecting {
                fill(&client, &dialer, items, config.op_timeout).await;
            }
        });
        // A client that panics here also panics in the run, where the panic is reported.
        drop(filling.await);
        self.runtime.kill(process.id());
        madsim::time::sleep(Duration::from_millis(1)).await;
        net.close();
        for (cache, node) in self.caches.iter().zip(&nodes) {
            cache.inherit(node);
        }
    }

    /// Creates a network on which each message takes a millisecond.
    fn quiet_network(&self) -> Net {
        let streams = Streams::new(self.plan.seed.0);
        Net::new(Box::new(move |_, _| streams.stream("before the run", &[])))
    }

    /// Draws the values that the cache contains when the run begins.
    fn items(&self) -> Vec<Item> {
        let plan = self.plan.clone();
        let form = self.services.config.form;
        let dice = Streams::new(plan.seed.0).dice("warm");
        let as_of = self.directory.commit();
        let item = |id: u64, (key, value): (String, String)| {
            let mut roll = dice.roll(id, 0);
            if roll.chance(plan.cache.cold_share) {
                return None;
            }
            let ttl = Duration::from_millis(roll.between(1, plan.service.cache_ttl_ms));
            let written = Written {
                key: self.journal.key(key.as_bytes()),
                by: self.journal.next_call(),
                as_of,
            };
            let sealed = self.services.probe_deps.sealer.seal(written, value.as_bytes());
            Some(Item { key, sealed, ttl })
        };
        let cameras = (0..plan.cast.phones).filter_map(|user| {
            let cameras = self.directory.cameras_of(UserId(user));
            item(u64::from(user) << 1, warm_cameras(form, UserId(user), &cameras))
        });
        let viewers = (0..plan.cast.identities()).filter_map(|device| {
            let camera = (DeviceId(device), Epoch(1));
            let viewers = self.directory.viewers_of(camera.0, camera.1);
            item(u64::from(device) << 1 | 1, warm_viewers(form, camera, &viewers))
        });
        cameras.chain(viewers).collect()
    }
}

/// Writes all items with the client. After a call that hangs for longer than it may, its lane
/// stops.
async fn fill(
    client: &Arc<dyn CacheClient>,
    dialer: &Dialer,
    items: Vec<Item>,
    op_timeout: Duration,
) {
    let lanes = (0..LANES).map(|lane| {
        let items = items.iter().skip(lane).step_by(LANES);
        async move {
            for Item { key, sealed, ttl } in items {
                let written = client.set(key, sealed, *ttl);
                if dialer.timeout(op_timeout * 2, written).await.is_err() {
                    return;
                }
            }
        }
    });
    join_all(lanes).await;
}
