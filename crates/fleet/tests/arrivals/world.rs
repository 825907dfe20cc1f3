//! A real fleet before a gateway that accepts connections but authenticates no camera until an
//! outage is over.

use crate::formula::{Numbers, Outage};
use crosswire_cloud::Job;
use crosswire_cloud::{Capacity, GatewayProcess, Refusal, Request, Response, Service, SessionId};
use crosswire_fleet::{Fleet, FleetParts, Gateway};
use crosswire_history::sync::Mutex;
use crosswire_history::{Journal, Mint, NodeId, NodeKind};
use crosswire_net::{LinkSpec, Net, Site};
use crosswire_plan::scenario::{Backoff, BackoffFamily};
use crosswire_plan::{Seed, Streams, Vocabulary, draw, load};
use std::sync::Arc;

/// Latency of a message.
const LATENCY_MS: u64 = 1;

/// Connect, authenticate, and the answers to both: four messages from one try to the next.
pub const ON_THE_WAY_MS: u64 = 4 * LATENCY_MS;

/// A service that authenticates from some time on and notes when it did.
struct Gate {
    net: Net,
    opens_ms: u64,
    let_in_ms: Mutex<Vec<u64>>,
}

#[crosswire_cache::async_trait]
impl Service for Gate {
    async fn handle(&self, _: SessionId, request: Request) -> Result<Response, Refusal> {
        let now_ms = self.net.now_ms();
        match request {
            Request::Connect => Ok(Response::Done),
            Request::Authenticate(_) if now_ms >= self.opens_ms => {
                self.let_in_ms.lock().push(now_ms);
                Ok(Response::Done)
            }
            _ => Err(Refusal::Failed),
        }
    }

    fn disconnected(&self, _: SessionId) {}

    async fn next_job(&self) -> Job {
        std::future::pending().await
    }
}

const SCENARIO: &str = "
    name = 'arrivals'
    summary = 'Cameras alone.'
    duration_ms = 60_000
    cast = { cameras = CAMERAS, phones = 1, gateways = 1 }
    workload = { event_every_ms = 3_000_000, camera_timeout_ms = 5_000 }
";

/// Returns the time at which each camera authenticated, in ms after the end of the outage, soonest
/// first.
pub fn comes_back(
    family: BackoffFamily,
    numbers: Numbers,
    outage: Outage,
    cameras: u32,
) -> Vec<u64> {
    let known = Vocabulary {
        clients: vec!["pooled".into()],
        services: vec!["standard".into()],
        ..Vocabulary::default()
    };
    let text = SCENARIO.replace("CAMERAS", &cameras.to_string());
    let scenario = load("arrivals.toml", &text, &known).expect("a scenario");
    let mut plan = draw(&scenario, Seed(1));
    let Numbers { base_ms, cap_ms } = numbers;
    plan.workload.backoffs =
        vec![Backoff { family, base_ms, cap_ms, weight: 1.0, reset_after_ms: 20_000 }];
    let runtime = madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default());
    let node = runtime.create_node().build();
    runtime.block_on(async move {
        let plan = Arc::new(plan);
        let net = Net::new(Box::new(|from, to| {
            Streams::new(1).stream("link", &[u64::from(from.index), u64::from(to.index)])
        }));
        let link = LinkSpec { latency_ms: LATENCY_MS, ..LinkSpec::default() };
        let kinds = [NodeKind::Gateway, NodeKind::Cameras, NodeKind::Phones];
        let sites = kinds.map(|kind| net.add_site(NodeId::new(kind, 0), |_| link));
        let [site, cameras, phones]: [Site; 3] = sites;
        let journal = Journal::default();
        let capacity = Capacity { deadline_ms: 5_000, max_in_flight: 1 << 20, jobs: 1 };
        let process =
            GatewayProcess::new(&net, &journal, NodeId::new(NodeKind::Gateway, 0), capacity);
        let let_in_ms = Mutex::default();
        let gate = Arc::new(Gate { net: net.clone(), opens_ms: outage.end_ms, let_in_ms });
        process.open(node, gate.clone());
        let fleet = Fleet::new(
            &plan,
            FleetParts {
                net: net.clone(),
                journal,
                mint: Mint::new(1),
                crowds: (cameras, phones),
                gateways: vec![Gateway { site, process: process.clone() }],
            },
        );
        madsim::task::spawn(net.clone().drive(vec![fleet.actor()]));
        fleet.start();
        net.sleep(outage.end_ms + outage.watched_ms).await;
        net.close();
        let let_in = gate.let_in_ms.lock();
        let_in.iter().map(|at_ms| at_ms - outage.end_ms).collect()
    })
}
