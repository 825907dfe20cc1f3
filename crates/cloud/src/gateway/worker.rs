//! How a request knows for whom it is while it is worked on.

use async_trait::async_trait;
use crosswire_history::UserId;
use std::io;

/// The workers of a gateway.
#[async_trait]
pub(crate) trait Workers: Send + Sync {
    /// One of them takes on a request of `user`; it ends when the shift is dropped. Nothing if
    /// the user has no account any more.
    ///
    /// # Errors
    /// The directory did not answer.
    async fn begin(&self, user: UserId) -> io::Result<Option<Box<dyn Shift>>>;
}

/// A worker at work on one request.
pub(crate) trait Shift: Send + Sync {
    /// The user whose request it is. Asked whenever it matters, before and after every await.
    fn user(&self) -> UserId;
}

/// Right. The request carries its user with it.
pub(crate) struct Passed;

#[async_trait]
impl Workers for Passed {
    async fn begin(&self, user: UserId) -> io::Result<Option<Box<dyn Shift>>> {
        Ok(Some(Box::new(user)))
    }
}

impl Shift for UserId {
    fn user(&self) -> UserId {
        *self
    }
}
