//! The directory on its nodes: so many requests at a time, a queue behind them, service times,
//! a primary that can die, and a replica that lags and takes over.
//!
//! This is the world, not what is under test. What is committed is written to the journal here,
//! at the door.

use super::changes::Changes;
use super::tables::{Commits, Tables};
use super::{Answer, Ask, DirectoryClient};
use crate::gateway::Relation;
use crosswire_history::{
    Change, DeviceId, Epoch, Journal, Mint, NodeId, Point, Serial, UserId, What, scope,
};
use crosswire_net::{Caller, Net, Reply, Site};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most that the fault point `directory-slow-query` adds to a query.
const SLOW_MS: u64 = 1_000;

/// How much the directory can do.
#[derive(Clone, Copy, Debug)]
pub struct DirectorySpec {
    /// Requests served at a time, by each of primary and replica.
    pub connections: usize,
    /// Requests that may wait; more are refused.
    pub queue: usize,
    /// Service time of a read, from and to, in ms.
    pub read_ms: (u64, u64),
    /// Service time of a write, from and to, in ms.
    pub write_ms: (u64, u64),
    /// How far the replica is behind a commit, from and to, in ms; in a brown-out so many times
    /// as far as service takes longer.
    pub replica_lag_ms: (u64, u64),
}

/// The directory. Clones are handles to the same one.
#[derive(Clone)]
pub struct Directory(Arc<Shared>);

struct Shared {
    net: Net,
    journal: Journal,
    mint: Mint,
    spec: DirectorySpec,
    /// Where fault points are told of.
    node: NodeId,
    state: Mutex<State>,
}

struct State {
    tables: Tables,
    rng: ChaCha8Rng,
    /// Factor on service times: 1 in good weather.
    slowness: f64,
    primary: Desk,
    replica: Desk,
    /// Commits that the replica has not applied yet, and when it will have.
    lag: VecDeque<(u64, u64)>,
    applied: u64,
    /// Requests served since the last time somebody asked.
    served: u32,
    changes: Changes,
}

/// One node's work: what is being served and what waits.
struct Desk {
    site: Site,
    node: NodeId,
    busy: usize,
    queue: VecDeque<(Ask, Reply<Answer>)>,
    /// Which life of its process this is: work of an earlier one is lost.
    life: u32,
}

/// One of the directory's nodes, by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Commits, and reads as of its latest commit.
    Primary,
    /// Reads as of the latest commit that it has applied.
    Replica,
}

impl State {
    fn desk(&mut self, role: Role) -> &mut Desk {
        if role == Role::Primary { &mut self.primary } else { &mut self.replica }
    }

    fn between(&mut self, (from, to): (u64, u64)) -> u64 {
        from + self.rng.next_u64() % (to.saturating_sub(from) + 1)
    }

    /// The latest commit that the replica shows.
    fn applied(&mut self, now_ms: u64) -> u64 {
        while let Some(&(commit, at_ms)) = self.lag.front() {
            if at_ms > now_ms {
                break;
            }
            self.applied = commit;
            self.lag.pop_front();
        }
        self.applied
    }
}

impl Directory {
    /// An empty directory with its primary and its replica at two sites.
    ///
    /// # Panics
    /// If `SQLite` has no memory.
    pub fn new(
        net: &Net,
        journal: &Journal,
        mint: &Mint,
        spec: DirectorySpec,
        (primary, replica): (Site, Site),
        rng: ChaCha8Rng,
    ) -> Self {
        let desk =
            |site| Desk { site, node: net.node_of(site), busy: 0, queue: VecDeque::new(), life: 0 };
        let tables = Tables::new().expect("SQLite opens in memory");
        let state = State {
            applied: tables.commit(),
            tables,
            rng,
            slowness: 1.0,
            primary: desk(primary),
            replica: desk(replica),
            lag: VecDeque::new(),
            served: 0,
            changes: Changes::default(),
        };
        let (net, journal, mint) = (net.clone(), journal.clone(), mint.clone());
        let node = state.primary.node;
        Self(Arc::new(Shared { net, journal, mint, spec, node, state: Mutex::new(state) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A gateway's way to it.
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

    /// Who owns what and who may watch when the run begins. Each camera was bound when its owner
    /// set it up.
    ///
    /// # Panics
    /// If the same is said twice.
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

    /// The number of the latest commit.
    pub fn commit(&self) -> u64 {
        self.state().tables.commit()
    }

    /// The relations that have changed since the run began.
    pub fn changed(&self) -> Vec<Relation> {
        self.state().changes.relations().collect()
    }

    /// When a relation first changed after a commit; if it did not, or the commit is 0, when it
    /// last did.
    pub fn changed_after(&self, relation: Relation, commit: u64) -> Option<u64> {
        self.state().changes.after(relation, commit)
    }

    /// What a user may see now, for filling a warm cache before the run begins.
    ///
    /// # Panics
    /// If `SQLite` fails.
    pub fn cameras_of(&self, user: UserId) -> Vec<(DeviceId, Epoch)> {
        let state = self.state();
        state.tables.cameras_of(user, state.tables.commit()).expect("a read in memory succeeds")
    }

    /// Who may see a camera now. See [`Self::cameras_of`].
    ///
    /// # Panics
    /// If `SQLite` fails.
    pub fn viewers_of(&self, device: DeviceId, epoch: Epoch) -> Vec<UserId> {
        let state = self.state();
        let found = state.tables.viewers_of(device, epoch, state.tables.commit());
        found.expect("a read in memory succeeds")
    }

    /// Service times are multiplied by this from now on; 1 ends a brown-out, and the replica
    /// catches up.
    pub fn brown_out(&self, slowness: f64) {
        let mut state = self.state();
        state.slowness = slowness;
        let behind_ms = self.0.spec.replica_lag_ms.1 as f64 * slowness;
        let latest_ms = self.0.net.now_ms() + behind_ms as u64;
        for (_, at_ms) in &mut state.lag {
            *at_ms = latest_ms.min(*at_ms);
        }
    }

    /// The primary has died: what it was working on is lost, and so is its queue.
    pub fn primary_died(&self) {
        let lost = {
            let mut state = self.state();
            let desk = state.desk(Role::Primary);
            desk.life += 1;
            desk.busy = 0;
            std::mem::take(&mut desk.queue)
        };
        // Each reply that is let go of resets its call, over the network.
        drop(lost);
    }

    /// The replica has applied all that the primary committed, and serves as primary too. No
    /// commit that was acknowledged is lost: the primary acknowledges only what the replica has
    /// received.
    pub fn promoted(&self) {
        let mut state = self.state();
        state.lag.clear();
        state.applied = state.tables.commit();
    }

    /// How many requests wait and how many are being served, at both nodes; and how many have been
    /// served since this was asked last.
    pub fn load(&self) -> (usize, usize, u32) {
        let mut state = self.state();
        let served = std::mem::take(&mut state.served);
        let desks = [&state.primary, &state.replica];
        let waiting = desks.iter().map(|desk| desk.queue.len()).sum();
        (waiting, desks.iter().map(|desk| desk.busy).sum(), served)
    }

    fn fires(&self, point: Point) -> bool {
        self.0.net.fires(self.0.node, point).is_some()
    }

    fn arrive(&self, role: Role, ask: Ask, reply: Reply<Answer>) {
        let limits = self.0.spec;
        let refused = self.fires(Point::DirectoryRefusal);
        let mut state = self.state();
        let desk = state.desk(role);
        if refused || desk.busy >= limits.connections && desk.queue.len() >= limits.queue {
            let node = desk.node;
            drop(state);
            self.0.journal.record(self.0.net.now_ms(), node, What::TurnedAway);
            return reply.refuse(io::ErrorKind::ConnectionRefused);
        }
        if desk.busy < limits.connections {
            desk.busy += 1;
            let life = desk.life;
            drop(state);
            self.serve(role, life, ask, reply);
        } else {
            desk.queue.push_back((ask, reply));
        }
    }

    /// Works on a request for its service time, and then on the next that waits. A read is as of
    /// the moment at which its service begins, a write commits when it ends.
    fn serve(&self, role: Role, life: u32, ask: Ask, reply: Reply<Answer>) {
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
            if directory.state().desk(role).life != life {
                return;
            }
            directory.finish(role, &ask, until, reply);
            let next = {
                let mut state = directory.state();
                let desk = state.desk(role);
                let next = desk.queue.pop_front();
                if next.is_none() {
                    desk.busy -= 1;
                }
                next
            };
            if let Some((ask, reply)) = next {
                directory.serve(role, life, ask, reply);
            }
        });
    }

    fn finish(&self, role: Role, ask: &Ask, until: u64, reply: Reply<Answer>) {
        let _entered = scope::enter(reply.scope());
        let now_ms = self.0.net.now_ms();
        let mut commits = Commits::new();
        let mut state = self.state();
        state.served += 1;
        let answer = state.tables.answer(ask, (now_ms, until), &mut commits);
        if !commits.is_empty() {
            let lag_ms = state.between(self.0.spec.replica_lag_ms) as f64 * state.slowness;
            let last = state.lag.back().map_or(0, |(_, at_ms)| *at_ms);
            let commit = state.tables.commit();
            state.lag.push_back((commit, last.max(now_ms + lag_ms as u64)));
            state.changes.note(commit, now_ms, &commits);
        }
        let (node, commit) = (state.desk(role).node, state.tables.commit());
        drop(state);
        let about = ask.about();
        if about.is_some() || matches!(ask, Ask::ViewersOf(..)) {
            let as_of = if ask.writes() { commit } else { until };
            self.0.journal.record(now_ms, node, What::Consulted { about, as_of });
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

    /// Writes commits to the journal, and tells the mint of new epochs.
    fn announce(&self, node: NodeId, commit: u64, commits: Commits) {
        let now_ms = self.0.net.now_ms();
        for change in commits {
            if let Change::Claimed { device, epoch, .. } = change {
                self.0.mint.claimed(device, epoch, now_ms);
            }
            self.0.journal.record(now_ms, node, What::Committed { commit, change });
        }
    }
}
