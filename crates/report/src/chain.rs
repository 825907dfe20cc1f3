//! The causal chain of a violation: the entries of the history that its story is about.
//!
//! A story names ids and times. Each sentence is matched with the entry of its millisecond that
//! shares most of its ids; the requests, calls, commands and connections of sentences and matched
//! entries bring in the entries between.

mod silence;

use crate::ids::Ids;
use crate::named::{Named, call_of, in_entry, in_sentence};
use crate::recording::Recording;
use crosswire_checker::Violation;
use crosswire_checker::story::decisive;
use crosswire_history::{
    CallOutcome, Change, ConnId, Entry, EventId, Fact, NodeId, Op, Origin, RequestId, Subject,
    UserId,
};
use silence::silenced;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The most entries of a chain: as many rows as a person looks through.
pub const MAX_LINKS: usize = 60;

/// A sentence of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) at_ms: u64,
    /// The text, without its time.
    pub(crate) text: String,
    /// Set for the last sentence before the wrong delivery.
    pub(crate) decisive: bool,
}

/// An entry of the chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) entry: Entry,
    /// The place of the entry in the recording.
    pub(crate) place: usize,
    /// The sentence that is about the entry.
    pub(crate) sentence: Option<usize>,
    /// The connection that a fault of the plan explains the silence of.
    pub(crate) conn: Option<ConnId>,
}

/// A causal chain, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) links: Vec<Link>,
    /// The user who was shown something, and what.
    pub(crate) delivery: Option<Delivery>,
}

/// The wrong delivery at the end of a chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    pub(crate) user: UserId,
    pub(crate) named: EventId,
    pub(crate) origin: Option<Origin>,
    /// The owner of the event that was shown.
    pub(crate) owner: Option<UserId>,
}

impl Delivery {
    /// Returns the event whose bytes were shown.
    pub(crate) fn shown(self) -> EventId {
        self.origin.map_or(self.named, |origin| origin.event)
    }
}

/// Returns the causal chain of a violation.
pub(crate) fn chain(recording: &Recording, violation: &Violation) -> Chain {
    let sentences = sentences(violation);
    let mut links = matched(recording, &sentences);
    silenced(&mut links, recording, &sentences);
    let shown = delivered(recording, violation);
    if let Some(nth) = shown {
        add(&mut links, recording, nth);
    }
    let delivery = shown.and_then(|nth| delivery(recording, &recording.entries()[nth]));
    let mut about = About::of(recording, &sentences, &links);
    about.event = delivery.map(Delivery::shown);
    let until = recording.entries().partition_point(|entry| entry.at_ms <= violation.at_ms);
    let past = &recording.entries()[..until];
    about.follow(past);
    for (nth, entry) in past.iter().enumerate() {
        if about.includes(entry) {
            add(&mut links, recording, nth);
        }
    }
    links.sort_by_key(|link| link.place);
    Chain { sentences, links: limited(links), delivery }
}

/// Takes the story apart. A sentence without a time is one of the violation's time.
fn sentences(violation: &Violation) -> Vec<Sentence> {
    let last = decisive(&violation.story);
    let sentence = |(nth, line): (usize, &String)| {
        let (at_ms, text) = match line.split_once(' ').map(|(time, text)| (millis(time), text)) {
            Some((Some(at_ms), text)) => (at_ms, text),
            _ => (violation.at_ms, line.as_str()),
        };
        Sentence { at_ms, text: text.to_owned(), decisive: last == Some(nth) }
    };
    violation.story.iter().enumerate().map(sentence).collect()
}

/// Reads a time such as `12.320`.
fn millis(time: &str) -> Option<u64> {
    let (whole, part) = time.split_once('.')?;
    let (whole, part): (u64, u64) = (whole.parse().ok()?, part.parse().ok()?);
    whole.checked_mul(1_000)?.checked_add(part)
}

fn add(links: &mut Vec<Link>, recording: &Recording, nth: usize) {
    if !links.iter().any(|link| link.place == nth) {
        links.push(Link {
            entry: recording.entries()[nth],
            place: nth,
            sentence: None,
            conn: None,
        });
    }
}

/// Matches each sentence with the entry of its time that shares most of its ids. Where two
/// sentences fit one entry, the one that shares more has it. A sentence about what did not happen
/// has none.
fn matched(recording: &Recording, sentences: &[Sentence]) -> Vec<Link> {
    let mut pairs = Vec::new();
    for (nth, sentence) in sentences.iter().enumerate() {
        if ["no ", "nobody "].iter().any(|word| sentence.text.starts_with(word)) {
            continue;
        }
        let named = in_sentence(&sentence.text);
        for (place, entry) in recording.at(sentence.at_ms) {
            let score = score(entry, recording, &named, &sentence.text);
            if score > 0 {
                pairs.push((score, nth, place));
            }
        }
    }
    pairs.sort_by_key(|&(score, nth, place)| (Reverse(score), nth, place));
    let mut links: Vec<Link> = Vec::new();
    for (_, nth, place) in pairs {
        let taken = |link: &Link| link.place == place || link.sentence == Some(nth);
        if !links.iter().any(taken) {
            let entry = recording.entries()[place];
            links.push(Link { entry, place, sentence: Some(nth), conn: None });
        }
    }
    links
}

/// Returns how much an entry and a sentence have in common.
fn score(entry: &Entry, recording: &Recording, named: &BTreeSet<Named>, text: &str) -> u32 {
    let own = in_entry(entry, recording);
    let mut shared: u32 = own.intersection(named).map(Named::weight).sum();
    if let Fact::Published { text, .. } = entry.what {
        // The message has more in it than the key.
        let message = recording.key(text);
        let keys =
            named.iter().filter(|it| matches!(it, Named::Key(key) if message.ends_with(key)));
        shared += keys.map(Named::weight).sum::<u32>();
    }
    let alone = matches!(entry.what, Fact::Down | Fact::Up | Fact::Paused | Fact::Fired { .. });
    if shared == 0 || (shared == 1 && !alone) {
        return 0;
    }
    shared * 2 + fits(entry, text)
}

/// Returns a bonus for an entry of the kind that a sentence words.
fn fits(entry: &Entry, text: &str) -> u32 {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let fits = match entry.what {
        Fact::Captured { .. } => has(&[" records "]),
        Fact::Issued { .. } => has(&[" asks "]),
        Fact::Arrived { .. } => has(&[" sets out "]),
        Fact::Executed { .. } | Fact::Rejected { .. } | Fact::Served { .. } => {
            has(&[" answers ", " carries out ", " keeps ", " stores "])
        }
        Fact::Value { .. } | Fact::Unfounded { .. } => {
            has(&[" is handed ", " takes the reply ", " returns ", " goes on with "])
        }
        Fact::CallEnded { .. } => has(&[" is dropped", " fails", " ends ", " returns "]),
        Fact::Reused { .. } => has(&["still unread", " still waits ", " goes out on "]),
        Fact::CallBegan { .. } => has(&[" looks up ", " stores ", " forget ", " counts "]),
        Fact::Delivered { .. } => has(&[" sees ", " is pushed ", " taps ", " watches "]),
        Fact::Committed { .. } => has(&[" may ", " passes ", " is deleted", "epoch-"]),
        Fact::Down => has(&[" goes down", " has died", " crashes"]),
        Fact::Disconnected { .. } => has(&[" loses ", " closes ", " is closed", " is lost"]),
        Fact::Connected { .. } => has(&[" makes "]),
        Fact::Published { .. } => has(&[" tells "]),
        _ => false,
    };
    if fits { 4 } else { 0 }
}

/// Returns the delivery that a violation reports, if it reports one.
fn delivered(recording: &Recording, violation: &Violation) -> Option<usize> {
    let events = violation.event.as_deref().map(in_sentence)?;
    let of = |entry: &Entry| match entry.what {
        Fact::Delivered { user, named, origin, .. } => {
            let is_it = |event| events.contains(&Named::Event(event));
            let shown = is_it(named) || origin.is_some_and(|origin| is_it(origin.event));
            shown && violation.user.is_none_or(|wanted| wanted == user.0)
        }
        _ => false,
    };
    recording.at(violation.at_ms).find(|(_, entry)| of(entry)).map(|(nth, _)| nth)
}

fn delivery(recording: &Recording, entry: &Entry) -> Option<Delivery> {
    let Fact::Delivered { user, named, origin, .. } = entry.what else { return None };
    let owner = origin.and_then(|origin| {
        recording.entries().iter().find_map(|entry| match entry.what {
            Fact::Committed { change: Change::Claimed { device, epoch, owner }, .. }
                if (device, epoch) == (origin.event.device, origin.epoch) =>
            {
                Some(owner)
            }
            _ => None,
        })
    });
    Some(Delivery { user, named, origin, owner })
}

/// The ids that a chain is about.
#[derive(Default)]
struct About {
    requests: Ids,
    calls: Ids,
    commands: Ids,
    conns: BTreeSet<ConnId>,
    event: Option<EventId>,
    /// The request that brought the event to the service.
    upload: Option<RequestId>,
    /// The time since which the connections matter.
    since_ms: u64,
    /// The gateways of the chain, for connections that are lost.
    nodes: BTreeSet<NodeId>,
}

impl About {
    fn of(recording: &Recording, sentences: &[Sentence], links: &[Link]) -> Self {
        let mut about = Self { since_ms: u64::MAX, ..Self::default() };
        for sentence in sentences {
            about.name(in_sentence(&sentence.text));
        }
        for Link { entry, .. } in links {
            about.name(in_entry(entry, recording));
            if !matches!(entry.what, Fact::Captured { .. } | Fact::Committed { .. }) {
                about.since_ms = about.since_ms.min(entry.at_ms);
            }
        }
        about
    }

    fn name(&mut self, ids: BTreeSet<Named>) {
        for id in ids {
            match id {
                Named::Request(request) => self.requests.insert(request.0),
                Named::Call(call) => self.calls.insert(call.0),
                Named::Command(command) => self.commands.insert(command.0),
                Named::Conn(conn) => drop(self.conns.insert(conn)),
                Named::Node(node) => drop(self.nodes.insert(node)),
                Named::User(_) | Named::Device(_) | Named::Event(_) | Named::Key(_) => {}
            }
        }
    }

    /// Adds the requests of calls, the commands whose replies the calls were given, and the upload
    /// of the event.
    fn follow(&mut self, past: &[Entry]) {
        for entry in past {
            if let Fact::Issued { op: Op::Upload, subject: Subject::Event { event }, .. } =
                entry.what
                && Some(event) == self.event
                && self.upload.is_none()
            {
                self.upload = Some(entry.request);
            }
            let is_ours = call_of(&entry.what).is_some_and(|call| self.calls.contains(call.0));
            if !is_ours {
                continue;
            }
            if entry.request.0 != 0 {
                self.requests.insert(entry.request.0);
            }
            if let Fact::Value { returned, .. } = entry.what {
                self.commands.insert(returned.command.0);
            }
        }
    }

    fn includes(&self, entry: &Entry) -> bool {
        // Asked of each entry before the violation: nothing is looked up that does not matter.
        let ours = || self.requests.contains(entry.request.0);
        let call = || call_of(&entry.what).is_some_and(|call| self.calls.contains(call.0));
        match entry.what {
            Fact::Issued { .. } | Fact::Arrived { .. } => {
                self.upload == Some(entry.request) || ours()
            }
            Fact::Replied { .. }
            | Fact::Dropped { .. }
            | Fact::Settled { .. }
            | Fact::Consulted { .. }
            | Fact::GivenAgain { .. } => ours(),
            Fact::CallBegan { .. }
            | Fact::Reused { .. }
            | Fact::Rejected { .. }
            | Fact::Value { .. }
            | Fact::Unfounded { .. }
            | Fact::Misshapen { .. }
            | Fact::CallEnded { .. } => call(),
            Fact::Executed { command, .. } => call() || self.commands.contains(command.0),
            Fact::Disconnected { conn, .. } => {
                self.conns.contains(&conn) && entry.at_ms >= self.since_ms
            }
            Fact::Captured { event, .. }
            | Fact::Committed { change: Change::Stored { event, .. }, .. } => {
                self.event == Some(event)
            }
            _ => false,
        }
    }
}

/// Leaves out the entries that matter least until [`MAX_LINKS`] remain: of a kind, the oldest.
fn limited(mut links: Vec<Link>) -> Vec<Link> {
    for least in 0..=4 {
        let mut over = links.len().saturating_sub(MAX_LINKS);
        links.retain(|link| {
            let out = over > 0 && rank(link) == least;
            over -= usize::from(out);
            !out
        });
    }
    links
}

/// Returns how much an entry matters, from 0 to 4.
fn rank(link: &Link) -> u8 {
    match link.entry.what {
        _ if link.sentence.is_some() || link.conn.is_some() => 4,
        Fact::Captured { .. } | Fact::Delivered { .. } | Fact::Reused { .. } => 4,
        Fact::Value { .. }
        | Fact::Unfounded { .. }
        | Fact::Misshapen { .. }
        | Fact::CallEnded { outcome: CallOutcome::Cancelled { .. }, .. } => 3,
        Fact::Executed { .. } | Fact::CallBegan { .. } | Fact::Rejected { .. } => 2,
        Fact::Issued { .. } | Fact::Committed { .. } | Fact::CallEnded { .. } => 1,
        _ => 0,
    }
}
