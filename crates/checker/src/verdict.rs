//! The verdict on a run, and everything found in it.

use crate::about::InvariantId;
use crate::conduct::NotApplicable;
use crate::demand::Missing;
use crate::exposure::Exposure;
use crate::story::seconds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The verdict on a run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every invariant held, and every required situation occurred.
    Clean,
    /// An invariant was violated.
    Violated,
    /// Nothing was violated, but a required situation did not occur, so nothing is proven.
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

/// One violation of one invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// The id of the invariant, such as `I1`.
    pub invariant: InvariantId,
    /// The name of the invariant.
    pub name: String,
    /// The time of the violation; for something that did not happen in time, its deadline.
    pub at_ms: u64,
    /// The number of the user affected.
    pub user: Option<u32>,
    /// The number of the device concerned.
    pub device: Option<u32>,
    /// The event concerned, as in `camera-17/4`.
    pub event: Option<String>,
    /// The kinds of the links in the causal chain.
    pub causes: Vec<String>,
    /// The causal chain: at most twelve lines, oldest first, each with its time in seconds.
    pub story: Vec<String>,
}

impl Violation {
    /// Returns what violations with one cause have in common, regardless of user and time: the
    /// invariant and the kinds of the links in the causal chain.
    pub fn signature(&self) -> String {
        let Self { invariant, name, causes, .. } = self;
        let causes = causes.iter().map(|cause| format!(", {cause}"));
        format!("{invariant} {name}{}", causes.collect::<String>())
    }

    /// Adds the gateways whose client could not connect, as a cause and with a line each.
    pub(crate) fn explain(&mut self, unconnected: &[Unconnected]) {
        if unconnected.is_empty() {
            return;
        }
        self.causes.push("client not connected".to_owned());
        let added = unconnected.iter().map(|it| (it.at_ms, format!("{} {it}", seconds(it.at_ms))));
        let at_ms = |line: &str| {
            let time = line.split(' ').next().and_then(|time| time.parse::<f64>().ok());
            time.map_or(0, |time| (time * 1000.0).round() as u64)
        };
        let own = self.story.drain(..).map(|line| (at_ms(&line), line));
        let mut lines: Vec<_> = added.chain(own).collect();
        lines.sort_by_key(|(at_ms, _)| *at_ms);
        self.story = lines.into_iter().map(|(_, line)| line).collect();
    }
}

/// Everything found in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The verdict.
    pub verdict: Verdict,
    /// The first few violations of each invariant: leaks first, then by time.
    pub violations: Vec<Violation>,
    /// The number of violations of each violated invariant, by id.
    pub counts: BTreeMap<InvariantId, u64>,
    /// The number of times each invariant was really tested, by id. One that was never tested has
    /// not held.
    pub checked: BTreeMap<InvariantId, u64>,
    /// The number of times each situation occurred, by name.
    pub reached: BTreeMap<String, u64>,
    /// The required situations that did not occur often enough.
    pub missing: Vec<Missing>,
    /// The situations and invariants that do not apply to the client: neither required nor counted.
    pub not_applicable: Vec<NotApplicable>,
    /// Situations that trigger bugs and never occurred: the run cannot have shown those bugs.
    pub untested: Vec<String>,
    /// The events that users were shown without a right to them.
    pub exposure: Exposure,
    /// The number of requests that cameras and phones sent.
    pub requests: u64,
    /// The number of deliveries to users.
    pub deliveries: u64,
    /// The number of times each fault point fired, by name; only those that did.
    pub fired: BTreeMap<String, u64>,
    /// The gateways whose client could not connect, by time. They served no request.
    pub unconnected: Vec<Unconnected>,
}

/// A gateway whose caching client could not connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unconnected {
    /// The time at which this was known.
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

/// Returns the verdict. A violation outweighs everything; without one, clean must be earned.
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
            invariant: InvariantId::I1,
            name: "authorised delivery".to_owned(),
            at_ms: 12_320,
            user: Some(7),
            device: Some(17),
            event: Some("camera-17/4".to_owned()),
            causes: Vec::new(),
            story: vec!["12.320 user-7 sees user-8's camera-17/4 in the list".to_owned()],
        };
        let json = serde_json::to_value(&violation).unwrap();
        assert_eq!(json["invariant"], "I1");
        assert_eq!(json["user"], 7);
        assert_eq!(json["event"], "camera-17/4");
        assert_eq!(serde_json::from_value::<Violation>(json).unwrap(), violation);
    }
}
