//! A saved run, played again: does it still come to what it is kept for?
//!
//! When code has moved on, two things may come in another order than they did, and what a file is
//! kept for may then show with other luck only. So a file whose digest is another is played with a
//! few other execution seeds before it is said that it shows no more.

use crate::minimize::{Shows, reseeded};
use crate::report::Report;
use crate::saved::{Expect, SavedRun};
use crate::signature;
use crate::sim::{ClientUnderTest, RunOutput, Unfinished, play_within};
use crosswire_output::machine::Object;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// With how many other execution seeds.
const RETRIES: u64 = 32;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It comes to what is expected: the very same history, or another that shows the same.
    Reproduces {
        /// Verdict and digest are those of the file.
        exactly: bool,
        /// How many execution seeds after that of the file.
        retry: u64,
    },
    /// It panics as in the file, or is given up as there.
    ComesToNoEnd(Expect),
    /// It is to stay clean, and nothing is broken; it did not reach all that its plan wants reached,
    /// as a run that was made small while it was violated mostly does not.
    Holds,
    /// It went wrong in this way, and does no more, with any luck.
    Fixed(Expect),
    /// It comes to something else.
    Differs(String),
}

impl Replayed {
    /// In a word.
    pub fn word(&self) -> Word {
        match self {
            Self::Reproduces { .. } | Self::ComesToNoEnd(_) => Word::Reproduces,
            Self::Holds => Word::Holds,
            Self::Fixed(_) => Word::Fixed,
            Self::Differs(_) => Word::Differs,
        }
    }

    /// Whether that is what the file expects.
    pub fn is_as_expected(&self) -> bool {
        matches!(self, Self::Reproduces { .. } | Self::ComesToNoEnd(_) | Self::Holds)
    }
}

/// A saved run that was replayed, for machines.
#[derive(Serialize, JsonSchema)]
pub struct Told<'a> {
    /// The file.
    pub file: &'a Path,
    /// What it expects of the run.
    pub expect: Expect,
    /// What it is kept for; null if for nothing that went wrong.
    pub signature: Option<&'a str>,
    /// What came of it.
    pub outcome: Word,
    /// The same in a sentence.
    pub told: String,
    /// Whether that is what the file expects.
    pub as_expected: bool,
    /// The run, if one file was replayed and the run came to its end.
    pub run: Option<&'a Report>,
}

impl Object for Told<'_> {
    const TYPE: &'static str = "replay";
}

impl<'a> Told<'a> {
    /// What came of a file.
    pub fn new(
        file: &'a Path,
        saved: &'a SavedRun,
        replayed: &Replayed,
        run: Option<&'a Report>,
    ) -> Self {
        Self {
            file,
            expect: saved.expect,
            signature: saved.signature.as_deref(),
            outcome: replayed.word(),
            told: replayed.to_string(),
            as_expected: replayed.is_as_expected(),
            run,
        }
    }
}

/// What came of a replay, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The run shows what is expected.
    Reproduces,
    /// The run is to be clean, and nothing is violated, but not every situation occurred.
    Holds,
    /// The violation no longer occurs.
    Fixed,
    /// The run shows something else.
    Differs,
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reproduces { exactly: true, .. } => {
                f.write_str("reproduces: verdict and digest are those of the file")
            }
            Self::Reproduces { retry: 0, .. } => {
                f.write_str("reproduces: what it shows is that of the file, the digest is another")
            }
            Self::Reproduces { retry, .. } => write!(
                f,
                "reproduces: what it shows is that of the file, with the execution seed + {retry}"
            ),
            Self::ComesToNoEnd(how) => write!(f, "reproduces: it {how}, as in the file"),
            Self::Holds => f.write_str("holds: nothing is broken; not all was reached"),
            Self::Fixed(Expect::Panicked) => f.write_str("fixed: it panicked, and does no more"),
            Self::Fixed(Expect::Hung) => f.write_str("fixed: it hung, and does no more"),
            Self::Fixed(_) => f.write_str("fixed: it was violated, and is no more"),
            Self::Differs(how) => write!(f, "differs: {how}"),
        }
    }
}

/// Compares what a saved run came to with what is expected of it, and plays it with other luck if
/// it must. A run that takes longer than `budget` is given up, see [`play_within`].
pub fn compare(
    saved: &SavedRun,
    client: &ClientUnderTest,
    first: &Result<RunOutput, Unfinished>,
    budget: Duration,
) -> Replayed {
    let ended = ended(first);
    if let Ok(played) = first
        && ended == saved.expect
        && Some(played.digest.to_string()) == saved.digest
        && (ended != Expect::Violated || shows(saved, first))
    {
        return Replayed::Reproduces { exactly: true, retry: 0 };
    }
    match saved.expect {
        Expect::Clean | Expect::Inconclusive if ended == saved.expect => {
            Replayed::Reproduces { exactly: false, retry: 0 }
        }
        Expect::Clean if ended == Expect::Inconclusive => Replayed::Holds,
        Expect::Clean | Expect::Inconclusive => differs(first, saved.expect),
        Expect::Violated | Expect::Panicked | Expect::Hung => {
            let found = retried(saved, client, first, budget);
            found.unwrap_or_else(|| match first {
                Ok(played) if played.findings.violations.is_empty() => {
                    Replayed::Fixed(saved.expect)
                }
                _ => differs(first, saved.expect),
            })
        }
    }
}

/// Whether the run shows what is expected or, if it does not, one with other luck does.
fn retried(
    saved: &SavedRun,
    client: &ClientUnderTest,
    first: &Result<RunOutput, Unfinished>,
    budget: Duration,
) -> Option<Replayed> {
    if shows(saved, first) {
        return Some(match first {
            Ok(_) => Replayed::Reproduces { exactly: false, retry: 0 },
            Err(_) => Replayed::ComesToNoEnd(saved.expect),
        });
    }
    // A run that is given up goes on: one is enough.
    let retries = if ended(first) == Expect::Hung { 0 } else { RETRIES };
    for (retry, plan) in reseeded(&saved.plan, retries).enumerate().skip(1) {
        let run = play_within(&Arc::new(plan), client, budget);
        if shows(saved, &run) {
            return Some(Replayed::Reproduces { exactly: false, retry: retry as u64 });
        }
        if ended(&run) == Expect::Hung {
            break;
        }
    }
    None
}

/// Whether a run goes wrong as the file says.
fn shows(saved: &SavedRun, run: &Result<RunOutput, Unfinished>) -> bool {
    let shown = |shows: Shows| match run {
        Ok(played) => shows.is_among(&played.findings),
        Err(unfinished) => shows.0 == signature::of_unfinished(unfinished),
    };
    ended(run) == saved.expect && saved.shows().is_none_or(shown)
}

fn ended(run: &Result<RunOutput, Unfinished>) -> Expect {
    match run {
        Ok(played) => played.findings.verdict.into(),
        Err(unfinished) => unfinished.into(),
    }
}

fn differs(run: &Result<RunOutput, Unfinished>, expected: Expect) -> Replayed {
    Replayed::Differs(match run {
        Ok(played) => match Shows::of(&played.findings) {
            Some(Shows(other)) if expected != Expect::Clean => format!("it shows `{other}`"),
            _ => format!("the verdict is {}, expected {expected}", played.findings.verdict),
        },
        Err(unfinished) => format!("it {}", signature::of_unfinished(unfinished)),
    })
}

/// Plays a saved run and compares.
pub fn replay(
    saved: &SavedRun,
    client: &ClientUnderTest,
    budget: Duration,
) -> (Result<RunOutput, Unfinished>, Replayed) {
    let first = play_within(&Arc::new(saved.plan.clone()), client, budget);
    let replayed = compare(saved, client, &first, budget);
    (first, replayed)
}
