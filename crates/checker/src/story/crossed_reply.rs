//! Explains how a reply reached the wrong call, by what happened on the connections.

use super::builder::{Story, StoryBuilder, quoted, seconds};
use super::known::{CallBegan, Executed, Misshapen, Reused, Value};
use crate::context::Context;
use crosswire_history::{CacheOp, CallId, ConnId, Entry, Fact, KeyId, Returned, Sent};

/// Builds the story of a call that was given the answer to another call.
pub(crate) fn crossed(entry: &Entry, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    story.asked(entry.request);
    story.crossed(entry);
    story.build()
}

/// Builds the story of a connection that was used with a reply outstanding.
pub(crate) fn reused(entry: &Entry, context: &Context<'_>) -> Story {
    let mut story = StoryBuilder::new(context);
    story.asked(entry.request);
    story.reused(entry);
    story.build()
}

/// Builds the story of a command that ran in a database other than the one its key had been in
/// since `since_ms`.
pub(crate) fn strayed(
    entry: &Entry,
    (asked, db, since_ms): (KeyId, u8, u64),
    context: &Context<'_>,
) -> Story {
    let mut story = StoryBuilder::new(context);
    story.asked(entry.request);
    story.strayed(entry, (asked, db, since_ms));
    story.build()
}

impl StoryBuilder<'_> {
    /// Explains a value, or an answer without one, that a call should not have received.
    pub(super) fn crossed(&mut self, entry: &Entry) {
        if self.offered(entry)
            || self.misnamed(entry)
            || self.mixed_up(entry)
            || self.batched(entry)
        {
            return;
        }
        let credited = self.search().credited(entry);
        if credited.is_none() && self.handed_on(entry) {
            let Value { call, asked, returned } = Value::of(entry);
            self.add(entry.at_ms, self.handed_over(call, asked, returned));
            return;
        }
        let (call, asked) = match entry.what {
            Fact::Value { call, asked, .. } => (call, asked),
            Fact::Unfounded { call, key, .. } => (call, key),
            Fact::Misshapen { .. } => return self.misshapen(entry),
            other => panic!("a wrong answer is explained, not {other:?}"),
        };
        let conn = self.connection(entry, credited);
        let reused = self.search().reused(call, conn);
        let other = other_call(entry, credited, reused.as_ref());
        self.because(match entry.what {
            Fact::Value { returned, .. } if returned.answered != call => "another's reply",
            Fact::Value { .. } => "another key's value",
            _ => "an answer without a reply",
        });
        let is_cut = conn.is_some_and(|conn| self.cut_in_two(conn, entry));
        let next_ms = reused.map(|reused| reused.at_ms);
        let led_to_it = match other {
            Some(other) if is_cut => {
                self.call_began(other, conn);
                true
            }
            Some(other) => self.cause(other, conn, next_ms),
            None => is_cut,
        };
        if let (Some(conn), None, false) = (conn, reused, led_to_it) {
            self.shifted(conn, entry);
        }
        if let (Fact::Unfounded { conn, .. }, None) = (entry.what, other) {
            self.unheard((call, asked), conn, entry);
        }
        match entry.what {
            Fact::Value { returned, .. } if returned.written_for.is_none() => self.unwritten(entry),
            Fact::Value { returned, .. } if returned.command.0 == 0 => {
                self.remembered(entry, None);
            }
            _ => {}
        }
        match &reused {
            Some(reused) => self.went_out(reused),
            None => self.call_began(call, conn),
        }
        let line = match entry.what {
            Fact::Value { returned, .. } => {
                let returned = credited.unwrap_or(returned);
                self.executed(returned);
                self.handed_over(call, asked, returned)
            }
            _ => self.unfounded(call, asked, other, conn),
        };
        self.add(entry.at_ms, line);
    }

    /// Explains a connection that was used while a reply to an earlier call was outstanding.
    pub(super) fn reused(&mut self, entry: &Entry) {
        let Reused { conn, of, .. } = Reused::of(entry);
        if of.0 != 0 && !self.cut_in_two(conn, entry) {
            self.cause(of, Some(conn), Some(entry.at_ms));
        }
        self.went_out(entry);
    }

    /// Explains a value that the client had kept from an earlier call, and when it was last
    /// forgotten.
    pub(super) fn kept(&mut self, entry: &Entry) {
        let Value { call, asked, .. } = Value::of(entry);
        let key = self.key(asked);
        let forgotten = self.search().find(|earlier| {
            earlier.at_ms <= entry.at_ms
                && matches!(earlier.what, Fact::Invalidated { key, .. } if key == asked)
        });
        if let Some(forgotten) = forgotten {
            let line = format!("{} has the cache forget {key}", forgotten.node);
            self.had_forgotten(&forgotten, line);
        }
        let since_ms = forgotten.map_or(entry.at_ms, |forgotten| forgotten.at_ms);
        self.published(entry.node, asked, (since_ms, entry.at_ms));
        self.remembered(entry, None);
        self.add(
            entry.at_ms,
            format!("{call} is handed a value of {key} that its client kept from an earlier call"),
        );
    }

    /// Adds a command that ran in a database other than the one its key had been in since
    /// `since_ms`.
    pub(super) fn strayed(&mut self, entry: &Entry, (asked, home, since_ms): (KeyId, u8, u64)) {
        let Executed { conn, call, key, db, .. } = Executed::of(entry);
        self.because("another database");
        let connected = self
            .search()
            .find(|entry| matches!(entry.what, Fact::Connected { conn: made, .. } if made == conn));
        if let Some(connected) = connected {
            self.add(connected.at_ms, format!("{} makes {conn} to {}", connected.node, entry.node));
        }
        self.call_began(call, Some(conn));
        let (asked, since) = (self.key(asked), seconds(since_ms));
        self.add(
            entry.at_ms,
            format!(
                "{} answers {call} on {conn}: {} in database {db}, though {asked} has been in database \
                 {home} since {since}",
                entry.node,
                self.key(key)
            ),
        );
    }

    /// Explains a value of the call's reply that the cache stores under another key: because the
    /// command ran in a database other than its key's, or because both keys have one name there.
    /// Returns whether one of these happened.
    fn misnamed(&mut self, entry: &Entry) -> bool {
        // An answer without a value has no name.
        let Fact::Value { call, asked, returned } = entry.what else { return false };
        let search = self.search();
        let written_for = match returned.written_for {
            Some(key) if key != asked && returned.answered == call => key,
            _ => return false,
        };
        let Some(executed) = search.executed(returned.command) else { return false };
        let (first, db) = place(&executed);
        let before = search.on_the_wire(asked, call);
        let home = before.as_ref().map(place);
        if let (Some(before), Some((_, home))) = (before, home.filter(|&(_, home)| home != db)) {
            self.strayed(&executed, (asked, home, before.at_ms));
        } else {
            // A command names the first of its keys.
            let alone = search.call(call).is_some_and(|began| CallBegan::of(&began).keys == 1);
            let name = if alone { Some((first, db)) } else { home };
            let other = search.on_the_wire(written_for, call).as_ref().map(place);
            // The call's command for one key returns the value stored under that name, no matter
            // for which key it was written.
            let is_same = |name: (KeyId, u8)| {
                Some(name) == other || name.0 == written_for || (alone && name.0 != asked)
            };
            let name = match name {
                Some(name) if is_same(name) => name.0,
                _ => return false,
            };
            self.because("one name for two keys");
            self.call_began(call, None);
            let (one, two) = (self.key(asked), self.key(written_for));
            let line = format!("{one} and {two} are both {} to the cache", self.key(name));
            self.add(executed.at_ms, line);
        }
        self.add(entry.at_ms, self.handed_over(call, asked, returned));
        true
    }

    /// Returns the connection on which the call read the stray answer.
    fn connection(&self, entry: &Entry, credited: Option<Returned>) -> Option<ConnId> {
        if let Fact::Unfounded { conn, .. } = entry.what {
            return Some(conn);
        }
        let Value { call, returned, .. } = Value::of(entry);
        match self.search().executed(credited.unwrap_or(returned).command) {
            Some(executed) => Some(Executed::of(&executed).conn),
            None => self.search().reused(call, None).map(|reused| Reused::of(&reused).conn),
        }
    }

    /// Adds the beginning of a call, with the connection if it is given.
    pub(super) fn call_began(&mut self, call: CallId, conn: Option<ConnId>) {
        let search = self.search();
        let Some(began) = search.call(call) else { return };
        let waited = conn.and_then(|conn| Some((conn, search.waited(call, conn)?)));
        let on = if waited.is_some() { None } else { conn };
        let Some(line) = self.lookup(call, on) else { return };
        let Some((conn, waited)) = waited else { return self.add(began.at_ms, line) };
        self.add(began.at_ms, format!("{line}, which waits for {conn}"));
        match waited.answered {
            Some(answered) => self.add_aside(waited.at_ms, self.answered(&answered)),
            None => self.add(waited.at_ms, format!("{call} goes out on {conn}")),
        }
    }

    /// Describes what a call is about, and for whom it is made.
    pub(super) fn lookup(&self, call: CallId, conn: Option<ConnId>) -> Option<String> {
        let entry = self.search().call(call)?;
        let CallBegan { op, key, keys, .. } = CallBegan::of(&entry);
        let key = self.key(key);
        let what = match op {
            CacheOp::Get | CacheOp::Mget if keys > 1 => {
                format!("looks up {key} and {} more in the cache", keys - 1)
            }
            CacheOp::Get | CacheOp::Mget => format!("looks up {key} in the cache"),
            CacheOp::Set => format!("stores {key} in the cache"),
            CacheOp::Del => format!("has the cache forget {key}"),
            CacheOp::Other => format!("sends the cache another command on {key}"),
            CacheOp::Mset => format!("stores {} in the cache", several(&key, keys)),
            CacheOp::Mdel => format!("has the cache forget {}", several(&key, keys)),
            CacheOp::GetEx => format!("looks up {key} in the cache and sets its life"),
            CacheOp::Incr => format!("counts {key} in the cache"),
            CacheOp::Expire => format!("sets the life of {key} in the cache"),
            CacheOp::Changes => "asks its client which keys have changed".to_owned(),
        };
        let whom = self.whom(entry.request).map_or_else(String::new, |whom| format!(" for {whom}"));
        let on = match conn.map(|conn| (conn, self.search().sent_before(call, conn))) {
            None => String::new(),
            Some((conn, None)) => format!(" on {conn}"),
            Some((conn, Some(old))) => format!(" on {old}, and again on {conn}"),
        };
        Some(format!("{} {what}{whom}: {call}{on}", entry.node))
    }

    /// Adds where a call went out on a connection behind another call's reply.
    pub(super) fn went_out(&mut self, entry: &Entry) {
        let Reused { conn, call, of } = Reused::of(entry);
        self.because("connection reused");
        let line =
            self.lookup(call, Some(conn)).unwrap_or_else(|| format!("{call} goes out on {conn}"));
        let unread = if self.search().is_open(of, entry) {
            self.because("two on one connection");
            format!("while {of} still waits for its reply there")
        } else {
            format!("where the reply to {of} is still unread")
        };
        self.add(entry.at_ms, format!("{line}, {unread}"));
    }

    /// Adds the command whose reply brought a value.
    pub(super) fn executed(&mut self, returned: Returned) {
        if let Some(entry) = self.search().executed(returned.command) {
            self.add_aside(entry.at_ms, self.answered(&entry));
        }
    }

    /// Describes a command that a cache carried out.
    fn answered(&self, entry: &Entry) -> String {
        let Executed { command, conn, call, key, db, .. } = Executed::of(entry);
        let whose = if call.0 == 0 { command.to_string() } else { call.to_string() };
        let key = self.key(key);
        let database = if db == 0 { String::new() } else { format!(" in database {db}") };
        format!("{} answers {whose} on {conn}: {key}{database}", entry.node)
    }

    fn unfounded(
        &self,
        call: CallId,
        asked: KeyId,
        other: Option<CallId>,
        conn: Option<ConnId>,
    ) -> String {
        let asked = self.key(asked);
        match other {
            Some(other) => {
                format!("{call} takes the reply to {other} for its own and answers for {asked}")
            }
            None => format!(
                "{call} returns an answer for {asked}, though none of its own reply has been read{}",
                conn.map_or_else(String::new, |conn| format!(" on {conn}"))
            ),
        }
    }

    pub(super) fn handed_over(&self, call: CallId, asked: KeyId, returned: Returned) -> String {
        let asked_name = self.key(asked);
        let value = match returned.written_for {
            Some(key) if key == asked => format!("a value of {asked_name}, as asked, but by luck"),
            Some(key) => {
                format!("the value of {} is taken for that of {asked_name}", self.key(key))
            }
            None => {
                let bytes = self.search().unwritten(call, asked);
                let bytes = bytes.map_or_else(String::new, |bytes| format!("{bytes} "));
                format!("{bytes}bytes that no call wrote are taken for the value of {asked_name}")
            }
        };
        let reply = match returned.answered {
            _ if returned.command.0 == 0 => return format!("{call}: {value}"),
            CallId(0) => format!("the reply to {}{}", returned.command, when(returned.sent)),
            answered if answered == call => format!("its own reply to {}", returned.command),
            answered if returned.written_for == Some(asked) && returned.sent == Sent::Kept => {
                format!("the reply to {answered}{}", when(returned.sent))
            }
            answered => format!("the reply to {answered}"),
        };
        format!("{call} is handed {reply}: {value}")
    }

    /// Explains a multi-get that returned too few or too many values, or a batch with too few or
    /// too many results.
    fn misshapen(&mut self, entry: &Entry) {
        let Misshapen { call, keys, values } = Misshapen::of(entry);
        self.because("a wrong number of values");
        self.call_began(call, None);
        self.without_answer(call, entry);
        let op = self.search().call(call).map(|began| CallBegan::of(&began).op);
        self.add(
            entry.at_ms,
            match op {
                Some(CacheOp::Mset | CacheOp::Mdel) => {
                    format!("{call} returns {values} results for a batch of {keys}")
                }
                _ => format!("{call} returns {values} values for {keys} keys"),
            },
        );
    }

    pub(super) fn key(&self, key: KeyId) -> String {
        quoted(&self.past().key_name(key))
    }
}

/// Describes when a command of an unknown call was sent.
fn when(sent: Sent) -> &'static str {
    match sent {
        Sent::Before => ", sent before the call began",
        Sent::Kept => ", read before the call began",
        Sent::Unknown | Sent::During | Sent::Joined => "",
    }
}

/// Returns the name under which a command had its key, and the database.
fn place(executed: &Entry) -> (KeyId, u8) {
    let Executed { key, db, .. } = Executed::of(executed);
    (key, db)
}

/// Returns the name of a command on the wire.
pub(super) fn command(op: CacheOp) -> &'static str {
    match op {
        CacheOp::Get => "GET",
        CacheOp::Mget => "MGET",
        CacheOp::Set => "SET",
        CacheOp::Del => "DEL",
        CacheOp::Other => "another command on",
        CacheOp::Mset => "a multi-set of",
        CacheOp::Mdel => "a multi-delete of",
        CacheOp::GetEx => "GETEX",
        CacheOp::Incr => "INCRBY",
        CacheOp::Expire => "PEXPIRE",
        CacheOp::Changes => "what has changed, with",
    }
}

/// Describes the keys of a batch by the first of them and their number.
fn several(first: &str, keys: u16) -> String {
    if keys > 1 { format!("{first} and {} more", keys - 1) } else { first.to_owned() }
}

/// Returns the call whose reply was taken, or whose reply was in the way.
fn other_call(entry: &Entry, credited: Option<Returned>, reused: Option<&Entry>) -> Option<CallId> {
    if let Fact::Value { call, returned, .. } = entry.what {
        let answered = credited.unwrap_or(returned).answered;
        if answered != call && answered != CallId(0) {
            return Some(answered);
        }
    }
    match Reused::of(reused?).of {
        CallId(0) => None,
        of => Some(of),
    }
}
