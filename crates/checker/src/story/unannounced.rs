//! Stories of clients that were asked which keys have changed, and left one out.

use super::builder::{Story, StoryBuilder, counted};
use super::known::{CallBegan, Executed, Value};
use super::search::Search;
use crate::context::Context;
use crate::evidence::OwnWrite;
use crosswire_history::{CacheOp, CallId, CallOutcome, Entry, Fact, KeyId, NodeId};

/// Builds the story of a client whose answer `asked`, which ends with `entry`, leaves out a key
/// that was deleted before.
pub(crate) fn unannounced(
    entry: &Entry,
    asked: CallId,
    (key, deleted): (KeyId, OwnWrite),
    context: &Context<'_>,
) -> Story {
    let mut story = StoryBuilder::new(context);
    story.because("a change not named");
    story.call_began(deleted.call, None);
    let name = story.key(key);
    let removed = story.search().find(|entry| {
        matches!(entry.what, Fact::Executed { op: CacheOp::Del, call, .. } if call == deleted.call)
    });
    if let Some(removed) = removed {
        let (node, call) = (removed.node, deleted.call);
        story.add(removed.at_ms, format!("{node} removes {name} for {call}, which ends well"));
    }
    let from_ms = removed.map_or(deleted.ended_ms, |removed| removed.at_ms);
    story.feed_interrupted(entry.node, asked, (from_ms, entry.at_ms));
    story.call_began(asked, None);
    let names = story.names(asked, Some(&name));
    story.add(entry.at_ms, names);
    story.build()
}

impl StoryBuilder<'_> {
    /// Explains a decision of a gateway by its copy of an entry. Returns whether its client is
    /// asked what has changed at all.
    pub(super) fn copied(
        &mut self,
        arrived: &Entry,
        until_ms: u64,
        fits: impl Fn(KeyId) -> bool,
    ) -> bool {
        let (node, request) = (arrived.node, arrived.request);
        let Some(answered) = self.search().last_answer(node, until_ms) else { return false };
        let read = self.search().find(|entry| {
            entry.node == node
                && entry.at_ms <= until_ms
                && matches!(entry.what, Fact::Value { asked, .. } if fits(asked))
        });
        let Some(read) = read else { return false };
        self.because("a copy used");
        let Value { call, asked: key, .. } = Value::of(&read);
        let name = self.key(key);
        self.add(read.at_ms, format!("{call} brings {node} {name}, of which it keeps a copy"));
        let removed = self.search().find(|entry| {
            (read.at_ms..=until_ms).contains(&entry.at_ms)
                && matches!(entry.what, Fact::Executed { op: CacheOp::Del, key: of, hit: true, .. }
                    if of == key)
        });
        if let Some(removed) = removed {
            let (cache, call) = (removed.node, Executed::of(&removed).call);
            self.add(removed.at_ms, format!("{cache} removes {name} for {call}"));
            self.feed_interrupted(node, answered, (removed.at_ms, until_ms));
        }
        self.call_began(answered, None);
        let names = self.names(answered, removed.map(|_| name.as_str()));
        self.add(arrived.at_ms, format!("{names}: {node} goes by its copy for {request}"));
        true
    }

    /// Describes what an answer named, and that it did not name a key.
    fn names(&self, asked: CallId, but: Option<&str>) -> String {
        let keys = match self.search().named_by(asked) {
            0 => "no key".to_owned(),
            named => counted(named, "key", "keys"),
        };
        let but = but.map_or(String::new(), |key| format!(", and not {key}"));
        format!("{asked} names {keys}{but}")
    }

    /// Adds what came between the client and its feed: a connection that was lost, or a question
    /// that was dropped.
    fn feed_interrupted(&mut self, gateway: NodeId, asked: CallId, during: (u64, u64)) {
        self.feed_lost(gateway, None, during);
        let Some(dropped) = self.search().dropped_question(gateway, asked, during) else { return };
        self.because("an earlier question dropped");
        let call = CallBegan::of(&dropped).call;
        self.call_began(call, None);
        let Some(ended) = self.search().ended(call) else { return };
        let how = match ended.what {
            Fact::CallEnded { outcome: CallOutcome::Cancelled { .. }, .. } => "is dropped",
            _ => "fails",
        };
        self.add(ended.at_ms, format!("{call} {how} before it is answered"));
    }
}

impl Search<'_> {
    /// Counts the keys that an answer named.
    fn named_by(self, asked: CallId) -> usize {
        let named =
            |entry: &Entry| matches!(entry.what, Fact::NamedChanged { call, .. } if call == asked);
        self.0.latest().filter(|entry| named(entry)).count()
    }

    /// Returns the latest question of a gateway that was answered by then.
    fn last_answer(self, gateway: NodeId, until_ms: u64) -> Option<CallId> {
        self.find_map(|entry| match entry.what {
            Fact::CallEnded { call, outcome: CallOutcome::Hit | CallOutcome::Miss }
                if entry.node == gateway && entry.at_ms <= until_ms =>
            {
                let began = self.call(call)?;
                if CallBegan::of(&began).op == CacheOp::Changes { Some(call) } else { None }
            }
            _ => None,
        })
    }

    /// Returns where the latest question before `asked` began that was not answered, of those that
    /// were open in this time.
    fn dropped_question(
        self,
        gateway: NodeId,
        asked: CallId,
        (from_ms, to_ms): (u64, u64),
    ) -> Option<Entry> {
        self.find(|entry| match entry.what {
            Fact::CallBegan { op: CacheOp::Changes, call, .. } => {
                let unanswered = |ended: Entry| {
                    (from_ms..=to_ms).contains(&ended.at_ms)
                        && matches!(ended.what, Fact::CallEnded { outcome, .. }
                            if matches!(outcome, CallOutcome::Cancelled { .. } | CallOutcome::Error))
                };
                entry.node == gateway && call < asked && self.ended(call).is_some_and(unanswered)
            }
            _ => false,
        })
    }
}
