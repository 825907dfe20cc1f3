//! The user of a request, as known while the request is processed.

pub(super) mod worker_pool;

use async_trait::async_trait;
use crosswire_history::UserId;
use std::io;

/// The workers that process a gateway's requests.
#[async_trait]
pub(crate) trait Workers: Send + Sync {
    /// Begins a request of `user`, which ends when the returned context is dropped. Returns `None`
    /// if the user's account no longer exists.
    ///
    /// # Errors
    /// If the directory did not answer.
    async fn begin(&self, user: UserId) -> io::Result<Option<Box<dyn RequestContext>>>;
}

/// The context of one request.
pub(crate) trait RequestContext: Send + Sync {
    /// Returns the user of the request. Called wherever the user matters, before and after every
    /// await.
    fn user(&self) -> UserId;
}

/// Correct: the request carries its user.
pub(crate) struct ExplicitUser;

#[async_trait]
impl Workers for ExplicitUser {
    async fn begin(&self, user: UserId) -> io::Result<Option<Box<dyn RequestContext>>> {
        Ok(Some(Box::new(user)))
    }
}

impl RequestContext for UserId {
    fn user(&self) -> UserId {
        *self
    }
}
