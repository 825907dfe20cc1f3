//! Look-ups of several calls that a client sent as one MGET and whose values went to the wrong
//! calls.

use super::builder::StoryBuilder;
use super::known::Executed;
use super::search::Search;
use super::shift::is_dropped;
use crosswire_history::{CacheOp, CallId, CommandId, Entry, Fact, KeyId};

/// A look-up of one key.
#[derive(Clone, Copy)]
struct Member {
    began: Entry,
    call: CallId,
    key: KeyId,
}

impl StoryBuilder<'_> {
    /// Explains a value of one MGET for several calls that went to another of these calls. Returns
    /// whether that happened.
    pub(super) fn batched(&mut self, entry: &Entry) -> bool {
        // An answer without a value came from no MGET.
        let Fact::Value { call, asked, returned } = entry.what else { return false };
        let search = self.search();
        let Some(brought) = search.executed(returned.command) else { return false };
        let Executed { op, command, conn, key: first, .. } = Executed::of(&brought);
        if op != CacheOp::Mget || search.is_multi_get(&brought) {
            return false;
        }
        let waiting = search.waiting(entry, &brought);
        let own = waiting.iter().find(|member| member.call == call);
        let named = waiting.iter().rfind(|member| member.key == first);
        let (Some(&own), Some(&named)) = (own, named) else { return false };
        let theirs =
            waiting.iter().rfind(|member| Some(member.key) == returned.written_for).copied();
        let is_first = |member: &Member| {
            member.key != named.key && search.is_before(&member.began, &named.began)
        };
        let came_first = is_first(&own);
        // Sent alone, the command of a call that came first would have been carried out first.
        let is_shared = came_first || search.brought_several(command, first, entry);
        if !is_shared || returned.written_for.is_none_or(|written_for| written_for == asked) {
            return false;
        }
        self.because("one command for several calls");
        let twice = search.twice(&waiting, &brought, &own);
        let named_other = if own.call == named.call { theirs.unwrap_or(named) } else { named };
        let other = twice.map_or(named_other, |(one, _)| one);
        self.call_began(other.call, None);
        self.call_began(call, None);
        let (node, key) = (brought.node, self.key(first));
        let others =
            if other.call == call { String::new() } else { format!("{} and ", other.call) };
        let line = format!("{node} answers {others}{call} in one MGET on {conn}: {key} first");
        let line = match [own, other].into_iter().find(is_first) {
            Some(first) => {
                self.because("another order than the calls'");
                format!("{line}, though {} was before {}", first.call, named.call)
            }
            None => line,
        };
        self.add(brought.at_ms, line);
        if let Some((one, two)) = twice {
            self.because("a key asked for twice");
            let (key, at_ms) = (self.key(one.key), two.began.at_ms);
            self.add(at_ms, format!("{key} is asked for twice, by {} and {}", one.call, two.call));
        }
        self.add(entry.at_ms, self.handed_over(call, asked, returned));
        true
    }
}

impl Search<'_> {
    /// Returns the client's open single-key look-ups that had no separate command when a cache
    /// answered a command for several keys, in the order in which they began.
    fn waiting(self, entry: &Entry, brought: &Entry) -> Vec<Member> {
        let (mut answered, mut over) = (Vec::new(), Vec::new());
        let mut waiting = Vec::new();
        for past in self.0.latest().skip_while(|past| *past != brought).skip(1) {
            match past.what {
                Fact::Executed { call, key, .. } if self.may_be_of(entry, past) => {
                    answered.push((call, key));
                }
                Fact::CallEnded { call, .. } if !is_dropped(past) => over.push(call),
                Fact::CallBegan { op, call, key, keys: 1, .. } if op.reads() => {
                    let has_own =
                        |&(of, named): &(CallId, KeyId)| of == call || (of.0 == 0 && named == key);
                    let is_open = !over.contains(&call) && !answered.iter().any(has_own);
                    if past.node == entry.node && is_open {
                        waiting.push(Member { began: *past, call, key });
                    }
                }
                _ => {}
            }
        }
        waiting.reverse();
        waiting
    }

    /// Returns whether a command may be that of one call for several keys: by its call, or else by
    /// its request and its first key.
    fn is_multi_get(self, brought: &Entry) -> bool {
        let Executed { call: of, key: first, .. } = Executed::of(brought);
        let found = self.find(|past| {
            past.at_ms <= brought.at_ms
                && matches!(past.what, Fact::CallBegan { op: CacheOp::Mget, call, key, .. }
                    if call == of
                        || (of.0 == 0
                            && key == first
                            && past.request == brought.request
                            && self.is_open(call, brought)))
        });
        found.is_some()
    }

    /// Returns whether the reply to a command brought the value of a key other than the first.
    fn brought_several(self, wanted: CommandId, first: KeyId, entry: &Entry) -> bool {
        let found = self.find(|past| {
            past.at_ms <= entry.at_ms
                && matches!(past.what, Fact::Value { returned, .. }
                    if returned.command == wanted
                        && returned.written_for.is_some_and(|written_for| written_for != first))
        });
        found.is_some()
    }

    /// Returns two look-ups of one key, both since the same node was last asked for several keys,
    /// and not after `last`.
    fn twice(self, waiting: &[Member], brought: &Entry, last: &Member) -> Option<(Member, Member)> {
        let mut before = self.0.latest().skip_while(|past| *past != brought).skip(1);
        let earlier = before.find(|past| {
            past.node == brought.node
                && matches!(past.what, Fact::Executed { op: CacheOp::Mget, .. })
                && self.may_be_of(&last.began, past)
        });
        let upto = waiting.iter().position(|member| member.call == last.call)?;
        let since =
            |member: &&Member| earlier.is_none_or(|earlier| self.is_before(earlier, &member.began));
        let own: Vec<_> = waiting[..=upto].iter().filter(since).copied().collect();
        own.iter().enumerate().find_map(|(at, one)| {
            let two = own[at + 1..].iter().find(|two| two.key == one.key)?;
            Some((*one, *two))
        })
    }
}

#[cfg(test)]
mod tests;
