//! The schedule of a seed.

mod answers;

use super::schedule::{Act, At, CallId, Fault, Form, Request, Schedule, Single, Step, Where};
use super::words::Vocabulary;
use answers::with_answers;
use crosswire_plan::Seed;
use crosswire_plan::rng::{Draw, Streams};

/// Name of the stream that a schedule is drawn from.
const STREAM: &str = "lockstep";

/// Smallest and largest number of steps of a drawn schedule.
const STEPS: (u64, u64) = (4, 14);

/// Keys that are drawn. There are few, so that calls meet on one key.
pub(super) const KEYS: [&str; 3] = ["a", "b", "c"];

/// Largest number of calls that are not given up, at any time.
const MOST_CALLS: u32 = 6;

/// Probability that the next step does not wait.
const AT_ONCE: f64 = 0.15;

/// Probability that a connection is lost in the breath in which a call is made: what the call
/// writes then goes to a connection that the library still takes for open.
const LOST_MEANWHILE: f64 = 0.12;

/// Probability that a connection is lost when a part of a reply was sent.
const LOST_IN_REPLY: f64 = 0.15;

/// Probability that two calls are made at once after a loss: both want the new connection.
const TWO_AFTER: f64 = 0.2;

/// Probability that a reply, an error, a cut or a lost connection is one of the words beyond the
/// plain ones.
const UNUSUAL: f64 = 0.3;

/// Probability that a step is a stall, its end, or an extra reply.
const RARE: f64 = 0.05;

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
        follow(&mut steps, step, calls, words, &mut from);
    }
    Schedule::repaired(with_answers(steps, seed, words))
}

/// Adds a step, and sometimes what makes it dangerous: a connection that is lost in the breath in
/// which a call is made, or within a reply; and two calls at once after a loss.
fn follow(
    steps: &mut Vec<Step>,
    mut step: Step,
    calls: CallId,
    words: &Vocabulary,
    from: &mut impl Draw,
) {
    let mut next = Vec::new();
    match step.act {
        Act::Call(2.., _) if from.chance(LOST_MEANWHILE) => {
            step.at_once = true;
            let other = earlier(calls, from);
            let place = if from.chance(0.5) { Where::Waiting } else { Where::Idle };
            next.push(Step::new(loss(other, place, from)));
        }
        Act::Cut(call, _) if from.chance(LOST_IN_REPLY) => {
            next.push(Step::new(loss(call, Where::Waiting, from)));
        }
        Act::Reset(..) | Act::Close(..) if calls + 1 < MOST_CALLS && from.chance(TWO_AFTER) => {
            for (call, at_once) in [(calls + 1, true), (calls + 2, false)] {
                next.push(Step { act: Act::Call(call, draw_request(from)), at_once });
            }
        }
        _ => {}
    }
    steps.push(step);
    steps.extend(next.into_iter().filter(|step| words.allows(step)));
}

/// Draws a call, later ones more often than earlier ones: those are still waiting.
fn earlier(calls: CallId, from: &mut impl Draw) -> CallId {
    let most = u64::from(calls.max(1));
    let back = from.below(most).min(from.below(most)) as u32;
    calls.saturating_sub(back).max(1)
}

fn loss(call: CallId, place: Where, from: &mut impl Draw) -> Act {
    if from.chance(0.5) { Act::Reset(call, place) } else { Act::Close(call, place) }
}

/// Draws an act, which may be impossible after `calls` calls.
fn draw_act(from: &mut impl Draw, calls: CallId) -> Act {
    let kind = from.below(100);
    let call = earlier(calls, from);
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
