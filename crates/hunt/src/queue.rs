//! A hunt that many machines share, on NATS `JetStream`.
//!
//! Of a hunt called NAME the server has:
//!
//! | what | holds |
//! |---|---|
//! | stream `crosswire-NAME` | a message for each range, until a worker acknowledges it |
//! | its consumer `workers` | who has which message, and since when |
//! | bucket `crosswire-NAME` | the announcement, findings, what each range came to, workers: see [`keys`] |
//!
//! A worker pulls a message, plays its range, keeps each finding and what the range came to in the
//! bucket, and acknowledges the message only then. While it plays it says so; when it has been
//! silent for the time of the lease, the server hands the message to another. What is kept is
//! created and never overwritten, so a range that was played twice is in the bucket once.
//!
//! - [`Server`]: the connection, and the hunts on it
//! - [`Shared`]: one of them; what was announced, and what has been kept
//! - [`Desk`]: a worker's place at it, which hands out ranges
//!
//! [`keys`]: crate::keys

mod desk;
mod shared;

pub use desk::{Desk, MOST_TRIES};
pub use shared::Shared;

use crate::announced::{Announced, BadAnnouncement};
use crate::keys::Key;
use async_nats::jetstream::kv::CreateErrorKind;
use async_nats::jetstream::{self, Context, ErrorCode, stream};
use async_nats::{ConnectErrorKind, ConnectOptions, ServerAddr};
use crosswire_output::text::printable;
use crosswire_plan::nearest;
use futures_util::TryStreamExt;
use miette::Diagnostic;
use real_tokio::runtime::{Builder, Runtime};
use std::sync::Arc;
use std::time::Duration;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// What the names of all streams and buckets begin with.
const PREFIX: &str = "crosswire-";

/// What the server puts before the name of a bucket, for its stream.
const BUCKET: &str = "KV_";

/// More than what stands before the value of an entry.
const HEADERS: usize = 1 << 10;

/// Why there is nothing to work on.
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

    /// Of an announcement.
    pub(crate) fn announced(place: &str, bad: &BadAnnouncement) -> Self {
        let help = bad.help().map(|help| help.to_string());
        Self { help, ..Self::new(place, bad.to_string()) }
    }
}

/// A server, connected to.
#[derive(Clone)]
pub struct Server {
    runtime: Arc<Runtime>,
    context: Context,
    /// Its host and port: what errors call it.
    place: String,
}

impl Server {
    /// Connects to the server of a URL such as `nats://HOST:4222`.
    ///
    /// # Errors
    /// The URL is none, nobody listens there, it does not let us in, or it has no `JetStream`.
    pub fn connect(url: &str) -> Result<Self, BadQueue> {
        let address: ServerAddr = match url.parse() {
            Ok(address) if usable(&address) => address,
            _ => {
                let bad = BadQueue::new(url, "this is no server's URL");
                return Err(bad.help("expected such as nats://HOST:4222 or tls://HOST:4222"));
            }
        };
        let place = format!("{}:{}", address.host(), address.port());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| BadQueue::new(&place, error.to_string()))?;
        let options = ConnectOptions::new().name("crosswire").connection_timeout(CONNECT);
        let client = runtime.block_on(options.connect(address));
        let client = client.map_err(|error| not_connected(&place, &error))?;
        // It starts a task of its own, so it must be made inside the runtime.
        let context = runtime.block_on(async { jetstream::new(client) });
        // What an account says of itself differs from one server's version to the next; names do not.
        if let Err(error) = runtime.block_on(async { context.stream_names().try_next().await }) {
            let bad = BadQueue::new(&place, format!("there is no JetStream: {}", reason(&error)));
            return Err(bad.help("start the server with it: nats-server --jetstream"));
        }
        Ok(Self { runtime: Arc::new(runtime), context, place })
    }

    /// The names of the hunts that are announced, the oldest first.
    ///
    /// # Errors
    /// The server does not say.
    pub fn hunts(&self) -> Result<Vec<String>, BadQueue> {
        let streams = self.runtime.block_on(self.context.streams().try_collect::<Vec<_>>());
        let mut streams = streams.map_err(|error| self.bad(&error))?;
        streams.sort_by_key(|info| info.created);
        let name = |name: &str| Some(name.strip_prefix(BUCKET)?.strip_prefix(PREFIX)?.to_owned());
        Ok(streams.iter().filter_map(|info| name(&info.config.name)).collect())
    }

    /// Announces a hunt under a name. With `resume` it may be there already, if it is the same.
    ///
    /// # Errors
    /// The name is taken; or the server does not take it.
    pub fn announce(
        &self,
        name: &str,
        announced: &Announced,
        resume: bool,
    ) -> Result<Shared, BadQueue> {
        let json = announced.to_json();
        let (length, most) = (json.len(), self.largest());
        if length > most {
            let told = format!("the hunt takes {length} bytes; the server takes {most}");
            let bad = BadQueue::new(&self.place, told);
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
                let same = there.announced().same_hunt(announced);
                same.map_err(|bad| BadQueue::announced(&self.named(name), &bad))?;
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
        let bad = BadQueue::new(&self.place, format!("there is a hunt `{name}` already"));
        bad.help(
            "join it: leave the scenarios out; go on with it: --resume; or give this one a name of \
             its own: --name NAME",
        )
    }

    /// A hunt that is announced.
    ///
    /// # Errors
    /// There is none of that name, or what is announced cannot be read.
    pub fn open(&self, name: &str) -> Result<Shared, BadQueue> {
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
                hunts => bad.help(format!("hunts there: {}", hunts.join(", "))),
            });
        };
        Shared::new(self.clone(), name, bucket, &json)
            .map_err(|bad| BadQueue::announced(&self.named(name), &bad))
    }

    /// Forgets a hunt with all that was found, if there is one of that name.
    ///
    /// # Errors
    /// The server does not.
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

    /// Its host and port.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// How many bytes an entry may have, beside what the server puts before it.
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

/// The stream behind a bucket, as NATS lays it out in its ADR-8: the last value of each key. The
/// client's own way to make one asks the account first, whose answer an older server gives otherwise.
fn bucket_stream(name: &str) -> stream::Config {
    stream::Config {
        name: format!("{BUCKET}{PREFIX}{name}"),
        subjects: vec![format!("$KV.{PREFIX}{name}.>")],
        description: Some("What a hunt of Crosswire has found".to_owned()),
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
            ("the server does not let us in", "expected such as nats://USER:PASSWORD@HOST:4222")
        }
        ConnectErrorKind::Dns => ("there is no such host", "expected such as nats://HOST:4222"),
        ConnectErrorKind::Tls => ("there is no secure connection", "is it nats:// or tls://?"),
        _ => ("no NATS server answers there", "start one: nats-server --jetstream"),
    };
    BadQueue::new(place, format!("{message}: {}", reason(error))).help(help)
}

/// What an error says, with what lies below it, on one line.
fn reason(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        let more = error.to_string();
        if !told.contains(&more) {
            told = format!("{told}: {more}");
        }
        below = error.source();
    }
    printable(&told).chars().take(300).collect()
}

fn is_missing(kind: &jetstream::context::DeleteStreamErrorKind) -> bool {
    use jetstream::context::GetStreamErrorKind::JetStream;
    matches!(kind, JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}
