//! How a request knows for whom it is while it is worked on.

use crosswire_history::UserId;

/// The workers of a gateway.
pub(crate) trait Workers: Send + Sync {
    /// One of them takes on a request of `user`; it ends when the shift is dropped.
    fn begin(&self, user: UserId) -> Box<dyn Shift>;
}

/// A worker at work on one request.
pub(crate) trait Shift: Send + Sync {
    /// The user whose request it is. Asked whenever it matters, before and after every await.
    fn user(&self) -> UserId;
}

/// Right. The request carries its user with it.
pub(crate) struct Passed;

impl Workers for Passed {
    fn begin(&self, user: UserId) -> Box<dyn Shift> {
        Box::new(user)
    }
}

impl Shift for UserId {
    fn user(&self) -> UserId {
        *self
    }
}
