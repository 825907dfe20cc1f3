//! Waits 2 ms for other callers of a key and sends one GET for all of them. Later callers wait for
//! the next GET.
//!
//! Freedom: one command may answer several calls without any declaration if it is sent while all of
//! them are open (M6).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock, refused, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "coalesced",
    "sends one GET for all callers that ask for a key before it is sent",
    || connect(Coalesced::<BeforeSending>::new),
);

/// The waiting callers, by key.
pub(crate) type Waiting = Mutex<BTreeMap<String, Vec<oneshot::Sender<Option<Bytes>>>>>;

/// The moment that closes the list of callers who receive a reply.
pub(crate) trait Closing: Send + Sync + 'static {
    /// True to close the list before the command is sent, false when the reply has arrived.
    const BEFORE_SENDING: bool;
}

struct BeforeSending;

impl Closing for BeforeSending {
    const BEFORE_SENDING: bool = true;
}

pub(crate) struct Coalesced<C>(Desk, Arc<Waiting>, PhantomData<C>);

impl<C: Closing> Coalesced<C> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, Arc::default(), PhantomData)
    }

    async fn send(desk: Desk, waiting: Arc<Waiting>, key: String) -> Result<(), CacheError> {
        desk.dialer.sleep(Duration::from_millis(2)).await;
        let close = || lock(&waiting).remove(&key).unwrap_or_default();
        let before = C::BEFORE_SENDING.then(close);
        let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
        let reply = desk.dialer.timeout(desk.limit(), desk.ask(desk.node_of(&key), &args)).await;
        let callers = before.unwrap_or_else(close);
        let value = value_of(reply??)?;
        for caller in callers {
            let _ = caller.send(value.clone());
        }
        Ok(())
    }
}

#[async_trait]
impl<C: Closing> Style for Coalesced<C> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (caller, value) = oneshot::channel();
        let first = {
            let mut waiting = lock(&self.1);
            let callers = waiting.entry(key.to_owned()).or_default();
            callers.push(caller);
            callers.len() == 1
        };
        if first {
            tokio::spawn(Self::send(self.0.clone(), self.1.clone(), key.to_owned()));
        }
        value.await.map_err(|_| refused())
    }
}
