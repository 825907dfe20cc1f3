//! Opens a circuit breaker for a node after three failures in a row: calls fail for 200 ms, and
//! then one call tries the node.
//!
//! Freedom: a call may be refused (F12).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Moment, async_trait};
use std::io::ErrorKind;
use std::sync::Mutex;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "breaker",
    "a circuit breaker refuses calls for 200 ms after three failures in a row",
    || connect(Breaker::new),
);

const OPEN: Duration = Duration::from_millis(200);

/// The number of failures in a row, and the moment when the breaker opened.
type Circuit = Mutex<(u32, Option<Moment>)>;

struct Breaker {
    desk: Desk,
    circuits: Vec<Circuit>,
}

impl Breaker {
    fn new(desk: Desk) -> Self {
        let circuits = (0..desk.nodes()).map(|_| Circuit::default()).collect();
        Self { desk, circuits }
    }
}

#[async_trait]
impl Style for Breaker {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let now = self.desk.dialer.moment();
        {
            let (_, since) = &mut *lock(&self.circuits[node]);
            if since.as_ref().is_some_and(|since| !since.is_past(OPEN)) {
                return Err(CacheError::Connection(ErrorKind::WouldBlock));
            }
            if since.is_some() {
                // This call tries the node; the others are refused for another 200 ms.
                *since = Some(now);
            }
        }
        let reply = self.desk.ask(node, args).await;
        let mut circuit = lock(&self.circuits[node]);
        circuit.0 = if reply.is_ok() { 0 } else { circuit.0 + 1 };
        circuit.1 = (circuit.0 >= 3).then(|| self.desk.dialer.moment());
        reply
    }
}
