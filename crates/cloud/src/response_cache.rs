//! A cache of whole responses in a gateway's process, of the kind operators put in front of a
//! service in an emergency. The service chooses the key and the lifetime of each response.

use crate::api::Response;
use crosswire_history::sync::Mutex;
use crosswire_history::{Fact, Journal, NodeId, RequestId, scope};
use crosswire_net::Net;
use std::collections::BTreeMap;

/// Capacity; when the cache is full, new responses are not stored.
const ENTRIES: usize = 4_096;

struct Kept {
    until_ms: u64,
    response: Response,
    /// The request that produced the response.
    of: RequestId,
}

#[derive(Default)]
struct State {
    on: bool,
    kept: BTreeMap<String, Kept>,
}

/// The response cache of one gateway process. It stores nothing until it is switched on.
pub struct ResponseCache {
    journal: Journal,
    net: Net,
    gateway: NodeId,
    state: Mutex<State>,
}

impl ResponseCache {
    /// Creates an empty cache that records every hit in `journal`.
    pub fn new(journal: Journal, net: Net, gateway: NodeId) -> Self {
        Self { journal, net, gateway, state: Mutex::default() }
    }

    /// Switches the cache on or off, and empties it.
    pub fn switch(&self, on: bool) {
        *self.state.lock() = State { on, ..State::default() };
    }

    /// Looks up a response for the request whose code is running now.
    pub fn find(&self, key: &str) -> Option<Response> {
        let now_ms = self.net.now_ms();
        let state = self.state.lock();
        let Kept { response, of, .. } = state.kept.get(key).filter(|it| now_ms <= it.until_ms)?;
        self.journal.record(now_ms, self.gateway, Fact::GivenAgain { of: *of });
        Some(response.clone())
    }

    /// Stores the response to the request whose code is running now, if there is room.
    pub fn keep(&self, key: String, until_ms: u64, response: &Response) {
        let mut state = self.state.lock();
        if state.on && state.kept.len() >= ENTRIES {
            let now_ms = self.net.now_ms();
            state.kept.retain(|_, kept| now_ms <= kept.until_ms);
        }
        if state.on && state.kept.len() < ENTRIES {
            let (response, of) = (response.clone(), scope::current().request);
            state.kept.insert(key, Kept { until_ms, response, of });
        }
    }
}
