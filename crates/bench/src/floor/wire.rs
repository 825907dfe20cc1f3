//! The network's and the executor's part alone: as many round trips as the storm makes, each made
//! in the same way as in the storm, with a task for each request, and no application behind it.

use super::Trips;
use crosswire::sim::on_fresh_thread;
use crosswire_history::{NodeId, NodeKind};
use crosswire_net::{Caller, DelaySource, LinkSpec, Net, Site};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const FLEET: Site = Site(0);
const GATEWAY: Site = Site(1);
const CACHE: Site = Site(2);
const DIRECTORY: Site = Site(3);

const SIMULATED_MS: u64 = 60_000;
const MESSAGE: usize = 64;

/// Number of gateway tasks that query the cache, with one connection each. As many query the
/// directory and the media store.
const TASKS: u64 = 12;

/// Makes the round trips, spread over a minute.
pub fn play(seed: u64, clients: u64, trips: Trips) {
    let run = on_fresh_thread(move || {
        let config = madsim::Config::default();
        madsim::runtime::Runtime::with_seed_and_config(seed, config).block_on(async move {
            let handle = madsim::runtime::Handle::current();
            let node = handle.create_node().build();
            let played = node.spawn(minute(seed, clients, trips)).await;
            // Killed tasks release what they hold only after the executor has run once more.
            handle.kill(node.id());
            madsim::time::sleep(Duration::from_millis(1)).await;
            played.expect("it ends").close();
        });
    });
    run.expect("no panic");
}

async fn minute(seed: u64, clients: u64, trips: Trips) -> Net {
    let net = Net::new(Box::new(move |_, _| ChaCha8Rng::seed_from_u64(seed)));
    for kind in [NodeKind::Phones, NodeKind::Gateway, NodeKind::Cache, NodeKind::Directory] {
        net.add_site(NodeId::new(kind, 0), |_| LinkSpec::default());
    }
    madsim::task::spawn(net.clone().drive(Vec::new()));
    for client in 0..clients {
        let (net, way) = (net.clone(), Way::of(client, clients, trips.fleet));
        net.clone().later(client % 1_000, move || there_and_back(net, way));
    }
    madsim::task::spawn(echo(net.clone()));
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let cache = Way::of(task, TASKS, trips.cache + trips.dials);
        let rest = Way::of(task, TASKS, trips.directory + trips.media);
        tasks.push(madsim::task::spawn(on_a_connection(net.clone(), cache)));
        tasks.push(madsim::task::spawn(in_calls(net.clone(), rest)));
    }
    net.sleep(SIMULATED_MS + 5_000).await;
    for task in tasks {
        task.await.expect("it ends");
    }
    net
}

/// The round trips of one client.
#[derive(Clone, Copy)]
struct Way {
    left: u64,
    pause_ms: u64,
}

impl Way {
    fn of(one: u64, of: u64, trips: u64) -> Self {
        let left = trips / of + u64::from(one < trips % of);
        // A round trip over the default link takes two milliseconds.
        Self { left, pause_ms: (SIMULATED_MS / left.max(1)).saturating_sub(2) }
    }
}

/// Makes round trips as the fleet does to a gateway: a message, and a closure for its arrival. Only
/// the gateway has a task for it.
fn there_and_back(net: Net, way: Way) {
    if way.left == 0 {
        return;
    }
    let rest = Way { left: way.left - 1, ..way };
    net.clone().post((FLEET, GATEWAY), MESSAGE, DelaySource::Link, move |_| {
        madsim::task::spawn(async move {
            net.clone().post((GATEWAY, FLEET), MESSAGE, DelaySource::Link, move |_| {
                net.clone().later(way.pause_ms, move || there_and_back(net, rest));
            });
        });
    });
}

/// Makes round trips as the cache's clients do.
async fn on_a_connection(net: Net, way: Way) {
    let mut stream = net.dial(GATEWAY, CACHE).await.expect("the cache is there");
    let mut bytes = [0; MESSAGE];
    for _ in 0..way.left {
        stream.write_all(&bytes).await.expect("the cache is there");
        stream.read_exact(&mut bytes).await.expect("the cache answers");
        net.sleep(way.pause_ms).await;
    }
}

/// Makes round trips as those to the directory and the media store are made.
async fn in_calls(net: Net, way: Way) {
    let asked = Caller::new(&net, DIRECTORY, |(), reply| reply.send((), MESSAGE));
    for _ in 0..way.left {
        asked.call(GATEWAY, (), MESSAGE).await.expect("the directory answers");
        net.sleep(way.pause_ms).await;
    }
}

async fn echo(net: Net) {
    let mut listener = net.listen(CACHE);
    while let Ok(mut stream) = listener.accept().await {
        madsim::task::spawn(async move {
            let mut bytes = [0; MESSAGE];
            while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                stream.write_all(&bytes[..count]).await.expect("the client is there");
            }
        });
    }
}
