//! The story of a trace, with each violation where it shows.

use super::judge::Judgement;
use super::schedule::{At, CallId, Form, Schedule};
use super::trace::{CommandId, End, EndedBy, Fact, Part, Payload};
use crosswire_output::format::printable;
use std::collections::BTreeMap;

/// Longest text of a library that is quoted in full.
const LONGEST_TEXT: usize = 160;

/// Returns the story of a trace, a line for each fact.
pub fn tell(schedule: &Schedule, facts: &[Fact], judgement: &Judgement) -> Vec<String> {
    let mut lines = Vec::new();
    for (place, line) in each(schedule, facts).into_iter().enumerate() {
        lines.extend(line);
        let breaches = judgement.breaches.iter().filter(|breach| breach.fact == place);
        lines.extend(breaches.map(|b| format!("{}: {}", b.invariant.id(), printable(&b.told))));
    }
    lines
}

/// Returns a line for each fact; none for one that says nothing.
pub(super) fn each(schedule: &Schedule, facts: &[Fact]) -> Vec<Option<String>> {
    let mut asked: BTreeMap<CommandId, String> = BTreeMap::new();
    let mut lines = Vec::new();
    for fact in facts {
        if let Fact::Arrived { command, call, asked: what, .. } = fact {
            let whose = call.map_or_else(|| "no call".to_owned(), |call| format!("call {call}"));
            asked.insert(*command, format!("{what} of {whose}"));
        }
        lines.push(line(schedule, fact, &asked));
    }
    lines
}

fn line(schedule: &Schedule, fact: &Fact, asked: &BTreeMap<CommandId, String>) -> Option<String> {
    let of = |command: &CommandId| asked.get(command).map_or("a command", String::as_str);
    Some(match fact {
        Fact::Began(call) => {
            let request = schedule.requests().get(call).map(ToString::to_string);
            format!("call {call}: {}", request.unwrap_or_default())
        }
        Fact::GaveUp(call) => format!("the caller of call {call} gives up"),
        Fact::Ended(call, end) => ended(*call, end),
        Fact::Unsettled(call) => format!("nothing happens any more, and call {call} has not ended"),
        Fact::Opened(wire) => format!("the client opens connection {wire}"),
        Fact::Arrived { command, wire, .. } => {
            format!("{} arrives on connection {wire} (reply {command} will answer it)", of(command))
        }
        Fact::Sent { command, part, payload } => {
            let (how, what) = (sends(*part), contents(*payload));
            format!("the server {how}{what} {command}, to {}", of(command))
        }
        Fact::Extra { wire, seal } => {
            format!("the server sends {seal} on connection {wire}, unsolicited")
        }
        Fact::AskedToCancel { wire, of: Some(of) } => {
            format!("connection {wire} asks to cancel what connection {of} runs")
        }
        Fact::AskedToCancel { wire, of: None } => {
            format!("connection {wire} asks to cancel what no connection runs")
        }
        Fact::Landed { wire, hit: Some(hit) } => {
            format!(
                "the server carries out the request of connection {wire}: it cancels {}",
                of(hit)
            )
        }
        Fact::Landed { wire, hit: None } => {
            format!("the server carries out the request of connection {wire}: nothing runs")
        }
        Fact::Invalidated { wire, key } => {
            format!("the server says on connection {wire} that the value of \"{key}\" has changed")
        }
        Fact::Stalled(wire) => format!("the server stops to read from connection {wire}"),
        Fact::Resumed(wire) => format!("the server reads from connection {wire} again"),
        Fact::Closed(wire, EndedBy::Client) => format!("the client closes connection {wire}"),
        Fact::Closed(wire, EndedBy::Reset) => format!("the server resets connection {wire}"),
        Fact::Closed(wire, EndedBy::Close) => format!("the server closes connection {wire}"),
        Fact::Skipped(place, why) => {
            format!("`{}` is skipped: {why}", schedule.steps().get(*place)?)
        }
        Fact::Epilogue => "the steps are over: the server sends all that it owes".to_owned(),
        Fact::Unjudged(why) => format!("not judged any further: {}", cut(why)),
    })
}

fn sends(part: Part) -> String {
    match part {
        Part::Whole => "sends ".to_owned(),
        Part::Start(At::Half) | Part::Enough(At::Half) => "sends the first half of ".to_owned(),
        Part::Start(At::After(1)) | Part::Enough(At::After(1)) => {
            "sends the first byte of ".to_owned()
        }
        Part::Start(At::After(bytes)) | Part::Enough(At::After(bytes)) => {
            format!("sends the first {bytes} bytes of ")
        }
        Part::Start(At::Before(1)) | Part::Enough(At::Before(1)) => {
            "sends all but the last byte of ".to_owned()
        }
        Part::Start(At::Before(bytes)) | Part::Enough(At::Before(bytes)) => {
            format!("sends all but the last {bytes} bytes of ")
        }
        Part::Rest => "sends the rest of ".to_owned(),
    }
}

fn contents(payload: Payload) -> &'static str {
    match payload {
        Payload::Error => "an error as reply",
        Payload::Value(Form::Value) => "reply",
        Payload::Value(Form::Nil) => "\"no value\" as reply",
        Payload::Value(Form::Empty) => "an empty value as reply",
        Payload::Value(Form::Nested) => "a nested list as reply",
        Payload::Value(Form::OtherType) => "a reply of another type as reply",
    }
}

fn ended(call: CallId, end: &End) -> String {
    match end {
        End::Value(value) => format!("call {call} returns {}", cut(&value.to_string())),
        End::Error(text) => format!("call {call} fails: {}", cut(text)),
        End::Cancelled => format!("call {call} ends without a value"),
    }
}

fn cut(text: &str) -> String {
    let start: String = text.chars().take(LONGEST_TEXT).collect();
    printable(&start) + if start.len() < text.len() { "…" } else { "" }
}
