//! Look-ups that a request joined: the directory answered them for an earlier request.

use super::builder::StoryBuilder;
use super::known::{CallBegan, Consulted};
use crosswire_history::{CallId, Entry, Fact, RequestId};
use std::collections::BTreeSet;

impl StoryBuilder<'_> {
    /// Adds the earlier request at the same gateway that looked up the key of `call`, found nothing
    /// either, and had the directory asked. `is_old` accepts answers that are out of date. Returns
    /// that request: one that asks neither cache nor directory probably has its answer from there.
    pub(super) fn joined(
        &mut self,
        call: CallId,
        until_ms: u64,
        is_old: impl Fn(u64) -> bool,
    ) -> Option<RequestId> {
        let began = self.search().call(call)?;
        let answered = self.answered_for_another(&began, until_ms, is_old)?;
        let (as_of, request) = (Consulted::of(&answered).as_of, answered.request);
        self.asked(request);
        let dropped = self.search().find(|entry| {
            entry.request == request
                && entry.at_ms <= answered.at_ms
                && matches!(entry.what, Fact::Dropped { .. })
        });
        let node = answered.node;
        let late = match dropped {
            Some(dropped) => {
                let gateway = dropped.node;
                self.add(
                    dropped.at_ms,
                    format!("{gateway} drops {request}, and its question to the {node} stays open"),
                );
                ": nobody waits for it any more"
            }
            None => "",
        };
        let line = format!("{node} answers {request}, as of commit {as_of}{late}");
        self.add(answered.at_ms, line);
        Some(request)
    }

    /// Returns the latest answer of the directory to another request that looked up the same key at
    /// the same gateway.
    fn answered_for_another(
        &self,
        began: &Entry,
        until_ms: u64,
        is_old: impl Fn(u64) -> bool,
    ) -> Option<Entry> {
        let wanted = CallBegan::of(began).key;
        let lookups = self.past().latest().filter(|entry| match entry.what {
            Fact::CallBegan { op, key, .. } => {
                op.reads() && key == wanted && entry.node == began.node
            }
            _ => false,
        });
        let mut requests: BTreeSet<_> = lookups.map(|entry| entry.request).collect();
        requests.remove(&began.request);
        self.search().find(|entry| match entry.what {
            Fact::Consulted { as_of, .. } => {
                requests.contains(&entry.request) && entry.at_ms <= until_ms && is_old(as_of)
            }
            _ => false,
        })
    }
}
