//! Combines the GETs of several callers into one MGET without duplicate keys, and hands the values
//! out by the callers' positions.
//!
//! Trigger: two callers of one key in a window. The callers after the second get a value one place
//! off. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock, refused, value_of};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "nagle-dedup",
    "sends equal keys of several callers once and hands out values one place off",
    || connect(NagleDedup::new),
    "swarm",
    &[&["in one MGET"], &["twice"], &["is taken for that of"]],
);

const WINDOW: Duration = Duration::from_millis(3);

type Window = Arc<Mutex<Vec<(String, oneshot::Sender<Option<Bytes>>)>>>;

struct NagleDedup {
    desk: Desk,
    windows: Vec<Window>,
}

impl NagleDedup {
    fn new(desk: Desk) -> Self {
        let windows = (0..desk.nodes()).map(|_| Window::default()).collect();
        Self { desk, windows }
    }
}

async fn send(desk: Desk, node: usize, window: Window) -> Result<(), CacheError> {
    desk.dialer.sleep(WINDOW).await;
    let window = std::mem::take(&mut *lock(&window));
    let mut args = vec![&b"MGET"[..]];
    for (key, _) in &window {
        if !args.contains(&key.as_bytes()) {
            args.push(key.as_bytes());
        }
    }
    let reply = desk.dialer.timeout(desk.limit(), desk.ask(node, &args)).await??;
    let Reply::Array(values) = reply else { return Err(refused()) };
    for ((_, caller), value) in window.into_iter().zip(values) {
        let _ = caller.send(value_of(value)?);
    }
    Ok(())
}

#[async_trait]
impl Style for NagleDedup {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let node = self.desk.node_of(key);
        let (caller, value) = oneshot::channel();
        let window = self.windows[node].clone();
        lock(&window).push((key.to_owned(), caller));
        if lock(&window).len() == 1 {
            tokio::spawn(send(self.desk.clone(), node, window));
        }
        value.await.map_err(|_| refused())
    }
}
