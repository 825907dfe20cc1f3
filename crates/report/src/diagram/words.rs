//! The few words beside a row of a diagram.

use crate::recording::Recording;
use crate::vocabulary;
use crosswire_history::{
    CacheOp, CallOutcome, Change, Entry, Exposure, Fact, FaultPhase, KeyId, Outcome, Principal,
};

/// The longest name of a key in a label, in characters.
const MAX_KEY: usize = 24;

/// Returns what an entry is about, in a few words.
pub(crate) fn label(entry: &Entry, recording: &Recording) -> String {
    let key = |key: KeyId| key_name(recording, key);
    match entry.what {
        Fact::Captured { event, .. } => format!("records {event}"),
        Fact::Issued { op, .. } => format!("asks {}", op.purpose()),
        Fact::Arrived { by: Principal::Gateway, op, .. } => format!("sets out {}", op.purpose()),
        Fact::Arrived { .. } => format!("begins {}", entry.request),
        Fact::Replied { outcome } => {
            format!("answers {}: {}", entry.request, vocabulary::outcome(outcome))
        }
        Fact::Dropped { why } => format!("drops {}: {}", entry.request, vocabulary::decline(why)),
        Fact::Settled { outcome: Outcome::GaveUp, .. } => "gives up".to_owned(),
        Fact::Settled { outcome, .. } => format!("is done: {}", vocabulary::outcome(outcome)),
        Fact::Consulted { about: Some(about), as_of } => {
            format!("decides for {about} as of commit {as_of}")
        }
        Fact::Consulted { about: None, as_of } => {
            format!("says who may see it as of commit {as_of}")
        }
        Fact::Committed { change, .. } => change_in_words(change),
        Fact::Delivered { named, origin, how, .. } => delivered(named, origin, how),
        Fact::CallBegan { call, op, key: of, keys, .. } => {
            let more = if keys > 1 { format!(" +{}", keys - 1) } else { String::new() };
            format!("sends {call}: {} {}{more}", vocabulary::command(op), key(of))
        }
        Fact::Reused { conn, call, of, .. } => {
            format!("sends {call} on {conn}, reply to {of} unread")
        }
        Fact::Executed { command: id, call, op, key: of, hit, .. } => {
            let whose = if call.0 == 0 { id.to_string() } else { call.to_string() };
            let found = match op {
                CacheOp::Set | CacheOp::Mset => "stored",
                _ if hit => "found",
                _ => "not found",
            };
            format!("answers {whose}: {} {found}", key(of))
        }
        Fact::Rejected { call, .. } => format!("answers {call}: an error"),
        Fact::Value { call, asked, returned } => match returned.written_for {
            Some(written) if written == asked && returned.answered == call => {
                format!("gives {call} {}", key(asked))
            }
            Some(written) => format!("gives {call} {}", key(written)),
            None => format!("gives {call} foreign bytes"),
        },
        Fact::Unfounded { call, .. } => format!("gives {call} another's reply"),
        Fact::Misshapen { call, keys, values, .. } => {
            format!("gives {call} {values} values for {keys} keys")
        }
        Fact::CallEnded { call, outcome } => match outcome {
            CallOutcome::Hit => format!("ends {call}: success"),
            CallOutcome::Miss => format!("ends {call}: not found"),
            CallOutcome::Error => format!("ends {call}: an error"),
            CallOutcome::Cancelled { unread: 0, .. } => format!("drops {call}"),
            CallOutcome::Cancelled { conn, .. } => format!("drops {call}, unread on {conn}"),
        },
        Fact::Invalidated { key: of, .. } => format!("has {} forgotten", key(of)),
        Fact::Connected { .. } => "is opened".to_owned(),
        Fact::Disconnected { .. } => "is closed".to_owned(),
        Fact::GivenAgain { of } => format!("gives the answer to {of} again"),
        Fact::Fired { point } => point.summary().to_owned(),
        Fact::Down => "goes down".to_owned(),
        Fact::Up => "serves again".to_owned(),
        Fact::Paused => "stands still".to_owned(),
        Fact::Resumed => "goes on".to_owned(),
        Fact::Served { text, .. } => format!("answers {}", key(text)),
        Fact::Published { text, .. } => format!("publishes {}", key(text)),
        Fact::Fault { index, phase } => fault(index, phase, recording),
        Fact::AtRest { key: of, .. } => format!("still holds {}", key(of)),
        _ => String::new(),
    }
}

/// Returns the beginning or the end of a fault in words.
fn fault(index: u16, phase: FaultPhase, recording: &Recording) -> String {
    let name = match recording.bands().get(usize::from(index)) {
        Some(band) => band.name_and_target(),
        None => format!("fault {index}"),
    };
    match phase {
        FaultPhase::Began => format!("{name} begins"),
        FaultPhase::Ended => format!("{name} ends"),
    }
}

/// Returns the name of a key in quotation marks, cut if it is long.
pub(super) fn key_name(recording: &Recording, key: KeyId) -> String {
    let name = recording.key(key);
    if name.chars().count() <= MAX_KEY {
        return format!("\"{name}\"");
    }
    let cut: String = name.chars().take(MAX_KEY - 1).collect();
    format!("\"{cut}…\"")
}

fn delivered(
    named: crosswire_history::EventId,
    origin: Option<crosswire_history::Origin>,
    how: Exposure,
) -> String {
    let does = match how {
        Exposure::Listed => "sees in the list:",
        Exposure::Pushed => "is pushed",
        Exposure::Thumbnail => "sees the thumbnail of",
        Exposure::Tapped => "sees enlarged:",
        Exposure::Video => "watches",
    };
    match origin {
        Some(origin) if origin.event == named => format!("{does} {named}"),
        Some(origin) => format!("{does} {} as {named}", origin.event),
        None => format!("{does} {named}, of no camera"),
    }
}

fn change_in_words(change: Change) -> String {
    match change {
        Change::Claimed { device, owner, .. } => format!("commits: {device} is {owner}'s"),
        Change::Granted { device, user, .. } => format!("commits: {user} may watch {device}"),
        Change::Revoked { device, user, .. } => format!("commits: {user} may not watch {device}"),
        Change::Carried { device, user, .. } => {
            format!("commits: {user} may go on watching {device}")
        }
        Change::Deleted { device, .. } => format!("commits: {device} is deleted"),
        Change::Stored { event, .. } => format!("stores {event}"),
    }
}
