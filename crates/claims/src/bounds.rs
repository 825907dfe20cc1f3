//! Measures how long a command is in flight to the cache, against the bound that the checker uses.
//!
//! The checker reports a stale value only once no command sent before the change can still be in
//! flight. It computes that time from the plan. Here, a client that only writes, at a steady pace
//! and on a connection to each node, measures how long commands really take under the faults of a
//! plan. Devices do not matter for this, so there are hardly any, and a plan takes a millisecond or
//! two.

use bytes::{Bytes, BytesMut};
use crosswire::cache::client::Connecting;
use crosswire::cache::resp::encode_command;
use crosswire::cache::{CacheClient, CacheError, CacheStream, ClientConfig, Dialer, async_trait};
use crosswire::history::journal::RecentEntries;
use crosswire::history::{ConnId, Entry, Fact, Observer};
use crosswire::plan::{Plan, Scenario, Seed, draw};
use crosswire::scenarios;
use crosswire::sim::bounds::{command_ms, loses_messages};
use crosswire::sim::{ClientUnderTest, watch};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

/// Time between two writes on a connection.
const PACE: Duration = Duration::from_millis(150);
/// Time after which a connection attempt is given up.
const PATIENCE: Duration = Duration::from_millis(400);
/// Number of connections to each cache node.
const CONNECTIONS: usize = 1;
/// Prefix of a key. It is followed by the time of the write, in milliseconds since its connection
/// was opened.
const SENT: &str = "sent:";

/// The slowest write of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Longest {
    /// The seed of the plan.
    pub seed: u64,
    /// Number of writes that the cache executed.
    pub writes: u64,
    /// Time from sending the slowest one to its execution.
    pub took_ms: u64,
    /// The bound that the checker computes.
    pub bound_ms: u64,
}

/// Returns the scenario whose plans are measured.
pub fn swarm() -> Scenario {
    scenarios::scenario("swarm").expect("a built-in scenario")
}

/// Draws the plan of a seed, with as few devices as possible, no changes, and no longer than its
/// faults can delay commands.
pub fn plan(scenario: &Scenario, seed: u64) -> Plan {
    let mut plan = draw(scenario, Seed(seed));
    (plan.cast.cameras, plan.cast.phones, plan.cast.clones) = (1, 2, 0);
    plan.changes.clear();
    let end_ms = plan.last_fault_end_ms().unwrap_or(0) + command_ms(&plan);
    plan.duration_ms = plan.duration_ms.min(end_ms + 1_000);
    plan
}

/// Runs a plan with a client that writes all the time. Returns `None` for a plan that loses
/// messages: a command can be lost several times in a row, so it has no bound, and the checker
/// measures its delay instead.
///
/// # Panics
/// Panics if the run does.
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
    let client = ClientUnderTest::new("metronome", Arc::new(connect));
    let (_, Watch { writes, took_ms, .. }) =
        watch(&Arc::new(plan), &client, Watch::default()).expect("the run ends");
    Some(Longest { seed, writes, took_ms, bound_ms })
}

/// Writes to a node until the gateway dies, on one connection after another.
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

/// Writes at a steady pace, without waiting for replies, which may be late.
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

/// Discards replies until the stream ends.
async fn read(mut replies: ReadHalf<CacheStream>) -> io::Result<()> {
    let mut bytes = [0; 256];
    while replies.read(&mut bytes).await? > 0 {}
    Ok(())
}

/// The client that the service gets: a cache that never has a value.
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

/// Observes how long writes take.
#[derive(Default)]
struct Watch {
    /// The opening time of each connection.
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
