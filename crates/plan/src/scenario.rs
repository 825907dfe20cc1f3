//! What a scenario file says: the types behind the TOML, and so behind the JSON Schema.
//!
//! Every number that a storm needs is here, with its unit in its name and the value it has
//! when a file leaves it out. A number may be given as a range, `[lo, hi]`; the seed then
//! draws it, see [`crate::draw()`].

mod choices;
mod defaults;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::swarm::Swarm;
pub use choices::{AccountNumbers, Fill, ValueTypes};

/// A whole scenario file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name it is listed and run under.
    pub name: String,
    /// One line that says what it is about.
    pub summary: String,
    /// How long the storm lasts in simulated time, its recovery included.
    pub duration_ms: u64,
    /// Who takes part.
    pub cast: Cast,
    /// The caching client under test.
    #[serde(default)]
    pub client: Client,
    /// The defences that are switched on, by name.
    #[serde(default)]
    pub defences: Vec<String>,
    /// How the service behaves.
    #[serde(default)]
    pub service: Service,
    /// The cache servers.
    #[serde(default)]
    pub cache: Cache,
    /// The database behind the service.
    #[serde(default)]
    pub directory: Directory,
    /// Latency, jitter and bandwidth of the links.
    #[serde(default)]
    pub network: Network,
    /// What cameras and people do.
    #[serde(default)]
    pub workload: Workload,
    /// Fault points that are armed, by name, with the probability that one fires on a visit.
    #[serde(default)]
    pub points: std::collections::BTreeMap<String, f64>,
    /// What each seed draws anew of all this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swarm: Option<Swarm>,
    /// What goes wrong, when, for how long and where.
    #[serde(default, rename = "fault")]
    pub faults: Vec<FaultSpec>,
    /// Situations a run must reach at least so many times before it may be called clean.
    #[serde(default)]
    pub reach: std::collections::BTreeMap<String, u64>,
    /// What must hold after the last fault has ended.
    #[serde(default)]
    pub recovery: Recovery,
}

/// A number, or a range that the seed draws it from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Drawn {
    /// Always this.
    Fixed(u64),
    /// Uniform from the first to the second, both included.
    Between([u64; 2]),
}

/// How many of each take part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// Cameras; each belongs to one account.
    pub cameras: u32,
    /// Phones; each is one account.
    pub phones: u32,
    /// Gateways that cameras and phones connect to.
    pub gateways: u32,
    /// Cache nodes that the keys are spread over.
    #[serde(default = "defaults::one")]
    pub cache_nodes: u32,
    /// Zones of the data centre. Gateway `n` and cache node `n` are in zone `n` modulo their
    /// number; the primary is in the first, its replica in the second, the media in the third.
    #[serde(default = "defaults::three")]
    pub zones: u32,
    /// Share of the cameras that somebody beside the owner may watch.
    #[serde(default = "defaults::viewer_share")]
    pub viewer_share: f64,
    /// How many of the cameras, the last ones, were made with the identity of another camera.
    #[serde(default)]
    pub clones: u32,
}

/// The caching client under test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Client {
    /// Its name, as `crosswire list clients` prints it.
    pub name: String,
    /// Connections a gateway may hold to one cache node.
    pub pool_size: u32,
    /// The client's own time-out for one operation.
    pub op_timeout_ms: u64,
}

/// How the service behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// Its name, as `crosswire list services` prints it.
    pub name: String,
    /// How long a relation stays in the cache.
    pub cache_ttl_ms: u64,
    /// The gateway drops a request that has not ended by then.
    pub request_deadline_ms: u64,
    /// Requests a gateway works on at a time; more are refused at once.
    pub max_in_flight: u32,
    /// Events whose recipients a gateway looks up in one multi-get.
    pub fanout_batch: u32,
    /// How long a link to a thumbnail, once listed, is good for.
    pub link_ms: u64,
    /// Whether relations of users and of devices look alike in the cache.
    pub value_types: ValueTypes,
    /// Jobs of its own, such as a fan-out, that a gateway runs at a time.
    pub jobs: u32,
    /// For how many of a user's cameras each page of the Events tab says how many people may watch
    /// them. One multi-get of the cache looks all of them up, and a miss is shown as unknown.
    pub viewer_counts: u32,
    /// For how many lines of each page of the Events tab the gateway looks up who may watch the camera,
    /// with one read of the cache for each line, all side by side. A miss is shown as unknown.
    pub line_look_ups: u32,
    /// The most bytes of display settings that a relation carries in the cache. One in sixteen
    /// relations carries up to all of them and most carry few. 0 is none.
    pub value_bytes: u32,
    /// The numbers that accounts and cameras have in the names of cache keys.
    pub account_numbers: AccountNumbers,
    /// How a relation that was read is written into the cache.
    pub fill: Fill,
}

/// The cache servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// Keys a node holds before it evicts the one used longest ago; 0 is no limit.
    pub max_keys: u32,
    /// Share of the relations that are not in the cache when the run begins.
    pub cold_share: f64,
    /// How long a node that has started again loads its data, and refuses commands that need them.
    pub loading_ms: u64,
}

/// The database behind the service: one primary, one replica that lags.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Directory {
    /// Requests served at a time.
    pub connections: u32,
    /// Requests that may wait; more are refused.
    pub queue: u32,
    /// Service time of a read.
    pub read_ms: Drawn,
    /// Service time of a write.
    pub write_ms: Drawn,
    /// How far the replica is behind.
    pub replica_lag_ms: Drawn,
    /// How long a failover takes before the replica serves as primary.
    pub failover_ms: u64,
}

/// Latency, jitter and bandwidth of the links.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Between two machines of the data centre.
    pub inside: Link,
    /// Between a gateway and a camera.
    pub cameras: Link,
    /// Between a gateway and a phone.
    pub phones: Link,
}

/// One kind of link, one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The least time a byte takes.
    pub latency_ms: u64,
    /// The mean of what comes on top, drawn from an exponential distribution.
    #[serde(default)]
    pub jitter_ms: f64,
    /// Bytes a millisecond carries on one connection; 0 is no limit.
    #[serde(default)]
    pub bytes_per_ms: u64,
    /// Bytes that may be under way, unread, on one connection.
    #[serde(default = "defaults::window_bytes")]
    pub window_bytes: u64,
    /// Probability that a message is lost and sent again after a time-out.
    #[serde(default)]
    pub loss: f64,
}

/// What cameras and people do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Workload {
    /// Mean time between two events of one camera.
    pub event_every_ms: u64,
    /// Events a camera keeps while it cannot upload them; older ones are overwritten.
    pub backlog: u32,
    /// Time between two keep-alives of a connected camera or phone.
    pub keepalive_ms: u64,
    /// Mean time between two times that somebody opens the app.
    pub open_every_ms: u64,
    /// Share of the people who open the app within five seconds of an outage's end.
    pub rush_share: f64,
    /// Thumbnails that are scrolled into view each time the Events tab is opened.
    pub thumbnails_per_open: u32,
    /// Probability that a thumbnail, once shown, is tapped.
    pub tap_share: f64,
    /// Probability that a tap goes on to play the video.
    pub video_share: f64,
    /// How long a phone waits for an answer before its user gives up.
    pub patience_ms: u64,
    /// Probability that a person who waits for the Events tab asks for it once more on the same
    /// connection, without giving the first request up.
    pub refresh_share: f64,
    /// How soon somebody who regrets a share takes it back.
    pub regret_ms: Drawn,
    /// Probability that the person who changed who may see a camera asks the same gateway for the
    /// Events tab as soon as the change is acknowledged.
    pub look_after_change_share: f64,
    /// How long a camera waits for an answer.
    pub camera_timeout_ms: u64,
    /// How long a broken connection may go unnoticed; each device draws a time up to it.
    pub detect_within_ms: u64,
    /// The back-off families of the cameras, by weight. Empty means full jitter for all.
    #[serde(rename = "backoff")]
    pub backoffs: Vec<Backoff>,
    /// Changes of ownership and of grants, spread over the three phases of the run.
    pub changes: Changes,
}

/// How a device waits between two attempts to connect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// The formula.
    pub family: BackoffFamily,
    /// First step.
    pub base_ms: u64,
    /// Longest step.
    pub cap_ms: u64,
    /// How many of the fleet, relative to the other entries.
    #[serde(default = "defaults::weight")]
    pub weight: f64,
    /// Time connected after which the next failure starts at the first step again.
    #[serde(default = "defaults::reset_after_ms")]
    pub reset_after_ms: u64,
}

/// The back-off formulas seen in the field. `n` counts the failed attempts, `c` is
/// `min(cap, base·2^n)`, `rand(a, b)` is uniform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BackoffFamily {
    /// `rand(0, c)`.
    FullJitter,
    /// `c/2 + rand(0, c/2)`.
    EqualJitter,
    /// `min(cap, rand(base, previous·3))`.
    Decorrelated,
    /// `min(2^n s + rand(0, 1 s), cap)`.
    ExponentialPlusSecond,
    /// `c`: all devices that failed together come back together.
    DoublingNoJitter,
    /// `base`, in lockstep.
    FixedInterval,
    /// At once (one millisecond).
    Immediate,
    /// Full jitter, but the count starts anew when a connection is made, not when it works.
    ResetOnConnect,
}

/// Changes of ownership and of grants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    /// Before the first fault begins.
    pub before: ChangeMix,
    /// While faults are active.
    pub during: ChangeMix,
    /// After the last fault has ended.
    pub after: ChangeMix,
}

/// How many changes of each kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeMix {
    /// An owner lets somebody else watch a camera.
    pub shares: u32,
    /// An owner takes that back.
    pub revocations: u32,
    /// A camera is handed to another account as it is, its backlog included.
    pub transfers: u32,
    /// A camera is reset to factory state, its backlog wiped, and claimed by another account.
    pub resets: u32,
    /// A camera is deleted from its account.
    pub deletions: u32,
    /// An owner lets somebody else watch and takes it back soon after, within `regret_ms`.
    pub regrets: u32,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    /// What goes wrong.
    pub kind: FaultKind,
    /// When it begins.
    pub start_ms: Drawn,
    /// How long it lasts.
    pub length_ms: Drawn,
    /// Where: `all`, or a node such as `gateway-1`, `cache-0`, `directory`, `media`, or a zone
    /// such as `zone-1`, or a link such as `gateway-1>directory` (one way) or `gateway-1~cache-0` (both ways). A
    /// `?` in place of a number is one of them that the seed draws: `gateway-?~cache-?`.
    #[serde(default = "defaults::target")]
    pub target: String,
    /// How bad, by kind: a share from 0 to 1, or a factor or a time in ms from 1 up.
    pub severity: Option<f64>,
}

/// The kinds of fault.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The region is gone: cameras and phones are cut off, gateways restart, the cache is cold.
    /// Severity: the share of the cameras that is cut off (1).
    RegionOutage,
    /// A cache node's process dies. When the fault ends it comes back, loads for
    /// `cache.loading_ms`, and is empty.
    CacheCrash,
    /// A cache node answers late. Severity: by how many milliseconds (50).
    CacheSlow,
    /// The database is short of capacity. Severity: factor on its service times (10).
    DirectoryBrownout,
    /// The primary dies; the replica takes over. The length is not used: a failover ends
    /// when the replica has caught up and serves.
    DirectoryFailover,
    /// A link, or all links of a node, carry nothing. What is under way waits.
    Partition,
    /// Messages are lost and sent again. Severity: probability (0.05).
    PacketLoss,
    /// A link is slow. Severity: milliseconds added to each message (100).
    LatencySpike,
    /// A gateway's process dies and is started again when the fault ends.
    GatewayCrash,
    /// A node's process stands still and then goes on.
    ProcessPause,
    /// Connections of a node are reset, some in the middle of a message. Severity: share (0.5).
    ConnectionReset,
    /// Connections of a node go half-open: nothing arrives and nobody is told. Severity: share (0.5).
    HalfOpen,
    /// People lose patience: phones drop requests shortly after they sent them.
    /// Severity: the share of requests that is dropped (0.3).
    CancelBurst,
    /// The operators switch on the emergency cache configuration of the gateways, and off when it
    /// ends. A service that has none goes on as before.
    EmergencyCache,
}

/// What must hold after the last fault has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Recovery {
    /// Goodput must be back and queues drained within this time.
    pub within_ms: u64,
    /// The share of requests that must succeed then.
    pub goodput: f64,
    /// An acknowledged event must have reached all who may see it within this time.
    pub deliver_within_ms: u64,
    /// How long a push may still arrive after the right to it has ended.
    pub push_grace_ms: u64,
    /// How long a revoked right may still be honoured. 0 means: the staleness that the service
    /// declares (for most, the cache's time to live), the request deadline, the client's time-out
    /// or the longest cut of a link, and the life of a signed link together.
    pub revocation_grace_ms: u64,
}
