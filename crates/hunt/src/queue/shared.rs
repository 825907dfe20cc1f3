//! One hunt on the server: what was announced, and what has been kept of it.

use super::{BadQueue, PREFIX, Server, is_missing, reason};
use crate::Hunt;
use crate::announced::{Announced, BadAnnouncement};
use crate::gathered::Gathered;
use crate::keys::Key;
use crate::progress::{Progress, Seen, Worker};
use crate::ranges::Range;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{consumer, kv, stream};
use futures_util::TryStreamExt;
use real_tokio::time::{sleep, timeout};
use std::time::{Duration, SystemTime};

/// How long to wait for the next entry of a bucket.
const ENTRY: Duration = Duration::from_secs(10);

/// So long nobody has a message and nobody is handed one before that is taken for a fault.
const QUIET: Duration = Duration::from_secs(1);

/// So many messages may be on their way to the server.
const BATCH: usize = 256;

/// The name of the consumer.
const WORKERS: &str = "workers";

/// A worker that has been silent for so many leases is gone for good.
const GONE: u32 = 10;

/// What stops an operation on the server, to be tried again.
pub(super) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// A hunt on a server.
pub struct Shared {
    pub(super) server: Server,
    pub(super) name: String,
    pub(super) bucket: kv::Store,
    pub(super) hunt: Hunt,
    pub(super) ranges: Vec<Range>,
    announced: Announced,
}

impl Shared {
    pub(super) fn new(
        server: Server,
        name: &str,
        bucket: kv::Store,
        json: &[u8],
    ) -> Result<Self, BadAnnouncement> {
        let announced = Announced::read(json)?;
        let hunt = announced.hunt(1)?;
        let ranges = announced.ranges(&hunt);
        Ok(Self { server, name: name.to_owned(), bucket, hunt, ranges, announced })
    }

    /// As it was announced.
    pub fn announced(&self) -> &Announced {
        &self.announced
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hunt.
    pub fn hunt(&self) -> &Hunt {
        &self.hunt
    }

    /// Whether it is from this build.
    ///
    /// # Errors
    /// It is not: a seed would be another run here.
    pub fn of_this_build(&self) -> Result<(), BadQueue> {
        let place = self.server.named(&self.name);
        self.announced.of_this_build().map_err(|bad| BadQueue::announced(&place, &bad))
    }

    /// Sees to it that all ranges can be had: whoever announced it may have died before.
    ///
    /// # Errors
    /// The server does not take them.
    pub fn fill(&self) -> Result<(), BadQueue> {
        let filled = self.server.runtime.block_on(async {
            self.consumer().await?;
            self.fill_stream().await
        });
        filled.map_err(|trouble: Trouble| self.server.bad(trouble.as_ref()))
    }

    /// Whether no range is left to be played.
    ///
    /// # Errors
    /// The server does not say.
    pub fn is_finished(&self) -> Result<bool, BadQueue> {
        let over = self.server.runtime.block_on(async {
            match self.is_over().await {
                // Whoever announced it may have died before there were any.
                Err(_) if self.stream().await?.cached_info().state.last_sequence == 0 => Ok(false),
                over => over,
            }
        });
        over.map_err(|trouble: Trouble| self.server.bad(trouble.as_ref()))
    }

    /// How far it has come.
    ///
    /// # Errors
    /// What is kept cannot be read.
    pub fn progress(&self) -> Result<Progress, BadQueue> {
        let (gathered, workers, under_way) = self.server.runtime.block_on(async {
            let (gathered, workers) = self.kept().await?;
            Ok((gathered, workers, self.under_way().await))
        })?;
        Ok(Progress {
            name: self.name.clone(),
            hunt: self.hunt.clone(),
            gathered,
            ranges: self.ranges.len() as u64,
            under_way,
            workers,
        })
    }

    /// Whether no range is left to be played.
    pub(super) async fn is_over(&self) -> Result<bool, Trouble> {
        let stream = self.server.context.get_stream(self.stream_name()).await?;
        let state = &stream.cached_info().state;
        let filled = state.last_sequence >= self.ranges.len() as u64;
        if filled && state.messages > 0 && self.is_quiet(&stream).await? {
            sleep(QUIET).await;
            if self.is_quiet(&stream).await? {
                self.put_right(&stream).await?;
            }
        }
        Ok(filled && state.messages == 0)
    }

    /// Whether nothing is with a worker, and nothing left to be handed to one.
    async fn is_quiet(&self, stream: &stream::Stream) -> Result<bool, Trouble> {
        let workers = stream.consumer_info(WORKERS).await?;
        Ok(workers.num_pending == 0 && workers.num_ack_pending == 0)
    }

    /// Removes what is in the stream and with nobody, and nobody will be handed: a server that was
    /// killed may remember that a message was acknowledged, and not that it removed it. A range that
    /// is not done is put in once more.
    async fn put_right(&self, stream: &stream::Stream) -> Result<(), Trouble> {
        let state = &stream.cached_info().state;
        for sequence in state.first_sequence..=state.last_sequence {
            let Ok(message) = stream.get_raw_message(sequence).await else { continue };
            let Range { ground, from, .. } = serde_json::from_slice(&message.payload)?;
            let ended = [Key::Done(ground, from), Key::GivenUp(ground, from)];
            let mut is_over = false;
            for key in ended {
                is_over |= self.bucket.get(key.to_string()).await?.is_some();
            }
            if !is_over {
                self.server.context.publish(self.subject(), message.payload).await?.await?;
            }
            stream.delete_message(sequence).await?;
        }
        Ok(())
    }

    /// Whether it is on the server no more.
    pub(super) async fn is_forgotten(&self) -> bool {
        let stream = self.server.context.get_stream(&self.bucket.stream_name).await;
        stream.is_err_and(|error| is_missing(&error.kind()))
    }

    /// Who hands out ranges.
    pub(super) async fn consumer(&self) -> Result<consumer::PullConsumer, Trouble> {
        let config = consumer::pull::Config {
            durable_name: Some(WORKERS.to_owned()),
            ack_policy: consumer::AckPolicy::Explicit,
            ack_wait: self.announced.lease(),
            // Each thread of each worker may have one, and may wait for one.
            max_ack_pending: 100_000,
            max_waiting: 100_000,
            ..consumer::pull::Config::default()
        };
        Ok(self.stream().await?.create_consumer(config).await?)
    }

    async fn stream(&self) -> Result<stream::Stream, Trouble> {
        let config = stream::Config {
            name: self.stream_name(),
            subjects: vec![self.subject()],
            description: Some("The ranges of a hunt of Crosswire".to_owned()),
            retention: stream::RetentionPolicy::WorkQueue,
            ..stream::Config::default()
        };
        Ok(self.server.context.get_or_create_stream(config).await?)
    }

    fn stream_name(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    fn subject(&self) -> String {
        format!("crosswire.{}", self.name)
    }

    /// The stream counts what it was ever sent, so it says which range is the next. Whoever sends
    /// says after how many; of two who fill at a time, one is refused, and looks again.
    async fn fill_stream(&self) -> Result<(), Trouble> {
        loop {
            let there = self.stream().await?.get_info().await?.state.last_sequence as usize;
            let Some(left) = self.ranges.get(there..).filter(|left| !left.is_empty()) else {
                return Ok(());
            };
            let mut on_their_way = Vec::new();
            for (at, range) in left.iter().enumerate().take(BATCH) {
                let message = PublishMessage::build()
                    .payload(serde_json::to_vec(range)?.into())
                    .message_id(format!("{}.{}", range.ground, range.from))
                    .expected_last_sequence((there + at) as u64);
                let context = &self.server.context;
                on_their_way.push(context.send_publish(self.subject(), message).await?);
            }
            for sent in on_their_way {
                match sent.await {
                    Ok(_) => {}
                    Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    async fn kept(&self) -> Result<(Gathered, Vec<Seen>), BadQueue> {
        let bad = |why: String| BadQueue::new(&self.server.named(&self.name), why);
        let told = |error: &dyn std::error::Error| bad(reason(error));
        // There is an entry at least, the announcement. How many are left to come the server may
        // miscount when one is written anew meanwhile, as that of a worker is three times a lease.
        let stream = self.server.context.get_stream(&self.bucket.stream_name).await;
        let last = stream.map_err(|error| told(&error))?.cached_info().state.last_sequence;
        let entries = self.bucket.watch_with_history(">").await;
        let mut entries = entries.map_err(|error| told(&error))?;
        let (mut gathered, mut workers) = (Gathered::default(), Vec::new());
        loop {
            let entry = timeout(ENTRY, entries.try_next()).await.map_err(|error| told(&error))?;
            let Some(entry) = entry.map_err(|error| told(&error))? else { break };
            if entry.operation == kv::Operation::Put {
                let key: Key = entry.key.parse().map_err(&bad)?;
                gathered.take(&key, &entry.value, &self.hunt, &self.ranges).map_err(&bad)?;
                let seen = seen(&key, &entry);
                workers.extend(seen.filter(|seen| seen.ago < self.announced.lease() * GONE));
            }
            if entry.delta == 0 || entry.revision >= last {
                break;
            }
        }
        // Whoever was slow to the point of being taken for dead may have got through after all.
        let Gathered { done, given_up, .. } = &mut gathered;
        given_up.retain(|range| !done.contains_key(range));
        given_up.sort_unstable();
        workers.sort_by_key(|seen| (seen.worker.host.clone(), seen.worker.pid));
        Ok((gathered, workers))
    }

    async fn under_way(&self) -> u64 {
        let stream = self.server.context.get_stream(self.stream_name()).await;
        let Ok(stream) = stream else { return 0 };
        let info = stream.consumer_info(WORKERS).await;
        info.map_or(0, |info| info.num_ack_pending as u64)
    }
}

#[expect(clippy::disallowed_methods, reason = "when a worker was seen is real time")]
fn seen(key: &Key, entry: &kv::Entry) -> Option<Seen> {
    let Key::Worker(_) = key else { return None };
    let worker: Worker = serde_json::from_slice(&entry.value).ok()?;
    let then = u64::try_from(entry.created.unix_timestamp()).ok()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Seen { worker, ago: now.saturating_sub(Duration::from_secs(then)) })
}
