//! The world of one plan: sites and links, nodes and their processes, the fleet.

mod at_rest;
mod life;
mod warm;

use crate::client::ClientUnderTest;
use crosswire_cache::ClientConfig;
use crosswire_cache::cancel::Cancellation;
use crosswire_cache::probe::ProbeDeps;
use crosswire_cache::seal::Sealer;
use crosswire_cache::server::CacheNode;
use crosswire_cache::tap::Tap;
use crosswire_cloud::directory::DirectorySpec;
use crosswire_cloud::media::MediaStore;
use crosswire_cloud::{
    Capacity, Defences, Design, Directory, Form, GatewayProcess, Numbers, OwnService, Relation,
    ServiceConfig, Settings, ValueTypes, relation_of, service,
};
use crosswire_fleet::{Fleet, FleetParts};
use crosswire_history::sync::Mutex;
use crosswire_history::{DeviceId, Fact, Journal, Mint, NodeId, NodeKind, Point, UserId};
use crosswire_net::{LinkSpec, Net, Points, Site};
use crosswire_plan::rng::Draw;
use crosswire_plan::scenario::{self, Drawn};
use crosswire_plan::{Place, Plan, Streams};
use life::{Machine, Services};
use madsim::runtime::Handle;
use madsim::task::JoinHandle;
use std::sync::Arc;
use std::time::Duration;

/// Everything that takes part in a run.
pub(crate) struct World {
    pub(crate) plan: Arc<Plan>,
    pub(crate) net: Net,
    pub(crate) journal: Journal,
    pub(crate) fleet: Fleet,
    pub(crate) directory: Directory,
    pub(crate) caches: Vec<CacheNode>,
    pub(crate) processes: Vec<GatewayProcess>,
    /// Active faults, by their index in the plan.
    pub(crate) active: Vec<usize>,
    machines: Vec<(Place, Machine)>,
    runtime: Handle,
    driver: Option<JoinHandle<()>>,
    services: Arc<Services>,
}

fn link(spec: &scenario::Link) -> LinkSpec {
    LinkSpec {
        latency_ms: spec.latency_ms,
        jitter_ms: spec.jitter_ms,
        bytes_per_ms: spec.bytes_per_ms,
        window_bytes: spec.window_bytes as usize,
        loss: spec.loss,
    }
}

fn node_id(place: Place) -> NodeId {
    match place {
        Place::Gateway(index) => NodeId::new(NodeKind::Gateway, index),
        Place::Cache(index) => NodeId::new(NodeKind::Cache, index),
        Place::Directory => NodeId::new(NodeKind::Directory, 0),
        Place::Replica => NodeId::new(NodeKind::Replica, 0),
        Place::Media => NodeId::new(NodeKind::Media, 0),
        Place::Cameras => NodeId::new(NodeKind::Cameras, 0),
        Place::Phones => NodeId::new(NodeKind::Phones, 0),
        // A zone covers many machines and is never looked up as one.
        Place::Zone(_) => NodeId::HARNESS,
    }
}

fn both(drawn: Drawn) -> (u64, u64) {
    (drawn.least(), drawn.most())
}

fn directory_spec(plan: &Plan) -> DirectorySpec {
    DirectorySpec {
        connections: plan.directory.connections as usize,
        queue: plan.directory.queue as usize,
        read_ms: both(plan.directory.read_ms),
        write_ms: both(plan.directory.write_ms),
        replica_lag_ms: both(plan.directory.replica_lag_ms),
    }
}

fn form(plan: &Plan) -> Form {
    Form {
        types: match plan.service.value_types {
            scenario::ValueTypes::One => ValueTypes::One,
            scenario::ValueTypes::Mixed => ValueTypes::Mixed,
        },
        numbers: match plan.service.account_numbers {
            scenario::AccountNumbers::Dense => Numbers::Dense,
            scenario::AccountNumbers::Sparse => Numbers::Sparse,
        },
        settings_bytes: plan.service.value_bytes as usize,
    }
}

fn capacity(plan: &Plan) -> Capacity {
    Capacity {
        deadline_ms: plan.service.request_deadline_ms,
        max_in_flight: plan.service.max_in_flight as usize,
        jobs: plan.service.jobs as usize,
    }
}

/// Returns the design of the plan's service. A service of the user's is held to the times of the
/// standard one.
fn design(plan: &Plan) -> Design {
    service(&plan.service.name).map_or(Design::STANDARD, |spec| spec.design)
}

/// Returns the user's service that the plan names, unless it names a built-in one.
fn own_service(plan: &Plan, client: &ClientUnderTest) -> Option<OwnService> {
    let name = &plan.service.name;
    if service(name).is_some() {
        return None;
    }
    match client.service(name) {
        Some(own) => Some(own.clone()),
        None => panic!("the plan names `{name}`, a service that is not there"),
    }
}

/// Returns the user whose list of cameras a key of the built-in services names.
fn person_of(key: &str) -> Option<UserId> {
    match relation_of(key)? {
        Relation::Cameras(user) => Some(user),
        Relation::Viewers(..) => None,
    }
}

fn service_config(plan: &Plan, defences: Defences, signing_key: u64) -> ServiceConfig {
    ServiceConfig {
        cache_ttl_ms: plan.service.cache_ttl_ms,
        link_ms: plan.service.link_ms,
        fanout_batch: plan.service.fanout_batch as usize,
        viewer_counts: plan.service.viewer_counts as usize,
        line_look_ups: plan.service.line_look_ups as usize,
        form: form(plan),
        adds: plan.service.fill == scenario::Fill::Add,
        defences,
        signing_key,
    }
}

fn settings(plan: &Plan, signing_key: u64) -> Settings {
    let times = (plan.service.cache_ttl_ms, plan.service.link_ms, plan.service.request_deadline_ms);
    Settings::new(times, signing_key)
}

/// Returns for how many milliseconds after a change of permissions the plan's service may act on
/// the earlier state, as the service declares.
pub fn declared_stale_ms(plan: &Plan) -> u64 {
    design(plan).stale_ms(&service_config(plan, Defences::default(), 0))
}

/// Returns for how many milliseconds after a change of permissions the cache may contain the
/// earlier state, as the service declares.
pub fn declared_cached_ms(plan: &Plan) -> u64 {
    design(plan).cached_ms(&service_config(plan, Defences::default(), 0))
}

/// Arms the plan's fault points, each with a separate random stream.
fn points(plan: &Plan, journal: &Journal, streams: Streams) -> Points {
    let armed = plan.points.iter().map(|(name, &probability)| {
        let point: Point = name.parse().expect("a plan arms points that exist");
        (point, probability, streams.stream("point", &[point as u64]))
    });
    let until_ms = plan.last_fault_end_ms().unwrap_or(plan.duration_ms);
    Points::new(journal, until_ms, armed)
}

/// Sets up the plan's cancellation of a call: the gateway drops the call's request at once, and the
/// client that waits for its answer gives up.
fn cancellation(
    plan: &Plan,
    (net, journal): (&Net, &Journal),
    processes: &[GatewayProcess],
    fleet: &Fleet,
) -> Cancellation {
    let cancellation = Cancellation::new(net, journal, plan.cancel_at);
    let (processes, fleet) = (processes.to_vec(), fleet.clone());
    cancellation.on_cancel(move |gateway, request| {
        if let Some(process) = processes.get(usize::from(gateway.index)) {
            process.cancel(request);
        }
        fleet.give_up(request);
    });
    cancellation
}

/// Creates a network with a site for each place, in the order of [`Place`].
fn network(plan: &Plan, streams: Streams) -> (Net, Vec<(Place, Machine)>) {
    let net = Net::new(Box::new(move |from: NodeId, to: NodeId| {
        let ids = [from, to].map(|node| (node.kind as u64) << 16 | u64::from(node.index));
        streams.stream("link", &ids)
    }));
    let (inside, cameras, phones) =
        (link(&plan.network.inside), link(&plan.network.cameras), link(&plan.network.phones));
    let between = move |a: NodeId, b: NodeId| match (a.kind, b.kind) {
        (NodeKind::Cameras, _) | (_, NodeKind::Cameras) => cameras,
        (NodeKind::Phones, _) | (_, NodeKind::Phones) => phones,
        _ => inside,
    };
    let machines = Place::all_of(&plan.cast).map(|place| {
        let id = node_id(place);
        let site = net.add_site(id, |other| between(id, other));
        (place, Machine { id, site, handle: None, down: 0, paused: 0 })
    });
    let machines = machines.collect();
    (net, machines)
}

impl World {
    /// Builds the world of `plan`; time does not pass yet.
    pub(crate) fn build(plan: &Arc<Plan>, client: ClientUnderTest, journal: &Journal) -> Self {
        let streams = Streams::new(plan.execution_seed.0);
        let secret = |name| streams.stream(name, &[]).word();
        let (net, mut machines) = network(plan, streams);
        let site = |place| {
            let found = machines.iter().find(|(other, _)| *other == place);
            found.map(|(_, machine)| machine.site).expect("each place has a site")
        };
        net.arm(points(plan, journal, streams));
        let mint = Mint::new(secret("mint"));
        let tap = Tap::new(&net, journal);
        let sealer = Sealer::new(secret("sealer"));
        let sites = (site(Place::Directory), site(Place::Replica));
        let rng = streams.stream("directory", &[]);
        let directory = Directory::new(&net, journal, &mint, directory_spec(plan), sites, rng);
        let max_keys = plan.cache.max_keys as usize;
        let caches: Vec<_> = (0..plan.cast.cache_nodes as u16)
            .map(|at| CacheNode::new(&net, site(Place::Cache(at)), journal, &tap, max_keys))
            .collect();
        let processes: Vec<_> = (0..plan.cast.gateways as u16)
            .map(|at| {
                let node = node_id(Place::Gateway(at));
                GatewayProcess::new(&net, journal, node, capacity(plan))
            })
            .collect();
        let gateways = processes.iter().enumerate().map(|(at, process)| crosswire_fleet::Gateway {
            site: site(Place::Gateway(at as u16)),
            process: process.clone(),
        });
        let parts = FleetParts {
            net: net.clone(),
            journal: journal.clone(),
            mint: mint.clone(),
            crowds: (site(Place::Cameras), site(Place::Phones)),
            gateways: gateways.collect(),
        };
        let fleet = Fleet::new(plan, parts);
        let mut defences = Defences::default();
        for name in &plan.defences {
            defences.switch_on(name).expect("the plan was checked against the known defences");
        }
        let config = service_config(plan, defences, secret("signing"));
        let own = own_service(plan, &client);
        let services = Services {
            probe_deps: ProbeDeps {
                net: net.clone(),
                journal: journal.clone(),
                tap,
                sealer,
                cancellation: cancellation(plan, (&net, journal), &processes, &fleet),
                person_of: if own.is_some() { |_| None } else { person_of },
                compares: own.is_some() || design(plan).compares(&config),
            },
            client_config: ClientConfig {
                pool_size: plan.client.pool_size as usize,
                op_timeout: Duration::from_millis(plan.client.op_timeout_ms),
            },
            client,
            settings: settings(plan, config.signing_key),
            config,
            design: design(plan),
            own,
            cache_sites: caches.iter().map(CacheNode::site).collect(),
            directory: directory.clone(),
            media: Box::new(MediaStore::default().serve(&net, site(Place::Media))),
            fleet: fleet.clone(),
            connecting: Mutex::default(),
        };
        let runtime = Handle::current();
        for (_, machine) in &mut machines {
            if matches!(machine.id.kind, NodeKind::Gateway | NodeKind::Cache) {
                let node = runtime.create_node().name(machine.id.to_string()).build();
                machine.handle = Some(node);
            }
        }
        let (plan, journal) = (plan.clone(), journal.clone());
        let services = Arc::new(services);
        Self {
            plan,
            net,
            journal,
            fleet,
            directory,
            caches,
            processes,
            active: Vec::new(),
            machines,
            runtime,
            driver: None,
            services,
        }
    }

    /// Registers the owners and viewers, warms the cache, boots every process and starts the fleet.
    pub(crate) async fn start(&mut self) {
        let viewers = self.plan.viewers();
        let plan = self.plan.clone();
        self.directory.populate((0..plan.cast.identities()).map(|device| {
            let owner = UserId(plan.owner_of(device));
            (DeviceId(device), owner, viewers.of(device).map(UserId))
        }));
        self.warm_the_cache().await;
        self.net.begin();
        for at in 0..self.machines.len() {
            self.boot(at);
        }
        self.driver = Some(madsim::task::spawn(self.net.clone().drive(vec![self.fleet.actor()])));
        self.fleet.start();
    }

    /// Returns the site of a place.
    pub(crate) fn site(&self, place: Place) -> Option<Site> {
        let found = self.machines.iter().find(|(other, _)| *other == place);
        found.map(|(_, machine)| machine.site)
    }

    /// Returns how often client calls have been suspended.
    pub(crate) fn suspensions(&self) -> u64 {
        self.services.probe_deps.cancellation.seen()
    }

    /// Returns all places, in the order of [`Place`].
    pub(crate) fn places(&self) -> Vec<Place> {
        self.machines.iter().map(|(place, _)| *place).collect()
    }

    fn record(&self, node: NodeId, what: Fact) {
        self.journal.record(self.net.now_ms(), node, what);
    }

    /// Records the queue lengths and backlogs, and lets the runtime forget tasks that have ended.
    pub(crate) fn gauge(&self) {
        let (queue, busy, served) = self.directory.load();
        let (backlog, offline) = self.fleet.backlog_and_offline();
        let in_flight: usize = self.processes.iter().map(GatewayProcess::in_flight).sum();
        let what = Fact::Gauge {
            directory_queue: queue as u32,
            directory_busy: busy as u32,
            directory_served: served,
            backlog,
            offline,
            in_flight: in_flight as u32,
        };
        self.record(NodeId::HARNESS, what);
        // madsim remembers every task of a node until it is asked to count them.
        let _ = self.runtime.metrics().num_tasks();
    }

    /// Ends the run. Kills each node and the driver, and lets a millisecond pass: otherwise what
    /// their tasks hold would outlive the run.
    pub(crate) async fn end(self) {
        for (_, machine) in &self.machines {
            if let Some(handle) = &machine.handle {
                self.runtime.kill(handle.id());
            }
        }
        if let Some(driver) = &self.driver {
            driver.abort();
        }
        madsim::time::sleep(Duration::from_millis(1)).await;
        for process in &self.processes {
            process.close();
        }
        self.net.close();
    }
}
