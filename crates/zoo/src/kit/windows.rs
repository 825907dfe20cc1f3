//! Work of several callers that is collected for a moment and then done together.

use super::{Desk, lock};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The time for which work is collected.
const WINDOW: Duration = Duration::from_millis(2);

/// The work that waits for each node.
pub struct Windows<T>(Vec<Arc<Mutex<Vec<T>>>>);

impl<T: Send + 'static> Windows<T> {
    /// Creates the windows, with nothing in them.
    pub fn new(desk: &Desk) -> Self {
        Self((0..desk.nodes()).map(|_| Arc::default()).collect())
    }

    /// Adds work for a node. The first in a window starts a task that does all of it.
    pub fn add<F: Future<Output = ()> + Send + 'static>(
        &self,
        desk: &Desk,
        node: usize,
        work: T,
        all: fn(Desk, usize, Vec<T>) -> F,
    ) {
        let window = self.0[node].clone();
        let mut waiting = lock(&window);
        waiting.push(work);
        if waiting.len() == 1 {
            let (desk, window) = (desk.clone(), window.clone());
            tokio::spawn(async move {
                desk.dialer.sleep(WINDOW).await;
                let work = std::mem::take(&mut *lock(&window));
                all(desk, node, work).await;
            });
        }
    }
}
