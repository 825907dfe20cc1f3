//! All schedules of a small size.

use super::adapter::Calls;
use super::draw::KEYS;
use super::schedule::{Act, At, CallId, Fault, Form, Request, Schedule, Single, Step, Where};
use super::words::Vocabulary;

/// Returns the requests in the schedules of [`all`], with the keys for a call of this number.
fn requests(call: CallId) -> [Request; 7] {
    let key = |place: u32| KEYS[((call - 1 + place) % 3) as usize].to_owned();
    [
        Request::One(Single::Get(key(0))),
        Request::One(Single::Set(key(0))),
        Request::One(Single::Increment(key(0))),
        Request::One(Single::Unencodable(key(0))),
        Request::Mget(vec![key(0), key(1)]),
        Request::Pipeline(vec![Single::Get(key(0)), Single::Set(key(1))]),
        Request::Transaction(vec![Single::Get(key(0)), Single::Set(key(1))]),
    ]
}

/// Enumerates all schedules of up to `most` steps of a vocabulary that differ in more than names
/// and can reveal something, shortest first.
///
/// These are omitted, because another schedule covers them:
/// - other names of keys and calls: call 1 has key `a`, call 2 has `b`, and so on;
/// - a last step that only sends what the end of a schedule sends anyway;
/// - a single call with a reply, which every client has passed while it was written;
/// - a step after which the next one does not wait, where that changes nothing: at the end; before
///   an event at the server about a call of the same breath; before a request to the client after
///   an event at the server, because the client sees both at once in either order; and for a client
///   with one call at a time.
pub fn all(most: usize, words: &Vocabulary, calls: Calls) -> impl Iterator<Item = Schedule> {
    let lengths = 1..=most;
    lengths.flat_map(move |length| {
        let mut found = Vec::new();
        extend(&mut Vec::new(), length, (words, calls), &mut found);
        found
    })
}

/// Returns whether it matters that this act does not wait for the steps before it.
fn joins(steps: &[Step], act: &Act) -> bool {
    let Some(last) = steps.last() else { return false };
    let is_request = |act: &Act| matches!(act, Act::Call(..) | Act::Cancel(_));
    if is_request(act) {
        return is_request(&last.act);
    }
    let breath = steps.iter().rev().enumerate().take_while(|(nth, it)| *nth == 0 || it.at_once);
    let makes = |it: &Act| matches!(it, Act::Call(call, _) if *call == act.call());
    !breath.into_iter().any(|(_, step)| makes(&step.act))
}

fn extend(
    steps: &mut Vec<Step>,
    length: usize,
    (words, at_a_time): (&Vocabulary, Calls),
    found: &mut Vec<Schedule>,
) {
    let calls = steps.iter().filter(|step| matches!(step.act, Act::Call(..))).count() as CallId;
    let acts = requests(calls + 1).map(|request| Act::Call(calls + 1, request));
    for act in acts.into_iter().chain((1..=calls).flat_map(about)) {
        if !words.allows(&Step::new(act.clone())) {
            continue;
        }
        let joins = at_a_time == Calls::Many && joins(steps, &act);
        for at_once in [false, true] {
            if at_once && !joins {
                continue;
            }
            steps.iter_mut().last().into_iter().for_each(|last| last.at_once = at_once);
            steps.push(Step::new(act.clone()));
            if let Ok(schedule) = Schedule::new(steps.clone()) {
                if steps.len() < length {
                    extend(steps, length, (words, at_a_time), found);
                } else if !is_idle(&schedule) {
                    found.push(schedule);
                }
            }
            steps.pop();
        }
        steps.iter_mut().last().into_iter().for_each(|last| last.at_once = false);
    }
}

/// Returns the acts about a call in the schedules of [`all`], one or two of each word.
fn about(call: CallId) -> [Act; 20] {
    [
        Act::Cancel(call),
        Act::Reply(call, Form::Value),
        Act::Reply(call, Form::Nil),
        Act::Reply(call, Form::Empty),
        Act::Reply(call, Form::Nested),
        Act::Reply(call, Form::OtherType),
        Act::Cut(call, At::Half),
        Act::Cut(call, At::After(1)),
        // Between the two bytes that end a line of most protocols.
        Act::Cut(call, At::Before(1)),
        Act::Error(call, Fault::Refused),
        Act::Error(call, Fault::ReadOnly),
        Act::Reset(call, Where::Waiting),
        Act::Reset(call, Where::Idle),
        Act::Close(call, Where::Waiting),
        Act::Close(call, Where::Idle),
        Act::Stall(call),
        Act::Resume(call),
        Act::Extra(call),
        Act::Land(call),
        Act::Invalidate(call),
    ]
}

/// Returns whether a shorter schedule reveals as much.
fn is_idle(schedule: &Schedule) -> bool {
    let only_calls_back =
        |step: &Step| matches!(step.act, Act::Call(..) | Act::Reply(_, Form::Value));
    match schedule.steps() {
        [.., Step { at_once: false, .. }, Step { act: Act::Reply(_, Form::Value), .. }]
        | [.., Step { act: Act::Resume(_), .. }] => true,
        [only] => only_calls_back(only),
        _ => false,
    }
}
