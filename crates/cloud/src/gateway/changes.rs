//! Access changes: changes to who may see which camera's events, and their commit to the directory.
//!
//! A request for a change may be in flight more than once: its sender received no answer and sends
//! it again while the first request waits in a queue or on a cut link. Each request therefore
//! carries the number of the user's intent; the directory makes the change once, and not at all
//! after a later change to the same camera and person.

pub(super) mod retrying;
pub(super) mod stepwise;

use crate::deps::Deps;
use crate::directory::{AccessChange, Changed, DirectoryClient};
use async_trait::async_trait;
use crosswire_history::{Intent, UserId};
use std::io;

/// Commits access changes.
#[async_trait]
pub(crate) trait ChangeWriter: Send + Sync {
    /// Commits a change requested by `user` under the number of the user's intent. Returns `None`
    /// if the user is not entitled to make it, or has superseded it with a later intent.
    ///
    /// # Errors
    /// If the directory did not answer; the change may still have been made.
    async fn write(
        &self,
        user: UserId,
        change: AccessChange,
        intent: Intent,
    ) -> io::Result<Option<Changed>>;
}

/// Correct: one transaction, requested once and with its key. A client that needs the change asks
/// again.
pub(crate) struct Once {
    directory: DirectoryClient,
}

impl Once {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self { directory: deps.directory.clone() }
    }
}

#[async_trait]
impl ChangeWriter for Once {
    async fn write(
        &self,
        user: UserId,
        change: AccessChange,
        intent: Intent,
    ) -> io::Result<Option<Changed>> {
        self.directory.commit(user, change, intent).await
    }
}
