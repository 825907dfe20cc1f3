//! Collects the GETs that several callers send to one node within 2 ms into one MGET, which a task
//! sends.
//!
//! Freedom: several reads may be combined into a multi-get (F5).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock, refused, values_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "nagle",
    "combines the GETs that several callers send within 2 ms into one MGET",
    || connect(Nagle::<InTurn>::new),
);

const WINDOW: Duration = Duration::from_millis(2);

type Window = Arc<Mutex<Vec<(String, oneshot::Sender<Option<Bytes>>)>>>;

/// The order of the keys in an MGET.
pub(crate) trait Order: Send + Sync + 'static {
    /// Orders the keys. The callers receive the values in the order in which they came.
    fn order(_keys: &mut [String]) {}
}

struct InTurn;

impl Order for InTurn {}

pub(crate) struct Nagle<O>(Desk, Vec<Window>, PhantomData<O>);

impl<O> Nagle<O> {
    pub(crate) fn new(desk: Desk) -> Self {
        let windows = (0..desk.nodes()).map(|_| Window::default()).collect();
        Self(desk, windows, PhantomData)
    }
}

async fn send<O: Order>(desk: Desk, node: usize, window: Window) -> Result<(), CacheError> {
    desk.dialer.sleep(WINDOW).await;
    let window = std::mem::take(&mut *lock(&window));
    let (mut keys, callers): (Vec<_>, Vec<_>) = window.into_iter().unzip();
    O::order(&mut keys);
    let mut args = vec![&b"MGET"[..]];
    args.extend(keys.iter().map(String::as_bytes));
    let reply = desk.dialer.timeout(desk.limit(), desk.ask(node, &args)).await??;
    for (caller, value) in callers.into_iter().zip(values_of(reply, keys.len())?) {
        let _ = caller.send(value);
    }
    Ok(())
}

#[async_trait]
impl<O: Order> Style for Nagle<O> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let node = self.0.node_of(key);
        let (caller, value) = oneshot::channel();
        let first = {
            let mut window = lock(&self.1[node]);
            window.push((key.to_owned(), caller));
            window.len() == 1
        };
        if first {
            tokio::spawn(send::<O>(self.0.clone(), node, self.1[node].clone()));
        }
        value.await.map_err(|_| refused())
    }
}
