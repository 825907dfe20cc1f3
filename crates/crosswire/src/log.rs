//! The log of a run: one line for each entry of the history, with simulated time, node, task and
//! fact.

use crosswire_checker::Verdict;
use crosswire_history::fact::NO_REQUEST;
use crosswire_history::journal::RecentEntries;
use crosswire_history::{
    CacheOp, CallId, CallOutcome, Change, CommandId, Entry, EventId, Exposure, Fact, FaultPhase,
    KeyId, Observer, Origin, Principal, RequestId, Returned, Trick, UserId,
};
use crosswire_output::format::{Layout, counted, grouped, printable, seconds};
use crosswire_plan::Plan;
use crosswire_report::vocabulary;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

/// The names of ids: the plan knows the faults, the journal knows the keys.
pub struct Names<'a> {
    /// The plan of the run.
    pub plan: &'a Plan,
    /// Returns the text of a key.
    pub key: &'a dyn Fn(KeyId) -> String,
}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("plan", self.plan).finish_non_exhaustive()
    }
}

/// An observer that writes each entry as a line.
#[derive(Debug)]
pub struct Log<W> {
    out: W,
    plan: Arc<Plan>,
    layout: Layout,
    failed: Option<io::Error>,
}

impl<W: Write + Send + 'static> Log<W> {
    /// Creates a log of a run of `plan`.
    pub fn new(out: W, plan: Arc<Plan>, layout: Layout) -> Self {
        Self { out, plan, layout, failed: None }
    }

    /// Flushes the log. Nothing is written after the first failure.
    ///
    /// # Errors
    /// The first failure to write.
    pub fn finish(mut self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }
}

impl<W: Write + Send + 'static> Observer for Log<W> {
    fn observe(&mut self, entry: &Entry, past: &RecentEntries) {
        if self.failed.is_some() {
            return;
        }
        let names = Names { plan: &self.plan, key: &|key| past.key_name(key) };
        let line = line(entry, &names, self.layout);
        self.failed = writeln!(self.out, "{line}").err();
    }
}

/// Returns an entry as a line.
pub fn line(entry: &Entry, names: &Names<'_>, layout: Layout) -> String {
    let task = match entry.request {
        NO_REQUEST => "-".to_owned(),
        request => request.to_string(),
    };
    let place = format!("{:>9}  {:<10}  {task:<14}", seconds(entry.at_ms), entry.node.to_string());
    let text = printable(&words(&entry.what, entry.request, names));
    let text = match entry.what {
        Fact::Fault { .. } | Fact::Down | Fact::Up | Fact::Paused | Fact::Resumed => {
            layout.verdict(Verdict::Inconclusive, &text)
        }
        _ => text,
    };
    format!("{}  {text}", layout.faint(&place))
}

/// Returns a fact in words.
pub fn sentence(what: &Fact, names: &Names<'_>) -> String {
    words(what, NO_REQUEST, names)
}

fn words(what: &Fact, request: RequestId, names: &Names<'_>) -> String {
    let key = |key: KeyId| format!("\"{}\"", (names.key)(key));
    match *what {
        Fact::Captured { event, epoch } => format!("{} records {event} in {epoch}", event.device),
        Fact::Acked { event } => format!("{} is told that {event} is kept", event.device),
        Fact::Cloned { maker, device, home } => {
            format!("{maker} in {home}'s home shows the identity of {device}")
        }
        Fact::Asked { op, device, user, intent } => {
            format!("{intent}: {}, {device} and {user}", op.purpose())
        }
        Fact::Committed { commit, change } => format!("commit {commit}: {}", committed(change)),
        Fact::Consulted { about, as_of } => consulted(about, as_of),
        Fact::TurnedAway => "turns a question away".to_owned(),
        Fact::Issued { by, op, gateway, deadline_ms, .. } => {
            let until = seconds(deadline_ms);
            format!("{by} asks gateway-{gateway} {}, and waits until {until}", op.purpose())
        }
        Fact::Arrived { by: Principal::Gateway, op, deadline_ms } => {
            format!("sets out {}, until {}", op.purpose(), seconds(deadline_ms))
        }
        Fact::Arrived { by, op, deadline_ms } => {
            format!("begins to work for {by} {}, until {}", op.purpose(), seconds(deadline_ms))
        }
        Fact::Replied { outcome } => format!("the work ends: {}", vocabulary::outcome(outcome)),
        Fact::Dropped { why } => {
            format!("the work is dropped where it stands: {}", vocabulary::decline(why))
        }
        Fact::Settled { op, outcome } => {
            format!("the request {} is over: {}", op.purpose(), vocabulary::outcome(outcome))
        }
        Fact::Delivered { user, named, origin, how, since_ms } => {
            delivered(user, named, origin, how, since_ms)
        }
        Fact::CallBegan { .. }
        | Fact::Reused { .. }
        | Fact::Executed { .. }
        | Fact::Rejected { .. }
        | Fact::Value { .. }
        | Fact::Unfounded { .. }
        | Fact::Misshapen { .. }
        | Fact::CallEnded { .. }
        | Fact::Invalidated { .. }
        | Fact::AtRest { .. } => cached(what, request, key),
        Fact::Connected { conn, cache } => format!("{conn} to cache-{cache} is made"),
        Fact::Disconnected { conn, unread: 0 } => format!("{conn} is closed"),
        Fact::Disconnected { conn, unread } => {
            format!("{conn} is closed with {} unread", replies(unread))
        }
        Fact::Fault { index, phase } => fault(index, phase, names.plan),
        Fact::Fired { point } => point.summary().to_owned(),
        Fact::Down => "goes down".to_owned(),
        Fact::Up => "serves again".to_owned(),
        Fact::Paused => "stands still".to_owned(),
        Fact::Resumed => "goes on".to_owned(),
        Fact::Gauge {
            directory_queue,
            directory_busy,
            directory_served,
            backlog,
            offline,
            in_flight,
        } => format!(
            "directory {directory_served} served, {directory_busy} busy, {directory_queue} waiting; {in_flight} requests in \
             flight; {offline} cameras offline, {backlog} events kept back"
        ),
        Fact::GivenAgain { of } => format!("gives out again what it kept of the answer to {of}"),
        Fact::Served { conn, call, text } => {
            format!("answers {} on {conn}{}", key(text), for_whom(call, NO_REQUEST))
        }
        Fact::Published { text, to } => {
            let to = counted(u64::from(to), "connection");
            format!("passes {} on to {to}", key(text))
        }
        Fact::NotConnected { why: Some(why), .. } => {
            format!("its client could not connect: {}", key(why))
        }
        Fact::NotConnected { why: None, since_ms } => {
            format!("its client has been connecting since {}", seconds(since_ms))
        }
        Fact::LongValue { conn, bytes } => format!("sends a value of {bytes} bytes on {conn}"),
        Fact::Pipelined { conn } => format!("{conn} carries several commands at a time"),
        Fact::Unwritten { call, key: of, bytes } => {
            format!("{call} returns {bytes} bytes for {}, which no call wrote", key(of))
        }
        Fact::SentLate { command, call } => {
            format!("sent {command} with the value of {call}, whose time was up")
        }
        Fact::Unsupported { call } => format!("{call}: the client has no conditional writes"),
        Fact::CommandSplit { conn } => format!("has read part of a command on {conn}"),
        Fact::Dishonest { trick, event, authenticated } => dishonest(trick, event, authenticated),
        Fact::LongLife { .. }
        | Fact::Offered { .. }
        | Fact::BatchEnded { .. }
        | Fact::KnownAbsent { .. }
        | Fact::Counted { .. }
        | Fact::NamedChanged { .. }
        | Fact::AnyChanged { .. } => offered(what, key),
    }
}

/// Returns an answer of the directory in words.
fn consulted(about: Option<Principal>, as_of: u64) -> String {
    match about {
        Some(about) => format!("decides for {about}, as of commit {as_of}"),
        None => format!("says who may see it, as of commit {as_of}"),
    }
}

/// Returns what a dishonest device tries in words.
fn dishonest(trick: Trick, event: EventId, authenticated: bool) -> String {
    let what = match trick {
        Trick::ForeignEvent => format!("the event is a stranger's: {event}"),
        Trick::OldEvent => format!("the event was listed earlier: {event}"),
        Trick::SwappedEvent => format!("the link was given for another event, {event}"),
        Trick::MadeUpSignature => format!("the link to {event} has a made-up signature"),
        Trick::MovedExpiry => format!("the link to {event} has another expiry"),
        Trick::ExpiredLink => format!("the link to {event} has expired"),
        Trick::ForeignUpload => format!("the upload is {event} as another camera's event"),
    };
    let session = if authenticated { "" } else { ", without authentication" };
    format!("dishonest: {what}{session}")
}

/// Returns a fact about lives, or about what only some clients offer, in words.
fn offered(what: &Fact, key: impl Fn(KeyId) -> String) -> String {
    match *what {
        Fact::LongLife { call, key: of, asked_ms, life_ms } => {
            let life =
                life_ms.map_or("ever".to_owned(), |life_ms| format!("{} s", seconds(life_ms)));
            let asked = seconds(asked_ms);
            format!("keeps {} for {life}, though {call} was to keep it for {asked} s", key(of))
        }
        Fact::Offered { offer } => format!("its client offers {}", offer.name()),
        Fact::BatchEnded { call, parts, failed } => {
            format!("{call} returns {parts} results, of which {failed} are errors")
        }
        Fact::KnownAbsent { call, key: of } => {
            format!("{call} answers that {} is known to be absent", key(of))
        }
        Fact::Counted { command, key: of, number } => {
            format!("replies {number} to {command}, which counts {}", key(of))
        }
        Fact::NamedChanged { call, key: of } => {
            format!("{call} answers that {} has changed", key(of))
        }
        Fact::AnyChanged { call } => format!("{call} answers that any key may have changed"),
        other => unreachable!("{other:?} is about neither"),
    }
}

/// Returns a fact about a gateway's client and the cache in words.
fn cached(what: &Fact, request: RequestId, key: impl Fn(KeyId) -> String) -> String {
    match *what {
        Fact::CallBegan { call, op, key: first, keys, deadline_ms, .. } => {
            let more = if keys > 1 { format!(" and {} more", keys - 1) } else { String::new() };
            let until = seconds(deadline_ms);
            format!(
                "{call} begins: {} {}{more}, until {until}",
                vocabulary::command(op),
                key(first)
            )
        }
        Fact::Reused { conn, call, unread, of } => {
            format!("{call} goes out on {conn}, {} unread, the oldest to {of}", replies(unread))
        }
        Fact::Executed { command: id, conn, call, op, key: of, db, hit } => {
            let found = match op {
                CacheOp::Set => "stored",
                _ if hit => "found",
                _ => "not found",
            };
            let database = if db == 0 { String::new() } else { format!(" in database {db}") };
            let whom = for_whom(call, request);
            format!(
                "{id} on {conn}{whom}: {} {}{database}, {found}",
                vocabulary::command(op),
                key(of)
            )
        }
        Fact::Rejected { conn, call, op, key: of } => {
            format!(
                "on {conn}, an error{}: {} {}",
                for_whom(call, request),
                vocabulary::command(op),
                key(of)
            )
        }
        Fact::Value { call, asked, returned } => value(call, &key(asked), returned, key),
        Fact::Unfounded { call, key: of, conn } => {
            format!("{call} answers for {}, with nothing of its own read on {conn}", key(of))
        }
        Fact::Misshapen { call, keys, values, .. } => {
            format!("{call} returns {values} values for {keys} keys")
        }
        Fact::CallEnded { call, outcome } => format!("{call} ends: {}", call_ended(outcome)),
        Fact::Invalidated { key: of, call, commit: 0 } => {
            format!("{call} has {} forgotten", key(of))
        }
        Fact::Invalidated { key: of, call, commit } => {
            format!("{call} has {} forgotten, as of commit {commit}", key(of))
        }
        Fact::AtRest { key: of, as_of, untrue_ms } => {
            let still = match untrue_ms {
                Some(ms) => format!("not true since {}", seconds(ms)),
                None => "true".to_owned(),
            };
            format!("at rest, {} is held as of commit {as_of}: {still}", key(of))
        }
        _ => String::new(),
    }
}

fn value(call: CallId, asked: &str, returned: Returned, key: impl Fn(KeyId) -> String) -> String {
    let Returned { written_for, command, answered, .. } = returned;
    let written = match written_for.map(key) {
        Some(written) if written == asked => String::new(),
        Some(written) => format!(", which was written for {written}"),
        None => ", which nobody wrote".to_owned(),
    };
    let reply = if answered == call || command == CommandId(0) {
        String::new()
    } else if answered == CallId(0) {
        format!(", from the reply to {command}")
    } else {
        format!(", from the reply to {command} of {answered}")
    };
    format!("{call} returns a value for {asked}{written}{reply}")
}

/// Returns the end of a call in words that fit a read and a write alike: the entry does not say
/// which of them the call was.
fn call_ended(outcome: CallOutcome) -> String {
    match outcome {
        CallOutcome::Hit => "success".to_owned(),
        CallOutcome::Miss => "not found, or its condition does not hold".to_owned(),
        CallOutcome::Error => "an error".to_owned(),
        CallOutcome::Cancelled { unread: 0, .. } => "dropped, with nothing unread".to_owned(),
        CallOutcome::Cancelled { unread, conn } => {
            format!("dropped, with {} unread on {conn}", replies(unread))
        }
    }
}

/// Names the call that a command belongs to. Some clients write from a background task; then the
/// request is a guess by the key, and is marked as one.
fn for_whom(call: CallId, guessed: RequestId) -> String {
    match (call, guessed) {
        (CallId(0), NO_REQUEST) => String::new(),
        (CallId(0), request) => format!(" (probably for {request})"),
        (call, _) => format!(" for {call}"),
    }
}

fn replies(unread: u16) -> String {
    if unread == 1 { "one reply".to_owned() } else { format!("{unread} replies") }
}

fn committed(change: Change) -> String {
    match change {
        Change::Claimed { device, epoch, owner } => format!("{device} is {owner}'s in {epoch}"),
        Change::Granted { device, epoch, user } => format!("{user} may watch {device} in {epoch}"),
        Change::Revoked { device, epoch, user } => {
            format!("{user} may no longer watch {device} in {epoch}")
        }
        Change::Carried { device, epoch, user } => {
            format!("{user}'s grant for {device} is taken along into {epoch}")
        }
        Change::Deleted { device, epoch } => format!("{device} is deleted, which ends {epoch}"),
        Change::Stored { event, epoch } => format!("{event} is stored in {epoch}"),
    }
}

fn delivered(
    user: UserId,
    named: EventId,
    origin: Option<Origin>,
    how: Exposure,
    since_ms: u64,
) -> String {
    let does = match how {
        Exposure::Listed => "sees in the list",
        Exposure::Pushed => "is pushed",
        Exposure::Thumbnail => "sees the thumbnail of",
        Exposure::Tapped => "taps and enlarges",
        Exposure::Video => "watches the video of",
    };
    let bytes = match origin {
        Some(origin) if origin.event == named => format!("of {}", origin.epoch),
        Some(origin) => format!("with the bytes of {} of {}", origin.event, origin.epoch),
        None => "with bytes that no camera made".to_owned(),
    };
    let since = if how == Exposure::Pushed { "decided" } else { "asked for" };
    format!("{user} {does} {named} {bytes}, {since} at {}", seconds(since_ms))
}

fn fault(index: u16, phase: FaultPhase, plan: &Plan) -> String {
    let fault = plan.faults.get(usize::from(index));
    let name = fault.map_or_else(
        || format!("fault {}", grouped(u64::from(index))),
        |fault| format!("{} on {}", fault.kind, fault.target),
    );
    match phase {
        FaultPhase::Began => format!("{name} begins"),
        FaultPhase::Ended => format!("{name} ends"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::ConnId;

    #[test]
    fn the_words_for_an_executed_command_fit_the_command() {
        let executed = |call, request, op, hit| {
            let (command, conn, key) = (CommandId(1), ConnId(2), KeyId(4));
            let what = Fact::Executed { command, conn, call, op, key, db: 0, hit };
            cached(&what, request, |_| "\"k\"".to_owned())
        };
        let text = |op, hit| executed(CallId(3), NO_REQUEST, op, hit);
        let get = |request| executed(CallId(0), request, CacheOp::Get, true);
        assert_eq!(get(NO_REQUEST), "command-1 on conn-2: GET \"k\", found");
        assert_eq!(
            get(RequestId(7)),
            "command-1 on conn-2 (probably for request-7): GET \"k\", found"
        );
        assert_eq!(text(CacheOp::Get, true), "command-1 on conn-2 for call-3: GET \"k\", found");
        assert!(text(CacheOp::Mget, false).ends_with(", not found"));
        assert!(text(CacheOp::Set, false).ends_with(", stored"));
    }
}
