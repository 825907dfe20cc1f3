//! Local tasks, which the simulation does not have: its executor moves tasks between nodes. The
//! names exist because libraries mention them.

use super::JoinHandle;
use std::future::Future;

/// The sentence of every panic here.
const NONE: &str = "the simulated tokio has no local tasks: use `tokio::spawn`";

/// A set of local tasks, which cannot be made.
#[derive(Debug)]
pub enum LocalSet {}

impl LocalSet {
    /// Panics.
    ///
    /// # Panics
    /// Always.
    #[track_caller]
    pub fn new() -> Self {
        panic!("{NONE}");
    }
}

/// Panics.
///
/// # Panics
/// Always.
#[track_caller]
pub fn spawn_local<F>(_: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    panic!("{NONE}");
}
