//! A command as a server has heard it, with what the wire knows of it. This is the harness.

use crate::seal;
use bytes::Bytes;
use crosswire_history::scope::Scope;
use crosswire_history::{CallId, KeyId};

/// A command as the server has heard it.
pub(crate) struct Heard {
    pub(crate) args: Vec<Bytes>,
    /// The key that it begins with.
    pub(crate) key: Option<KeyId>,
    /// Whose it is. Where the wire could not tell, there is no call, and the request is a guess by
    /// the key.
    pub(crate) scope: Scope,
    /// The latest call that had begun when it was sent.
    pub(crate) sent_after: CallId,
    /// When its first byte was written, or earlier.
    pub(crate) sent_ms: u64,
    /// Where it ends in the stream of commands.
    pub(crate) end: u64,
}

impl Heard {
    /// The call that the value under a write says it is from; `at` is the value's place.
    pub(crate) fn writer(&self, at: usize) -> Option<CallId> {
        self.args.get(at).and_then(|value| seal::written(value)).map(|written| written.by)
    }
}
