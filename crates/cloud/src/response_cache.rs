//! A cache of whole responses in a gateway's process, such as operators put in front of a service
//! in an emergency. Under what key a response lies, and for how long, is the service's choice.

use crate::api::Response;
use crosswire_history::{Journal, NodeId, RequestId, What, scope};
use crosswire_net::Net;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Responses that are kept at most; beyond that, new ones are not.
const ENTRIES: usize = 4_096;

struct Kept {
    until_ms: u64,
    response: Response,
    /// The request to which it was the response.
    of: RequestId,
}

#[derive(Default)]
struct State {
    on: bool,
    kept: BTreeMap<String, Kept>,
}

/// The cache of one gateway's process. Until it is switched on, it keeps nothing.
pub struct ResponseCache {
    journal: Journal,
    net: Net,
    gateway: NodeId,
    state: Mutex<State>,
}

impl ResponseCache {
    /// An empty one. What it gives out again is written into `journal`.
    pub fn new(journal: Journal, net: Net, gateway: NodeId) -> Self {
        Self { journal, net, gateway, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// On or off, and empty.
    pub fn switch(&self, on: bool) {
        *self.state() = State { on, ..State::default() };
    }

    /// The response that lies under a key, for the request whose code is running now.
    pub fn find(&self, key: &str) -> Option<Response> {
        let now_ms = self.net.now_ms();
        let state = self.state();
        let Kept { response, of, .. } = state.kept.get(key).filter(|it| now_ms <= it.until_ms)?;
        self.journal.record(now_ms, self.gateway, What::GivenAgain { of: *of });
        Some(response.clone())
    }

    /// Keeps the response to the request whose code is running now, if there is room.
    pub fn keep(&self, key: String, until_ms: u64, response: &Response) {
        let mut state = self.state();
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
