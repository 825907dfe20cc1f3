//! How long a command is on its way to the cache, beside the bound that the judge goes by.
//!
//! The judge takes a stale value for a mistake only once nothing that was sent before the change can
//! still be under way; how long that is it works out from the plan. Here a client that does nothing but
//! write, at a steady pace and on every connection it can get, measures how long commands really take
//! under the faults of a plan. Devices have no part in that, so there are hardly any, and a plan takes a
//! millisecond or two.

use bytes::{Bytes, BytesMut};
use crosswire::cache::client::Connecting;
use crosswire::cache::resp::encode_command;
use crosswire::cache::{CacheClient, CacheError, CacheStream, ClientConfig, Dialer, async_trait};
use crosswire::history::journal::RecentEntries;
use crosswire::history::{ConnId, Entry, Fact, Observer};
use crosswire::plan::{Plan, Scenario, Seed, draw};
use crosswire::scenarios;
use crosswire::sim::bounds::{command_ms, loses_messages};
use crosswire::sim::{ClientUnderTest, Observers, play};
use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

/// The time between two writes on a connection.
const PACE: Duration = Duration::from_millis(150);
/// The time after which a connection is given up on which nothing can be written or that cannot be made.
const PATIENCE: Duration = Duration::from_millis(400);
/// Connections to each cache node.
const CONNECTIONS: usize = 1;
/// What begins the name of a key; how many milliseconds after its connection was made it is written
/// stands behind.
const SENT: &str = "sent:";

/// The longest time that a write of a plan took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Longest {
    /// The plan's seed.
    pub seed: u64,
    /// How many writes were carried out.
    pub writes: u64,
    /// How long the longest was on its way.
    pub took_ms: u64,
    /// The most that the judge allows.
    pub bound_ms: u64,
}

/// The scenario whose plans are looked at.
pub fn swarm() -> Scenario {
    scenarios::scenario("swarm").expect("it comes with Crosswire")
}

/// The plan of a seed, with as few devices as can be, no changes, and no longer than its faults hold up
/// commands.
pub fn plan(scenario: &Scenario, seed: u64) -> Plan {
    let mut plan = draw(scenario, Seed(seed));
    (plan.cast.cameras, plan.cast.phones, plan.cast.clones) = (1, 2, 0);
    plan.changes.clear();
    let end_ms = plan.last_fault_end_ms().unwrap_or(0) + command_ms(&plan);
    plan.duration_ms = plan.duration_ms.min(end_ms + 1_000);
    plan
}

/// Plays a plan with a client that writes all the time. None of one that loses messages: how long a
/// command is on its way that is lost several times in a row nobody knows, and the judge measures it.
///
/// # Panics
/// If the run does.
pub fn longest(plan: Plan) -> Option<Longest> {
    if loses_messages(&plan) {
        return None;
    }
    let (seed, bound_ms) = (plan.seed.0, command_ms(&plan));
    let connect = |dialer: Dialer, _: ClientConfig| -> Connecting {
        Box::pin(async move {
            for node in 0..dialer.nodes() {
                for _ in 0..CONNECTIONS {
                    tokio::spawn(write_for_ever(dialer.clone(), node));
                }
            }
            Ok(Arc::new(Nothing) as Arc<dyn CacheClient>)
        })
    };
    let client = ClientUnderTest { name: "metronome".to_owned(), connect: Arc::new(connect) };
    let watchers: Observers = vec![Box::new(Watch::default())];
    let (_, watchers) = play(&Arc::new(plan), &client, watchers).expect("the run ends");
    let watch: Box<dyn Any> = watchers.into_iter().next().expect("it was given one");
    let watch = watch.downcast::<Watch>().expect("it is the same");
    Some(Longest { seed, writes: watch.writes, took_ms: watch.took_ms, bound_ms })
}

/// Writes to a node until the gateway dies, over one connection after the other.
async fn write_for_ever(dialer: Dialer, node: usize) {
    loop {
        if let Ok(Ok(stream)) = dialer.timeout(PATIENCE, dialer.dial(node)).await {
            let (replies, commands) = tokio::io::split(stream);
            tokio::select! {
                biased;
                _ = write(&dialer, commands) => {}
                _ = read(replies) => {}
            }
        }
        dialer.sleep(PACE).await;
    }
}

/// Writes at a steady pace, and does not wait for replies: they may be late.
async fn write(dialer: &Dialer, mut commands: WriteHalf<CacheStream>) -> io::Result<()> {
    let made = dialer.moment();
    loop {
        let key = format!("{SENT}{}", made.age().as_millis());
        let mut bytes = BytesMut::new();
        encode_command(&mut bytes, &[b"SET", key.as_bytes(), b"x"]);
        commands.write_all(&bytes).await?;
        dialer.sleep(PACE).await;
    }
}

/// Takes replies off the stream until it ends.
async fn read(mut replies: ReadHalf<CacheStream>) -> io::Result<()> {
    let mut bytes = [0; 256];
    while replies.read(&mut bytes).await? > 0 {}
    Ok(())
}

/// What the service gets: a cache that never has anything.
struct Nothing;

#[async_trait]
impl CacheClient for Nothing {
    async fn get(&self, _: &str) -> Result<Option<Bytes>, CacheError> {
        Ok(None)
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        Ok(vec![None; keys.len()])
    }

    async fn set(&self, _: &str, _: &[u8], _: Duration) -> Result<(), CacheError> {
        Ok(())
    }

    async fn del(&self, _: &str) -> Result<(), CacheError> {
        Ok(())
    }
}

/// Watches how long writes take.
#[derive(Default)]
struct Watch {
    /// When each connection was made.
    made: BTreeMap<ConnId, u64>,
    writes: u64,
    took_ms: u64,
}

impl Observer for Watch {
    fn observe(&mut self, entry: &Entry, past: &RecentEntries) {
        match entry.what {
            Fact::Connected { conn, .. } => drop(self.made.insert(conn, entry.at_ms)),
            Fact::Executed { conn, key, .. } => {
                let name = past.key_name(key);
                let after_ms = name.strip_prefix(SENT).and_then(|after| after.parse::<u64>().ok());
                let after_ms = after_ms.expect("a command arrives as it was sent");
                let made_ms = self.made[&conn];
                self.writes += 1;
                self.took_ms = self.took_ms.max(entry.at_ms - made_ms - after_ms);
            }
            _ => {}
        }
    }
}
