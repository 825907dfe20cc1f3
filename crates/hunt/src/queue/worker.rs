//! A worker of a shared hunt. It takes ranges, reports that it is alive while it runs them, stores
//! its findings, and acknowledges a range once all of them are stored.

use super::shared_hunt::{ServerError, SharedHunt};
use super::{BadQueue, reason};
use crate::finding::Finding;
use crate::shared::keys::Key;
use crate::shared::progress::WorkerStatus;
use crate::shared::ranges::{Queue, Range, beginning_at};
use crate::tally::Counts;
use crate::{Failed, Hunt};
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::kv::CreateErrorKind;
use async_nats::jetstream::{AckKind, Message};
use crosswire_history::sync::Mutex;
use futures_util::TryStreamExt;
use real_tokio::task::JoinHandle;
use real_tokio::time::{sleep, timeout};
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Number of workers that may begin a range and not complete it before it is given up.
pub const MOST_TRIES: u32 = 3;

/// Time without the server after which the worker ends.
const PATIENCE: Duration = Duration::from_mins(2);

/// Pause before a failed operation is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// Time limit of the first request for a range. It doubles after every request without one.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Upper bound on the time that an answer takes.
const ANSWER: Duration = Duration::from_secs(5);

/// A worker of a hunt.
pub struct Worker {
    shared: Arc<SharedHunt>,
    consumer: PullConsumer,
    held: Arc<Held>,
    alive: JoinHandle<()>,
}

/// The ranges that the worker holds, and what it reports of itself.
struct Held {
    key: Key,
    threads: usize,
    runs: AtomicU64,
    messages: Mutex<BTreeMap<Range, Message>>,
}

/// The answer to a request for a range.
enum Asked {
    Handed(Range),
    /// None now: other workers hold them all, or the one we got need not be run.
    Nothing,
    Over,
}

impl Worker {
    /// Joins a hunt, to run its ranges on `threads` threads.
    ///
    /// # Errors
    /// The hunt was announced by another build, or the server does not answer.
    pub fn new(shared: Arc<SharedHunt>, threads: usize) -> Result<Self, BadQueue> {
        shared.of_this_build()?;
        shared.fill()?;
        let runtime = &shared.server.runtime;
        let consumer = runtime.block_on(shared.consumer());
        let consumer = consumer.map_err(|error| shared.server.bad(error.as_ref()))?;
        let id = getrandom::u64().map_err(|error| shared.server.bad(&error))?;
        let held = Arc::new(Held {
            key: Key::Worker(format!("{id:016x}")),
            threads,
            runs: AtomicU64::new(0),
            messages: Mutex::default(),
        });
        let alive = runtime.spawn(say_alive(shared.clone(), held.clone()));
        Ok(Self { shared, consumer, held, alive })
    }

    /// Returns the hunt, to be run on the threads of this worker.
    pub fn hunt(&self) -> Hunt {
        Hunt { threads: self.held.threads, ..self.shared.hunt.clone() }
    }

    /// Repeats an operation on the server until it succeeds, because the server may come back.
    fn retry<T>(&self, operation: impl AsyncFn() -> Result<T, ServerError>) -> Result<T, Failed> {
        let mut why = String::new();
        let done = async {
            loop {
                match operation().await {
                    Ok(done) => return Some(done),
                    Err(error) => why = reason(error.as_ref()),
                }
                if self.shared.is_forgotten().await {
                    return None;
                }
                sleep(PAUSE).await;
            }
        };
        let done = self.shared.server.runtime.block_on(async { timeout(PATIENCE, done).await });
        let (place, name) = (self.shared.server.place(), &self.shared.name);
        let lost = match done {
            Ok(Some(done)) => return Ok(done),
            Ok(None) => format!("{place}: the hunt `{name}` was deleted"),
            Err(_) => {
                let seconds = PATIENCE.as_secs();
                format!("{place}: the hunt `{name}` was unreachable for {seconds} s: {why}")
            }
        };
        Err(Failed::Lost(lost))
    }

    /// Requests a range, and waits up to `wait` for one.
    async fn ask(&self, wait: Duration) -> Result<Asked, ServerError> {
        let batch = self.consumer.batch().max_messages(1).expires(wait).messages().await?;
        let mut batch = std::pin::pin!(batch);
        let Some(message) = timeout(wait + ANSWER, batch.try_next()).await?? else {
            return Ok(if self.shared.is_over().await? { Asked::Over } else { Asked::Nothing });
        };
        let range: Range = serde_json::from_slice(&message.payload)?;
        if let Some(mine) = self.held.messages.lock().get_mut(&range) {
            // The server took this worker for dead; it goes on with the range that it holds.
            *mine = message;
            return Ok(Asked::Nothing);
        }
        let known = beginning_at(&self.shared.ranges, range.target, range.from) == Some(range);
        if !(known && self.begins(&range).await?) {
            message.double_ack().await?;
            return Ok(Asked::Nothing);
        }
        self.held.messages.lock().insert(range, message);
        Ok(Asked::Handed(range))
    }

    /// Notes that this worker begins a range. Returns false if it must not: the range is done, or
    /// too many workers began it in vain. The server's own count would not do, because it includes
    /// messages that it sent to workers that were already dead.
    async fn begins(&self, range: &Range) -> Result<bool, ServerError> {
        let bucket = &self.shared.bucket;
        let Range { target, from, .. } = *range;
        if bucket.get(Key::Done(target, from).to_string()).await?.is_some() {
            return Ok(false);
        }
        let tries = self.tries(range).await?;
        if tries >= MOST_TRIES {
            bucket.put(Key::GivenUp(target, from).to_string(), "".into()).await?;
            return Ok(false);
        }
        self.note_tries(range, tries + 1).await.map(|()| true)
    }

    /// Returns how many workers began a range and did not give it back.
    async fn tries(&self, range: &Range) -> Result<u32, ServerError> {
        let key = Key::Tries(range.target, range.from).to_string();
        let tries = self.shared.bucket.get(key).await?;
        let tries = tries.and_then(|tries| std::str::from_utf8(&tries).ok()?.parse().ok());
        Ok(tries.unwrap_or_default())
    }

    async fn note_tries(&self, range: &Range, tries: u32) -> Result<(), ServerError> {
        let key = Key::Tries(range.target, range.from).to_string();
        self.shared.bucket.put(key, tries.to_string().into()).await?;
        Ok(())
    }

    /// Creates an entry, and returns false if it existed.
    async fn create(&self, key: &Key, value: Vec<u8>) -> Result<bool, ServerError> {
        match self.shared.bucket.create(key.to_string(), value.into()).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == CreateErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Queue for Worker {
    fn next(&self, stop: &dyn Fn() -> bool) -> Result<Option<Range>, Failed> {
        let mut wait = FIRST_WAIT;
        while !stop() {
            match self.retry(async || self.ask(wait).await)? {
                Asked::Handed(range) => return Ok(Some(range)),
                Asked::Nothing => wait = LONGEST_WAIT.min(wait * 2),
                Asked::Over => return Ok(None),
            }
        }
        Ok(None)
    }

    fn keep(&self, target: usize, finding: &Finding) -> Result<bool, Failed> {
        let key = Key::Found(target, finding.seed.0);
        let json = that_fits(finding, self.shared.server.largest());
        self.retry(async || self.create(&key, json.clone()).await)
    }

    fn done(&self, range: &Range, counts: &Counts) -> Result<(), Failed> {
        let key = Key::Done(range.target, range.from);
        let json = serde_json::to_vec(counts).expect("counts can be written as JSON");
        self.retry(async || self.create(&key, json.clone()).await)?;
        self.held.runs.fetch_add(counts.runs(), Ordering::Relaxed);
        let message = self.held.messages.lock().remove(range);
        let message = message.expect("a worker holds a range until it is done or given back");
        self.retry(async || message.double_ack().await)
    }

    fn give_back(&self) -> Result<(), Failed> {
        let messages = std::mem::take(&mut *self.held.messages.lock());
        for (range, message) in messages {
            self.retry(async || {
                let tries = self.tries(&range).await?;
                self.note_tries(&range, tries.saturating_sub(1)).await?;
                message.double_ack_with(AckKind::Nak(None)).await
            })?;
        }
        Ok(())
    }
}

impl Drop for Worker {
    /// Leaves the hunt. If the server does not hear of it, it notices the silence.
    fn drop(&mut self) {
        self.alive.abort();
        let key = self.held.key.to_string();
        let left = self.shared.bucket.delete(key);
        let _ = self.shared.server.runtime.block_on(async { timeout(ANSWER, left).await });
    }
}

impl Held {
    fn worker(&self) -> WorkerStatus {
        WorkerStatus {
            host: host(),
            pid: std::process::id(),
            threads: self.threads,
            runs: self.runs.load(Ordering::Relaxed),
            range: self.messages.lock().keys().next_back().copied(),
        }
    }
}

/// Reports three times per lease that the worker is alive and runs the ranges that it holds.
async fn say_alive(shared: Arc<SharedHunt>, held: Arc<Held>) {
    loop {
        let messages: Vec<_> = held.messages.lock().values().cloned().collect();
        for message in messages {
            // If this report is lost, the next one may arrive.
            let _ = message.ack_with(AckKind::Progress).await;
        }
        let worker = serde_json::to_vec(&held.worker()).expect("a status can be written as JSON");
        let _ = timeout(ANSWER, shared.bucket.put(held.key.to_string(), worker.into())).await;
        sleep(shared.manifest().lease() / 3).await;
    }
}

/// Returns the host name.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok());
    name.map_or("unknown".to_owned(), |name| name.trim().to_owned())
}

/// Serializes a finding in at most `most` bytes, by shortening its story if necessary.
fn that_fits(finding: &Finding, most: usize) -> Vec<u8> {
    let json =
        |finding: &Finding| serde_json::to_vec(finding).expect("a finding can be written as JSON");
    let whole = json(finding);
    if whole.len() <= most {
        return whole;
    }
    let mut short = finding.clone();
    short.story.truncate(20);
    for line in &mut short.story {
        *line = line.chars().take(200).collect();
    }
    json(&short)
}
