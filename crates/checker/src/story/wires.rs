//! How a reply came to the wrong call: the part of a story that plays on the connections.

use super::search::Search;
use super::{Tale, quoted, seconds};
use crosswire_history::{
    CacheOp, CallId, CallOutcome, ConnId, Decline, Entry, KeyId, Returned, What,
};

impl Tale<'_> {
    /// A value, or an answer without one, that was not the call's own.
    pub(super) fn crossed(&mut self, entry: &Entry) {
        let (call, asked) = match entry.what {
            What::Value { call, asked, .. } => (call, asked),
            What::Unfounded { call, key, .. } => (call, key),
            _ => return,
        };
        let search = self.search();
        let reused = search.reused(call);
        let conn = self.connection(entry, reused.as_ref());
        let other = other_call(entry, reused.as_ref());
        let until_ms = reused.map_or(entry.at_ms, |reused| reused.at_ms);
        self.cause(other, conn, until_ms);
        self.call_began(call);
        if let Some(reused) = reused {
            self.went_out(&reused);
        }
        match entry.what {
            What::Value { returned, .. } => {
                self.executed(returned);
                self.add(entry.at_ms, self.handed_over(call, asked, returned));
            }
            _ => self.add(
                entry.at_ms,
                format!(
                    "{call} returns an answer for {}, though none of its own reply has been read{}",
                    self.key(asked),
                    conn.map_or_else(String::new, |conn| format!(" on {conn}"))
                ),
            ),
        }
    }

    /// A connection was used while a reply to an earlier call was still to come.
    pub(super) fn reused(&mut self, entry: &Entry) {
        let What::Reused { conn, call, of, .. } = entry.what else { return };
        self.cause(Some(of), Some(conn), entry.at_ms);
        self.call_began(call);
        self.went_out(entry);
    }

    /// A value that the client had kept from an earlier call, and when it was last forgotten.
    pub(super) fn kept(&mut self, entry: &Entry) {
        let What::Value { call, asked, .. } = entry.what else { return };
        let key = self.key(asked);
        let forgotten = self.search().find(|earlier| {
            earlier.at_ms <= entry.at_ms
                && matches!(earlier.what, What::Invalidated { key, .. } if key == asked)
        });
        if let Some(forgotten) = forgotten {
            self.add(forgotten.at_ms, format!("{} has the cache forget {key}", forgotten.node));
        }
        self.call_began(call);
        self.add(
            entry.at_ms,
            format!("{call} is handed a value of {key} that its client kept from an earlier call"),
        );
    }

    /// A command ran in another database than its key was in since `since_ms`.
    pub(super) fn strayed(&mut self, entry: &Entry, (asked, home, since_ms): (KeyId, u8, u64)) {
        let What::Executed { command, conn, call, op, key, db, .. } = entry.what else { return };
        let connected = self
            .search()
            .find(|entry| matches!(entry.what, What::Connected { conn: made, .. } if made == conn));
        if let Some(connected) = connected {
            self.add(connected.at_ms, format!("{} makes {conn} to {}", connected.node, entry.node));
        }
        self.call_began(call);
        let (asked, since) = (self.key(asked), seconds(since_ms));
        self.add(
            entry.at_ms,
            format!(
                "{} answers {command} on {conn}: {} {} in database {db}, though {asked} has been in \
                 database {home} since {since}",
                entry.node,
                verb(op),
                self.key(key)
            ),
        );
    }

    fn connection(&self, entry: &Entry, reused: Option<&Entry>) -> Option<ConnId> {
        match (entry.what, reused.map(|entry| entry.what)) {
            (What::Unfounded { conn, .. }, _) | (_, Some(What::Reused { conn, .. })) => Some(conn),
            (What::Value { returned, .. }, _) => {
                match self.search().executed(returned.command)?.what {
                    What::Executed { conn, .. } => Some(conn),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What left a reply behind on the connection by `until_ms`: `other` was dropped with its
    /// reply to come or, where that one was itself a victim, the latest that was.
    fn cause(&mut self, other: Option<CallId>, conn: Option<ConnId>, until_ms: u64) {
        let Some(other) = other else { return };
        let search = self.search();
        self.call_began(other);
        let cancelled = search
            .cancelled(other)
            .filter(|cancelled| cancelled.at_ms <= until_ms)
            .or_else(|| search.cancelled_on(conn?, until_ms));
        if let Some(cancelled) = cancelled {
            self.cancelled(&cancelled);
        }
    }

    fn cancelled(&mut self, entry: &Entry) {
        let What::CallEnded { call, outcome: CallOutcome::Cancelled { unread, conn } } = entry.what
        else {
            return;
        };
        let search = self.search();
        let whom = search.call(call).and_then(|began| self.whom(began.request));
        let of = whom.as_ref().map_or_else(String::new, |whom| format!(", made for {whom},"));
        let replies = if unread == 1 { "a reply" } else { "replies" };
        let why = reason(search, entry).unwrap_or_default();
        self.add(
            entry.at_ms,
            format!("{call}{of} is dropped with {replies} still to come on {conn}{why}"),
        );
    }

    pub(super) fn call_began(&mut self, call: CallId) {
        let Some(entry) = self.search().call(call) else { return };
        let What::CallBegan { op, key, keys, .. } = entry.what else { return };
        let what = match keys {
            0 | 1 => self.key(key),
            _ => format!("{keys} keys, the first {}", self.key(key)),
        };
        let whom = self.whom(entry.request).map_or_else(String::new, |whom| format!(" for {whom}"));
        self.add(
            entry.at_ms,
            format!("{} asks the cache{whom}: {} {what} ({call})", entry.node, verb(op)),
        );
    }

    fn went_out(&mut self, entry: &Entry) {
        let What::Reused { conn, call, of, .. } = entry.what else { return };
        self.add(
            entry.at_ms,
            format!("{call} goes out on {conn}, where the reply to {of} is still unread"),
        );
    }

    fn executed(&mut self, returned: Returned) {
        let Some(entry) = self.search().executed(returned.command) else { return };
        let What::Executed { command, conn, op, key, db, .. } = entry.what else { return };
        let asked = format!("{} {}", verb(op), self.key(key));
        let database = if db == 0 { String::new() } else { format!(" in database {db}") };
        self.add(
            entry.at_ms,
            format!("{} answers {command} on {conn}: {asked}{database}", entry.node),
        );
    }

    fn handed_over(&self, call: CallId, asked: KeyId, returned: Returned) -> String {
        let asked_name = self.key(asked);
        let value = match returned.written_for {
            Some(key) if key == asked => format!("a value of {asked_name}, as asked, but by luck"),
            Some(key) => {
                format!("the value of {} is taken for that of {asked_name}", self.key(key))
            }
            None => {
                format!("a value that was written for no key is taken for that of {asked_name}")
            }
        };
        let reply = match returned.answered {
            _ if returned.command.0 == 0 => return format!("{call}: {value}"),
            CallId(0) => {
                format!("the reply to {}, sent at {}", returned.command, seconds(returned.sent_ms))
            }
            answered if answered == call => format!("its own reply to {}", returned.command),
            answered => format!("the reply to {answered}"),
        };
        format!("{call} is handed {reply}: {value}")
    }

    fn key(&self, key: KeyId) -> String {
        quoted(&self.past().key_name(key))
    }
}

/// The call whose reply was taken, or whose reply was in the way.
fn other_call(entry: &Entry, reused: Option<&Entry>) -> Option<CallId> {
    let answered = match entry.what {
        What::Value { call, returned, .. } => {
            Some(returned.answered).filter(|&answered| answered != call)
        }
        _ => None,
    };
    let of = match reused.map(|entry| entry.what) {
        Some(What::Reused { of, .. }) => Some(of),
        _ => None,
    };
    answered.filter(|call| call.0 != 0).or(of).filter(|call| call.0 != 0)
}

/// Why the gateway dropped the request whose call was dropped.
fn reason(search: Search<'_>, cancelled: &Entry) -> Option<String> {
    if cancelled.request.0 == 0 {
        return None;
    }
    let dropped = search.find(|entry| {
        entry.request == cancelled.request
            && entry.at_ms == cancelled.at_ms
            && matches!(entry.what, What::Dropped { .. })
    })?;
    let What::Dropped { why } = dropped.what else { return None };
    Some(match why {
        Decline::Cancelled => ": nobody waits for it any more".to_owned(),
        Decline::Deadline => format!(": {}'s deadline has passed", dropped.node),
        Decline::Crash => format!(": {} has died", dropped.node),
    })
}

fn verb(op: CacheOp) -> &'static str {
    match op {
        CacheOp::Get => "get",
        CacheOp::Mget => "mget",
        CacheOp::Set => "set",
        CacheOp::Del => "del",
        CacheOp::Other => "another command on",
    }
}
