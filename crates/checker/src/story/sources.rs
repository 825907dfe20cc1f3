//! Whence a service had it that somebody may see something, where no reply went astray: the part
//! of a story that plays in the service.
//!
//! Everything that a request asks for is seen at the edges, in its scope: what it looks up in the
//! cache and what the directory answers it. So what it acted upon is told by the last of these
//! before it handed out what it should not have; and where there is none, it had asked nobody.

use super::Tale;
use crosswire_history::{
    CacheOp, CallId, CallOutcome, Change, Entry, Exposure as How, KeyId, NodeKind, Origin,
    Principal, UserId, What,
};

/// What a request was told of who may see something, as far as the edges saw it.
#[derive(Default)]
struct Told {
    /// When it arrived at the gateway.
    arrived: Option<Entry>,
    /// It was given what had been kept of the answer to another request.
    given_again: Option<Entry>,
    /// The cache was asked for what is another's.
    of_another: Option<Entry>,
    /// What was said last, by the cache or by the directory; of several, what was out of date.
    last: Option<Entry>,
    /// The latest look-up in the cache.
    looked_up: Option<CallId>,
    /// The directory turned its question away.
    turned_away: Option<Entry>,
}

impl Tale<'_> {
    /// What the request that delivered this acted upon. `fits` tells the keys that may have told it
    /// who may see it.
    pub(super) fn informed(
        &mut self,
        delivery: &Entry,
        (user, origin, how): (UserId, Origin, How),
        fits: impl Fn(KeyId) -> bool,
    ) {
        // Whoever holds a signed link may see what it is for.
        if matches!(how, How::Thumbnail | How::Tapped) {
            return;
        }
        let ended = self.ending(user, origin);
        let told = self.all_told(delivery, ended, fits);
        // If its beginning is forgotten, so may be what it asked.
        let Some(arrived) = told.arrived else { return };
        if let Some(entry) = told.given_again {
            self.given_again(&entry);
        } else if let Some(entry) = told.of_another {
            self.asked_of_another(&entry);
        } else if let Some(entry) = told.last {
            self.said(&entry, ended);
        } else if let Some(entry) = told.turned_away {
            self.because("directory failed");
            let (node, whose) = (entry.node, self.whose_request(entry.request));
            self.add(
                entry.at_ms,
                format!("{node} turns a question of {whose} away; it is answered all the same"),
            );
        } else if let Some(ended) = told.looked_up.and_then(|call| self.search().ended(call)) {
            let What::CallEnded { call, outcome } = ended.what else { return };
            self.because("directory not asked");
            let found = if outcome == CallOutcome::Miss { "finds nothing" } else { "is no help" };
            let request = ended.request;
            self.add(
                ended.at_ms,
                format!("{call} {found}, and {request} goes on without asking the directory"),
            );
        } else {
            self.because("nobody asked");
            let (node, request) = (arrived.node, arrived.request);
            self.add(
                arrived.at_ms,
                format!("{node} asks neither the cache nor the directory for {request}"),
            );
        }
    }

    /// Goes through what the edges saw of the request, the latest first. A job asks for many cameras,
    /// and what the directory answers does not say for which: what is from before the right `ended`
    /// is the likelier cause.
    fn all_told(
        &self,
        delivery: &Entry,
        ended: Option<(u64, u64)>,
        fits: impl Fn(KeyId) -> bool,
    ) -> Told {
        let mut told = Told::default();
        // What a key says that fits is about it for sure.
        let weight = |entry: &Entry| {
            let is_old = as_of(entry).is_some_and(|as_of| is_old(as_of, ended));
            (is_old, is_old && matches!(entry.what, What::Value { .. }))
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
                What::Arrived { .. } => {
                    told.arrived = Some(entry);
                    break;
                }
                What::CallBegan {
                    op: CacheOp::Get | CacheOp::Mget, about: Some(about), ..
                } if whose.is_some_and(|whose| whose != about) => {
                    told.of_another.get_or_insert(entry);
                }
                What::GivenAgain { .. } => {
                    told.given_again.get_or_insert(entry);
                }
                What::Value { asked, .. } if fits(asked) => said(entry, &mut told.last),
                What::Consulted { .. } => said(entry, &mut told.last),
                What::CallBegan { op: CacheOp::Get | CacheOp::Mget, call, .. } => {
                    told.looked_up.get_or_insert(call);
                }
                What::TurnedAway => {
                    told.turned_away.get_or_insert(entry);
                }
                _ => {}
            }
        }
        told
    }

    /// The person whose request it is that delivered this; nobody if it is a gateway's own job.
    fn whose(&self, delivery: &Entry) -> Option<UserId> {
        match self.asker(delivery.request)? {
            Principal::User(user) => Some(user),
            Principal::Device(_) | Principal::Gateway => None,
        }
    }

    /// A request asked the cache for what is another's.
    pub(super) fn asked_of_another(&mut self, entry: &Entry) {
        let What::CallBegan { call, key, about: Some(about), .. } = entry.what else { return };
        self.because("cache asked for another");
        let (node, key) = (entry.node, self.key(key));
        let whose = self.whose_request(entry.request);
        self.add(
            entry.at_ms,
            format!("{node} asks the cache for {key}, which is {about}'s, in {whose} ({call})"),
        );
    }

    /// A request was given what a gateway had kept of the answer to another one.
    pub(super) fn given_again(&mut self, entry: &Entry) {
        let What::GivenAgain { of } = entry.what else { return };
        self.because("answer kept for another");
        self.asked(of);
        let (node, whose) = (entry.node, self.whose_request(entry.request));
        let other = self.whose_request(of);
        self.add(
            entry.at_ms,
            format!("{node} gives {whose} what it kept of the answer to {other}"),
        );
    }

    /// What the cache or the directory said last. It is the cause if it is from before the right
    /// ended.
    fn said(&mut self, entry: &Entry, ended: Option<(u64, u64)>) {
        let is_old = |as_of| is_old(as_of, ended);
        match entry.what {
            What::Value { call, asked, returned } => {
                let as_of = returned.as_of;
                let filled_ms = self.left_in_cache(asked, as_of, self.search().came_at(entry));
                if is_old(as_of) {
                    let since = ended.map(|(_, at_ms)| at_ms);
                    self.because(if filled_ms > since { "filled late" } else { "kept too long" });
                }
                let key = self.key(asked);
                self.add(
                    entry.at_ms,
                    format!("{call} returns {key} as it was read as of commit {as_of}"),
                );
            }
            What::Consulted { as_of, .. } => {
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
            _ => {}
        }
    }

    /// The commit that ended somebody's right to an event, and when.
    fn ending(&self, user: UserId, origin: Origin) -> Option<(u64, u64)> {
        let entry = self.right_ending(user, origin)?;
        match entry.what {
            What::Committed { change: Change::Carried { .. }, .. } => None,
            What::Committed { commit, .. } => Some((commit, entry.at_ms)),
            _ => None,
        }
    }
}

/// As of which commit it was, what somebody said of who may see something.
fn as_of(entry: &Entry) -> Option<u64> {
    match entry.what {
        What::Value { returned, .. } => Some(returned.as_of),
        What::Consulted { as_of, .. } => Some(as_of),
        _ => None,
    }
}

/// Whether it is from before the commit that ended a right, if one did.
fn is_old(as_of: u64, ended: Option<(u64, u64)>) -> bool {
    ended.is_some_and(|(commit, _)| as_of < commit)
}

#[cfg(test)]
mod tests;
