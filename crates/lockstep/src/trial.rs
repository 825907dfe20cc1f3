//! Tries an adapter: what it should do, one thing after the other, and what it does instead.
//!
//! The judge is about the library. A trial is about the program around it: whether it answers,
//! passes on what the library returns, gives calls up, and is repeatable.

use super::adapter::{Calls, Cancel, Hello};
use super::certify::ScheduleRun;
use super::draw::draw;
use super::schedule::{CallId, Schedule, Step};
use super::session::{Session, SessionError};
use super::trace::{End, Fact, number_of};
use super::words::{Vocabulary, Word};
use crosswire_plan::Seed;
use serde_json::{Value, json};

/// Number of drawn schedules that run twice.
const TWICE: u64 = 25;

/// The result of trying one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The adapter does it.
    Right,
    /// It was not tried, for this reason.
    NotTried(&'static str),
    /// It does something else: what was seen, and what to write instead.
    Wrong(String),
}

/// One thing that an adapter should do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What it is, as a sentence without a full stop.
    pub what: &'static str,
    /// What came out.
    pub outcome: Outcome,
}

struct Case {
    what: &'static str,
    steps: &'static [&'static str],
    /// The word that the adapter must know.
    word: Option<Word>,
    check: fn(&[Fact]) -> Result<(), String>,
}

const CASES: [Case; 9] = [
    Case {
        what: "a call returns what the server sent",
        steps: &["call 1: get a", "reply 1"],
        word: None,
        check: |facts| returns(facts, 1, &json!("a#1")),
    },
    Case {
        what: "a client that is made after another one was closed works",
        steps: &["call 1: get b", "reply 1"],
        word: None,
        check: |facts| returns(facts, 1, &json!("b#1")),
    },
    Case {
        what: "a call stores a value",
        steps: &["call 1: set a", "reply 1"],
        word: None,
        check: stores,
    },
    Case {
        what: "a call returns the values of several keys in their order",
        steps: &["call 1: mget a b", "reply 1"],
        word: Some(Word::Mget),
        check: |facts| returns(facts, 1, &json!(["a#1", "b#1"])),
    },
    Case {
        what: "a call sends several commands together and returns each result",
        steps: &["call 1: pipeline get a, get b", "reply 1", "reply 1"],
        word: Some(Word::Pipeline),
        check: |facts| returns(facts, 1, &json!(["a#1", "b#2"])),
    },
    Case {
        what: "a call adds to a number",
        steps: &["call 1: incr a", "reply 1"],
        word: Some(Word::Increment),
        check: |facts| returns(facts, 1, &json!(number_of(1))),
    },
    Case {
        what: "a value that cannot be encoded is an error",
        steps: &["call 1: set a unencodable"],
        word: Some(Word::Unencodable),
        check: |facts| fails(facts, 1, "").map(drop),
    },
    Case {
        what: "an error of the server is passed on with its text",
        steps: &["call 1: get a", "error 1"],
        word: None,
        check: |facts| fails(facts, 1, "a#1"),
    },
    Case {
        what: "a call after a lost connection works",
        steps: &["call 1: get a", "close 1", "call 2: get b", "reply 2"],
        word: None,
        check: reconnects,
    },
];

/// Tries everything, in this order. The adapter is started again if it ends.
///
/// # Errors
/// As [`ScheduleRun::of`].
pub fn trial(session: &mut Session) -> Result<Vec<Trial>, SessionError> {
    let hello = session.hello().clone();
    let mut trials = Vec::new();
    for case in &CASES {
        let outcome = match case.word.and_then(|word| hello.cannot(word)) {
            Some(why) => Outcome::NotTried(why),
            None => tried(session, case.steps, case.check)?,
        };
        trials.push(Trial { what: case.what, outcome });
    }
    let what = "a call that is given up ends without its reply";
    let outcome = match hello.cancel {
        Cancel::Never => Outcome::NotTried("the adapter's hello says `\"cancel\": \"never\"`"),
        _ => tried(session, &["call 1: get a", "cancel 1"], gives_up)?,
    };
    trials.push(Trial { what, outcome });
    let what = "what is asked while the adapter holds still is done at once";
    let outcome = match hello.calls {
        Calls::One => Outcome::NotTried("the adapter's hello says `\"calls\": \"one\"`"),
        Calls::Many => tried(session, &["call 1: get a &", "call 2: get b"], both_end)?,
    };
    trials.push(Trial { what, outcome });
    trials.push(Trial {
        what: "the same schedule has the same trace",
        outcome: repeats(session, &hello)?,
    });
    Ok(trials)
}

fn tried(
    session: &mut Session,
    steps: &[&str],
    check: fn(&[Fact]) -> Result<(), String>,
) -> Result<Outcome, SessionError> {
    let steps = steps.iter().map(|step| step.parse::<Step>().expect("a step of ours"));
    let schedule = Schedule::new(steps.collect()).expect("a schedule of ours");
    let run = ScheduleRun::of(session, &schedule)?;
    let outcome = match run.not_judged() {
        Some(why) => Err(format!("{why}; answer every request, and see \"Barriers\"")),
        None => check(&run.facts),
    };
    Ok(match outcome {
        Ok(()) => Outcome::Right,
        Err(why) => Outcome::Wrong(why),
    })
}

/// Returns how a call ended, and whether that was before the end of the steps.
fn ended(facts: &[Fact], call: CallId) -> Option<(&End, bool)> {
    let over = facts.iter().position(|fact| *fact == Fact::Epilogue);
    facts.iter().enumerate().find_map(|(place, fact)| match fact {
        Fact::Ended(of, end) if *of == call => Some((end, over.is_none_or(|over| place < over))),
        _ => None,
    })
}

fn end(facts: &[Fact], call: CallId) -> Result<&End, String> {
    match ended(facts, call) {
        Some((end, _)) => Ok(end),
        None => Err(format!(
            "call {call} is never answered; answer a call with its `id` when the library returns"
        )),
    }
}

fn returns(facts: &[Fact], call: CallId, wanted: &Value) -> Result<(), String> {
    match end(facts, call)? {
        End::Value(value) if value == wanted => Ok(()),
        End::Value(value) => Err(format!(
            "call {call} is answered with {value}, where the server sent {wanted}; pass on what the \
             library returns as it is, with bytes as text"
        )),
        End::Error(text) => Err(format!("call {call} fails: {text}")),
        End::Cancelled => Err(format!("call {call} is cancelled, which nobody has asked for")),
    }
}

fn stores(facts: &[Fact]) -> Result<(), String> {
    match end(facts, 1)? {
        End::Value(value) if *value == json!("OK") || *value == json!(true) => Ok(()),
        End::Value(value) => Err(format!(
            "call 1 is answered with {value}; answer a SET that the library reports as done with \
             \"OK\" or true"
        )),
        End::Error(text) => Err(format!("call 1 fails: {text}")),
        End::Cancelled => Err("call 1 is cancelled, which nobody has asked for".to_owned()),
    }
}

/// Checks that a call ended with an error whose text has a part.
fn fails(facts: &[Fact], call: CallId, part: &str) -> Result<(), String> {
    match end(facts, call)? {
        End::Error(text) if text.contains(part) => Ok(()),
        End::Error(text) => Err(format!(
            "call {call} fails with `{text}`, which lacks the server's text (`{part}`); pass on the \
             text of the library's error"
        )),
        End::Value(value) => Err(format!(
            "call {call} is answered with the value {value}; answer {{\"error\": TEXT}} if the \
             library has one, also if it returns a value such as false beside it"
        )),
        End::Cancelled => Err(format!("call {call} is cancelled, which nobody has asked for")),
    }
}

fn reconnects(facts: &[Fact]) -> Result<(), String> {
    match end(facts, 2)? {
        End::Value(_) => Ok(()),
        End::Error(text) => Err(format!(
            "call 2 fails: {text}. If the library does not connect again by itself, let the adapter \
             do what its documentation tells its users"
        )),
        End::Cancelled => Err("call 2 is cancelled, which nobody has asked for".to_owned()),
    }
}

fn gives_up(facts: &[Fact]) -> Result<(), String> {
    match ended(facts, 1) {
        // A library may wait for the server before it lets go, as asyncpg does.
        Some((_, true) | (End::Cancelled, _)) => Ok(()),
        _ => Err("call 1 ends only when its reply comes; answer {\"cancelled\": true} once the \
                  library has let go of the call"
            .to_owned()),
    }
}

fn both_end(facts: &[Fact]) -> Result<(), String> {
    end(facts, 1).and(end(facts, 2)).map(drop)
}

/// Runs drawn schedules twice.
fn repeats(session: &mut Session, hello: &Hello) -> Result<Outcome, SessionError> {
    let words = hello.limit(&Vocabulary::default());
    for seed in (0..TWICE).map(Seed) {
        let schedule = draw(seed, &words);
        let first = ScheduleRun::of(session, &schedule)?;
        let second = ScheduleRun::of(session, &schedule)?;
        if first.facts != second.facts {
            return Ok(Outcome::Wrong(format!(
                "seed {seed} had two traces ({schedule}); answer a barrier only when nothing in \
                 the process is ready to run, and see \"The same seed, the same trace\". \
                 `--check-determinism` shows where they differ"
            )));
        }
    }
    Ok(Outcome::Right)
}
