//! Waits 2 ms for company: GETs of several callers to one node become one MGET, which a task sends.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock, refused, values_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "nagle",
    "forms an MGET from the GETs that several callers send within 2 ms",
    || connect(Nagle::new),
);

const WINDOW: Duration = Duration::from_millis(2);

type Window = Arc<Mutex<Vec<(String, oneshot::Sender<Option<Bytes>>)>>>;

struct Nagle {
    desk: Desk,
    windows: Vec<Window>,
}

impl Nagle {
    fn new(desk: Desk) -> Self {
        let windows = (0..desk.nodes()).map(|_| Window::default()).collect();
        Self { desk, windows }
    }
}

async fn send(desk: Desk, node: usize, window: Window) -> Result<(), CacheError> {
    desk.dialer.sleep(WINDOW).await;
    let (keys, callers): (Vec<_>, Vec<_>) = std::mem::take(&mut *lock(&window)).into_iter().unzip();
    let mut args = vec![&b"MGET"[..]];
    args.extend(keys.iter().map(String::as_bytes));
    let reply = desk.dialer.timeout(desk.limit(), desk.ask(node, &args)).await??;
    for (caller, value) in callers.into_iter().zip(values_of(reply, keys.len())?) {
        let _ = caller.send(value);
    }
    Ok(())
}

#[async_trait]
impl Style for Nagle {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let node = self.desk.node_of(key);
        let (caller, value) = oneshot::channel();
        let first = {
            let mut window = lock(&self.windows[node]);
            window.push((key.to_owned(), caller));
            window.len() == 1
        };
        if first {
            tokio::spawn(send(self.desk.clone(), node, self.windows[node].clone()));
        }
        value.await.map_err(|_| refused())
    }
}
