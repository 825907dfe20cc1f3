//! Sites, the links between them, and the driver that delivers what is due.

use crate::conn::Conns;
use crate::link::{DelaySource, LinkSpec, LinkState, retransmitted_at};
use crate::points::Points;
use crate::stream::Accepting;
use crate::timer::Timers;
use crate::wheel::Wheel;
use crosswire_history::NodeId;
use crosswire_history::sync::{Mutex, MutexGuard};
use madsim::time::TimeHandle;
use rand_chacha::ChaCha8Rng;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// A place that sends and receives: a node, or the crowd of all cameras or all phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site(pub u16);

/// The fate of a message at the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It arrived.
    Delivered,
    /// No process listens there, or not the one it was sent to.
    Refused,
}

/// The network of one run. Clones are handles to one network.
#[derive(Clone)]
pub struct Net(Arc<Shared>);

struct Shared {
    inner: Mutex<Inner>,
    time: TimeHandle,
    /// Start of the run, in milliseconds on the executor's clock.
    began_ms: AtomicU64,
    /// The current time while the driver is running, because the clock does not advance then;
    /// otherwise [`RUNNING`].
    standing_ms: AtomicU64,
    points: OnceLock<Points>,
}

/// The driver is idle: the executor's clock has the time.
const RUNNING: u64 = u64::MAX;

/// A component with a separate wheel, turned by the network's driver. It acts only when due or on a
/// message that the driver delivers, never from a task.
pub trait Actor: Send {
    /// Returns the time of the next thing to do. May discard entries of its wheel that are over.
    /// Called while the network is locked.
    fn next_due(&mut self) -> Option<u64>;

    /// Does what is due.
    fn act(&mut self, now_ms: u64);
}

/// An entry of the wheel.
pub(crate) enum Due {
    /// The oldest chunk in transit in this direction of a connection.
    Chunk { conn: u32, to: u8, age: u32 },
    /// A timer.
    Timer { slot: u32, age: u32 },
    /// A message for a site. It is refused if the site has died since.
    Post { to: Site, life: u32, run: Box<dyn FnOnce(Arrival) + Send> },
    /// A closure to run.
    Run(Box<dyn FnOnce() + Send>),
}

/// A message that a cut link holds back.
struct Held {
    sent_ms: u64,
    to: Site,
    life: u32,
    run: Box<dyn FnOnce(Arrival) + Send>,
}

pub(crate) struct SiteState {
    pub(crate) id: NodeId,
    /// Generation of its process; a restart begins the next one.
    pub(crate) life: u32,
    pub(crate) up: bool,
    /// Its process is paused: messages to it wait.
    pub(crate) paused: bool,
    pub(crate) accepting: Option<Accepting>,
}

/// Creates the random stream of the link between two sites.
pub type LinkRng = Box<dyn Fn(NodeId, NodeId) -> ChaCha8Rng + Send>;

pub(crate) struct Inner {
    pub(crate) now_ms: u64,
    pub(crate) wheel: Wheel<Due>,
    pub(crate) sites: Vec<SiteState>,
    /// `links[from][to]`: one link for each ordered pair of sites.
    pub(crate) links: Vec<Vec<LinkState>>,
    held: Vec<Vec<Vec<Held>>>,
    /// Messages to sites whose process is paused.
    waiting: Vec<Due>,
    pub(crate) conns: Conns,
    pub(crate) timers: Timers,
    link_rng: LinkRng,
    alarm: Alarm,
}

/// Wakes the driver.
struct Alarm {
    driver: Option<Waker>,
    /// Registers a timer with the executor each time it is polled. Such a timer cannot be
    /// cancelled.
    sleep: madsim::time::Sleep,
    /// Start of the run, by the executor's clock.
    start: Instant,
    /// Ticks for which a timer is set, the next one last.
    set: Vec<u64>,
    /// The driver is running: it will find out by itself what is due next.
    awake: bool,
}

impl Net {
    /// Creates a network without sites. Must be called inside a madsim runtime, whose clock it
    /// uses.
    pub fn new(link_rng: LinkRng) -> Self {
        let time = TimeHandle::current();
        let start = time.now_instant().checked_sub(time.elapsed()).expect("the run began");
        let sleep = madsim::time::sleep_until(start);
        let alarm = Alarm { driver: None, sleep, start, set: Vec::new(), awake: false };
        Self(Arc::new(Shared {
            inner: Mutex::new(Inner {
                now_ms: 0,
                wheel: Wheel::default(),
                sites: Vec::new(),
                links: Vec::new(),
                held: Vec::new(),
                waiting: Vec::new(),
                conns: Conns::default(),
                timers: Timers::default(),
                link_rng,
                alarm,
            }),
            began_ms: AtomicU64::new(0),
            time,
            standing_ms: AtomicU64::new(RUNNING),
            points: OnceLock::new(),
        }))
    }

    /// Starts the run: sets its clock to 0.
    ///
    /// # Panics
    /// If something is already in transit.
    pub fn begin(&self) {
        let mut inner = self.lock();
        assert!(inner.wheel.is_empty(), "something is in transit before the run begins");
        let began_ms = self.0.time.elapsed().as_millis() as u64;
        self.0.began_ms.store(began_ms, Ordering::Relaxed);
        inner.alarm.start += Duration::from_millis(began_ms);
    }

    #[inline]
    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.lock();
        inner.now_ms = self.now_ms();
        inner
    }

    /// Locks the network without updating the time, for callers that do not need it.
    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock()
    }

    pub(crate) fn points(&self) -> &OnceLock<Points> {
        &self.0.points
    }

    /// Returns the simulated milliseconds since the run began.
    #[inline]
    pub fn now_ms(&self) -> u64 {
        match self.0.standing_ms.load(Ordering::Relaxed) {
            RUNNING => {
                let began_ms = self.0.began_ms.load(Ordering::Relaxed);
                self.0.time.elapsed().as_millis() as u64 - began_ms
            }
            standing_ms => standing_ms,
        }
    }

    /// Adds a site. `spec` returns the properties of its links, in both directions, to another
    /// site.
    pub fn add_site(&self, id: NodeId, spec: impl Fn(NodeId) -> LinkSpec) -> Site {
        let mut guard = self.inner();
        let inner = &mut *guard;
        let site = Site(inner.sites.len() as u16);
        for from in 0..inner.sites.len() {
            let other = inner.sites[from].id;
            inner.links[from].push(LinkState::new(spec(other), (inner.link_rng)(other, id)));
            inner.held[from].push(Vec::new());
        }
        inner.sites.push(SiteState { id, life: 0, up: true, paused: false, accepting: None });
        let row = inner.sites.iter();
        let row = row.map(|other| LinkState::new(spec(other.id), (inner.link_rng)(id, other.id)));
        let row = row.collect();
        inner.links.push(row);
        let count = inner.sites.len();
        inner.held.push(std::iter::repeat_with(Vec::new).take(count).collect());
        site
    }

    /// Returns the node of a site.
    pub fn node_of(&self, site: Site) -> NodeId {
        self.lock().sites[site.0 as usize].id
    }

    /// Returns the generation of the site's process; a restart begins the next one.
    pub fn life_of(&self, site: Site) -> u32 {
        self.lock().sites[site.0 as usize].life
    }

    /// Runs `run` at the far end once a message of `bytes` bytes has arrived there. A cut link
    /// holds the message back until it is healed.
    pub fn post(
        &self,
        (from, to): (Site, Site),
        bytes: usize,
        source: DelaySource,
        run: impl FnOnce(Arrival) + Send + 'static,
    ) {
        let mut inner = self.inner();
        inner.post((from, to), bytes, source, Box::new(run));
    }

    /// Runs `run` after `after_ms`.
    pub fn later(&self, after_ms: u64, run: impl FnOnce() + Send + 'static) {
        let mut inner = self.inner();
        let due = inner.now_ms + after_ms;
        inner.schedule(due, Due::Run(Box::new(run)));
    }

    /// Delivers messages and runs the actors as they become due, forever. The only task of the
    /// network.
    pub async fn drive(self, actors: Vec<Arc<Mutex<dyn Actor>>>) {
        poll_fn(move |cx| {
            let now = self.now_ms();
            self.0.standing_ms.store(now, Ordering::Relaxed);
            let mut inner = self.lock();
            assert!(inner.now_ms <= now, "time runs forward");
            inner.now_ms = now;
            inner.alarm.rings(now, cx.waker());
            let (mut inner, due) = self.turn(inner, now, &actors);
            inner.alarm.sleep_until(due);
            self.0.standing_ms.store(RUNNING, Ordering::Relaxed);
            Poll::<()>::Pending
        })
        .await;
    }

    /// Delivers and acts until nothing more is due. Returns the time of the next thing due.
    fn turn<'n>(
        &'n self,
        mut inner: MutexGuard<'n, Inner>,
        now: u64,
        actors: &[Arc<Mutex<dyn Actor>>],
    ) -> (MutexGuard<'n, Inner>, Option<u64>) {
        loop {
            inner = self.deliver(inner, now);
            let mut next = inner.next_live();
            for actor in actors {
                let mut actor = actor.lock();
                let mut due = actor.next_due();
                if due.is_some_and(|due| due <= now) {
                    drop(inner);
                    actor.act(now);
                    due = actor.next_due();
                    inner = self.lock();
                    next = inner.next_live();
                }
                next = next.into_iter().chain(due).min();
            }
            if next.is_none_or(|next| next > now) {
                return (inner, next);
            }
        }
    }

    /// Closes the network and drops everything in transit. Otherwise the messages, which hold
    /// handles to the network that holds them, would outlive the run.
    pub fn close(&self) {
        let mut inner = self.inner();
        let wheel = std::mem::take(&mut inner.wheel);
        let held = (std::mem::take(&mut inner.held), std::mem::take(&mut inner.waiting));
        let accepting: Vec<_> =
            inner.sites.iter_mut().map(|site| (site.accepting.take(), site.up = false)).collect();
        drop(inner);
        drop((wheel, held, accepting));
    }

    /// Delivers everything that is due.
    fn deliver<'n>(&'n self, mut inner: MutexGuard<'n, Inner>, now: u64) -> MutexGuard<'n, Inner> {
        while let Some(due) = inner.wheel.pop(now) {
            match due {
                Due::Chunk { conn, to, age } => inner.chunk_due(conn, to, age),
                Due::Timer { slot, age } => inner.timers.fire(slot, age),
                Due::Post { to, life, run } => {
                    let site = &inner.sites[to.0 as usize];
                    if site.paused {
                        inner.waiting.push(Due::Post { to, life, run });
                        continue;
                    }
                    let arrived = site.up && site.life == life;
                    // The closure may lock the network.
                    drop(inner);
                    run(if arrived { Arrival::Delivered } else { Arrival::Refused });
                    inner = self.lock();
                }
                Due::Run(run) => {
                    drop(inner);
                    run();
                    inner = self.lock();
                }
            }
        }
        inner
    }
}

impl Alarm {
    /// Notes that the driver is awake. It was woken by a timer that has passed, or because
    /// something is due now.
    fn rings(&mut self, now: u64, driver: &Waker) {
        self.awake = true;
        self.set.retain(|due| *due > now);
        if !self.driver.as_ref().is_some_and(|known| known.will_wake(driver)) {
            self.driver = Some(driver.clone());
        }
    }

    /// Lets the driver sleep until `due`, or until something is put on the wheel.
    fn sleep_until(&mut self, due: Option<u64>) {
        self.awake = false;
        if let Some(due) = due {
            self.set(due);
        }
    }

    /// Makes sure that the driver wakes at `due` or earlier.
    fn set(&mut self, due: u64) {
        // A driver that has not run yet looks at the wheel when it does.
        let Some(driver) = &self.driver else { return };
        if self.set.last().is_some_and(|set| *set <= due) {
            return;
        }
        let mut sleep = Pin::new(&mut self.sleep);
        sleep.as_mut().reset(self.start + Duration::from_millis(due));
        if sleep.poll(&mut Context::from_waker(driver)).is_pending() {
            self.set.push(due);
        } else {
            driver.wake_by_ref();
        }
    }
}

impl Inner {
    /// Returns the time of the next entry of the wheel. Discards stopped timers, so that the driver
    /// need not wake for them.
    fn next_live(&mut self) -> Option<u64> {
        let timers = &self.timers;
        self.wheel.next_live(|due| match due {
            Due::Timer { slot, age } => !timers.is_on(*slot, *age),
            _ => false,
        })
    }

    /// Puts an entry on the wheel and makes sure that the driver wakes in time.
    pub(crate) fn schedule(&mut self, due: u64, what: Due) {
        assert!(self.now_ms <= due, "{due} ms is past at {} ms", self.now_ms);
        self.wheel.push(due, what);
        if !self.alarm.awake {
            self.alarm.set(due);
        }
    }

    pub(crate) fn link(&mut self, from: Site, to: Site) -> &mut LinkState {
        &mut self.links[from.0 as usize][to.0 as usize]
    }

    pub(crate) fn post(
        &mut self,
        (from, to): (Site, Site),
        bytes: usize,
        source: DelaySource,
        run: Box<dyn FnOnce(Arrival) + Send>,
    ) {
        let life = self.sites[to.0 as usize].life;
        let sent_ms = self.now_ms;
        let link = self.link(from, to);
        if link.is_cut() {
            let held = Held { sent_ms, to, life, run };
            self.held[from.0 as usize][to.0 as usize].push(held);
            return;
        }
        let sending = (bytes as u64).checked_div(link.spec.bytes_per_ms).unwrap_or(0);
        let due = sent_ms + sending + link.delay(source);
        self.schedule(due, Due::Post { to, life, run });
    }

    /// Delivers the messages that waited for a process that was paused.
    pub(crate) fn resume(&mut self) {
        let now_ms = self.now_ms;
        for due in std::mem::take(&mut self.waiting) {
            self.schedule(now_ms, due);
        }
    }

    /// Sends again the messages that a link held back while it was cut.
    pub(crate) fn release(&mut self, from: Site, to: Site) {
        let now_ms = self.now_ms;
        for held in std::mem::take(&mut self.held[from.0 as usize][to.0 as usize]) {
            let again_ms = retransmitted_at(held.sent_ms, now_ms);
            let due = again_ms + self.link(from, to).delay(DelaySource::Link);
            self.schedule(due, Due::Post { to: held.to, life: held.life, run: held.run });
        }
    }
}
