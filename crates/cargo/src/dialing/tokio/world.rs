//! The simulation of a thread.

use crate::io::{AsyncRead, AsyncWrite};
use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// A task.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Ends at a time.
pub type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection that is being opened.
pub type Dialing = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send>>;

/// A simulated connection.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A simulated world.
pub trait World {
    /// Runs a task in the process that the current task belongs to.
    fn spawn(&self, task: Task);

    /// Returns a future that ends once this time has passed, and not before.
    fn timer(&self, after: Duration) -> Timer;

    /// Opens a connection to an address.
    fn dial(&self, to: SocketAddr) -> Dialing;

    /// Looks a name up.
    ///
    /// # Errors
    /// If nothing has this name.
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

thread_local! {
    static WORLD: RefCell<Option<Rc<dyn World>>> = const { RefCell::new(None) };
}

/// Gives this thread a world.
pub fn enter(world: Rc<dyn World>) {
    WORLD.with(|place| *place.borrow_mut() = Some(world));
}

/// Returns whether this thread has a world.
pub fn is_entered() -> bool {
    WORLD.with(|place| place.borrow().is_some())
}

/// Returns this thread's world.
///
/// # Panics
/// If it has none.
#[track_caller]
pub(crate) fn current() -> Rc<dyn World> {
    let world = WORLD.with(|place| place.borrow().clone());
    world.expect("tokio is simulated here, and this thread has no world: call `enter` first")
}
