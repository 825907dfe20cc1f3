//! Sources of schedules: drawn from a seed, or all up to a small size.

use super::adapter::Calls;
use super::schedule::{Act, CallId, Request, Schedule, Single, Step};
use crosswire_plan::Seed;
use crosswire_plan::rng::{Draw, Streams};

/// Name of the stream that a schedule is drawn from.
const STREAM: &str = "lockstep";

/// Smallest and largest number of steps of a drawn schedule.
const STEPS: (u64, u64) = (4, 14);

/// Keys that are drawn. There are few, so that calls meet on one key.
const KEYS: [&str; 3] = ["a", "b", "c"];

/// Largest number of calls that are not given up, at any time.
const MOST_CALLS: u32 = 6;

/// Probability that the next step does not wait.
const AT_ONCE: f64 = 0.15;

/// Probability that a connection is lost in the breath in which a call is made: what the call
/// writes then goes to a connection that the library still takes for open.
const LOST_MEANWHILE: f64 = 0.12;

/// Draws the schedule of a seed. All its steps are valid.
pub fn draw(seed: Seed) -> Schedule {
    let mut from = Streams::new(seed.0).stream(STREAM, &[]);
    let count = from.between(STEPS.0, STEPS.1) as usize;
    let mut steps: Vec<Step> = Vec::new();
    while steps.len() < count {
        let calls = steps.iter().filter(|step| matches!(step.act, Act::Call(..))).count() as CallId;
        let act = draw_act(&mut from, calls);
        let step = Step { act, at_once: from.chance(AT_ONCE) };
        let so_far = Schedule::repaired(steps.iter().cloned());
        if !so_far.allows(&step) {
            continue;
        }
        let is_later_call = matches!(step.act, Act::Call(2.., _));
        steps.push(step);
        if is_later_call && from.chance(LOST_MEANWHILE) {
            steps.last_mut().expect("a step").at_once = true;
            let other =
                calls - from.below(u64::from(calls)).min(from.below(u64::from(calls))) as u32;
            let act = if from.chance(0.5) { Act::Reset(other) } else { Act::Close(other) };
            steps.push(Step::new(act));
        }
    }
    Schedule::repaired(steps)
}

/// Draws an act, which may be impossible after `calls` calls.
fn draw_act(from: &mut impl Draw, calls: CallId) -> Act {
    let kind = from.below(100);
    // Later calls are drawn more often than earlier ones, because they are the ones still waiting.
    let back = from.below(u64::from(calls.max(1))).min(from.below(u64::from(calls.max(1))));
    let call = calls.saturating_sub(back as u32).max(1);
    let request = draw_request(from);
    match kind {
        _ if calls == 0 => Act::Call(1, request),
        0..34 if calls < MOST_CALLS => Act::Call(calls + 1, request),
        0..58 => Act::Cancel(call),
        58..76 => Act::Reply(call),
        76..84 => Act::Cut(call),
        84..92 => Act::Error(call),
        92..97 => Act::Reset(call),
        _ => Act::Close(call),
    }
}

fn draw_request(from: &mut impl Draw) -> Request {
    let kind = from.below(100);
    let count = from.between(2, 4) as usize;
    let singles: Vec<_> = (0..4).map(|_| draw_single(from)).collect();
    match kind {
        0..60 => Request::One(singles[0].clone()),
        60..75 => Request::Mget(singles.iter().take(count).map(key_of).collect()),
        _ => Request::Pipeline(singles.into_iter().take(count).collect()),
    }
}

fn draw_single(from: &mut impl Draw) -> Single {
    let key = KEYS[from.below(KEYS.len() as u64) as usize].to_owned();
    if from.chance(0.75) { Single::Get(key) } else { Single::Set(key) }
}

fn key_of(single: &Single) -> String {
    match single {
        Single::Get(key) | Single::Set(key) => key.clone(),
    }
}

/// Returns the requests in the schedules of [`all`], with the keys for a call of this number.
fn requests(call: CallId) -> [Request; 4] {
    let key = |place: u32| KEYS[((call - 1 + place) % 3) as usize].to_owned();
    [
        Request::One(Single::Get(key(0))),
        Request::One(Single::Set(key(0))),
        Request::Mget(vec![key(0), key(1)]),
        Request::Pipeline(vec![Single::Get(key(0)), Single::Set(key(1))]),
    ]
}

/// Enumerates all schedules of up to `most` steps that differ in more than names and can reveal
/// something, shortest first.
///
/// These are omitted, because another schedule covers them:
/// - other names of keys and calls: call 1 has key `a`, call 2 has `b`, and so on;
/// - a last step that only sends what the end of a schedule sends anyway;
/// - a single call with a reply, which every client has passed while it was written;
/// - a step after which the next one does not wait, where that changes nothing: at the end; before
///   an event at the server about a call of the same breath; before a request to the client after
///   an event at the server, because the client sees both at once in either order; and for a client
///   with one call at a time.
pub fn all(most: usize, calls: Calls) -> impl Iterator<Item = Schedule> {
    let lengths = 1..=most;
    lengths.flat_map(move |length| {
        let mut found = Vec::new();
        extend(&mut Vec::new(), length, calls, &mut found);
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

fn extend(steps: &mut Vec<Step>, length: usize, at_a_time: Calls, found: &mut Vec<Schedule>) {
    let calls = steps.iter().filter(|step| matches!(step.act, Act::Call(..))).count() as CallId;
    let acts = requests(calls + 1).map(|request| Act::Call(calls + 1, request));
    let about = |call| {
        [
            Act::Cancel(call),
            Act::Reply(call),
            Act::Cut(call),
            Act::Error(call),
            Act::Reset(call),
            Act::Close(call),
        ]
    };
    for act in acts.into_iter().chain((1..=calls).flat_map(about)) {
        let joins = at_a_time == Calls::Many && joins(steps, &act);
        for at_once in [false, true] {
            if at_once && !joins {
                continue;
            }
            steps.iter_mut().last().into_iter().for_each(|last| last.at_once = at_once);
            steps.push(Step::new(act.clone()));
            if let Ok(schedule) = Schedule::new(steps.clone()) {
                if steps.len() < length {
                    extend(steps, length, at_a_time, found);
                } else if !is_idle(&schedule) {
                    found.push(schedule);
                }
            }
            steps.pop();
        }
        steps.iter_mut().last().into_iter().for_each(|last| last.at_once = false);
    }
}

/// Returns whether a shorter schedule reveals as much.
fn is_idle(schedule: &Schedule) -> bool {
    let only_calls_back = |step: &Step| matches!(step.act, Act::Call(..) | Act::Reply(_));
    match schedule.steps() {
        [.., Step { at_once: false, .. }, Step { act: Act::Reply(_), .. }] => true,
        [only] => only_calls_back(only),
        _ => false,
    }
}
