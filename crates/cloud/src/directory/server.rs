//! The directory on its nodes: a concurrency limit, a queue, service times, a primary that can die,
//! and a replica that lags and can take over.
//!
//! This is part of the world, not under test. Commits are written to the journal here, as they are
//! made.

use super::changes::Changes;
use super::client::DirectoryClient;
use super::protocol::{Answer, Ask, Role};
use super::relation::Relation;
use super::tables::{Commits, Tables};
use crosswire_history::sync::{Mutex, MutexGuard};
use crosswire_history::{
    Change, DeviceId, Epoch, Fact, Journal, Mint, NodeId, Point, Serial, UserId, scope,
};
use crosswire_net::{Caller, Net, Reply, Site};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// Maximum delay that the fault point `directory-slow-query` adds to a query.
const SLOW_MS: u64 = 1_000;

/// The directory's capacity and timing.
#[derive(Clone, Copy, Debug)]
pub struct DirectorySpec {
    /// Requests served concurrently by each of primary and replica.
    pub connections: usize,
    /// Maximum queue length; more requests are refused.
    pub queue: usize,
    /// Range of the service time of a read, in ms.
    pub read_ms: (u64, u64),
    /// Range of the service time of a write, in ms.
    pub write_ms: (u64, u64),
    /// Range of the replica's lag behind a commit, in ms. In a brown-out the lag grows by the same
    /// factor as service times.
    pub replica_lag_ms: (u64, u64),
}

/// The directory. Clones are handles to the same directory.
#[derive(Clone)]
pub struct Directory(Arc<Shared>);

struct Shared {
    net: Net,
    journal: Journal,
    mint: Mint,
    spec: DirectorySpec,
    /// The node on which fault points are recorded.
    node: NodeId,
    state: Mutex<State>,
}

struct State {
    tables: Tables,
    rng: ChaCha8Rng,
    /// Factor on service times: 1 outside brown-outs.
    slowness: f64,
    primary: ServiceQueue,
    replica: ServiceQueue,
    /// Commits that the replica has not applied yet, each with the time at which it will have.
    lag: VecDeque<(u64, u64)>,
    applied: u64,
    /// Requests served since the last call of [`Directory::load`].
    served: u32,
    changes: Changes,
}

/// One node's work in progress and its queue.
struct ServiceQueue {
    site: Site,
    node: NodeId,
    busy: usize,
    waiting: VecDeque<(Ask, Reply<Answer>)>,
    /// Generation of the node's process; work of an earlier generation is lost.
    generation: u32,
}

impl State {
    fn queue(&mut self, role: Role) -> &mut ServiceQueue {
        if role == Role::Primary { &mut self.primary } else { &mut self.replica }
    }

    fn between(&mut self, (from, to): (u64, u64)) -> u64 {
        assert!(from <= to, "a range of times runs upwards: {from} to {to} ms");
        from + self.rng.next_u64() % (to - from + 1)
    }

    /// Returns the latest commit visible on the replica.
    fn applied(&mut self, now_ms: u64) -> u64 {
        while let Some(&(commit, at_ms)) = self.lag.front() {
            if at_ms > now_ms {
                break;
            }
            assert!(self.applied <= commit, "the replica applies commits in their order");
            self.applied = commit;
            self.lag.pop_front();
        }
        self.applied
    }
}

impl Directory {
    /// Creates an empty directory with its primary and its replica at two sites.
    ///
    /// # Panics
    /// If `SQLite` cannot allocate memory.
    pub fn new(
        net: &Net,
        journal: &Journal,
        mint: &Mint,
        spec: DirectorySpec,
        (primary, replica): (Site, Site),
        rng: ChaCha8Rng,
    ) -> Self {
        let queue = |site| ServiceQueue {
            site,
            node: net.node_of(site),
            busy: 0,
            waiting: VecDeque::new(),
            generation: 0,
        };
        let tables = Tables::new().expect("SQLite opens in memory");
        let state = State {
            applied: tables.commit(),
            tables,
            rng,
            slowness: 1.0,
            primary: queue(primary),
            replica: queue(replica),
            lag: VecDeque::new(),
            served: 0,
            changes: Changes::default(),
        };
        let (net, journal, mint) = (net.clone(), journal.clone(), mint.clone());
        let node = state.primary.node;
        Self(Arc::new(Shared { net, journal, mint, spec, node, state: Mutex::new(state) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock()
    }

    /// Creates a client for the gateway at `from`.
    pub fn client(&self, from: Site) -> DirectoryClient {
        let caller = |role, site| {
            let directory = self.clone();
            Caller::new(&self.0.net, site, move |ask, reply| directory.arrive(role, ask, reply))
        };
        let (primary, replica) = {
            let state = self.state();
            (state.primary.site, state.replica.site)
        };
        DirectoryClient {
            primary: caller(Role::Primary, primary),
            replica: caller(Role::Replica, replica),
            from,
        }
    }

    /// Registers the cameras with which the run begins, each with its owner and perhaps a guest,
    /// and binds each to its hardware as its owner's set-up would have.
    ///
    /// # Panics
    /// If a camera appears twice.
    pub fn populate(&self, mut cameras: impl Iterator<Item = (DeviceId, UserId, Option<UserId>)>) {
        let mut state = self.state();
        let node = state.primary.node;
        let populated: rusqlite::Result<()> = cameras.try_for_each(|(device, owner, guest)| {
            let mut commits = vec![state.tables.register(device, owner)?];
            state.tables.bind(device, Serial(device.0))?;
            if let Some(guest) = guest {
                commits.push(state.tables.grant(device, Epoch(1), guest)?);
            }
            self.announce(node, state.tables.commit(), commits);
            Ok(())
        });
        populated.expect("each camera is registered once");
    }

    /// Returns the number of the latest commit.
    pub fn commit(&self) -> u64 {
        self.state().tables.commit()
    }

    /// Returns the relations that have changed since the run began.
    pub fn changed(&self) -> Vec<Relation> {
        self.state().changes.relations().collect()
    }

    /// Returns the time at which a relation first changed after `commit`. If it did not change, or
    /// the commit is 0, returns the time of its latest change.
    pub fn changed_after(&self, relation: Relation, commit: u64) -> Option<u64> {
        self.state().changes.after(relation, commit)
    }

    /// Returns the cameras a user may see now, for filling a warm cache before the run begins.
    pub fn cameras_of(&self, user: UserId) -> Vec<(DeviceId, Epoch)> {
        let state = self.state();
        state.tables.cameras_of(user, state.tables.commit())
    }

    /// Returns the users who may see a camera now. See [`Self::cameras_of`].
    pub fn viewers_of(&self, device: DeviceId, epoch: Epoch) -> Vec<UserId> {
        let state = self.state();
        state.tables.viewers_of(device, epoch, state.tables.commit())
    }

    /// Multiplies service times by `slowness` from now on. A factor of 1 ends a brown-out, and the
    /// replica catches up.
    ///
    /// # Panics
    /// If the factor would make the directory faster.
    pub fn brown_out(&self, slowness: f64) {
        assert!(slowness >= 1.0, "a brown-out slows the directory down, not by {slowness}");
        let mut state = self.state();
        state.slowness = slowness;
        let behind_ms = self.0.spec.replica_lag_ms.1 as f64 * slowness;
        let latest_ms = self.0.net.now_ms() + behind_ms as u64;
        for (_, at_ms) in &mut state.lag {
            *at_ms = latest_ms.min(*at_ms);
        }
    }

    /// Reports that the primary has died: it loses its work in progress and its queue.
    pub fn primary_died(&self) {
        let lost = {
            let mut state = self.state();
            let queue = state.queue(Role::Primary);
            queue.generation += 1;
            queue.busy = 0;
            std::mem::take(&mut queue.waiting)
        };
        // Dropping a reply resets its call, over the network.
        drop(lost);
    }

    /// Promotes the replica: it has applied all commits of the primary and now serves as primary
    /// too. No acknowledged commit is lost, because the primary acknowledges only what the replica
    /// has received.
    pub fn promoted(&self) {
        let mut state = self.state();
        state.lag.clear();
        state.applied = state.tables.commit();
    }

    /// Returns the number of requests waiting and in service, over both nodes, and the number
    /// served since the previous call.
    pub fn load(&self) -> (usize, usize, u32) {
        let mut state = self.state();
        let served = std::mem::take(&mut state.served);
        let queues = [&state.primary, &state.replica];
        let waiting = queues.iter().map(|queue| queue.waiting.len()).sum();
        (waiting, queues.iter().map(|queue| queue.busy).sum(), served)
    }

    fn fires(&self, point: Point) -> bool {
        self.0.net.fires(self.0.node, point).is_some()
    }

    fn arrive(&self, role: Role, ask: Ask, reply: Reply<Answer>) {
        let limits = self.0.spec;
        let refused = self.fires(Point::DirectoryRefusal);
        let mut state = self.state();
        let queue = state.queue(role);
        if refused || queue.busy >= limits.connections && queue.waiting.len() >= limits.queue {
            let node = queue.node;
            drop(state);
            self.0.journal.record(self.0.net.now_ms(), node, Fact::TurnedAway);
            return reply.refuse(io::ErrorKind::ConnectionRefused);
        }
        if queue.busy < limits.connections {
            queue.busy += 1;
            assert!(queue.busy <= limits.connections, "no more requests are served than may be");
            let generation = queue.generation;
            drop(state);
            self.serve(role, generation, ask, reply);
        } else {
            queue.waiting.push_back((ask, reply));
        }
    }

    /// Serves a request for its service time, then the next one in the queue. A read is valid as of
    /// the moment its service begins; a write commits when its service ends.
    fn serve(&self, role: Role, generation: u32, ask: Ask, reply: Reply<Answer>) {
        let slow_ms = self.0.net.held_back(self.0.node, Point::DirectorySlowQuery, SLOW_MS);
        let mut state = self.state();
        let range = if ask.writes() { self.0.spec.write_ms } else { self.0.spec.read_ms };
        let time_ms = (state.between(range) as f64 * state.slowness) as u64;
        let time_ms = time_ms + slow_ms.unwrap_or(0);
        let until = match role {
            Role::Primary => state.tables.commit(),
            Role::Replica => state.applied(self.0.net.now_ms()),
        };
        drop(state);
        let directory = self.clone();
        self.0.net.later(time_ms, move || {
            if directory.state().queue(role).generation != generation {
                return;
            }
            directory.finish(role, &ask, until, reply);
            let next = {
                let mut state = directory.state();
                let queue = state.queue(role);
                let next = queue.waiting.pop_front();
                assert!(queue.busy > 0, "the request that ends was counted when it began");
                if next.is_none() {
                    queue.busy -= 1;
                }
                next
            };
            if let Some((ask, reply)) = next {
                directory.serve(role, generation, ask, reply);
            }
        });
    }

    fn finish(&self, role: Role, ask: &Ask, until: u64, reply: Reply<Answer>) {
        let _entered = scope::enter(reply.scope());
        let now_ms = self.0.net.now_ms();
        let mut commits = Commits::new();
        let mut state = self.state();
        state.served += 1;
        assert!(until <= state.tables.commit(), "no node sees a commit before it is made");
        let answer = state.tables.answer(ask, (now_ms, until), &mut commits);
        if !commits.is_empty() {
            let lag_ms = state.between(self.0.spec.replica_lag_ms) as f64 * state.slowness;
            let last = state.lag.back().map_or(0, |(_, at_ms)| *at_ms);
            let commit = state.tables.commit();
            let before = state.lag.back().map_or(0, |(commit, _)| *commit);
            assert!(before < commit, "each commit has its own number");
            state.lag.push_back((commit, last.max(now_ms + lag_ms as u64)));
            state.changes.note(commit, now_ms, &commits);
        }
        let (node, commit) = (state.queue(role).node, state.tables.commit());
        drop(state);
        let about = ask.about();
        if about.is_some() || matches!(ask, Ask::ViewersOf(..)) {
            let as_of = if ask.writes() { commit } else { until };
            self.0.journal.record(now_ms, node, Fact::Consulted { about, as_of });
        }
        self.announce(node, commit, commits);
        let request = reply.scope().request;
        if self.fires(Point::DirectoryLostReply) {
            return reply.refuse(io::ErrorKind::ConnectionReset);
        }
        match answer {
            Ok(Answer::Cameras(_) | Answer::Viewers(_) | Answer::MaySee(_)) => {
                self.0.journal.answers(|answers| answers.read(request, until));
            }
            Ok(Answer::Changed(Some(_))) => {
                self.0.journal.answers(|answers| answers.changed(request, commit));
            }
            _ => {}
        }
        match answer {
            Ok(answer) => {
                let bytes = if let Answer::Rows(rows) = &answer { 100 * rows.len() } else { 100 };
                reply.send(answer, bytes);
            }
            Err(_) => reply.refuse(io::ErrorKind::InvalidData),
        }
    }

    /// Writes commits to the journal, and registers new epochs with the mint.
    fn announce(&self, node: NodeId, commit: u64, commits: Commits) {
        let now_ms = self.0.net.now_ms();
        for change in commits {
            if let Change::Claimed { device, epoch, .. } = change {
                self.0.mint.claimed(device, epoch, now_ms);
            }
            self.0.journal.record(now_ms, node, Fact::Committed { commit, change });
        }
    }
}
