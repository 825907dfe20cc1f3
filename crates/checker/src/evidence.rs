//! Evidence that an invariant hands to the story of a violation.

use crosswire_history::{CallId, Epoch, RequestId};

/// The position of an entry in the history, from 1.
pub(crate) type Order = u64;

/// An acknowledged invalidation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acked {
    pub(crate) at_ms: u64,
    pub(crate) commit: u64,
    pub(crate) request: RequestId,
}

/// A `del` or `set` that a gateway's client has acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnWrite {
    pub(crate) call: CallId,
    pub(crate) began: Order,
    pub(crate) ended: Order,
    pub(crate) ended_ms: u64,
}

/// The relation to a camera that makes a user more than a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// The user owned, or owns, the camera in another epoch.
    Owner(Epoch),
    /// The user might watch the camera in another epoch.
    Guest(Epoch),
    /// The user might watch the camera in this epoch until then.
    Revoked(u64),
}
