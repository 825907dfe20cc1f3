//! Histories: everything that happened in a run, as data.
//!
//! Start with [`Fact`], which lists every fact that can be observed at an edge of the world, and
//! with [`Journal`], into which the edges record facts. An [`Entry`] is one fact with its simulated
//! time, the node it happened on and the request on whose behalf it happened.
//!
//! ```text
//! edges (fleet, net, cache server, directory server) ──▶ Journal ─┬─▶ digest
//!                                                                 ├─▶ ring of the latest entries
//!                                                                 └─▶ observer (the checkers)
//! ```
//!
//! Causes are ids. An entry names the request, the call, the command and the connection it belongs
//! to, so a causal chain is followed backwards by looking for the entry that introduced an id.
//!
//! - [`ids`]: the ids of everything that takes part
//! - [`by_id`]: arrays with an id as their index
//! - [`fact`]: the facts
//! - [`journal`]: records facts, and computes the digest
//! - [`point`]: fault points
//! - [`answers`]: as of which commit the directory answered each request
//! - [`provenance`]: the tag that only the harness can make and read
//! - [`scope`]: the request and the call that the running code works for
//! - [`sync`]: the mutex for all that is shared
//!
//! This crate knows nothing about the simulation: a history read from a file is checked exactly
//! like a live one.

pub mod answers;
pub mod by_id;
pub mod digest;
pub mod fact;
pub mod ids;
pub mod journal;
pub mod point;
pub mod provenance;
pub mod scope;
pub mod sync;

pub use answers::Answers;
pub use by_id::{ById, Id};
pub use digest::Digest;
pub use fact::{
    CacheOp, CallOutcome, Change, Decline, Exposure, Fact, FaultPhase, Offer, Op, Outcome,
    Returned, Sent, Subject, Trick,
};
pub use ids::{
    CallId, CommandId, ConnId, DeviceId, Epoch, EventId, Intent, KeyId, NodeId, NodeKind,
    Principal, RequestId, Serial, UserId,
};
pub use journal::{Entry, History, Journal, Observer};
pub use point::Point;
pub use provenance::{Mint, Origin, TAG_LEN};
