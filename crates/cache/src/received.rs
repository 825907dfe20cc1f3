//! A command as a server received it, with what the tap knows about it. Part of the harness.

use crate::seal;
use bytes::Bytes;
use crosswire_history::scope::Scope;
use crosswire_history::{CallId, KeyId};

/// A command as the server received it.
pub(crate) struct Received {
    pub(crate) args: Vec<Bytes>,
    /// Its first key.
    pub(crate) key: Option<KeyId>,
    /// The scope that sent the command. If the tap does not know it, there is no call, and the
    /// request is a guess by the key.
    pub(crate) scope: Scope,
    /// The latest call that had begun when the command was sent.
    pub(crate) sent_after: CallId,
    /// A time no later than that at which its first byte was written.
    pub(crate) sent_ms: u64,
    /// The offset in the stream of commands at which the command ends.
    pub(crate) end: u64,
}

impl Received {
    /// Returns the call that the seal of a written value names; `at` is the value's argument.
    pub(crate) fn writer(&self, at: usize) -> Option<CallId> {
        self.args.get(at).and_then(|value| seal::written(value)).map(|written| written.by)
    }
}
