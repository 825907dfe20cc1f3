//! Minimizes a schedule while it still violates the same invariants.

use super::schedule::{Act, At, Fault, Form, Request, Schedule, Single, Step, Where};

/// Returns the smallest schedule found for which `shows` returns true, by delta debugging: it
/// removes steps in halves, then in quarters, then one by one, with everything about calls that are
/// no longer made; then it simplifies requests; and repeats this until a whole round changes
/// nothing. Keys are named in the order in which they occur, so that one bug has one schedule.
///
/// # Errors
/// Any error of `shows`.
pub fn minimize<E>(
    whole: &Schedule,
    mut shows: impl FnMut(&Schedule) -> Result<bool, E>,
) -> Result<Schedule, E> {
    let mut best = whole.clone();
    let named = whole.with_keys_in_order();
    if named != best && shows(&named)? {
        best = named;
    }
    loop {
        let before = best.clone();
        let mut chunk = best.steps().len().div_ceil(2);
        while chunk > 0 {
            let mut at = 0;
            while at < best.steps().len() {
                match tried(&best, &without(&best, at, chunk), &mut shows)? {
                    Some(less) => best = less,
                    None => at += chunk,
                }
            }
            chunk /= 2;
        }
        let mut at = 0;
        while at < best.steps().len() {
            let mut simpler = simpler(&best.steps()[at]).into_iter();
            let less = loop {
                let Some(step) = simpler.next() else { break None };
                let mut steps = best.steps().to_vec();
                steps[at] = step;
                if let Some(less) = tried(&best, &Schedule::repaired(steps), &mut shows)? {
                    break Some(less);
                }
            };
            match less {
                Some(less) => best = less,
                None => at += 1,
            }
        }
        if best == before {
            return Ok(best);
        }
    }
}

/// Returns the smaller schedule, with its keys in order, if it differs and `shows` accepts it.
fn tried<E>(
    best: &Schedule,
    less: &Schedule,
    shows: &mut impl FnMut(&Schedule) -> Result<bool, E>,
) -> Result<Option<Schedule>, E> {
    let less = less.with_keys_in_order();
    let new = less != *best && !less.steps().is_empty() && weight(&less) < weight(best);
    Ok(if new && shows(&less)? { Some(less) } else { None })
}

/// The measure to minimize: steps first, then requests, then reads of another key than the first,
/// then steps that do not wait. It does not depend on the names of keys.
fn weight(schedule: &Schedule) -> (usize, usize, usize, usize) {
    let schedule = schedule.with_keys_in_order();
    let steps = schedule.steps();
    let asked = steps.iter().map(|step| match &step.act {
        Act::Call(_, request) => asked(request),
        act => provoked(act),
    });
    let other = |step: &&Step| matches!(&step.act, Act::Call(_, Request::One(Single::Get(key))) if key != "a");
    let others = steps.iter().filter(other).count();
    (steps.len(), asked.sum(), others, steps.iter().filter(|step| step.at_once).count())
}

fn asked(request: &Request) -> usize {
    match request {
        Request::One(Single::Get(_)) => 1,
        Request::One(Single::Set(_)) => 3,
        Request::One(Single::Increment(_) | Single::Unencodable(_)) => 4,
        Request::Mget(keys) => 4 + keys.len(),
        Request::Transaction(singles) => 1 + asked(&Request::Pipeline(singles.clone())),
        Request::Pipeline(singles) => {
            let others = singles.iter().filter(|single| !matches!(single, Single::Get(_))).count();
            4 + 2 * singles.len() + others
        }
    }
}

/// Events that every connection meets some day are simpler than rare ones.
fn provoked(act: &Act) -> usize {
    match act {
        Act::Call(..) | Act::Cancel(_) | Act::Reply(_, Form::Value) => 0,
        Act::Close(_, Where::Waiting) => 1,
        Act::Error(_, Fault::Refused)
        | Act::Reset(_, Where::Waiting)
        | Act::Close(_, Where::Idle)
        | Act::Reply(_, Form::Nil) => 2,
        Act::Cut(_, At::Half)
        | Act::Error(..)
        | Act::Reset(_, Where::Idle)
        | Act::Reply(_, Form::Empty) => 3,
        Act::Stall(_) | Act::Resume(_) | Act::Reply(..) => 4,
        Act::Extra(_) | Act::Land(_) | Act::Invalidate(_) => 5,
        // The place of a cut says where the mistake is, so the number of bytes counts.
        Act::Cut(_, At::After(bytes) | At::Before(bytes)) => 4 + *bytes as usize,
    }
}

fn without(schedule: &Schedule, at: usize, count: usize) -> Schedule {
    let steps = schedule.steps().iter().enumerate();
    let kept = steps.filter(|(place, _)| !(at..at + count).contains(place));
    Schedule::repaired(kept.map(|(_, step)| step.clone()))
}

/// Returns simpler versions of a step, the simplest first.
fn simpler(step: &Step) -> Vec<Step> {
    let with = |act: Act| Step { act, at_once: step.at_once };
    let mut found = Vec::new();
    match &step.act {
        Act::Call(call, Request::One(single)) => {
            let key = single.key();
            found.push(with(Act::Call(*call, Request::One(Single::Get("a".to_owned())))));
            found.push(with(Act::Call(*call, Request::One(Single::Get(key.clone())))));
        }
        Act::Call(call, Request::Mget(keys)) => {
            found.push(with(Act::Call(*call, Request::One(Single::Get(keys[0].clone())))));
            found.extend(one_less(keys).map(|keys| with(Act::Call(*call, Request::Mget(keys)))));
        }
        Act::Call(call, Request::Pipeline(singles)) => {
            found.push(with(Act::Call(*call, Request::One(singles[0].clone()))));
            let shorter = one_less(singles).map(Request::Pipeline);
            found.extend(shorter.map(|request| with(Act::Call(*call, request))));
            let gets = (0..singles.len()).filter_map(|place| got(singles, place));
            found.extend(gets.map(|singles| with(Act::Call(*call, Request::Pipeline(singles)))));
        }
        Act::Call(call, Request::Transaction(singles)) => {
            found.push(with(Act::Call(*call, Request::One(singles[0].clone()))));
            found.push(with(Act::Call(*call, Request::Pipeline(singles.clone()))));
            let shorter = one_less(singles).map(Request::Transaction);
            found.extend(shorter.map(|request| with(Act::Call(*call, request))));
        }
        Act::Reset(call, place) => {
            found.push(with(Act::Close(*call, Where::Waiting)));
            found.push(with(Act::Close(*call, *place)));
            found.push(with(Act::Reset(*call, Where::Waiting)));
        }
        Act::Close(call, Where::Idle) => found.push(with(Act::Close(*call, Where::Waiting))),
        Act::Cut(call, at) => {
            found.push(with(Act::Reply(*call, Form::Value)));
            found.extend(simpler_cuts(*at).map(|at| with(Act::Cut(*call, at))));
        }
        Act::Reply(call, form) if *form != Form::Value => {
            found.push(with(Act::Reply(*call, Form::Value)));
            found.push(with(Act::Reply(*call, Form::Nil)));
        }
        Act::Error(call, fault) if *fault != Fault::Refused => {
            found.push(with(Act::Error(*call, Fault::Refused)));
        }
        _ => {}
    }
    if step.at_once {
        found.push(Step::new(step.act.clone()));
    }
    found
}

/// Returns cuts that are simpler: in the middle, or nearer to the same end.
fn simpler_cuts(at: At) -> impl Iterator<Item = At> {
    let nearer: Vec<At> = match at {
        At::Half => Vec::new(),
        At::After(bytes) => (1..bytes).map(At::After).collect(),
        At::Before(bytes) => (1..bytes).map(At::Before).collect(),
    };
    let half = if at == At::Half { None } else { Some(At::Half) };
    half.into_iter().chain(nearer)
}

/// Returns the lists without one of the parts each, never an empty list.
fn one_less<T: Clone>(parts: &[T]) -> impl Iterator<Item = Vec<T>> {
    let places = if parts.len() > 1 { 0..parts.len() } else { 0..0 };
    places.map(|gone| {
        let mut less = parts.to_vec();
        less.remove(gone);
        less
    })
}

/// Returns the pipeline with a GET in place of another command.
fn got(singles: &[Single], place: usize) -> Option<Vec<Single>> {
    if matches!(singles[place], Single::Get(_)) {
        return None;
    }
    let mut less = singles.to_vec();
    less[place] = Single::Get(singles[place].key().clone());
    Some(less)
}
