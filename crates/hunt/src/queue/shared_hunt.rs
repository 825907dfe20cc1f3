//! One hunt on the server: its announcement and its stored results.

use super::{BadQueue, PREFIX, Server, is_missing, reason};
use crate::Hunt;
use crate::shared::keys::Key;
use crate::shared::manifest::{BadManifest, Manifest};
use crate::shared::merge::MergedResults;
use crate::shared::progress::{Progress, Seen, WorkerStatus};
use crate::shared::ranges::Range;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{consumer, kv, stream};
use futures_util::TryStreamExt;
use real_tokio::time::{sleep, timeout};
use std::time::{Duration, SystemTime};

/// Time limit for the next entry of a bucket.
const ENTRY: Duration = Duration::from_secs(10);

/// Time in which no worker holds a message and none is handed out, after which we assume a fault of
/// the server.
const QUIET: Duration = Duration::from_secs(1);

/// Largest number of unacknowledged messages on their way to the server.
const BATCH: usize = 256;

/// Name of the consumer.
const WORKERS: &str = "workers";

/// Number of leases after which a silent worker is no longer listed.
const GONE: u32 = 10;

/// An error of an operation on the server, which is then tried again.
pub(super) type ServerError = Box<dyn std::error::Error + Send + Sync>;

/// A hunt on a server.
pub struct SharedHunt {
    pub(super) server: Server,
    pub(super) name: String,
    pub(super) bucket: kv::Store,
    pub(super) hunt: Hunt,
    pub(super) ranges: Vec<Range>,
    manifest: Manifest,
}

impl SharedHunt {
    pub(super) fn new(
        server: Server,
        name: &str,
        bucket: kv::Store,
        json: &[u8],
    ) -> Result<Self, BadManifest> {
        let manifest = Manifest::read(json)?;
        let hunt = manifest.hunt(1)?;
        let ranges = manifest.ranges(&hunt);
        Ok(Self { server, name: name.to_owned(), bucket, hunt, ranges, manifest })
    }

    /// Returns the announcement.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the hunt.
    pub fn hunt(&self) -> &Hunt {
        &self.hunt
    }

    /// Checks that this build announced the hunt.
    ///
    /// # Errors
    /// Another build did: a seed gives another run here.
    pub fn of_this_build(&self) -> Result<(), BadQueue> {
        let place = self.server.named(&self.name);
        self.manifest.of_this_build().map_err(|bad| BadQueue::bad_manifest(&place, &bad))
    }

    /// Sends all ranges to the server, in case the process that announced the hunt died first.
    ///
    /// # Errors
    /// The server does not accept them.
    pub fn fill(&self) -> Result<(), BadQueue> {
        let filled = self.server.runtime.block_on(async {
            self.consumer().await?;
            self.fill_stream().await
        });
        filled.map_err(|error: ServerError| self.server.bad(error.as_ref()))
    }

    /// Returns whether no range is left to run.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn is_finished(&self) -> Result<bool, BadQueue> {
        let over = self.server.runtime.block_on(async {
            match self.is_over().await {
                // The process that announced it may have died before it sent any ranges.
                Err(_) if self.stream().await?.cached_info().state.last_sequence == 0 => Ok(false),
                over => over,
            }
        });
        over.map_err(|error: ServerError| self.server.bad(error.as_ref()))
    }

    /// Returns the progress of the hunt.
    ///
    /// # Errors
    /// An entry cannot be read or is invalid.
    pub fn progress(&self) -> Result<Progress, BadQueue> {
        let (merged, workers, under_way) = self.server.runtime.block_on(async {
            let (merged, workers) = self.kept().await?;
            Ok((merged, workers, self.under_way().await))
        })?;
        Ok(Progress {
            name: self.name.clone(),
            hunt: self.hunt.clone(),
            merged,
            ranges: self.ranges.len() as u64,
            under_way,
            workers,
        })
    }

    /// Returns whether no range is left to run, and repairs the stream if it is stuck.
    pub(super) async fn is_over(&self) -> Result<bool, ServerError> {
        let stream = self.server.context.get_stream(self.stream_name()).await?;
        let state = &stream.cached_info().state;
        let filled = state.last_sequence >= self.ranges.len() as u64;
        if filled && state.messages > 0 && self.is_quiet(&stream).await? {
            sleep(QUIET).await;
            if self.is_quiet(&stream).await? {
                self.repair(&stream).await?;
            }
        }
        Ok(filled && state.messages == 0)
    }

    /// Returns whether no message is with a worker or left to be handed to one.
    async fn is_quiet(&self, stream: &stream::Stream) -> Result<bool, ServerError> {
        let workers = stream.consumer_info(WORKERS).await?;
        Ok(workers.num_pending == 0 && workers.num_ack_pending == 0)
    }

    /// Removes messages that the stream contains but will never hand out: a server that was killed
    /// may remember that a message was acknowledged, and not that it removed the message. A range
    /// that is not done is sent again.
    async fn repair(&self, stream: &stream::Stream) -> Result<(), ServerError> {
        let state = &stream.cached_info().state;
        for sequence in state.first_sequence..=state.last_sequence {
            let Ok(message) = stream.get_raw_message(sequence).await else { continue };
            let Range { target, from, .. } = serde_json::from_slice(&message.payload)?;
            let ended = [Key::Done(target, from), Key::GivenUp(target, from)];
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

    /// Returns whether the hunt was deleted from the server.
    pub(super) async fn is_forgotten(&self) -> bool {
        let stream = self.server.context.get_stream(&self.bucket.stream_name).await;
        stream.is_err_and(|error| is_missing(&error.kind()))
    }

    /// Returns the consumer, which hands out ranges.
    pub(super) async fn consumer(&self) -> Result<consumer::PullConsumer, ServerError> {
        let config = consumer::pull::Config {
            durable_name: Some(WORKERS.to_owned()),
            ack_policy: consumer::AckPolicy::Explicit,
            ack_wait: self.manifest.lease(),
            // Each thread of each worker may hold a message and may wait for one.
            max_ack_pending: 100_000,
            max_waiting: 100_000,
            ..consumer::pull::Config::default()
        };
        Ok(self.stream().await?.create_consumer(config).await?)
    }

    async fn stream(&self) -> Result<stream::Stream, ServerError> {
        let config = stream::Config {
            name: self.stream_name(),
            subjects: vec![self.subject()],
            description: Some("Ranges of a Crosswire hunt".to_owned()),
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

    /// Sends the ranges that the stream does not have yet. The stream counts the messages that it
    /// ever received, so its count gives the next range. Each message states the expected count, so
    /// if two processes send at the same time, one is refused and looks again.
    async fn fill_stream(&self) -> Result<(), ServerError> {
        loop {
            let there = self.stream().await?.get_info().await?.state.last_sequence as usize;
            let Some(left) = self.ranges.get(there..).filter(|left| !left.is_empty()) else {
                return Ok(());
            };
            let mut on_their_way = Vec::new();
            for (at, range) in left.iter().enumerate().take(BATCH) {
                let message = PublishMessage::build()
                    .payload(serde_json::to_vec(range)?.into())
                    .message_id(format!("{}.{}", range.target, range.from))
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

    async fn kept(&self) -> Result<(MergedResults, Vec<Seen>), BadQueue> {
        let bad = |why: String| BadQueue::new(&self.server.named(&self.name), why);
        let failed = |error: &dyn std::error::Error| bad(reason(error));
        // The bucket has at least one entry, the announcement. The server may report a wrong number
        // of remaining entries if one is rewritten meanwhile, and workers rewrite theirs three
        // times a lease.
        let stream = self.server.context.get_stream(&self.bucket.stream_name).await;
        let last = stream.map_err(|error| failed(&error))?.cached_info().state.last_sequence;
        let entries = self.bucket.watch_with_history(">").await;
        let mut entries = entries.map_err(|error| failed(&error))?;
        let (mut merged, mut workers) = (MergedResults::default(), Vec::new());
        loop {
            let entry = timeout(ENTRY, entries.try_next()).await.map_err(|error| failed(&error))?;
            let Some(entry) = entry.map_err(|error| failed(&error))? else { break };
            if entry.operation == kv::Operation::Put {
                let key: Key = entry.key.parse().map_err(&bad)?;
                merged.take(&key, &entry.value, &self.hunt, &self.ranges).map_err(&bad)?;
                let seen = seen(&key, &entry);
                workers.extend(seen.filter(|seen| seen.ago < self.manifest.lease() * GONE));
            }
            if entry.delta == 0 || entry.revision >= last {
                break;
            }
        }
        // A worker so slow that it was taken for dead may have completed its range after all.
        let MergedResults { done, given_up, .. } = &mut merged;
        given_up.retain(|range| !done.contains_key(range));
        given_up.sort_unstable();
        workers.sort_by_key(|seen| (seen.worker.host.clone(), seen.worker.pid));
        Ok((merged, workers))
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
    let worker: WorkerStatus = serde_json::from_slice(&entry.value).ok()?;
    let then = u64::try_from(entry.created.unix_timestamp()).ok()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Seen { worker, ago: now.saturating_sub(Duration::from_secs(then)) })
}
