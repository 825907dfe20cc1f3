//! The fate of a write on the caches: which node carried it out and when, how often, and how long
//! the value lives there.

use super::builder::{StoryBuilder, seconds};
use super::known::{CallBegan, CallEnded, Executed};
use super::search::Search;
use crate::evidence::OwnWrite;
use crosswire_history::{
    CacheOp, CallId, CallOutcome, Entry, Fact, KeyId, NodeId, NodeKind, Returned,
};

impl StoryBuilder<'_> {
    /// Adds where a client's write was carried out by `entry`. Returns the nodes.
    pub(super) fn carried_out(
        &mut self,
        own: OwnWrite,
        asked: KeyId,
        entry: &Entry,
    ) -> Vec<NodeId> {
        let search = self.search();
        let (began, ended) = (search.call(own.call), search.ended(own.call));
        let Some((began, ended)) = began.zip(ended) else { return Vec::new() };
        let mut nodes = Vec::new();
        let mut in_time = false;
        for done in search.done(&began, asked, entry) {
            let (node, call) = (done.node, own.call);
            if let Fact::Rejected { .. } = done.what {
                self.because("command rejected");
                self.add(done.at_ms, format!("{node} answers {call} with an error"));
                continue;
            }
            nodes.push(node);
            if done.at_ms <= ended.at_ms {
                in_time = true;
                self.add_aside(done.at_ms, format!("{node} carries out {call}"));
            } else {
                self.because("carried out late");
                let later = seconds(done.at_ms - ended.at_ms);
                self.add(
                    done.at_ms,
                    format!("{node} carries out {call}, {later} s after it ended"),
                );
            }
        }
        let call = own.call;
        let key = self.key(asked);
        if in_time {
            self.add(own.ended_ms, format!("{call} ends well: {key} no longer holds that value"));
        } else {
            self.because("acknowledged before it was carried out");
            self.add(
                own.ended_ms,
                format!("{call} ends well, though no cache has carried it out: {key} should no longer hold that value"),
            );
        }
        nodes
    }

    /// Explains a reply that brought a value which the client's write, carried out on `nodes`,
    /// should have ended.
    pub(super) fn still_there(
        &mut self,
        (call, asked): (CallId, KeyId),
        returned: Returned,
        (own, nodes): (CallId, &[NodeId]),
    ) {
        let Some(answered) = self.search().executed(returned.command) else { return };
        let (node, key) = (answered.node, self.key(asked));
        let call = match Executed::of(&answered).call {
            CallId(0) => call,
            known => known,
        };
        let kept = self.search().not_stored(own, node);
        if let Some(kept) = kept.filter(|kept| kept.at_ms <= answered.at_ms) {
            self.because("write without effect");
            let line = format!("{node} answers {own} without storing its value: {key} holds one");
            self.add(kept.at_ms, line);
        }
        if nodes.is_empty() || nodes.contains(&node) {
            self.add_aside(
                answered.at_ms,
                format!("{node} answers {call} with the value of {key}"),
            );
            return;
        }
        self.because("still there on another node");
        let mut names: Vec<_> = nodes.iter().map(NodeId::to_string).collect();
        names.dedup();
        let names = names.join(" and ");
        self.add(
            answered.at_ms,
            format!("another node, {node}, answers {call} with the value of {key}: {own} went to {names} alone"),
        );
    }

    /// Returns whether a call was given the reply to another one that was still unread on the
    /// connection when the call went out there.
    pub(super) fn has_crossed(&self, call: CallId, returned: Returned) -> bool {
        let Some(answered) = self.search().executed(returned.command) else { return false };
        let Executed { conn, call: whose, .. } = Executed::of(&answered);
        whose.0 != 0 && whose != call && self.search().reused(call, Some(conn)).is_some()
    }

    /// Adds for whom the value that the cache held under a key at `until_ms` was stored, and for
    /// how long. Returns when it was stored.
    pub(super) fn left_in_cache(
        &mut self,
        wanted: KeyId,
        as_of: u64,
        until_ms: u64,
    ) -> Option<u64> {
        let set = self.search().stored(wanted, until_ms)?;
        let call = Executed::of(&set).call;
        let (key, node) = (self.key(wanted), set.node);
        let whom = self.whom(set.request).map_or_else(String::new, |whom| format!(" for {whom}"));
        let replica = self.search().find(|entry| {
            entry.request == set.request
                && entry.node.kind == NodeKind::Replica
                && matches!(entry.what, Fact::Consulted { as_of: read, .. } if read == as_of)
        });
        let from = if replica.is_some() {
            self.because("replica behind");
            " from the replica"
        } else {
            ""
        };
        let life = self.life(call, &set);
        let after = self.after_its_call(call, &set);
        self.add(
            set.at_ms,
            format!("{node} keeps {key}{life}, read{whom}{from} as of commit {as_of}{after}"),
        );
        self.touched_too_long(&set);
        Some(set.at_ms)
    }

    /// Describes how long the value that `call` writes lives, if that is longer than the service
    /// asked for.
    fn life(&mut self, call: CallId, set: &Entry) -> String {
        let search = self.search();
        let long = search.find_map(|entry| match entry.what {
            Fact::LongLife { call: of, asked_ms, life_ms, .. } if of == call && call.0 != 0 => {
                Some((asked_ms, life_ms))
            }
            _ => None,
        });
        let Some((asked_ms, life_ms)) = long else { return String::new() };
        let asked = seconds(asked_ms);
        let Some(life_ms) = life_ms else {
            if search.life_ended(set, |text| self.past().key_name(text)).is_some() {
                return String::new();
            }
            self.because("lives for ever");
            self.cut_short(call);
            return format!(" with no end, instead of for {asked} s");
        };
        self.because("lives too long");
        let times = match life_ms.checked_div(asked_ms) {
            Some(times) if times > 1 && times * asked_ms == life_ms => {
                format!(", {times} times as long as asked for")
            }
            _ => format!(" instead of {asked} s"),
        };
        format!(" for {} s{times}", seconds(life_ms))
    }

    /// Adds the end of the call that wrote a value, if it went away before it had ended well.
    fn cut_short(&mut self, call: CallId) {
        let Some(ended) = self.search().ended(call) else { return };
        let how = match CallEnded::of(&ended).outcome {
            CallOutcome::Cancelled { .. } => "is dropped",
            CallOutcome::Error => "fails",
            CallOutcome::Hit | CallOutcome::Miss => return,
        };
        self.because("write cut short");
        let why = self.search().reason(&ended).unwrap_or_default();
        self.add(ended.at_ms, format!("{why}{call} {how} before it has sent an end of that life"));
    }

    /// Describes a write that was carried out after its call had ended, or not for the first time.
    /// A call may write to several nodes.
    pub(super) fn after_its_call(&mut self, call: CallId, set: &Entry) -> String {
        let search = self.search();
        if call.0 == 0 {
            return String::new();
        }
        let again = search.find(|entry| {
            entry != set
                && entry.at_ms < set.at_ms
                && entry.node == set.node
                && matches!(entry.what, Fact::Executed { op: CacheOp::Set, call: of, .. } if of == call)
        });
        let mut after = String::new();
        if let Some(first) = again {
            self.because("stored again");
            after = format!(": what {call} wrote at {}, stored once more", seconds(first.at_ms));
        }
        let ended = search.ended(call).filter(|ended| ended.at_ms < set.at_ms);
        if let (Some(ended), true) = (ended, after.is_empty()) {
            self.because("stored after its call");
            let how = match CallEnded::of(&ended).outcome {
                CallOutcome::Cancelled { .. } => "was dropped",
                CallOutcome::Error => "failed",
                CallOutcome::Hit | CallOutcome::Miss => "ended",
            };
            let later = seconds(set.at_ms - ended.at_ms);
            after = format!(", {later} s after {call}, which writes it, {how}");
        }
        after
    }
}

impl Search<'_> {
    /// Returns where a cache last stored a value for a key, under its name or another, up to
    /// `until_ms`.
    fn stored(self, wanted: KeyId, until_ms: u64) -> Option<Entry> {
        let for_key = |call: CallId| {
            call.0 != 0 && self.call(call).is_some_and(|began| CallBegan::of(&began).key == wanted)
        };
        let stores = |entry: &Entry, fits: &dyn Fn(KeyId, CallId) -> bool| match entry.what {
            Fact::Executed { op: CacheOp::Set, key, call, .. } => {
                entry.at_ms <= until_ms && fits(key, call)
            }
            _ => false,
        };
        self.find(|entry| stores(entry, &|key, _| key == wanted))
            .or_else(|| self.find(|entry| stores(entry, &|_, call| for_key(call))))
    }

    /// Returns where the caches carried out or refused a write, from its beginning to `until`.
    fn done(self, began: &Entry, asked: KeyId, until: &Entry) -> Vec<Entry> {
        let CallBegan { call: own, op: wanted, .. } = CallBegan::of(began);
        let is_its = |entry: &Entry| match entry.what {
            Fact::Executed { call, op, key, .. } => {
                call == own
                    || (call.0 == 0 && (op, key) == (wanted, asked) && self.may_be_of(began, entry))
            }
            Fact::Rejected { call, .. } => call == own,
            _ => false,
        };
        let span = self.0.latest().skip_while(|entry| *entry != until);
        let span = span.take_while(|entry| *entry != began);
        let mut done: Vec<_> = span.filter(|entry| is_its(entry)).copied().collect();
        done.reverse();
        done
    }

    /// Returns where a node that holds an older value carried out the set of a call, and found a
    /// value.
    fn not_stored(self, own: CallId, node: NodeId) -> Option<Entry> {
        self.find(|entry| {
            let set = matches!(entry.what, Fact::Executed { call, op: CacheOp::Set, hit: true, .. }
                if call == own);
            set && entry.node == node
        })
    }

    /// Returns where a later command gave the stored value an expiry.
    fn life_ended(self, set: &Entry, text_of: impl Fn(KeyId) -> String) -> Option<Entry> {
        let key = text_of(Executed::of(set).key);
        self.find(|entry| {
            entry.node == set.node
                && entry.at_ms >= set.at_ms
                && matches!(entry.what, Fact::Served { text, .. } if {
                    let text = text_of(text);
                    let mut words = text.split(' ');
                    words.next().is_some_and(|name| name.contains("EXPIRE"))
                        && words.next() == Some(&key)
                })
        })
    }
}

#[cfg(test)]
mod tests;
