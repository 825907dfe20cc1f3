//! The life of a world's processes: start, crash, restart and pause.

use super::World;
use crate::client::ClientUnderTest;
use crosswire_cache::probe::{Probe, ProbeDeps};
use crosswire_cache::{CacheClient, ClientConfig, Dialer};
use crosswire_cloud::media::MediaClient;
use crosswire_cloud::{
    Clock, Deps, Design, Directory, Gateway, OwnService, Phones, ResponseCache, Service,
    ServiceConfig, Settings, Tasks,
};
use crosswire_fleet::Fleet;
use crosswire_history::scope::{self, Scoped};
use crosswire_history::sync::Mutex;
use crosswire_history::{Fact, NodeId};
use crosswire_net::Site;
use crosswire_plan::Place;
use madsim::runtime::NodeHandle;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node whose process can die and start again.
pub(crate) struct Machine {
    pub(crate) id: NodeId,
    pub(crate) site: Site,
    /// The process of a gateway or a cache; the other places are not nodes of the runtime.
    pub(super) handle: Option<NodeHandle>,
    /// The number of faults that keep the process down, and of those that keep it paused.
    pub(super) down: u32,
    pub(super) paused: u32,
}

/// The parts from which a gateway's process is built when it starts.
pub(super) struct Services {
    pub(super) probe_deps: ProbeDeps,
    pub(super) client: ClientUnderTest,
    pub(super) client_config: ClientConfig,
    pub(super) config: ServiceConfig,
    pub(super) design: Design,
    pub(super) settings: Settings,
    /// The user's service, in place of the built-in gateway.
    pub(super) own: Option<OwnService>,
    pub(super) cache_sites: Vec<Site>,
    pub(super) directory: Directory,
    pub(super) media: Box<dyn Fn(Site) -> MediaClient + Send + Sync>,
    pub(super) fleet: Fleet,
    /// The gateways whose client is connecting, and since when.
    pub(super) connecting: Mutex<BTreeMap<NodeId, u64>>,
}

/// A guard that lists a gateway's client as connecting until it is dropped.
struct Connecting<'s> {
    services: &'s Services,
    id: NodeId,
    since_ms: u64,
}

impl<'s> Connecting<'s> {
    fn begin(services: &'s Services, id: NodeId) -> Self {
        let since_ms = services.probe_deps.net.now_ms();
        services.connecting.lock().insert(id, since_ms);
        Self { services, id, since_ms }
    }
}

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        self.services.connecting.lock().remove(&self.id);
    }
}

impl Services {
    fn not_connected(&self, id: NodeId, why: Option<&str>, since_ms: u64) {
        let ProbeDeps { journal, net, .. } = &self.probe_deps;
        let why = why.map(|why| journal.key(why.as_bytes()));
        journal.record(net.now_ms(), id, Fact::NotConnected { why, since_ms });
    }

    /// Records each gateway whose client has been connecting for longer than one of its calls may
    /// take.
    pub(super) fn record_unconnected(&self) {
        let now_ms = self.probe_deps.net.now_ms();
        let within_ms = self.client_config.op_timeout.as_millis() as u64;
        let waiting = self.connecting.lock().clone();
        for (id, since_ms) in waiting {
            if now_ms - since_ms > within_ms {
                self.not_connected(id, None, since_ms);
            }
        }
    }

    /// Connects a client and builds a gateway on it, or records why the client did not connect.
    async fn gateway(&self, id: NodeId, site: Site) -> Option<Arc<dyn Service>> {
        let ProbeDeps { journal, net, .. } = &self.probe_deps;
        let client = self.connect(id, site).await?;
        let fleet = self.fleet.clone();
        let phones =
            Phones::new(move |user, event, thumbnail| fleet.push(site, user, event, thumbnail));
        let op_timeout = self.client_config.op_timeout;
        let deps = Deps::new(
            Arc::new(Probe::new(client, id, self.probe_deps.clone(), op_timeout)),
            (self.directory.client(site), (self.media)(site)),
            (phones, self.tasks()),
            Clock::new(net),
            self.settings,
        );
        if let Some(own) = &self.own {
            return Some((own.make)(deps));
        }
        let responses = Arc::new(ResponseCache::new(journal.clone(), net.clone(), id));
        Some(Arc::new(Gateway::new(deps, &responses, self.config, &self.design)))
    }

    /// Connects the client under test.
    async fn connect(&self, id: NodeId, site: Site) -> Option<Arc<dyn CacheClient>> {
        let ProbeDeps { net, tap, .. } = &self.probe_deps;
        let dialer = Dialer::new(net, site, &self.cache_sites, tap);
        let connecting = Connecting::begin(self, id);
        match (self.client.connect)(dialer, self.client_config).await {
            Ok(client) => Some(client),
            Err(error) => {
                self.not_connected(id, Some(&error.to_string()), connecting.since_ms);
                None
            }
        }
    }

    /// Returns the background tasks of a gateway. A task of the built-in gateway keeps the scope of
    /// the request that spawned it. A task of a user's service may work for several requests, so it
    /// has no scope, and nothing is concluded from what it asks.
    fn tasks(&self) -> Tasks {
        if self.own.is_some() {
            return Tasks::new(|work| drop(madsim::task::spawn(work)));
        }
        Tasks::new(|work| drop(madsim::task::spawn(Scoped::new(scope::current(), work))))
    }
}

impl World {
    /// Starts the process of a machine.
    pub(super) fn boot(&mut self, at: usize) {
        let (place, machine) = &self.machines[at];
        let node = || machine.handle.clone().expect("gateways and caches are nodes");
        match *place {
            Place::Cache(index) => {
                node().spawn(self.caches[index as usize].clone().serve());
            }
            Place::Gateway(index) => {
                let handle = node();
                let (services, process) =
                    (self.services.clone(), self.processes[index as usize].clone());
                let (id, site) = (machine.id, machine.site);
                handle.clone().spawn(async move {
                    if let Some(gateway) = services.gateway(id, site).await {
                        process.open(handle, gateway);
                    }
                });
            }
            _ => {}
        }
    }

    /// Returns the machine at a place, and its index.
    fn machine(&mut self, place: Place) -> (usize, &mut Machine) {
        let at = self.machines.iter().position(|(other, _)| *other == place);
        let at = at.unwrap_or_else(|| panic!("a fault struck {place}, where there is no machine"));
        (at, &mut self.machines[at].1)
    }

    /// Kills the process at a place.
    pub(crate) fn kill(&mut self, place: Place) {
        let (_, machine) = self.machine(place);
        machine.down += 1;
        if machine.down > 1 {
            return;
        }
        let (id, site, handle) = (machine.id, machine.site, machine.handle.clone());
        self.record(id, Fact::Down);
        self.net.crash(site);
        match place {
            Place::Gateway(index) => {
                self.processes[index as usize].close();
                self.fleet.gateway_lost(index);
            }
            Place::Cache(index) => self.caches[index as usize].lose_memory(),
            Place::Directory => self.directory.primary_died(),
            _ => {}
        }
        if let Some(handle) = handle {
            self.runtime.kill(handle.id());
        }
    }

    /// Restarts the process at a place, unless another fault keeps it down.
    pub(crate) fn revive(&mut self, place: Place) {
        let runtime = self.runtime.clone();
        let (at, machine) = self.machine(place);
        assert!(machine.down > 0, "{place} is revived and was not killed");
        machine.down -= 1;
        if machine.down > 0 {
            return;
        }
        let (id, site, paused) = (machine.id, machine.site, machine.paused > 0);
        if let Some(handle) = machine.handle.take() {
            runtime.restart(handle.id());
            let node = runtime.get_node(handle.id());
            machine.handle = Some(node.expect("a node that is restarted exists"));
        }
        if place == Place::Directory {
            self.directory.promoted();
        }
        if let Place::Cache(index) = place {
            self.caches[index as usize].load_for(self.plan.cache.loading_ms);
        }
        self.net.revive(site);
        self.record(id, Fact::Up);
        self.boot(at);
        if paused {
            self.set_paused(place, true);
        }
    }

    /// Pauses or resumes the process at a place.
    pub(crate) fn pause(&mut self, place: Place, pause: bool) {
        let (_, machine) = self.machine(place);
        let before = machine.paused > 0;
        assert!(pause || before, "{place} is resumed and was not paused");
        machine.paused = if pause { machine.paused + 1 } else { machine.paused - 1 };
        let (now, id) = (machine.paused > 0, machine.id);
        if before != now {
            self.record(id, if now { Fact::Paused } else { Fact::Resumed });
            self.set_paused(place, now);
        }
    }

    fn set_paused(&mut self, place: Place, pause: bool) {
        let runtime = self.runtime.clone();
        let (_, machine) = self.machine(place);
        if let Some(handle) = &machine.handle {
            if pause {
                runtime.pause(handle.id());
            } else {
                runtime.resume(handle.id());
            }
        }
        let site = machine.site;
        self.net.pause(site, pause);
    }
}
