//! The ground floor: what happened, as data.
//!
//! Start with [`What`], the list of everything that can be seen at an edge of the world, and
//! [`Journal`], into which the edges write it. An [`Entry`] is one thing that happened, with
//! its simulated time, the node it happened on and the request on whose behalf.
//!
//! ```text
//! edges (fleet, wire, cache server, directory's door) ──▶ Journal ──▶ digest
//!                                                            ├──▶ ring of the latest entries
//!                                                            └──▶ observers (the checkers)
//! ```
//!
//! Causes are ids: an entry names the request, the call, the command and the connection it
//! belongs to, so a chain is walked backwards by looking for the entry that brought the id.
//!
//! - [`ids`]: who and what takes part
//! - [`what`]: what can happen
//! - [`journal`]: the one place it is written to, and its digest
//! - [`point`]: where something small can go wrong
//! - [`answers`]: as of which commit the directory answered which request
//! - [`provenance`]: the tag that only the harness can make and read
//! - [`scope`]: on whose behalf the code that runs now is running
//!
//! Nothing here knows of the simulation: a history read from a file is judged as a live one is.

pub mod answers;
pub mod digest;
pub mod ids;
pub mod journal;
pub mod point;
pub mod provenance;
pub mod scope;
pub mod what;

pub use answers::Answers;
pub use digest::Digest;
pub use ids::{
    CallId, CommandId, ConnId, DeviceId, Epoch, EventId, Intent, KeyId, NodeId, NodeKind,
    Principal, RequestId, Serial, UserId,
};
pub use journal::{Entry, Journal, Observer};
pub use point::Point;
pub use provenance::{Mint, Origin, TAG_LEN};
pub use what::{
    CacheOp, CallOutcome, Change, Decline, Exposure, FaultPhase, Op, Outcome, Returned, Sent,
    Subject, What,
};
