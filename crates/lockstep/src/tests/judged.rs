//! Hand-written traces, and the invariants that they violate.

use crate::adapter::Connections::{self, Exclusive, Shared};
use crate::adapter::{Calls, Cancel, Hello, PROTOCOL};
use crate::judge::{TraceInvariant, judge};
use crate::schedule::{At, Form, Schedule, Step};
use crate::trace::{Asked, End, EndedBy, Fact, Part, Payload, Seal};
use crate::words::Word;
use crosswire_protocol::Dialect;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn schedule(calls: &[&str]) -> Schedule {
    let steps = calls.iter().zip(1..).map(|(call, n)| format!("call {n}: {call}").parse::<Step>());
    Schedule::new(steps.map(|step| step.expect("a step")).collect()).expect("a schedule")
}

fn arrived(command: u32, wire: u32, call: u32, asked: Asked) -> Fact {
    Fact::Arrived { command, wire, call: Some(call), asked }
}

fn get(command: u32, wire: u32, call: u32, key: &str) -> Fact {
    arrived(command, wire, call, Asked::Get(key.to_owned()))
}

fn sent(command: u32) -> Fact {
    Fact::Sent { command, part: Part::Whole, payload: Payload::Value(Form::Value) }
}

fn returned(call: u32, value: Value) -> Fact {
    Fact::Ended(call, End::Value(value))
}

fn failed(call: u32, text: &str) -> Fact {
    Fact::Ended(call, End::Error(text.to_owned()))
}

fn hello(connections: Connections, calls: Calls) -> Hello {
    Hello {
        crosswire: PROTOCOL,
        library: "fake".to_owned(),
        version: "1".to_owned(),
        client: "written by hand".to_owned(),
        runtime: None,
        connections,
        calls,
        cancel: Cancel::OnRequest,
        protocol: Dialect::Resp2,
        can: BTreeSet::new(),
        lacks: BTreeSet::new(),
    }
}

#[track_caller]
fn check(calls: &[&str], facts: &[Fact], connections: Connections, broken: &[TraceInvariant]) {
    let found = judge(&schedule(calls), facts, &hello(connections, Calls::Many));
    assert_eq!(found.broken(), broken, "{:?}", found.breaches);
}

use Fact::Began;
use TraceInvariant::{Correlation, Freshness, Hygiene, Provenance, Settlement};

#[test]
fn a_request_to_cancel_that_hits_another_call_is_caught() {
    let asked = Fact::AskedToCancel { wire: 2, of: Some(1) };
    let next = [Began(2), get(2, 1, 2, "b")];
    let lands = [Fact::Landed { wire: 2, hit: Some(2) }, failed(2, "canceling: b#2")];
    let late = [&[Began(1), get(1, 1, 1, "a"), asked.clone()][..], &next, &lands].concat();
    check(&["get a", "get b"], &late, Shared, &[Correlation]);
    check(&["get a", "get b"], &late, Exclusive, &[Correlation, Hygiene]);
    // The server acknowledged it before the next command.
    let closed = Fact::Closed(2, EndedBy::Close);
    let first = [Began(1), get(1, 1, 1, "a"), asked.clone(), closed];
    check(&["get a", "get b"], &[&first[..], &next].concat(), Exclusive, &[Hygiene]);
    check(&["get a", "get b"], &[&first[..], &[sent(1)], &next].concat(), Exclusive, &[]);
    // It landed before the next command, on the command that it is for.
    let own = [Fact::Landed { wire: 2, hit: Some(1) }, failed(1, "canceling: a#1")];
    let value = [sent(2), returned(2, json!("b#2"))];
    let in_time = [&[Began(1), get(1, 1, 1, "a"), asked][..], &own, &next, &value].concat();
    check(&["get a", "get b"], &in_time[..6], Exclusive, &[]);
}

/// Judges a trace of a client that caches, with these steps.
fn cached(steps: &[&str], facts: &[Fact]) -> Vec<TraceInvariant> {
    let steps = steps.iter().map(|step| step.parse::<Step>().expect("a step"));
    let schedule = Schedule::new(steps.collect()).expect("a schedule");
    let mut hello = hello(Shared, Calls::Many);
    hello.can.insert(Word::Invalidate);
    judge(&schedule, facts, &hello).broken()
}

#[test]
fn a_value_from_a_cache_is_good_until_the_server_says_that_it_changed() {
    let changed = Fact::Invalidated { wire: 1, key: "a".to_owned() };
    let read = [Began(1), get(1, 1, 1, "a"), sent(1), returned(1, json!("a#1"))];
    let again = [Began(2), returned(2, json!("a#1"))];
    let steps = ["call 1: get a", "reply 1", "call 2: get a"];
    assert_eq!(cached(&steps, &[&read[..], &again].concat()), []);
    let steps = ["call 1: get a", "reply 1", "invalidate 1", "call 2: get a"];
    let stale = [&read[..], std::slice::from_ref(&changed), &again].concat();
    assert_eq!(cached(&steps, &stale), [Freshness]);
    // In the same breath, the client may answer before it knows.
    let steps = ["call 1: get a", "reply 1", "invalidate 1 &", "call 2: get a"];
    assert_eq!(cached(&steps, &stale), []);
    // With its connection, what the server would have said is lost.
    let steps = ["call 1: get a", "reply 1", "reset idle 1", "call 2: get a"];
    let lost = [&read[..], &[Fact::Closed(1, EndedBy::Reset)], &again].concat();
    assert_eq!(cached(&steps, &lost), [Freshness]);
    // The value of another key is a mix-up, with or without a cache.
    let wrong = [&read[..], &[Began(2), returned(2, json!("a#1"))]].concat();
    let steps = ["call 1: get a", "reply 1", "call 2: get b"];
    assert_eq!(cached(&steps, &wrong), [Provenance, Correlation]);
    // That there is no value is cached, too.
    let form = Payload::Value(Form::Nil);
    let nil = Fact::Sent { command: 1, part: Part::Whole, payload: form };
    let none = [Began(1), get(1, 1, 1, "a"), nil, returned(1, Value::Null)];
    let again_none = [Began(2), returned(2, Value::Null)];
    let steps = ["call 1: get a", "reply 1 nil", "call 2: get a"];
    assert_eq!(cached(&steps, &[&none[..], &again_none].concat()), []);
    // A read that was answered after the server spoke is newer.
    let steps = ["call 1: get a", "invalidate 1", "reply 1", "call 2: get a"];
    let newer = [&[Began(1), get(1, 1, 1, "a"), changed][..], &read[2..], &again].concat();
    assert_eq!(cached(&steps, &newer), []);
}

#[test]
fn the_reply_to_the_own_command_is_accepted() {
    let facts = [Began(1), get(1, 1, 1, "a"), sent(1), returned(1, json!("a#1"))];
    check(&["get a"], &facts, Exclusive, &[]);
    // Its end of line is still to come.
    let part = Part::Start(At::Before(1));
    let start = Fact::Sent { command: 1, part, payload: Payload::Value(Form::Value) };
    let early = [Began(1), get(1, 1, 1, "a"), start, returned(1, json!("a#1"))];
    check(&["get a"], &early, Exclusive, &[]);
    // Sent again and answered after a reconnect.
    let again = [
        Began(1),
        get(1, 1, 1, "a"),
        Fact::Closed(1, EndedBy::Reset),
        get(2, 2, 1, "a"),
        sent(2),
        returned(1, json!("a#2")),
    ];
    check(&["get a"], &again, Exclusive, &[]);
}

#[test]
fn a_reply_to_another_command_for_the_same_key_is_caught() {
    let facts = [
        Began(1),
        get(1, 1, 1, "a"),
        Fact::GaveUp(1),
        Fact::Ended(1, End::Cancelled),
        Began(2),
        get(2, 1, 2, "a"),
        sent(1),
        sent(2),
        returned(2, json!("a#1")),
    ];
    check(&["get a", "get a"], &facts, Shared, &[Correlation]);
    check(&["get a", "get a"], &facts, Exclusive, &[Correlation, Hygiene]);
}

#[test]
fn a_value_of_another_key_is_recognized_by_its_bytes() {
    let facts = |value| [Began(1), get(1, 1, 1, "b"), sent(1), returned(1, value)];
    // The call's reply with another key in it: its bytes were changed.
    check(&["get b"], &facts(json!("a#1")), Shared, &[Provenance]);
    for value in [json!("b"), json!(null), json!(["b#1"]), json!("OK"), json!("b#01")] {
        check(&["get b"], &facts(value), Shared, &[Provenance, Correlation]);
    }
    // A seal of a reply that was never sent.
    check(&["get b"], &facts(json!("b#2")), Shared, &[Correlation]);
}

#[test]
fn a_call_that_waits_for_its_turn_has_not_begun() {
    let facts = [
        Began(1),
        get(1, 1, 1, "a"),
        Began(2),
        Fact::Closed(1, EndedBy::Close),
        get(2, 2, 1, "a"),
        get(3, 2, 1, "a"),
        sent(2),
        sent(3),
        returned(1, json!("a#3")),
        returned(2, json!("a#2")),
    ];
    let calls = schedule(&["get a", "get a"]);
    let broken = |calls_at_once| judge(&calls, &facts, &hello(Shared, calls_at_once)).broken();
    assert_eq!(broken(Calls::One), [Correlation]);
    assert_eq!(broken(Calls::Many), []);
}

#[test]
fn values_of_many_keys_are_in_their_places() {
    let keys = || vec!["a".to_owned(), "b".to_owned()];
    let facts =
        |value| [Began(1), arrived(1, 1, 1, Asked::Mget(keys())), sent(1), returned(1, value)];
    check(&["mget a b"], &facts(json!(["a#1", "b#1"])), Shared, &[]);
    check(&["mget a b"], &facts(json!(["b#1", "a#1"])), Shared, &[Provenance]);
    check(&["mget a b"], &facts(json!(["a#1"])), Shared, &[Correlation]);
}

#[test]
fn a_set_must_not_return_before_the_server_answers() {
    let set = |call: u32| {
        arrived(call, 1, call, Asked::Set("a".to_owned(), format!("set-by-call-{call}")))
    };
    let answered = [Began(1), set(1), sent(1), returned(1, json!("OK"))];
    check(&["set a"], &answered, Exclusive, &[]);
    let early = [Began(1), set(1), Began(2), set(2), sent(1), returned(2, json!("OK"))];
    check(&["set a", "set a"], &early, Shared, &[Correlation]);
    let other = [Began(1), set(1), sent(1), returned(1, json!("a#3"))];
    check(&["set a"], &other, Shared, &[Correlation]);
}

#[test]
fn an_error_identifies_its_command() {
    let refused = Fact::Sent { command: 1, part: Part::Whole, payload: Payload::Error };
    let facts = |call, text| {
        [
            Began(1),
            Began(2),
            get(1, 1, 1, "a"),
            get(2, 2, 2, "b"),
            refused.clone(),
            failed(call, text),
        ]
    };
    let text = "ResponseError: refused on purpose: a#1";
    check(&["get a", "get b"], &facts(1, text), Exclusive, &[]);
    check(&["get a", "get b"], &facts(2, text), Exclusive, &[Correlation]);
    check(&["get a", "get b"], &facts(2, "the connection is lost"), Exclusive, &[]);
}

#[test]
fn a_busy_connection_is_no_breach_for_a_client_that_shares_it() {
    let facts = [Began(1), get(1, 1, 1, "a"), Began(2), get(2, 1, 2, "b")];
    check(&["get a", "get b"], &facts, Shared, &[]);
    check(&["get a", "get b"], &facts, Exclusive, &[Hygiene]);
    let pipeline = [Began(1), get(1, 1, 1, "a"), get(2, 1, 1, "b")];
    check(&["pipeline get a, get b"], &pipeline, Exclusive, &[]);
}

#[test]
fn a_call_that_does_not_end_is_a_breach() {
    check(&["get a"], &[Began(1), Fact::Unsettled(1)], Shared, &[Settlement]);
}

#[test]
fn only_the_text_of_a_seal_parses_as_one() {
    for (text, seal) in [("a#1", Some(("a", 1))), ("abc#42", Some(("abc", 42)))] {
        let read = Seal::read(text).map(|seal| (seal.key, seal.command));
        assert_eq!(read, seal.map(|(key, command)| (key.to_owned(), command)));
    }
    for text in ["", "a", "#1", "a#", "a#01", "a#+1", "A#1", "a#1 ", "a#99999999999"] {
        assert_eq!(Seal::read(text), None, "{text}");
    }
    let all = Seal::all_in("expected a number, got [bulk-string('\"a#3\"'), b#4].");
    let all: Vec<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!(all, ["a#3", "b#4"]);
}

#[test]
fn a_picture_shows_whose_reply_a_call_is_handed() {
    let facts = [
        Fact::Opened(1),
        Began(1),
        get(1, 1, 1, "a"),
        Fact::GaveUp(1),
        Fact::Ended(1, End::Cancelled),
        Began(2),
        get(2, 1, 2, "b"),
        sent(1),
        returned(2, json!("a#1")),
    ];
    let schedule = schedule(&["get a", "get b"]);
    let found = judge(&schedule, &facts, &hello(Exclusive, Calls::Many));
    let diagram = crate::picture::diagram(&schedule, &facts, &found).expect("a violation");
    insta::assert_snapshot!(crosswire_report::text::picture(&diagram));
}
