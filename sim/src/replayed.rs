//! A saved run, played again: does it still come to what it is kept for?
//!
//! When code has moved on, two things may come in another order than they did, and what a file is
//! kept for may then show with other luck only. So a file whose digest is another is played with a
//! few other execution seeds before it is said that it shows no more.

use crate::saved::SavedRun;
use crate::shrink::{Shows, lucky};
use crate::stage::{ClientUnderTest, Panicked, Played, play};
use crosswire_checker::Verdict;
use std::fmt;
use std::sync::Arc;

/// With how many other execution seeds.
const OTHER_LUCK: u64 = 32;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It comes to what is expected: the very same history, or another that shows the same.
    Reproduces {
        /// Verdict and digest are those of the file.
        exactly: bool,
        /// How many execution seeds after that of the file.
        luck: u64,
    },
    /// It was violated, and is no more, with any luck.
    Fixed,
    /// It comes to something else.
    Differs(String),
}

impl Replayed {
    /// Whether that is what the file expects.
    pub fn is_as_expected(&self) -> bool {
        matches!(self, Self::Reproduces { .. })
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reproduces { exactly: true, .. } => {
                f.write_str("reproduces: verdict and digest are those of the file")
            }
            Self::Reproduces { luck: 0, .. } => {
                f.write_str("reproduces: what it shows is that of the file, the digest is another")
            }
            Self::Reproduces { luck, .. } => write!(
                f,
                "reproduces: what it shows is that of the file, with the execution seed + {luck}"
            ),
            Self::Fixed => f.write_str("fixed: it was violated, and is no more"),
            Self::Differs(how) => write!(f, "differs: {how}"),
        }
    }
}

/// Compares what a saved run came to with what is expected of it, and plays it with other luck if
/// it must.
///
/// # Errors
/// [`Panicked`] if something in a run panicked.
pub fn compare(
    saved: &SavedRun,
    client: &ClientUnderTest,
    first: &Played,
) -> Result<Replayed, Panicked> {
    let verdict = first.findings.verdict;
    if verdict == saved.expect && first.digest.to_string() == saved.digest {
        return Ok(Replayed::Reproduces { exactly: true, luck: 0 });
    }
    if saved.expect != Verdict::Violated {
        if verdict == saved.expect {
            return Ok(Replayed::Reproduces { exactly: false, luck: 0 });
        }
        let expected = saved.expect;
        return Ok(Replayed::Differs(format!("the verdict is {verdict}, expected {expected}")));
    }
    let shows = saved.shows();
    let mut found = first.clone();
    for (luck, plan) in lucky(&saved.plan, OTHER_LUCK).enumerate() {
        if luck > 0 {
            found = play(&Arc::new(plan), client, Vec::new())?.0;
        }
        let violated = found.findings.verdict == Verdict::Violated;
        if violated && shows.as_ref().is_none_or(|shows| shows.is_among(&found.findings)) {
            return Ok(Replayed::Reproduces { exactly: false, luck: luck as u64 });
        }
    }
    Ok(match Shows::of(&first.findings) {
        Some(Shows(other)) => Replayed::Differs(format!("it shows `{other}`")),
        None => Replayed::Fixed,
    })
}

/// Plays a saved run and compares.
///
/// # Errors
/// As [`compare`].
pub fn replay(saved: &SavedRun, client: &ClientUnderTest) -> Result<(Played, Replayed), Panicked> {
    let (played, _) = play(&Arc::new(saved.plan.clone()), client, Vec::new())?;
    let replayed = compare(saved, client, &played)?;
    Ok((played, replayed))
}
