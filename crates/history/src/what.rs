//! Everything that can be seen to happen at an edge of the world.
//!
//! These are facts, not judgements: that a reply went to the wrong call is for a checker to
//! say. None of it comes from the code under test.

#![expect(missing_docs, reason = "a variant's sentence tells what its fields mean")]

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
pub enum What {
    /// A camera recorded an event, in this epoch of its ownership.
    Captured { event: EventId, epoch: Epoch },
    /// A camera was told that its event is kept.
    Acked { event: EventId },
    /// A camera that was made with the identity of another asks to be let in with it. It stands
    /// in the home of this person.
    Cloned { maker: Serial, device: DeviceId, home: UserId },
    /// A person asks for a change of who may see a camera. `user` is whom it is about: who may
    /// watch or no longer watch, the next owner or, at a deletion, the last.
    Asked { op: Op, device: DeviceId, user: UserId, intent: Intent },
    /// The directory committed, as seen at its door. All changes of one transaction have the
    /// number of one commit.
    Committed { commit: u64, change: Change },
    /// The directory answered, as seen at its door, as of this commit: it decided for somebody, or
    /// said who may see what.
    Consulted { about: Option<Principal>, as_of: u64 },
    /// The directory took no more questions, and turned one away.
    TurnedAway,

    /// A device sent a request to a gateway and will wait for it until the deadline.
    Issued { by: Principal, op: Op, gateway: u16, deadline_ms: u64, subject: Subject },
    /// A gateway began to work on the request and must have ended by the deadline.
    Arrived { by: Principal, op: Op, deadline_ms: u64 },
    /// The gateway's work on the request ended.
    Replied { outcome: Outcome },
    /// The gateway's work on the request was dropped where it stood.
    Dropped { why: Decline },
    /// The request is over for the device that sent it.
    Settled { op: Op, outcome: Outcome },
    /// Something of an event reached a person. `named` is what it was called, `origin` is who
    /// made the bytes; `since_ms` is when it was asked for or, for a push, decided.
    Delivered { user: UserId, named: EventId, origin: Option<Origin>, how: Exposure, since_ms: u64 },

    /// A call of the caching client began. `key` is the first of `keys`; `about` is the person
    /// whose relation it names, where the harness can tell.
    CallBegan {
        call: CallId,
        op: CacheOp,
        key: KeyId,
        keys: u16,
        deadline_ms: u64,
        about: Option<UserId>,
    },
    /// A command was written on an exclusive connection while replies to other calls were
    /// still to come on it: `unread` of them, the oldest to `of`.
    Reused { conn: ConnId, call: CallId, unread: u16, of: CallId },
    /// A cache server carried out a command. `call` is the call whose bytes it was, where the
    /// wire could tell; `key` the first, by its name on the wire; `db` the database it ran in.
    ///
    /// A write is also told by the value that it carries.
    Executed {
        command: CommandId,
        conn: ConnId,
        call: CallId,
        op: CacheOp,
        key: KeyId,
        db: u8,
        hit: bool,
    },
    /// A cache server answered a command with an error and did not carry it out.
    Rejected { conn: ConnId, call: CallId, op: CacheOp, key: KeyId },
    /// The client returned a value for a key.
    Value { call: CallId, asked: KeyId, returned: Returned },
    /// The client returned an answer, though it had read no reply to a command of the call.
    Unfounded { call: CallId, key: KeyId, conn: ConnId },
    /// A multi-get of so many keys returned another number of values.
    Misshapen { call: CallId, key: KeyId, keys: u16, values: u16 },
    /// A call of the caching client is over.
    CallEnded { call: CallId, outcome: CallOutcome },
    /// An entry that says what was written for whom left the service's hands: the service asked
    /// for this key to be forgotten. `commit` is the one as of which the directory answered the
    /// change on whose behalf; 0 if it answered none.
    Invalidated { key: KeyId, call: CallId, commit: u64 },
    /// An entry that the cache still holds when the run ends, of a relation that has changed. It
    /// was read as of this commit, if that is known (else 0), and what it says has not been true
    /// since `untrue_ms`.
    AtRest { key: KeyId, as_of: u64, untrue_ms: Option<u64> },

    /// A connection to a cache node was made.
    Connected { conn: ConnId, cache: u16 },
    /// A connection to a cache node is gone.
    Disconnected { conn: ConnId, unread: u16 },

    /// A planned fault, by its place in the plan.
    Fault { index: u16, phase: FaultPhase },
    /// A fault point fired.
    Fired { point: Point },
    /// A node stopped serving.
    Down,
    /// A node serves again.
    Up,
    /// A node's process stands still.
    Paused,
    /// A node's process goes on.
    Resumed,
    /// Once a second: what is waiting where, and what the directory served since the last time.
    Gauge {
        directory_queue: u32,
        directory_busy: u32,
        directory_served: u32,
        backlog: u32,
        offline: u32,
        in_flight: u32,
    },

    /// A gateway answered this request with what it had kept of the answer to another one. It and all
    /// after it are late, for a place in this list is part of the digest of those before it.
    GivenAgain { of: RequestId },
    /// A cache server answered a command that is none of GET, MGET, SET and DEL, such as PING, SUBSCRIBE,
    /// STRLEN or EXPIRE; `text` is the command.
    Served { conn: ConnId, call: CallId, text: KeyId },
    /// A cache server passed a message on to this many connections; `text` is the message.
    Published { text: KeyId, to: u16 },
    /// A gateway's caching client could not connect, since it began to at `since_ms`. `why` is its
    /// error; none if it had not returned when the run ended.
    NotConnected { why: Option<KeyId>, since_ms: u64 },
    /// A cache server sent a value of a thousand bytes or more.
    LongValue { conn: ConnId, bytes: u32 },
    /// The client has no conditional writes, and said so in this call.
    Unsupported { call: CallId },
    /// A command was written on a connection while the reply to one before it was still to come. Told once
    /// for each connection.
    Pipelined { conn: ConnId },
    /// A cache server stored the value that `call` writes with a longer life than the service asked for,
    /// by more than a rounding to seconds; `life_ms` is none if it has no end.
    LongLife { call: CallId, key: KeyId, asked_ms: u64, life_ms: Option<u64> },
    /// The client returned so many bytes for a key, which no call wrote.
    Unwritten { call: CallId, key: KeyId, bytes: u32 },
    /// A gateway sent the value of this call to be written after the call's time was up, and outside
    /// its scope: the command that a cache server carries out next.
    SentLate { command: CommandId, call: CallId },
    /// A cache server has read a command in part, and waits for its rest.
    CommandSplit { conn: ConnId },
}

/// What a directory commit changed. The ledger is built from these alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// A device has a new owner; its former epoch is over.
    Claimed { device: DeviceId, epoch: Epoch, owner: UserId },
    /// Somebody may watch.
    Granted { device: DeviceId, epoch: Epoch, user: UserId },
    /// Somebody may no longer watch.
    Revoked { device: DeviceId, epoch: Epoch, user: UserId },
    /// A grant of the epoch before was taken along into this one: nobody gave it anew.
    Carried { device: DeviceId, epoch: Epoch, user: UserId },
    /// A device was deleted; its epoch is over.
    Deleted { device: DeviceId, epoch: Epoch },
    /// An event is kept, as one of this epoch.
    Stored { event: EventId, epoch: Epoch },
}

/// What a request is about, as whoever sends it knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "kebab-case")]
pub enum Subject {
    /// Nothing beyond who asks.
    #[default]
    Oneself,
    /// An event.
    Event { event: EventId },
    /// The event of a signed link, which is good until then.
    Link { event: EventId, until_ms: u64 },
    /// A camera whose ownership or grants are to change: in favour of, or at the expense of, this
    /// person; whoever asks where there is no other.
    Camera { device: DeviceId, user: UserId },
}

/// What a device asks of a gateway, or a gateway of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// Open a connection.
    Connect,
    /// Prove who one is.
    Authenticate,
    /// Camera: hand over an event.
    Upload,
    /// Say that one is still there.
    KeepAlive,
    /// Phone: open the Events tab, or scroll on in it.
    List,
    /// Phone: show a thumbnail.
    Thumbnail,
    /// Phone: tap a thumbnail, which enlarges it.
    Enlarge,
    /// Phone: play the video.
    Video,
    /// Owner: let somebody watch.
    Share,
    /// Owner: take that back.
    Revoke,
    /// Owner: hand the camera to another account.
    Transfer,
    /// Camera reset to factory state and claimed by another account.
    Reclaim,
    /// Owner: delete the camera.
    Delete,
    /// Gateway: find out who is to be told of new events, and tell them.
    FanOut,
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Well.
    Ok,
    /// The service said that it is not allowed.
    Denied,
    /// The service was too busy.
    Refused,
    /// The service failed.
    Failed,
    /// No answer in time.
    TimedOut,
    /// The person changed their mind.
    GaveUp,
    /// The connection broke.
    Reset,
}

/// Why a gateway's work was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decline {
    /// The device gave up, or its connection broke.
    Cancelled,
    /// The gateway's own deadline.
    Deadline,
    /// The gateway died.
    Crash,
}

/// The published units of exposure.
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

/// A command of a caching client, as a cache server or the service names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CacheOp {
    /// Read one key.
    Get,
    /// Read several keys.
    Mget,
    /// Write a key.
    Set,
    /// Forget a key.
    Del,
    /// Anything else.
    Other,
}

/// Where a value that the client returned came from, read from the value's own bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Returned {
    /// The key it was once written for; none if nobody wrote it.
    pub written_for: Option<KeyId>,
    /// The call that wrote it, or a number that no call has for a value from before the run; 0 if
    /// nobody wrote it.
    pub written_by: CallId,
    /// The latest command whose reply brought it to this gateway; 0 if none did, or if the client
    /// declares that it keeps values and this one had been read before the call began.
    pub command: CommandId,
    /// The call in whose scope that command was written, where the wire could tell.
    pub answered: CallId,
    /// When a command was sent whose reply had it, at best for the client.
    pub sent: Sent,
    /// The commit of the directory as of which the value was read before it was written; 0 if it
    /// is not known.
    pub as_of: u64,
}

/// When the command was sent whose reply a call may have returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sent {
    /// No reply is known to have brought the value.
    #[default]
    Unknown,
    /// While the call was open.
    During,
    /// Before the call began; its reply was still to come then, and the client declares that a read
    /// may join another one that is under way.
    Joined,
    /// Before the call began, and its reply was still to come then.
    Before,
    /// Before the call began, and its reply had been read by then.
    Kept,
}

/// How a call of the caching client ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "call-outcome", rename_all = "kebab-case")]
pub enum CallOutcome {
    /// With an answer; some or all keys were there.
    Hit,
    /// With an answer; no key was there.
    Miss,
    /// With an error.
    Error,
    /// It was dropped, with `unread` of its commands sent and their replies not read. `conn` is
    /// the connection of one of them.
    Cancelled { unread: u16, conn: ConnId },
}

/// The two ends of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultPhase {
    /// It begins.
    Began,
    /// It ends.
    Ended,
}

impl Op {
    /// What is asked for, to go behind “asks gateway-1”.
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

impl What {
    /// The request that this fact is about is the one in whose scope it was written; facts that
    /// belong to nobody's request say so here.
    pub fn nobodys(&self) -> bool {
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

/// Nobody's request.
pub const NOBODY: RequestId = RequestId(0);
