//! A hunt that many machines share, on NATS `JetStream`.
//!
//! For a hunt called NAME the server has:
//!
//! | object | contents |
//! |---|---|
//! | stream `crosswire-NAME` | a message for each range, until a worker acknowledges it |
//! | its consumer `workers` | the workers that hold messages, and since when |
//! | bucket `crosswire-NAME` | announcement, findings, counts of ranges, workers: see [`keys`] |
//!
//! A worker pulls a message, runs its range, stores the findings and the counts in the bucket, and
//! only then acknowledges the message. While it runs the range it reports progress; when it has
//! been silent for the length of the lease, the server hands the message to another worker.
//! Findings and counts are created and never overwritten, so a range that was run twice is in the
//! bucket once.
//!
//! - [`Server`]: the connection, and the hunts on the server
//! - [`SharedHunt`]: one of them, with its announcement and its results
//! - [`Worker`]: a worker of a hunt, which takes ranges from it
//!
//! [`keys`]: crate::shared::keys

mod shared_hunt;
mod worker;

pub use shared_hunt::SharedHunt;
pub use worker::{MOST_TRIES, Worker};

use crate::shared::keys::Key;
use crate::shared::manifest::{BadManifest, Manifest};
use async_nats::jetstream::kv::CreateErrorKind;
use async_nats::jetstream::{self, Context, ErrorCode, stream};
use async_nats::{ConnectErrorKind, ConnectOptions, ServerAddr};
use crosswire_output::format::printable;
use crosswire_plan::nearest;
use futures_util::TryStreamExt;
use miette::Diagnostic;
use real_tokio::runtime::{Builder, Runtime};
use std::sync::Arc;
use std::time::Duration;

/// Time limit for connecting.
const CONNECT: Duration = Duration::from_secs(5);

/// The prefix of the names of all streams and buckets.
const PREFIX: &str = "crosswire-";

/// The prefix of the stream behind a bucket, before the name of the bucket.
const BUCKET: &str = "KV_";

/// Upper bound on the bytes that the server adds to an entry.
const HEADERS: usize = 1 << 10;

/// The reason why a queue cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{place}: {message}")]
pub struct BadQueue {
    place: String,
    message: String,
    #[help]
    help: Option<String>,
}

impl BadQueue {
    fn new(place: &str, message: impl Into<String>) -> Self {
        Self { place: printable(place), message: message.into(), help: None }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Wraps the error of an announcement.
    pub(crate) fn bad_manifest(place: &str, bad: &BadManifest) -> Self {
        let help = bad.help().map(|help| help.to_string());
        Self { help, ..Self::new(place, bad.to_string()) }
    }
}

/// A connection to a server.
#[derive(Clone)]
pub struct Server {
    runtime: Arc<Runtime>,
    context: Context,
    /// Host and port, as errors name the server.
    place: String,
}

impl Server {
    /// Connects to the server of a URL such as `nats://HOST:4222`.
    ///
    /// # Errors
    /// The URL is invalid, no server listens there, it refuses us, or it has no `JetStream`.
    pub fn connect(url: &str) -> Result<Self, BadQueue> {
        let address: ServerAddr = match url.parse() {
            Ok(address) if usable(&address) => address,
            _ => {
                let bad = BadQueue::new(url, "this is not the URL of a server");
                return Err(bad.help("expected a URL such as nats://HOST:4222 or tls://HOST:4222"));
            }
        };
        let place = format!("{}:{}", address.host(), address.port());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| BadQueue::new(&place, error.to_string()))?;
        let options = ConnectOptions::new().name("crosswire").connection_timeout(CONNECT);
        let client = runtime.block_on(options.connect(address));
        let client = client.map_err(|error| not_connected(&place, &error))?;
        // It spawns a task, so it must be created inside the runtime.
        let context = runtime.block_on(async { jetstream::new(client) });
        // Checked with the names of streams: account information differs between server versions.
        if let Err(error) = runtime.block_on(async { context.stream_names().try_next().await }) {
            let bad =
                BadQueue::new(&place, format!("JetStream is not enabled: {}", reason(&error)));
            return Err(bad.help("enable it: nats-server --jetstream"));
        }
        Ok(Self { runtime: Arc::new(runtime), context, place })
    }

    /// Returns the names of the announced hunts, the oldest first.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn hunts(&self) -> Result<Vec<String>, BadQueue> {
        let streams = self.runtime.block_on(self.context.streams().try_collect::<Vec<_>>());
        let mut streams = streams.map_err(|error| self.bad(&error))?;
        streams.sort_by_key(|info| info.created);
        let name = |name: &str| Some(name.strip_prefix(BUCKET)?.strip_prefix(PREFIX)?.to_owned());
        Ok(streams.iter().filter_map(|info| name(&info.config.name)).collect())
    }

    /// Announces a hunt under a name. With `resume`, the same hunt may be announced already.
    ///
    /// # Errors
    /// The name is taken, or the server refuses the announcement.
    pub fn announce(
        &self,
        name: &str,
        manifest: &Manifest,
        resume: bool,
    ) -> Result<SharedHunt, BadQueue> {
        let json = manifest.to_json();
        let (length, most) = (json.len(), self.largest());
        if length > most {
            let message = format!("the hunt takes {length} bytes; the server accepts {most}");
            let bad = BadQueue::new(&self.place, message);
            return Err(bad.help("hunt fewer scenarios at a time, each under its own name"));
        }
        let created = self.runtime.block_on(async {
            let stream = self.context.get_or_create_stream(bucket_stream(name)).await;
            stream.map_err(|error| self.bad(&error))?;
            let bucket = self.context.get_key_value(format!("{PREFIX}{name}")).await;
            let bucket = bucket.map_err(|error| self.bad(&error))?;
            Ok(bucket.create(Key::Hunt.to_string(), json.into()).await)
        })?;
        match created {
            Ok(_) => self.open(name),
            Err(error) if error.kind() == CreateErrorKind::AlreadyExists => {
                let there = self.open(name)?;
                if !resume {
                    return Err(self.taken(name));
                }
                let same = there.manifest().same_hunt(manifest);
                same.map_err(|bad| BadQueue::bad_manifest(&self.named(name), &bad))?;
                Ok(there)
            }
            Err(error) => Err(self.bad(&error)),
        }
    }

    /// Checks that no hunt of that name is announced.
    ///
    /// # Errors
    /// There is one.
    pub fn is_free(&self, name: &str) -> Result<(), BadQueue> {
        if self.hunts()?.iter().any(|there| there == name) { Err(self.taken(name)) } else { Ok(()) }
    }

    fn taken(&self, name: &str) -> BadQueue {
        let bad = BadQueue::new(&self.place, format!("there already is a hunt `{name}`"));
        bad.help(
            "join it: omit the scenarios; resume it: --resume; or give this one another name: --name \
                         NAME",
        )
    }

    /// Opens an announced hunt.
    ///
    /// # Errors
    /// There is no hunt of that name, or its announcement is invalid.
    pub fn open(&self, name: &str) -> Result<SharedHunt, BadQueue> {
        let read = self.runtime.block_on(async {
            let bucket = self.context.get_key_value(format!("{PREFIX}{name}")).await.ok()?;
            let json = bucket.get(Key::Hunt.to_string()).await.ok()??;
            Some((bucket, json))
        });
        let Some((bucket, json)) = read else {
            let hunts = self.hunts()?;
            let near = nearest(name, hunts.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let bad = BadQueue::new(&self.place, format!("there is no hunt `{name}`{near}"));
            return Err(match &hunts[..] {
                [] => bad.help("announce it: crosswire hunt SCENARIO --queue URL --name NAME"),
                hunts => bad.help(format!("hunts on this server: {}", hunts.join(", "))),
            });
        };
        SharedHunt::new(self.clone(), name, bucket, &json)
            .map_err(|bad| BadQueue::bad_manifest(&self.named(name), &bad))
    }

    /// Deletes a hunt with everything found, if there is one of that name.
    ///
    /// # Errors
    /// The server does not delete it.
    pub fn forget(&self, name: &str) -> Result<(), BadQueue> {
        for stream in [format!("{PREFIX}{name}"), format!("{BUCKET}{PREFIX}{name}")] {
            let deleted = self.runtime.block_on(self.context.delete_stream(stream));
            if let Err(error) = deleted
                && !is_missing(&error.kind())
            {
                return Err(self.bad(&error));
            }
        }
        Ok(())
    }

    /// Returns host and port.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns the largest size of an entry, in bytes.
    fn largest(&self) -> usize {
        self.context.client().server_info().max_payload.saturating_sub(HEADERS)
    }

    fn named(&self, name: &str) -> String {
        format!("{}, hunt `{name}`", self.place)
    }

    fn bad(&self, error: &dyn std::error::Error) -> BadQueue {
        BadQueue::new(&self.place, reason(error))
    }
}

/// Configures the stream behind a bucket as ADR-8 of NATS specifies it: the last value of each key.
/// The client's own function asks the server for account information first, and older servers
/// answer that differently.
fn bucket_stream(name: &str) -> stream::Config {
    stream::Config {
        name: format!("{BUCKET}{PREFIX}{name}"),
        subjects: vec![format!("$KV.{PREFIX}{name}.>")],
        description: Some("Results of a Crosswire hunt".to_owned()),
        max_messages_per_subject: 1,
        discard: stream::DiscardPolicy::New,
        num_replicas: 1,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        ..stream::Config::default()
    }
}

fn usable(address: &ServerAddr) -> bool {
    !address.host().is_empty() && ["nats", "tls"].contains(&address.scheme())
}

fn not_connected(place: &str, error: &async_nats::ConnectError) -> BadQueue {
    let (message, help) = match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            ("the server refuses us", "expected a URL such as nats://USER:PASSWORD@HOST:4222")
        }
        ConnectErrorKind::Dns => ("unknown host", "expected a URL such as nats://HOST:4222"),
        ConnectErrorKind::Tls => ("no secure connection", "should it be nats:// or tls://?"),
        _ => ("no NATS server answers there", "start one: nats-server --jetstream"),
    };
    BadQueue::new(place, format!("{message}: {}", reason(error))).help(help)
}

/// Returns the message of an error and of its sources, on one line.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        below = error.source();
    }
    printable(&text).chars().take(300).collect()
}

fn is_missing(kind: &jetstream::context::DeleteStreamErrorKind) -> bool {
    use jetstream::context::GetStreamErrorKind::JetStream;
    matches!(kind, JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}
