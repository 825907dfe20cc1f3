//! The user of a request, while the request is handled.

use crosswire::service::UserId;
use std::sync::Mutex;

/// Knows the user of a request.
pub trait Asker: Default + Send + Sync + 'static {
    /// Stays with the request.
    type Mark: Send;

    /// Begins a request of this user.
    fn begin(&self, user: UserId) -> Self::Mark;

    /// Returns the user of the request.
    fn user(&self, mark: Self::Mark) -> UserId;
}

/// The request carries its user.
#[derive(Default)]
pub struct Carried;

impl Asker for Carried {
    type Mark = UserId;

    fn begin(&self, user: UserId) -> UserId {
        user
    }

    fn user(&self, mark: UserId) -> UserId {
        mark
    }
}

/// The gateway remembers the current user, so that no function below has to pass it on: a field
/// that the first step of each request sets, as servers with a thread for each request do. But here
/// one thread handles many requests. While this one waits, the next one sets the field.
#[derive(Default)]
pub struct Remembered {
    current: Mutex<UserId>,
}

impl Asker for Remembered {
    type Mark = ();

    fn begin(&self, user: UserId) {
        *self.current.lock().expect("no panic") = user;
    }

    fn user(&self, (): ()) -> UserId {
        *self.current.lock().expect("no panic")
    }
}
