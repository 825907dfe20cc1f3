//! The parts that the clients of the zoo share, so that each client is about one thing.
//!
//! | module | contents |
//! |---|---|
//! | `feeds` | feeds of the keys that have changed, by CLIENT TRACKING |
//! | `inflight_reads` | reads in flight that other reads join |
//! | `line` | one connection that counts outstanding replies |
//! | `near_cache` | a client with a near-cache, and its rules |
//! | `offers` | plain ways to carry out what a client offers beyond the basic calls |
//! | `pool` | connections with one borrower at a time |
//! | `mux` | one connection for many callers |
//! | `muxed` | a client over one pipelined connection per node |
//! | `near` | values kept in the process, with fills that local writes cancel |
//! | `skipping` | a connection for each node that skips the replies which dropped callers left |
//! | `windows` | work of several callers that is done together |
//! | `style` | a whole client in parts, of which a specimen replaces one |

mod feeds;
mod inflight_reads;
mod line;
mod mux;
mod muxed;
mod near;
mod near_cache;
pub mod offers;
mod pool;
mod skipping;
mod style;
mod windows;

pub use feeds::{Careful, Feed, Feeds, Following, answer};
pub use inflight_reads::{Board, Flight, InflightReads, flight};
pub use line::{Line, frame, next_reply};
pub use mux::{InOrder, MuxSlot, Router, Waiter};
pub use muxed::Muxed;
pub use near::{Near, Strike};
pub use near_cache::{Keeping, NearCache};
pub use pool::{Desk, Fetched, Lease, lock};
pub use skipping::SkippingLines;
pub use style::{Style, connect, del, get, mget, set};
pub use windows::Windows;

use bytes::Bytes;
use crosswire_cache::CacheError;
use crosswire_cache::resp::Reply;
use std::io::ErrorKind;
use tokio::sync::{mpsc, oneshot};

/// The values that a multi-get returns, in the order of its keys.
pub type Values = Vec<Option<Bytes>>;

/// An encoded command, and the sender for its reply.
pub type Job = (Bytes, oneshot::Sender<Reply>);

/// Starts a task with a queue of commands for each node, and returns the queues.
pub fn tasks<F: Future<Output = ()> + Send + 'static>(
    desk: &Desk,
    work: fn(Desk, usize, mpsc::UnboundedReceiver<Job>) -> F,
) -> Vec<mpsc::UnboundedSender<Job>> {
    let start = |node| {
        let (queue, jobs) = mpsc::unbounded_channel();
        tokio::spawn(work(desk.clone(), node, jobs));
        queue
    };
    (0..desk.nodes()).map(start).collect()
}

/// Hands a command to a task and waits for its reply.
pub async fn hand_in(
    queue: &mpsc::UnboundedSender<Job>,
    args: &[&[u8]],
) -> Result<Reply, CacheError> {
    let (caller, reply) = oneshot::channel();
    queue.send((frame(args), caller)).map_err(|_| refused())?;
    reply.await.map_err(|_| refused())
}

/// Returns the error for a connection that does not exist.
pub fn refused() -> CacheError {
    CacheError::Connection(ErrorKind::NotConnected)
}

/// Returns the error for a reply that makes no sense for its command.
pub fn unexpected(reply: &Reply) -> CacheError {
    CacheError::Protocol(format!("{reply:?}"))
}

/// Returns the value in the reply to a GET.
pub fn value_of(reply: Reply) -> Result<Option<Bytes>, CacheError> {
    match reply {
        Reply::Bulk(value) => Ok(Some(value)),
        Reply::Nil => Ok(None),
        Reply::Error(text) => Err(CacheError::Server(text)),
        other => Err(unexpected(&other)),
    }
}

/// Returns the values in the reply to an MGET of `count` keys.
pub fn values_of(reply: Reply, count: usize) -> Result<Values, CacheError> {
    match reply {
        Reply::Array(items) if items.len() == count => items.into_iter().map(value_of).collect(),
        Reply::Error(text) => Err(CacheError::Server(text)),
        other => Err(unexpected(&other)),
    }
}

/// Checks the reply to a SET.
pub fn done(reply: Reply) -> Result<(), CacheError> {
    match reply {
        Reply::Simple(text) if &text[..] == b"OK" => Ok(()),
        Reply::Error(text) => Err(CacheError::Server(text)),
        other => Err(unexpected(&other)),
    }
}

/// Returns the number in a reply.
pub fn number(reply: Reply) -> Result<i64, CacheError> {
    match reply {
        Reply::Int(number) => Ok(number),
        Reply::Error(text) => Err(CacheError::Server(text)),
        other => Err(unexpected(&other)),
    }
}

/// Hashes bytes with FNV-1a. Each `start` gives another hash.
pub fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325 ^ start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
