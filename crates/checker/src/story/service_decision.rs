//! Explains why the service considered a user authorized, for leaks that no stray reply caused.
//!
//! Everything that a request asks for is seen at the edges, in its scope: what it looks up in the
//! cache and what the directory answers. So the last of these before the leak shows what the
//! request acted upon; without one, it asked neither.

use super::builder::StoryBuilder;
use super::known::{CallEnded, GivenAgain};
use crosswire_history::{
    CallId, CallOutcome, Change, Entry, Exposure as How, Fact, KeyId, NodeKind, Origin, Principal,
    UserId,
};

/// The answers about rights that a request received, as far as the edges saw them.
#[derive(Default)]
struct Evidence {
    /// The arrival at the gateway.
    arrived: Option<Entry>,
    /// The request was given what had been kept of the answer to another request.
    given_again: Option<Entry>,
    /// The cache was asked for what is another user's.
    of_another: Option<Entry>,
    /// The directory was asked to decide for another user.
    for_another: Option<Entry>,
    /// The last answer by the cache or the directory; of several, one that was out of date.
    last: Option<Entry>,
    /// The latest look-up in the cache.
    looked_up: Option<CallId>,
    /// The directory turned a question of the request away.
    turned_away: Option<Entry>,
}

impl StoryBuilder<'_> {
    /// Explains what the request behind this delivery acted upon. `fits` accepts the keys that say
    /// who may see the event.
    pub(super) fn informed(
        &mut self,
        delivery: &Entry,
        (user, origin, how): (UserId, Origin, How),
        fits: impl Fn(KeyId) -> bool,
    ) {
        // A signed link entitles its holder to the image.
        if matches!(how, How::Thumbnail | How::Tapped) {
            return;
        }
        let ended = self.ending(user, origin);
        let evidence = self.evidence(delivery, ended, &fits);
        // If the ring no longer holds the arrival, it may have lost the answers, too.
        let Some(arrived) = evidence.arrived else { return };
        if let Some(entry) = evidence.given_again {
            self.given_again(&entry);
        } else if let Some(entry) = evidence.of_another.or(evidence.for_another) {
            self.asked_of_another(&entry);
        } else if let Some(entry) = evidence.last {
            self.said(&entry, ended);
        } else if self.copied(&arrived, delivery.at_ms, fits) {
            // The request asked about other cameras, if at all.
        } else if let Some(entry) = evidence.turned_away {
            self.because("directory failed");
            let (node, whose) = (entry.node, self.whose_request(entry.request));
            self.add(
                entry.at_ms,
                format!("{node} turns a question of {whose} away; it is answered all the same"),
            );
        } else if let Some(entry) = evidence.looked_up.and_then(|call| self.search().ended(call)) {
            let CallEnded { call, outcome } = CallEnded::of(&entry);
            self.because("directory not asked");
            let found = if outcome == CallOutcome::Miss { "finds nothing" } else { "is no help" };
            let request = entry.request;
            let with = match self.joined(call, delivery.at_ms, |as_of| is_old(as_of, ended)) {
                Some(other) => format!(": probably with the answer to {other}"),
                None => String::new(),
            };
            let line =
                format!("{call} {found}, and {request} goes on without asking the directory{with}");
            self.add(entry.at_ms, line);
        } else if how != How::Pushed || !self.decided_at_upload(origin, ended) {
            self.because("nobody asked");
            let (node, request) = (arrived.node, arrived.request);
            // A task of a user's service has no scope: what it asks is seen, but not for whom.
            let line = if self.own_service() {
                format!(
                    "{node} asks nobody who may see it in {request}: it goes by what a task or \
                     another request has found out"
                )
            } else {
                format!("{node} asks neither the cache nor the directory for {request}")
            };
            self.add(arrived.at_ms, line);
        }
    }

    /// Collects what the edges saw of the request, the latest first. A job asks for many cameras,
    /// and the directory's answer does not show for which: an answer from before the right `ended`
    /// is the likelier cause.
    fn evidence(
        &self,
        delivery: &Entry,
        ended: Option<(u64, u64)>,
        fits: impl Fn(KeyId) -> bool,
    ) -> Evidence {
        let mut evidence = Evidence::default();
        // A value for a key that fits is about the event for sure.
        let weight = |entry: &Entry| {
            let is_old = is_old(as_of(entry), ended);
            (is_old, is_old && matches!(entry.what, Fact::Value { .. }))
        };
        let said = |entry: Entry, last: &mut Option<Entry>| {
            if last.is_none_or(|last| weight(&entry) > weight(&last)) {
                *last = Some(entry);
            }
        };
        let mine =
            |entry: &&Entry| entry.request == delivery.request && entry.at_ms <= delivery.at_ms;
        let whose = self.whose(delivery);
        for entry in self.past().latest().filter(mine) {
            let entry = *entry;
            match entry.what {
                Fact::Arrived { .. } => {
                    evidence.arrived = Some(entry);
                    break;
                }
                Fact::CallBegan { op, about: Some(about), .. }
                    if op.reads() && whose.is_some_and(|whose| whose != about) =>
                {
                    evidence.of_another.get_or_insert(entry);
                }
                Fact::GivenAgain { .. } => {
                    evidence.given_again.get_or_insert(entry);
                }
                Fact::Consulted { about: Some(Principal::User(about)), .. }
                    if whose.is_some_and(|whose| whose != about) =>
                {
                    evidence.for_another.get_or_insert(entry);
                }
                // The keys of a user's service may mean anything.
                Fact::Value { asked, .. } if fits(asked) || self.own_service() => {
                    said(entry, &mut evidence.last);
                }
                Fact::Consulted { .. } => said(entry, &mut evidence.last),
                Fact::CallBegan { op, call, .. } if op.reads() => {
                    evidence.looked_up.get_or_insert(call);
                }
                Fact::TurnedAway => {
                    evidence.turned_away.get_or_insert(entry);
                }
                _ => {}
            }
        }
        evidence
    }

    fn own_service(&self) -> bool {
        self.context.bounds.own_service
    }

    /// Returns the user whose request made this delivery; `None` if it is a gateway's job.
    fn whose(&self, delivery: &Entry) -> Option<UserId> {
        match self.asker(delivery.request)? {
            Principal::User(user) => Some(user),
            Principal::Device(_) | Principal::Gateway => None,
        }
    }

    /// Adds that a request asked the cache for what is another user's.
    pub(super) fn asked_of_another(&mut self, entry: &Entry) {
        let (node, whose) = (entry.node, self.whose_request(entry.request));
        let line = match entry.what {
            Fact::CallBegan { call, key, about: Some(about), .. } => {
                self.because("cache asked for another");
                let key = self.key(key);
                format!("{node} asks the cache for {key}, which is {about}'s, in {whose} ({call})")
            }
            Fact::Consulted { about: Some(about), .. } => {
                self.because("directory asked for another");
                format!("{node} is asked to decide for {about} in {whose}")
            }
            other => panic!("a look-up of what is a user's is explained, not {other:?}"),
        };
        self.add(entry.at_ms, line);
    }

    /// Adds what the upload of an event asked, if a job later hands the event out without asking.
    /// Returns whether it asked anything before the right `ended`.
    fn decided_at_upload(&mut self, origin: Origin, ended: Option<(u64, u64)>) -> bool {
        let Some((_, ended_ms)) = ended else { return false };
        let stored = self.search().find(|entry| match entry.what {
            Fact::Committed { change: Change::Stored { event, .. }, .. } => event == origin.event,
            _ => false,
        });
        let Some(stored) = stored else { return false };
        let asked = self.search().find(|entry| {
            let answers = matches!(entry.what, Fact::Value { .. } | Fact::Consulted { .. });
            answers && entry.request == stored.request && entry.at_ms <= ended_ms
        });
        let Some(asked) = asked else { return false };
        self.because("decided before it waited");
        self.asked(asked.request);
        let from = match asked.what {
            Fact::Value { .. } => "the cache".to_owned(),
            _ => asked.node.to_string(),
        };
        let line =
            format!("{} is told by {from} who may see it, and nobody asks later", asked.request);
        self.add(asked.at_ms, line);
        true
    }

    /// Adds that a request was given what a gateway had kept of the answer to another one.
    pub(super) fn given_again(&mut self, entry: &Entry) {
        let of = GivenAgain::of(entry).of;
        self.because("answer kept for another");
        self.asked(of);
        let (node, whose) = (entry.node, self.whose_request(entry.request));
        let other = self.whose_request(of);
        self.add(
            entry.at_ms,
            format!("{node} gives {whose} what it kept of the answer to {other}"),
        );
    }

    /// Adds the last answer by the cache or the directory. It is the cause if it is from before the
    /// right ended.
    fn said(&mut self, entry: &Entry, ended: Option<(u64, u64)>) {
        let is_old = |as_of| is_old(as_of, ended);
        match entry.what {
            Fact::Value { call, asked, returned } => {
                let as_of = returned.as_of;
                let filled_ms = self.left_in_cache(asked, as_of, self.search().came_at(entry));
                if is_old(as_of) {
                    let since = ended.map(|(_, at_ms)| at_ms);
                    self.because(if filled_ms > since { "filled late" } else { "kept too long" });
                }
                let key = self.key(asked);
                // A task of a user's service has no scope, so nobody knows what it had read.
                let age = if as_of == 0 && self.own_service() {
                    String::new()
                } else {
                    format!(" as it was read as of commit {as_of}")
                };
                self.add(entry.at_ms, format!("{call} returns {key}{age}"));
            }
            Fact::Consulted { as_of, .. } => {
                if is_old(as_of) {
                    self.because(match entry.node.kind {
                        NodeKind::Replica => "replica behind",
                        _ => "read too early",
                    });
                }
                let (node, request) = (entry.node, entry.request);
                let line = format!("{node} answers {request}, as of commit {as_of}");
                // A job asks about other cameras, too.
                let is_about_it = self.whose(entry).is_some();
                if is_old(as_of) {
                    self.add(entry.at_ms, line);
                } else if ended.is_some() && is_about_it {
                    self.because("answer not heeded");
                    self.add(entry.at_ms, format!("{line}, which is not what it goes by"));
                } else {
                    self.add_aside(entry.at_ms, line);
                }
            }
            other => panic!("the cache or the directory answers about rights, not {other:?}"),
        }
    }

    /// Returns the commit that ended the user's right to an event, and when.
    fn ending(&self, user: UserId, origin: Origin) -> Option<(u64, u64)> {
        let entry = self.right_ending(user, origin)?;
        match entry.what {
            Fact::Committed { change: Change::Carried { .. }, .. } => None,
            Fact::Committed { commit, .. } => Some((commit, entry.at_ms)),
            other => panic!("a right ends with a commit, not {other:?}"),
        }
    }
}

/// Returns the commit as of which an answer about rights was given.
fn as_of(entry: &Entry) -> u64 {
    match entry.what {
        Fact::Value { returned, .. } => returned.as_of,
        Fact::Consulted { as_of, .. } => as_of,
        other => panic!("the cache or the directory answers about rights, not {other:?}"),
    }
}

/// Returns whether an answer is from before the commit that ended a right, if one did.
fn is_old(as_of: u64, ended: Option<(u64, u64)>) -> bool {
    ended.is_some_and(|(commit, _)| as_of < commit)
}

#[cfg(test)]
mod tests;
