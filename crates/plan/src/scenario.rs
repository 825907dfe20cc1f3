//! The types behind the TOML of a scenario file, and behind its JSON Schema.
//!
//! Every number that a storm needs is here, with its unit in its name and the value it has if a
//! file leaves it out. Some numbers may be given as a range, `[lo, hi]`; the seed then draws them,
//! see [`crate::draw()`].

mod choices;
pub(crate) mod defaults;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::swarm::Swarm;
pub use choices::{AccountNumbers, Fill, ValueTypes};

/// A whole scenario file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    /// Name by which the scenario is listed and run.
    pub name: String,
    /// Summary, one line.
    pub summary: String,
    /// Duration of the storm in simulated time, including its recovery.
    pub duration_ms: u64,
    /// The number of each kind of participant.
    pub cast: Cast,
    /// The caching client under test.
    #[serde(default)]
    pub client: Client,
    /// The defences that are switched on, by name.
    #[serde(default)]
    pub defences: Vec<String>,
    /// The service and its settings.
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
    /// The behaviour of cameras and users.
    #[serde(default)]
    pub workload: Workload,
    /// Fault points that are armed, by name, with the probability that one fires on a visit.
    #[serde(default)]
    pub points: std::collections::BTreeMap<String, f64>,
    /// The parts of this scenario that each seed draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swarm: Option<Swarm>,
    /// The faults: kind, time, duration and target.
    #[serde(default, rename = "fault")]
    pub faults: Vec<FaultSpec>,
    /// Required situations, with the number of times each must occur before a run may be called
    /// clean.
    #[serde(default)]
    pub reach: std::collections::BTreeMap<String, u64>,
    /// Requirements after the last fault has ended.
    #[serde(default)]
    pub recovery: Recovery,
}

/// A number, or a range that the seed draws it from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Drawn {
    /// Always this number.
    Fixed(u64),
    /// Uniformly from the first to the second, both included.
    Between([u64; 2]),
}

/// The number of each kind of participant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// Cameras. Each belongs to one account.
    pub cameras: u32,
    /// Phones. Each is one account.
    pub phones: u32,
    /// Gateways that cameras and phones connect to.
    pub gateways: u32,
    /// Cache nodes that the keys are spread over.
    #[serde(default = "defaults::one")]
    pub cache_nodes: u32,
    /// Zones of the data centre. Gateway `n` and cache node `n` are in zone `n` modulo this number;
    /// the primary is in the first zone, its replica in the second, the media store in the third.
    #[serde(default = "defaults::three")]
    pub zones: u32,
    /// Share of the cameras that a user besides the owner may watch.
    #[serde(default = "defaults::viewer_share")]
    pub viewer_share: f64,
    /// Number of cameras, the last ones, that were made with the identity of another camera.
    #[serde(default)]
    pub clones: u32,
}

/// The caching client under test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Client {
    /// Its name, as `crosswire list clients` prints it.
    pub name: String,
    /// Maximum number of connections of a gateway to one cache node.
    pub pool_size: u32,
    /// The client's timeout for one operation.
    pub op_timeout_ms: u64,
}

/// The service and its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// Its name, as `crosswire list services` prints it.
    pub name: String,
    /// Lifetime of a relation in the cache.
    pub cache_ttl_ms: u64,
    /// Deadline of a request: the gateway drops a request that has not ended by then.
    pub request_deadline_ms: u64,
    /// Maximum number of requests that a gateway works on at a time; more are refused at once.
    pub max_in_flight: u32,
    /// Number of events whose recipients a gateway looks up in one multi-get.
    pub fanout_batch: u32,
    /// Validity of a link to a thumbnail after it was listed.
    pub link_ms: u64,
    /// The encoding of relations in the cache: those of users and of devices may look alike.
    pub value_types: ValueTypes,
    /// Number of its background jobs, such as fan-outs, that a gateway runs at a time.
    pub jobs: u32,
    /// Number of a user's cameras for which each page of the Events tab shows the number of
    /// viewers. One multi-get of the cache looks all of them up, and a miss is shown as unknown.
    pub viewer_counts: u32,
    /// Number of lines on each page of the Events tab for which the gateway looks up who may watch
    /// the camera, with one read of the cache for each line, all concurrently. A miss is shown as
    /// unknown.
    pub line_look_ups: u32,
    /// Maximum number of bytes of display settings that a relation carries in the cache. One in
    /// sixteen relations carries up to all of them, and most carry few. 0 means no settings.
    pub value_bytes: u32,
    /// The numbering of accounts and cameras in the names of cache keys.
    pub account_numbers: AccountNumbers,
    /// The way a relation that was read is written into the cache.
    pub fill: Fill,
}

/// The cache servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// Maximum number of keys on a node, which then evicts the least recently used one; 0 means
    /// unlimited.
    pub max_keys: u32,
    /// Share of the relations that are missing from the cache when the run begins.
    pub cold_share: f64,
    /// Time that a restarted node loads its data, refusing commands that need them.
    pub loading_ms: u64,
}

/// The database behind the service: one primary, and one replica that lags behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Directory {
    /// Maximum number of requests served at a time.
    pub connections: u32,
    /// Maximum number of waiting requests; more are refused.
    pub queue: u32,
    /// Service time of a read.
    pub read_ms: Drawn,
    /// Service time of a write.
    pub write_ms: Drawn,
    /// Lag of the replica.
    pub replica_lag_ms: Drawn,
    /// Duration of a failover until the replica serves as primary.
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

/// One kind of link, in one direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Minimum time that a byte takes.
    pub latency_ms: u64,
    /// Mean of the additional time, drawn from an exponential distribution.
    #[serde(default)]
    pub jitter_ms: f64,
    /// Bandwidth of one connection in bytes per millisecond; 0 means unlimited.
    #[serde(default)]
    pub bytes_per_ms: u64,
    /// Maximum number of bytes in transit or unread on one connection.
    #[serde(default = "defaults::window_bytes")]
    pub window_bytes: u64,
    /// Probability that a message is lost and retransmitted after a timeout.
    #[serde(default)]
    pub loss: f64,
}

/// The behaviour of cameras and users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Workload {
    /// Mean time between two events of one camera.
    pub event_every_ms: u64,
    /// Number of events a camera keeps while it cannot upload them; older ones are overwritten.
    pub backlog: u32,
    /// Time between two keep-alives of a connected camera or phone.
    pub keepalive_ms: u64,
    /// Mean time between two times that a user opens the app.
    pub open_every_ms: u64,
    /// Share of the users who open the app within five seconds of an outage's end.
    pub rush_share: f64,
    /// Number of thumbnails scrolled into view each time the Events tab is opened.
    pub thumbnails_per_open: u32,
    /// Probability that a thumbnail, once shown, is tapped.
    pub tap_share: f64,
    /// Probability that a tap is followed by watching the video.
    pub video_share: f64,
    /// Time a phone waits for an answer before its user gives up.
    pub patience_ms: u64,
    /// Probability that a user who waits for the Events tab asks for it again on the same
    /// connection, without giving up the first request.
    pub refresh_share: f64,
    /// Time until a user who regrets a share takes it back.
    pub regret_ms: Drawn,
    /// Probability that a user who changed who may see a camera asks the same gateway for the
    /// Events tab as soon as the change is acknowledged.
    pub look_after_change_share: f64,
    /// Share of the phones and of the cameras that are dishonest. Such a phone now and then asks
    /// for a video that its user may not see, or for a thumbnail with a link that is forged or has
    /// expired. Such a camera now and then uploads an event as another camera's. If left out: 0
    /// for the built-in services, 0.25 for a service of yours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dishonest: Option<f64>,
    /// Time a camera waits for an answer.
    pub camera_timeout_ms: u64,
    /// Maximum time a broken connection goes unnoticed; each device draws a time up to it.
    pub detect_within_ms: u64,
    /// The back-off families of the cameras, by weight. Empty means full jitter for all.
    #[serde(rename = "backoff")]
    pub backoffs: Vec<Backoff>,
    /// Changes of ownership and of grants, spread over the three phases of the run.
    pub changes: Changes,
}

/// The back-off of a device between two attempts to connect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// The formula.
    pub family: BackoffFamily,
    /// First step.
    pub base_ms: u64,
    /// Longest step.
    pub cap_ms: u64,
    /// Share of the fleet, relative to the other entries.
    #[serde(default = "defaults::weight")]
    pub weight: f64,
    /// Connected time after which the next failure starts at the first step again.
    #[serde(default = "defaults::reset_after_ms")]
    pub reset_after_ms: u64,
}

/// The back-off formulas seen in the field. `n` is the number of failed attempts, `c` is
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
    /// `c`: devices that failed together come back together.
    DoublingNoJitter,
    /// `base`, in lockstep.
    FixedInterval,
    /// At once (one millisecond).
    Immediate,
    /// Full jitter, but the count restarts when a connection is made, not when it works.
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

/// The number of changes of each kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeMix {
    /// An owner lets another user watch a camera.
    pub shares: u32,
    /// An owner takes that permission back.
    pub revocations: u32,
    /// A camera is given to another account as it is, its backlog included.
    pub transfers: u32,
    /// A camera is reset to factory state, its backlog wiped, and claimed by another account.
    pub resets: u32,
    /// A camera is deleted from its account.
    pub deletions: u32,
    /// An owner lets another user watch and takes it back soon after, within `regret_ms`.
    pub regrets: u32,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultSpec {
    /// The kind of fault.
    pub kind: FaultKind,
    /// Start time.
    pub start_ms: Drawn,
    /// Duration.
    pub length_ms: Drawn,
    /// Target: `all`, a node such as `gateway-1`, `cache-0`, `directory`, `media`, a zone such as
    /// `zone-1`, or a link such as `gateway-1>directory` (one way) or `gateway-1~cache-0` (both
    /// ways). The seed draws a number for each `?`: `gateway-?~cache-?`.
    #[serde(default = "defaults::target")]
    pub target: String,
    /// Severity, depending on the kind: a share from 0 to 1, or a factor or a time in ms from 1.
    pub severity: Option<f64>,
}

/// The kinds of fault.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The region fails: cameras and phones are cut off, gateways restart, the cache is cold.
    /// Severity: the share of the cameras that is cut off (1).
    RegionOutage,
    /// A cache node's process crashes. When the fault ends, it restarts, loads for
    /// `cache.loading_ms`, and is empty.
    CacheCrash,
    /// A cache node answers late. Severity: the delay in milliseconds (50).
    CacheSlow,
    /// The database is short of capacity. Severity: a factor on its service times (10).
    DirectoryBrownout,
    /// The primary crashes and the replica takes over. The length is ignored: a failover ends when
    /// the replica has caught up and serves.
    DirectoryFailover,
    /// A link, or all links of a node, carry nothing. Messages in transit wait.
    Partition,
    /// Messages are lost and retransmitted. Severity: probability (0.05).
    PacketLoss,
    /// A link is slow. Severity: milliseconds added to each message (100).
    LatencySpike,
    /// A gateway's process crashes and is restarted when the fault ends.
    GatewayCrash,
    /// A node's process is paused and then resumed.
    ProcessPause,
    /// Connections of a node are reset, some in the middle of a message. Severity: share (0.5).
    ConnectionReset,
    /// Connections of a node become half-open: nothing arrives, and neither side is notified.
    /// Severity: share (0.5).
    HalfOpen,
    /// Users lose patience: phones drop requests shortly after sending them. Severity: the share of
    /// requests that is dropped (0.3).
    CancelBurst,
    /// The operators switch on the emergency cache configuration of the gateways, and off when the
    /// fault ends. Has no effect on a service without one.
    EmergencyCache,
}

/// Requirements after the last fault has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Recovery {
    /// Time within which goodput must be back and queues drained.
    pub within_ms: u64,
    /// Share of requests that must succeed then.
    pub goodput: f64,
    /// Time within which an acknowledged event must reach all users who may see it.
    pub deliver_within_ms: u64,
    /// Time for which a push may still arrive after the permission has ended.
    pub push_grace_ms: u64,
    /// Time for which a revoked permission may still be honoured. 0 means the sum of: the staleness
    /// that the service declares (for most, the cache's time to live), the request deadline, the
    /// client's timeout or the longest cut of a link, and the validity of a signed link.
    pub revocation_grace_ms: u64,
}
