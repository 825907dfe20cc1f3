//! The verdict on a run, and all that was found.

use crate::conduct::NotApplicable;
use crate::demand::Missing;
use crate::exposure::Exposure;
use crate::story::seconds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What is to be said of a run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every invariant held, and everything that was to be reached was reached.
    Clean,
    /// An invariant was broken.
    Violated,
    /// Nothing was broken, but something that was to be reached was not, so nothing is proven.
    Inconclusive,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clean => "clean",
            Self::Violated => "violated",
            Self::Inconclusive => "inconclusive",
        })
    }
}

/// One breach of one invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// The id of the invariant, such as `I1`.
    pub invariant: String,
    /// Its name.
    pub name: String,
    /// When it was broken. For something that did not happen in time: when its time was up.
    pub at_ms: u64,
    /// The number of the person whom it hit.
    pub user: Option<u32>,
    /// The number of the device that it is about.
    pub device: Option<u32>,
    /// The event that it is about, as in `camera-17/4`.
    pub event: Option<String>,
    /// What it comes down to: the kinds of the links in its causal chain.
    pub causes: Vec<String>,
    /// How it came about: at most twelve lines, oldest first, each with its time in seconds.
    pub story: Vec<String>,
}

impl Violation {
    /// What it has in common with others of the same cause, whoever it hit and when: the invariant
    /// and the kinds of the links in its causal chain.
    pub fn signature(&self) -> String {
        let Self { invariant, name, causes, .. } = self;
        let causes = causes.iter().map(|cause| format!(", {cause}"));
        format!("{invariant} {name}{}", causes.collect::<String>())
    }

    /// Tells of the gateways that served nobody, where that is why something did not happen.
    pub(crate) fn explain(&mut self, unconnected: &[Unconnected]) {
        if unconnected.is_empty() {
            return;
        }
        self.causes.push("client not connected".to_owned());
        let told = unconnected.iter().map(|it| (it.at_ms, format!("{} {it}", seconds(it.at_ms))));
        let at_ms = |line: &str| {
            let time = line.split(' ').next().and_then(|time| time.parse::<f64>().ok());
            time.map_or(0, |time| (time * 1000.0).round() as u64)
        };
        let own = self.story.drain(..).map(|line| (at_ms(&line), line));
        let mut lines: Vec<_> = told.chain(own).collect();
        lines.sort_by_key(|(at_ms, _)| *at_ms);
        self.story = lines.into_iter().map(|(_, line)| line).collect();
    }
}

/// All that was found in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The verdict.
    pub verdict: Verdict,
    /// The first few violations of each invariant: leaks first, then by time.
    pub violations: Vec<Violation>,
    /// How many violations of each invariant there were, by id; only those that were broken.
    pub counts: BTreeMap<String, u64>,
    /// How often each invariant was really tested, by id. One that was never tested has not held.
    pub checked: BTreeMap<String, u64>,
    /// How often each situation was reached, by name.
    pub reached: BTreeMap<String, u64>,
    /// What should have been reached and was not.
    pub missing: Vec<Missing>,
    /// What does not apply to the client: neither demanded nor counted.
    pub not_applicable: Vec<NotApplicable>,
    /// Situations that wake mistakes and never occurred: what they wake this run cannot have shown.
    pub untested: Vec<String>,
    /// Who was shown what belonged to somebody else.
    pub exposure: Exposure,
    /// How many requests cameras and phones sent.
    pub requests: u64,
    /// How many deliveries to people there were.
    pub deliveries: u64,
    /// How often each fault point fired, by name; only those that did.
    pub fired: BTreeMap<String, u64>,
    /// The gateways whose client could not connect, by time: they served nobody.
    pub unconnected: Vec<Unconnected>,
}

/// A gateway whose caching client could not connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unconnected {
    /// When this was known.
    pub at_ms: u64,
    /// The gateway, as in `gateway-1`.
    pub gateway: String,
    /// The client's error, or that it never returned.
    pub why: String,
}

impl fmt::Display for Unconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gateway, why, .. } = self;
        write!(f, "{gateway}: its client could not connect: {why}")
    }
}

/// A breach outweighs everything; without one, clean must have been earned.
pub(crate) fn verdict(broken: bool, missing: &[Missing]) -> Verdict {
    match (broken, missing.is_empty()) {
        (true, _) => Verdict::Violated,
        (false, false) => Verdict::Inconclusive,
        (false, true) => Verdict::Clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_must_be_earned() {
        let lacking = [Missing { situation: "cancel-in-flight".to_owned(), need: 2, got: 1 }];
        assert_eq!(verdict(false, &lacking), Verdict::Inconclusive);
        assert_eq!(verdict(true, &lacking), Verdict::Violated);
        assert_eq!(verdict(false, &[]), Verdict::Clean);
    }

    #[test]
    fn a_violation_is_plain_numbers_and_words() {
        let violation = Violation {
            invariant: "I1".to_owned(),
            name: "authorised delivery".to_owned(),
            at_ms: 12_320,
            user: Some(7),
            device: Some(17),
            event: Some("camera-17/4".to_owned()),
            causes: Vec::new(),
            story: vec!["12.320 user-7 sees user-8's camera-17/4 in the list".to_owned()],
        };
        let json = serde_json::to_value(&violation).unwrap();
        assert_eq!(json["user"], 7);
        assert_eq!(json["event"], "camera-17/4");
        assert_eq!(serde_json::from_value::<Violation>(json).unwrap(), violation);
    }
}
