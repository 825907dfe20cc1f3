//! Steps that follow from others. They have a stream to themselves, so that a library without these
//! words gets the same schedules.

use crate::schedule::{Act, CallId, Request, Single, Step, Where};
use crate::words::{Vocabulary, Word};
use crosswire_plan::Seed;
use crosswire_plan::rng::{Draw, Streams};

/// Name of the stream.
const ANSWERS: &str = "lockstep-answers";

/// Probability that a pipeline is a transaction.
const TRANSACTIONS: f64 = 0.4;

/// Probabilities that a request to cancel, and a value that was read, have their consequence in a
/// schedule.
const LANDS: f64 = 0.6;
const CHANGES: f64 = 0.6;

/// Turns some pipelines into transactions, and inserts steps that follow from others: the server
/// carries out a request to cancel after its caller gave up, and says that a value has changed
/// after it was read.
pub(super) fn with_answers(mut steps: Vec<Step>, seed: Seed, words: &Vocabulary) -> Vec<Step> {
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
