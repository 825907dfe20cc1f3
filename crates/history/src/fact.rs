//! Every fact that can be observed at an edge of the world.
//!
//! Facts are not judgements: it is for a checker to say that a reply went to the wrong call. No
//! fact comes from the code under test.

#![expect(missing_docs, reason = "a variant's sentence explains its fields")]

use crate::ids::{
    CallId, CommandId, ConnId, DeviceId, Epoch, EventId, Intent, KeyId, Principal, RequestId,
    Serial, UserId,
};
use crate::point::Point;
use crate::provenance::Origin;
use serde::{Deserialize, Serialize};

/// One fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Fact {
    /// A camera recorded an event in this epoch of its ownership.
    Captured { event: EventId, epoch: Epoch },
    /// A camera learned that its event is stored.
    Acked { event: EventId },
    /// A camera that was made with the identity of another one tries to connect with it. It is in
    /// the home of this user.
    Cloned { maker: Serial, device: DeviceId, home: UserId },
    /// A user asks for a change of the permissions of a camera. `user` is the user it is about: the
    /// one who may watch or no longer watch, the next owner or, for a deletion, the last.
    Asked { op: Op, device: DeviceId, user: UserId, intent: Intent },
    /// The directory committed, as recorded by the directory server. All changes of one transaction
    /// share one commit number.
    Committed { commit: u64, change: Change },
    /// The directory answered as of this commit, as recorded by the directory server: it decided
    /// for a principal, or said who may see what.
    Consulted { about: Option<Principal>, as_of: u64 },
    /// The directory's queue was full and it turned a query away.
    TurnedAway,

    /// A device sent a request to a gateway and will wait for the answer until the deadline.
    Issued { by: Principal, op: Op, gateway: u16, deadline_ms: u64, subject: Subject },
    /// A gateway began to work on the request and must finish by the deadline.
    Arrived { by: Principal, op: Op, deadline_ms: u64 },
    /// The gateway finished its work on the request.
    Replied { outcome: Outcome },
    /// The gateway's work on the request was dropped midway.
    Dropped { why: Decline },
    /// The request is over for the device that sent it.
    Settled { op: Op, outcome: Outcome },
    /// Some part of an event reached a user. `named` is the event it was labelled as, `origin` is
    /// the maker of the bytes, and `since_ms` is when it was requested or, for a push, decided.
    Delivered { user: UserId, named: EventId, origin: Option<Origin>, how: Exposure, since_ms: u64 },

    /// A call of the caching client began. `key` is the first of `keys`; `about` is the user whose
    /// relation it names, if the harness knows.
    CallBegan {
        call: CallId,
        op: CacheOp,
        key: KeyId,
        keys: u16,
        deadline_ms: u64,
        about: Option<UserId>,
    },
    /// A command was written on an exclusive connection that still had replies to other calls
    /// outstanding: `unread` of them, the oldest for call `of`.
    Reused { conn: ConnId, call: CallId, unread: u16, of: CallId },
    /// A cache server carried out a command. `call` is the call that wrote the bytes, if the
    /// network knows; `key` is the first key, as written to the server; `db` is the database it ran
    /// in.
    ///
    /// For a write, the call can also be found from the value it carries.
    Executed {
        command: CommandId,
        conn: ConnId,
        call: CallId,
        op: CacheOp,
        key: KeyId,
        db: u8,
        hit: bool,
    },
    /// A cache server answered a command with an error instead of carrying it out.
    Rejected { conn: ConnId, call: CallId, op: CacheOp, key: KeyId },
    /// The client returned a value for a key.
    Value { call: CallId, asked: KeyId, returned: Returned },
    /// The client returned an answer without having read a reply to any command of the call.
    Unfounded { call: CallId, key: KeyId, conn: ConnId },
    /// A multi-get of `keys` keys returned `values` values.
    Misshapen { call: CallId, key: KeyId, keys: u16, values: u16 },
    /// A call of the caching client ended.
    CallEnded { call: CallId, outcome: CallOutcome },
    /// The service asked for this key to be invalidated: from here on, the entry is out of the
    /// service's hands. `commit` is the commit as of which the directory answered the change behind
    /// it; 0 if it answered none.
    Invalidated { key: KeyId, call: CallId, commit: u64 },
    /// The cache still holds an entry at the end of the run whose relation has changed. The entry
    /// was read as of this commit (0 if unknown) and has been untrue since `untrue_ms`.
    AtRest { key: KeyId, as_of: u64, untrue_ms: Option<u64> },

    /// A connection to a cache node was opened.
    Connected { conn: ConnId, cache: u16 },
    /// A connection to a cache node was closed.
    Disconnected { conn: ConnId, unread: u16 },

    /// A planned fault began or ended. `index` is its place in the plan.
    Fault { index: u16, phase: FaultPhase },
    /// A fault point fired.
    Fired { point: Point },
    /// A node stopped serving.
    Down,
    /// A node serves again.
    Up,
    /// A node's process was paused.
    Paused,
    /// A node's process was resumed.
    Resumed,
    /// Recorded once a second: queue lengths, and what the directory served since the last gauge.
    Gauge {
        directory_queue: u32,
        directory_busy: u32,
        directory_served: u32,
        backlog: u32,
        offline: u32,
        in_flight: u32,
    },

    /// A gateway answered this request with the stored answer to another one. This variant and all
    /// after it were added later: a variant's place in this list is part of the digest, so new ones
    /// go to the end.
    GivenAgain { of: RequestId },
    /// A cache server answered a command other than GET, MGET, SET and DEL, such as PING,
    /// SUBSCRIBE, STRLEN or EXPIRE. `text` is the command.
    Served { conn: ConnId, call: CallId, text: KeyId },
    /// A cache server passed a message on to `to` connections. `text` is the message.
    Published { text: KeyId, to: u16 },
    /// A gateway's caching client failed to connect; it began to at `since_ms`. `why` is its error,
    /// or `None` if it had not returned when the run ended.
    NotConnected { why: Option<KeyId>, since_ms: u64 },
    /// A cache server sent a value of 1,000 bytes or more.
    LongValue { conn: ConnId, bytes: u32 },
    /// The client has no conditional writes and reported so in this call.
    Unsupported { call: CallId },
    /// A command was written on a connection before the reply to an earlier one had arrived.
    /// Recorded once per connection.
    Pipelined { conn: ConnId },
    /// A cache server stored the value that `call` writes with a longer lifetime than the service
    /// asked for, by more than a rounding to seconds. `life_ms` is `None` if the value never
    /// expires.
    LongLife { call: CallId, key: KeyId, asked_ms: u64, life_ms: Option<u64> },
    /// The client returned a value of `bytes` bytes that no call wrote to this key.
    Unwritten { call: CallId, key: KeyId, bytes: u32 },
    /// A gateway sent the write of this call after the call's deadline and outside its scope: the
    /// command that a cache server carries out next.
    SentLate { command: CommandId, call: CallId },
    /// A cache server has read part of a command and waits for the rest.
    CommandSplit { conn: ConnId },
    /// A gateway's caching client declares that it has this, beyond the basic calls.
    Offered { offer: Offer },
    /// A batch of writes or deletes returned a result for each of its `parts` parts, of which
    /// `failed` are errors. Each part is a call as well.
    BatchEnded { call: CallId, parts: u16, failed: u16 },
    /// The client answered that this key is known to be absent.
    KnownAbsent { call: CallId, key: KeyId },
    /// A cache server replied to a command on a counter with this number.
    Counted { command: CommandId, key: KeyId, number: i64 },
    /// The request that a device has just sent is dishonest. `event` is the event of the link that
    /// a phone was given or, in an upload, the one that the camera captured; otherwise the event
    /// asked for.
    Dishonest { trick: Trick, event: EventId, authenticated: bool },
    /// The client, asked which keys have changed, named this one.
    NamedChanged { call: CallId, key: KeyId },
    /// The client, asked which keys have changed, answered that any may have.
    AnyChanged { call: CallId },
}

/// A change made by a directory commit. The ledger is built from these alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// A device has a new owner; the epoch before it is over.
    Claimed { device: DeviceId, epoch: Epoch, owner: UserId },
    /// A user may watch.
    Granted { device: DeviceId, epoch: Epoch, user: UserId },
    /// A user may no longer watch.
    Revoked { device: DeviceId, epoch: Epoch, user: UserId },
    /// A grant of the previous epoch was carried over into this one without being granted anew.
    Carried { device: DeviceId, epoch: Epoch, user: UserId },
    /// A device was deleted; its epoch is over.
    Deleted { device: DeviceId, epoch: Epoch },
    /// An event was stored, as one of this epoch.
    Stored { event: EventId, epoch: Epoch },
}

/// The subject of a request, as its sender knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "kebab-case")]
pub enum Subject {
    /// Nothing but the sender.
    #[default]
    Oneself,
    /// An event.
    Event { event: EventId },
    /// The event of a signed link, which is valid until `until_ms`.
    Link { event: EventId, until_ms: u64 },
    /// A camera whose ownership or grants are to change, for or against this user; the sender if
    /// the change involves no other user.
    Camera { device: DeviceId, user: UserId },
}

/// What a dishonest device tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trick {
    /// A phone asks for the video of an event of a camera that its user has never had to do with.
    ForeignEvent,
    /// A phone asks for the video of an event that was in its list earlier.
    OldEvent,
    /// A phone asks for a thumbnail with a link in which it has put another event.
    SwappedEvent,
    /// A phone asks for a thumbnail with a link that it has signed itself.
    MadeUpSignature,
    /// A phone asks for a thumbnail with a link whose expiry it has moved into the future.
    MovedExpiry,
    /// A phone asks for a thumbnail with a link that has expired.
    ExpiredLink,
    /// A camera uploads an event as that of another camera.
    ForeignUpload,
}

/// An operation that a device requests from a gateway, or a gateway from itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// Open a connection.
    Connect,
    /// Prove its identity.
    Authenticate,
    /// Camera: hand over an event.
    Upload,
    /// Keep the connection alive.
    KeepAlive,
    /// Phone: open the Events tab, or scroll in it.
    List,
    /// Phone: show a thumbnail.
    Thumbnail,
    /// Phone: tap a thumbnail, which enlarges it.
    Enlarge,
    /// Phone: watch the video.
    Video,
    /// Owner: let a user watch.
    Share,
    /// Owner: take that permission back.
    Revoke,
    /// Owner: give the camera to another account.
    Transfer,
    /// Another account claims the camera after a factory reset.
    Reclaim,
    /// Owner: delete the camera.
    Delete,
    /// Gateway: find the users to notify of new events, and push to them.
    FanOut,
}

/// The result of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Success.
    Ok,
    /// The service denied permission.
    Denied,
    /// The service was too busy.
    Refused,
    /// The service failed.
    Failed,
    /// No answer in time.
    TimedOut,
    /// The user changed their mind.
    GaveUp,
    /// The connection broke.
    Reset,
}

/// The reason a gateway's work was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decline {
    /// The device gave up, or its connection broke.
    Cancelled,
    /// The gateway's deadline passed.
    Deadline,
    /// The gateway crashed.
    Crash,
}

/// The ways in which an event is exposed to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// Listed in the Events tab.
    Listed,
    /// Pushed to the phone, with its thumbnail.
    Pushed,
    /// The thumbnail was shown.
    Thumbnail,
    /// The thumbnail was tapped and so enlarged.
    Tapped,
    /// The video was played.
    Video,
}

/// A command of a caching client, as named by a cache server or the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CacheOp {
    /// Read one key.
    Get,
    /// Read several keys.
    Mget,
    /// Write a key.
    Set,
    /// Delete a key.
    Del,
    /// Anything else.
    Other,
    /// Write several keys. This variant and all after it were added later: a variant's place in
    /// this list is part of the digest, so new ones go to the end.
    Mset,
    /// Delete several keys.
    Mdel,
    /// Read one key and set its life.
    GetEx,
    /// Add to a counter.
    Incr,
    /// Set the life of a key.
    Expire,
    /// Ask which keys have changed.
    Changes,
}

impl CacheOp {
    /// Returns whether the operation reads one key.
    pub fn reads_one(self) -> bool {
        matches!(self, Self::Get | Self::GetEx)
    }

    /// Returns whether the operation reads values.
    pub fn reads(self) -> bool {
        self.reads_one() || self == Self::Mget
    }
}

/// Something that a caching client may offer beyond the basic calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offer {
    /// Writes of several keys in one call.
    MultiSet,
    /// Deletes of several keys in one call.
    MultiDelete,
    /// Reads that set the life of their key.
    GetAndTouch,
    /// Counters.
    Counters,
    /// Entries that say that there is nothing.
    NegativeEntries,
    /// Lives of single keys that can be set.
    Expiry,
    /// A feed of the keys that have changed.
    Invalidations,
}

impl Offer {
    /// Every offer.
    pub const ALL: [Self; 7] = [
        Self::MultiSet,
        Self::MultiDelete,
        Self::GetAndTouch,
        Self::Counters,
        Self::NegativeEntries,
        Self::Expiry,
        Self::Invalidations,
    ];

    /// Returns the name, such as `multi-set`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MultiSet => "multi-set",
            Self::MultiDelete => "multi-delete",
            Self::GetAndTouch => "get-and-touch",
            Self::Counters => "counters",
            Self::NegativeEntries => "negative-entries",
            Self::Expiry => "expiry",
            Self::Invalidations => "invalidations",
        }
    }
}

/// The origin of a value that the client returned, read from the bytes of the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Returned {
    /// The key it was written for; `None` if no call wrote it.
    pub written_for: Option<KeyId>,
    /// The call that wrote it. A number that no call has for a value from before the run; 0 if no
    /// call wrote it.
    pub written_by: CallId,
    /// The latest command whose reply brought it to this gateway. 0 if no reply did, or if the
    /// client declares that it keeps values and this one had been read before the call began.
    pub command: CommandId,
    /// The call in whose scope that command was written, if the network knows.
    pub answered: CallId,
    /// The send time of a command whose reply had the value: the one most favourable to the client.
    pub sent: Sent,
    /// The directory commit as of which the value was read before it was written; 0 if unknown.
    pub as_of: u64,
}

/// The send time, relative to the call, of the command whose reply it may have returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sent {
    /// No reply is known to have brought the value.
    #[default]
    Unknown,
    /// The command was sent while the call was open.
    During,
    /// Before the call began, with the reply still outstanding then; the client declares that a
    /// read may join another one in flight.
    Joined,
    /// Before the call began, with the reply still outstanding then.
    Before,
    /// Before the call began, with the reply already read by then.
    Kept,
}

/// The result of a call of the caching client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "call-outcome", rename_all = "kebab-case")]
pub enum CallOutcome {
    /// An answer; at least one key was present.
    Hit,
    /// An answer; no key was present.
    Miss,
    /// An error.
    Error,
    /// The call was dropped with `unread` of its commands sent and their replies not read. `conn`
    /// is the connection of one of them.
    Cancelled { unread: u16, conn: ConnId },
}

/// The two ends of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultPhase {
    /// The fault begins.
    Began,
    /// The fault ends.
    Ended,
}

impl Op {
    /// Returns the purpose of the operation, to follow “asks gateway-1”.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Connect => "for a connection",
            Self::Authenticate => "to be let in",
            Self::Upload => "to keep an event",
            Self::KeepAlive => "for a sign of life",
            Self::List => "for the list of events",
            Self::Thumbnail => "for a thumbnail",
            Self::Enlarge => "for an enlarged thumbnail",
            Self::Video => "for a video",
            Self::Share => "to let somebody watch",
            Self::Revoke => "to let somebody watch no longer",
            Self::Transfer => "to transfer a camera",
            Self::Reclaim => "to claim a camera that was reset",
            Self::Delete => "to delete a camera",
            Self::FanOut => "to push new events",
        }
    }
}

impl Fact {
    /// Reports whether this fact belongs to no request. All other facts belong to the request in
    /// whose scope they are recorded.
    pub fn is_global(&self) -> bool {
        matches!(
            self,
            Self::Fault { .. }
                | Self::Down
                | Self::Up
                | Self::Paused
                | Self::Resumed
                | Self::Gauge { .. }
        )
    }
}

/// The id that means no request.
pub const NO_REQUEST: RequestId = RequestId(0);
