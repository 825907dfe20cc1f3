//! A ground: one scenario with one client, one service and some defences, whose seeds are played.

use super::finding::{Finding, Found, Trouble};
use crate::catalog::{self, Unknown};
use crate::report::Report;
use crate::seedline::SeedLine;
use crate::signature;
use crate::stage::{ClientUnderTest, Played, Unfinished, play_within};
use crate::text::printable;
use crosswire_checker::Verdict;
use crosswire_history::Digest;
use crosswire_plan::{Plan, Scenario, Seed, draw};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Where is hunted.
#[derive(Clone)]
pub struct Ground {
    named: String,
    scenario: Scenario,
    client: ClientUnderTest,
}

/// A ground by its names, as a journal holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroundName {
    /// The name of the scenario, or the path of its file.
    pub scenario: String,
    /// The client under test.
    pub client: String,
    /// The service under test.
    pub service: String,
    /// The defences that are switched on.
    pub defences: Vec<String>,
    /// The digest of all that the scenario says, for a file may change.
    pub digest: String,
}

/// What a run came to, without what need not be kept.
pub(crate) struct Run {
    pub(crate) end: End,
    /// How often each situation was reached.
    pub(crate) reached: BTreeMap<String, u64>,
}

/// How a run ended.
pub(crate) enum End {
    Clean,
    Inconclusive,
    Found(Box<Found>),
}

impl Ground {
    /// A scenario with its own client, service and defences. `named` is its name or its path, as it
    /// is to stand in a seed line.
    ///
    /// # Errors
    /// Its client is not one of ours.
    pub fn of(named: &str, scenario: Scenario) -> Result<Self, Unknown> {
        let client = catalog::client(&scenario.client.name)?;
        Ok(Self { named: named.to_owned(), scenario, client })
    }

    /// The same with another client.
    #[must_use]
    pub fn client(mut self, client: ClientUnderTest) -> Self {
        self.scenario.client.name.clone_from(&client.name);
        self.client = client;
        self
    }

    /// The same with another service.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn service(mut self, name: &str) -> Result<Self, Unknown> {
        catalog::service(name)?;
        name.clone_into(&mut self.scenario.service.name);
        Ok(self)
    }

    /// The same with these defences, and no others.
    ///
    /// # Errors
    /// There is none of a name.
    pub fn defences(mut self, names: &[String]) -> Result<Self, Unknown> {
        names.iter().try_for_each(|name| catalog::defence(name))?;
        self.scenario.defences.clear();
        for name in names {
            if !self.scenario.defences.contains(name) {
                self.scenario.defences.push(name.clone());
            }
        }
        Ok(self)
    }

    /// Its names.
    pub fn name(&self) -> GroundName {
        let mut digest = Digest::default();
        digest.add(&serde_json::to_string(&self.scenario).unwrap_or_default());
        GroundName {
            scenario: self.named.clone(),
            client: self.client.name.clone(),
            service: self.scenario.service.name.clone(),
            defences: self.scenario.defences.clone(),
            digest: digest.to_string(),
        }
    }

    /// Its scenario as the text of a file.
    pub(crate) fn to_toml(&self) -> Result<String, String> {
        let told = |error| format!("{}: cannot be written down: {error}", self.named);
        toml::to_string(&self.scenario).map_err(told)
    }

    /// The situations that its seeds must reach together, and how often.
    pub fn reach(&self) -> &BTreeMap<String, u64> {
        &self.scenario.reach
    }

    /// The plan that a seed gives here.
    pub fn plan(&self, seed: u64) -> Plan {
        draw(&self.scenario, Seed(seed))
    }

    /// The line that replays a seed of it.
    pub fn seed_line(&self, seed: u64) -> SeedLine {
        SeedLine {
            scenario: self.named.clone(),
            seed: Seed(seed),
            client: self.client.name.clone(),
            service: self.scenario.service.name.clone(),
            defences: self.scenario.defences.clone(),
        }
    }

    /// Plays a seed, and gives the run up when it takes longer than `budget`.
    pub(crate) fn play(&self, seed: u64, budget: Duration) -> Run {
        let plan = Arc::new(self.plan(seed));
        match play_within(&plan, &self.client, budget) {
            Ok(played) => self.judged(&plan, &played),
            Err(unfinished) => {
                let found = Found { finding: self.unfinished(seed, &unfinished), report: None };
                Run { end: End::Found(Box::new(found)), reached: BTreeMap::new() }
            }
        }
    }

    fn judged(&self, plan: &Plan, played: &Played) -> Run {
        let reached = played.findings.reached.clone();
        let end = match played.findings.verdict {
            Verdict::Clean => End::Clean,
            Verdict::Inconclusive => End::Inconclusive,
            Verdict::Violated => {
                let report = Report::new(plan, &self.client.name, played, Duration::ZERO);
                let finding = self.violated(plan.seed.0, played);
                End::Found(Box::new(Found { finding, report: Some(report) }))
            }
        };
        Run { end, reached }
    }

    fn violated(&self, seed: u64, played: &Played) -> Finding {
        let findings = &played.findings;
        let story = findings.violations.first().map(|first| first.story.clone());
        Finding {
            invariants: findings.counts.keys().cloned().collect(),
            story: story.unwrap_or_default(),
            digest: Some(played.digest.to_string()),
            ..self.finding(seed, Trouble::Violated, signature::of(findings).unwrap_or_default())
        }
    }

    fn unfinished(&self, seed: u64, unfinished: &Unfinished) -> Finding {
        let (trouble, signature) = match unfinished {
            Unfinished::Panicked(panicked) => (Trouble::Panicked, signature::of_panic(&panicked.0)),
            Unfinished::Hung(_) => (Trouble::Hung, signature::of_hang()),
        };
        let story = unfinished.to_string().lines().take(12).map(printable).collect();
        Finding { story, ..self.finding(seed, trouble, signature) }
    }

    fn finding(&self, seed: u64, verdict: Trouble, signature: String) -> Finding {
        let line = self.seed_line(seed);
        let replay = line.to_string();
        let SeedLine { scenario, seed, client, service, defences } = line;
        Finding {
            scenario,
            client,
            service,
            defences,
            seed,
            verdict,
            signature,
            invariants: Vec::new(),
            story: Vec::new(),
            digest: None,
            replay,
            file: None,
        }
    }
}

impl GroundName {
    /// On one line: the scenario, the client, the service if it is not the standard one, and the
    /// defences if there are any.
    pub fn words(&self) -> String {
        let Self { scenario, client, service, defences, .. } = self;
        let service = if service == "standard" { String::new() } else { format!(" on {service}") };
        let with = if defences.is_empty() { "" } else { ", with " };
        format!("{scenario}: {client}{service}{with}{}", defences.join(" and "))
    }
}
