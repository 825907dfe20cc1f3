//! Sources of schedules: drawn from a seed, or all up to a small size.

use super::adapter::Calls;
use super::schedule::{Act, At, CallId, Fault, Form, Request, Schedule, Single, Step, Where};
use super::words::{Vocabulary, Word};
use crosswire_plan::Seed;
use crosswire_plan::rng::{Draw, Streams};

/// Name of the stream that a schedule is drawn from.
const STREAM: &str = "lockstep";

/// Name of the stream that the steps which follow from others are drawn from.
const ANSWERS: &str = "lockstep-answers";

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

/// Probability that a reply, an error, a cut or a lost connection is one of the words beyond the
/// plain ones.
const UNUSUAL: f64 = 0.3;

/// Probability that a step is a stall, its end, or an extra reply.
const RARE: f64 = 0.05;

/// Probabilities that a pipeline is a transaction, and that a request to cancel and a value that was
/// read have their consequence in a schedule.
const TRANSACTIONS: f64 = 0.4;
const LANDS: f64 = 0.6;
const CHANGES: f64 = 0.6;

/// Largest number of bytes on the shorter side of a cut that is not in the middle: the replies to
/// these keys have 10 to 20.
const MOST_CUT: u64 = 12;

/// Draws the schedule of a seed, with words of a vocabulary. All its steps are valid.
pub fn draw(seed: Seed, words: &Vocabulary) -> Schedule {
    let mut from = Streams::new(seed.0).stream(STREAM, &[]);
    let count = from.between(STEPS.0, STEPS.1) as usize;
    let mut steps: Vec<Step> = Vec::new();
    while steps.len() < count {
        let calls = steps.iter().filter(|step| matches!(step.act, Act::Call(..))).count() as CallId;
        let act = draw_act(&mut from, calls);
        let step = Step { act, at_once: from.chance(AT_ONCE) };
        let so_far = Schedule::repaired(steps.iter().cloned());
        if !(words.allows(&step) && so_far.allows(&step)) {
            continue;
        }
        let is_later_call = matches!(step.act, Act::Call(2.., _));
        steps.push(step);
        if is_later_call && from.chance(LOST_MEANWHILE) {
            steps.last_mut().expect("a step").at_once = true;
            let other =
                calls - from.below(u64::from(calls)).min(from.below(u64::from(calls))) as u32;
            let place = if from.chance(0.5) { Where::Waiting } else { Where::Idle };
            let loss = if from.chance(0.5) { Act::Reset } else { Act::Close };
            let step = Step::new(loss(other, place));
            if words.allows(&step) {
                steps.push(step);
            }
        }
    }
    Schedule::repaired(with_answers(steps, seed, words))
}

/// Turns some pipelines into transactions, and inserts steps that follow from others: the server carries out a request to cancel after its
/// caller gave up, and says that a value has changed after it was read. They have a stream to
/// themselves, so that a library without these words gets the same schedules.
fn with_answers(mut steps: Vec<Step>, seed: Seed, words: &Vocabulary) -> Vec<Step> {
    let mut from = Streams::new(seed.0).stream(ANSWERS, &[]);
    for step in steps.iter_mut().filter(|_| words.has(Word::Transaction)) {
        if let Act::Call(call, Request::Pipeline(singles)) = &step.act
            && from.chance(TRANSACTIONS)
            && !singles.iter().any(|single| matches!(single, Single::Unencodable(_)))
        {
            step.act = Act::Call(*call, Request::Transaction(singles.clone()));
        }
    }
    for (word, chance) in [(Word::Land, LANDS), (Word::Invalidate, CHANGES)] {
        if !words.has(word) {
            continue;
        }
        let mut place = 0;
        while let Some(step) = steps.get(place) {
            let answer = match (word, &step.act) {
                (Word::Land, Act::Cancel(call)) => Some(Act::Land(*call)),
                (Word::Invalidate, Act::Reply(call, _)) => Some(outdated(*call, words, &mut from)),
                _ => None,
            };
            if let Some(answer) = answer.filter(|_| from.chance(chance)) {
                let later = from.below((steps.len() - place) as u64).min(from.below(4)) as usize;
                let at_once = later == 0 && from.chance(0.5);
                steps[place].at_once |= at_once;
                steps.insert(place + 1 + later, Step::new(answer));
            }
            place += 1;
        }
    }
    steps
}

/// Draws what outdates a value in a cache: news of the server or, with the connection, the end of
/// all news.
fn outdated(call: CallId, words: &Vocabulary, from: &mut impl Draw) -> Act {
    match from.below(8) {
        0 if words.has(Word::IdleLoss) => Act::Close(call, Where::Idle),
        1 if words.has(Word::IdleLoss) => Act::Reset(call, Where::Idle),
        _ => Act::Invalidate(call),
    }
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
        _ if from.chance(RARE) => match from.below(3) {
            0 => Act::Stall(call),
            1 => Act::Resume(call),
            _ => Act::Extra(call),
        },
        0..34 if calls < MOST_CALLS => Act::Call(calls + 1, request),
        0..58 => Act::Cancel(call),
        58..76 => Act::Reply(call, one_of(from, &FORMS)),
        76..84 => Act::Cut(call, draw_cut(from)),
        84..92 => Act::Error(call, one_of(from, &FAULTS)),
        92..97 => Act::Reset(call, one_of(from, &[Where::Idle])),
        _ => Act::Close(call, one_of(from, &[Where::Idle])),
    }
}

const FORMS: [Form; 4] = [Form::Nil, Form::Empty, Form::Nested, Form::OtherType];

const FAULTS: [Fault; 5] =
    [Fault::ReadOnly, Fault::Loading, Fault::Busy, Fault::WrongType, Fault::NoAuth];

/// Draws the plain word, or sometimes one of these.
fn one_of<T: Copy + Default>(from: &mut impl Draw, unusual: &[T]) -> T {
    if from.chance(UNUSUAL) {
        unusual[from.below(unusual.len() as u64) as usize]
    } else {
        T::default()
    }
}

fn draw_cut(from: &mut impl Draw) -> At {
    let bytes = from.between(1, MOST_CUT) as u32;
    one_of(from, &[At::After(bytes), At::Before(bytes)])
}

fn draw_request(from: &mut impl Draw) -> Request {
    let kind = from.below(100);
    let count = from.between(2, 4) as usize;
    let singles: Vec<_> = (0..4).map(|_| draw_single(from)).collect();
    match kind {
        0..60 => Request::One(singles[0].clone()),
        60..75 => {
            Request::Mget(singles.iter().take(count).map(|single| single.key().clone()).collect())
        }
        _ => Request::Pipeline(singles.into_iter().take(count).collect()),
    }
}

fn draw_single(from: &mut impl Draw) -> Single {
    let key = KEYS[from.below(KEYS.len() as u64) as usize].to_owned();
    match from.below(100) {
        0..75 => Single::Get(key),
        75..90 => Single::Set(key),
        90..95 => Single::Increment(key),
        _ => Single::Unencodable(key),
    }
}

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
