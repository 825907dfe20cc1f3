//! Sources of schedules: drawn from a seed, or all up to a small size.

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
        if so_far.allows(&step) {
            steps.push(step);
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
/// - steps after which the next one does not wait, which only drawn schedules have.
pub fn all(most: usize) -> impl Iterator<Item = Schedule> {
    let lengths = 1..=most;
    lengths.flat_map(|length| {
        let mut found = Vec::new();
        extend(&mut Vec::new(), length, &mut found);
        found
    })
}

fn extend(steps: &mut Vec<Step>, length: usize, found: &mut Vec<Schedule>) {
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
        steps.push(Step::new(act));
        if let Ok(schedule) = Schedule::new(steps.clone()) {
            if steps.len() < length {
                extend(steps, length, found);
            } else if !is_idle(&schedule) {
                found.push(schedule);
            }
        }
        steps.pop();
    }
}

/// Returns whether a shorter schedule reveals as much.
fn is_idle(schedule: &Schedule) -> bool {
    let only_calls_back = |step: &Step| matches!(step.act, Act::Call(..) | Act::Reply(_));
    match schedule.steps() {
        [.., Step { act: Act::Reply(_), .. }] => true,
        [only] => only_calls_back(only),
        _ => false,
    }
}
