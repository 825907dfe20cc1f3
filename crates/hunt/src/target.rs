//! A target of a hunt: a scenario with a client, a service and defences, whose seeds are run.

use crate::finding::{FailureKind, Finding, Found};
use crosswire::catalog::{self, Unknown};
use crosswire::report::Report;
use crosswire::scenarios;
use crosswire::seedline::SeedLine;
use crosswire::signature;
use crosswire::sim::{ClientUnderTest, RunOutput, Unfinished, play_within, watch_within};
use crosswire_checker::{Together, Verdict};
use crosswire_history::Digest;
use crosswire_output::format::twelve_lines;
use crosswire_plan::{Plan, Scenario, Seed, draw};
use crosswire_sim::coverage::{Coverage, Watcher};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A scenario with a client, a service and defences.
#[derive(Clone)]
pub struct Target {
    named: String,
    scenario: Scenario,
    client: ClientUnderTest,
    /// The share of dishonest devices that the scenario states.
    dishonest: Option<f64>,
}

/// The names and the digest that identify a target in a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetName {
    /// The name of the scenario, or the path of its file.
    pub scenario: String,
    /// The client under test.
    pub client: String,
    /// The service under test.
    pub service: String,
    /// The defences in force.
    pub defences: Vec<String>,
    /// The digest of the scenario, because its file may change.
    pub digest: String,
}

/// The parts of a run's result that a hunt uses.
pub(crate) struct Run {
    pub(crate) end: End,
    /// The situations and events that the run reached.
    pub(crate) reached: Together,
    /// The required situations that the run lacks for a clean verdict.
    pub(crate) missing: Vec<String>,
    /// The coverage, if the run was watched and ended.
    pub(crate) coverage: Option<Covered>,
}

/// The coverage of a watched run.
pub(crate) struct Covered {
    pub(crate) plan: Arc<Plan>,
    pub(crate) coverage: Coverage,
    pub(crate) digest: String,
    /// Number of entries in its history.
    pub(crate) entries: u64,
}

/// A plan to run, with its number.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) plan: Arc<Plan>,
    /// The seed or, if the plan was bred, the number of the run.
    pub(crate) number: u64,
    pub(crate) bred: bool,
}

/// The outcome of a run.
pub(crate) enum End {
    Clean,
    Inconclusive,
    Found(Box<Found>),
}

impl Target {
    /// Creates a target from a scenario, with the client, service and defences that it names.
    /// `named` is its name or path as seed lines spell it.
    ///
    /// # Errors
    /// Its client is unknown.
    pub fn of(named: &str, scenario: Scenario) -> Result<Self, Unknown> {
        let client = catalog::client(&scenario.client.name)?;
        let dishonest = scenario.workload.dishonest;
        Ok(Self { named: named.to_owned(), scenario, client, dishonest }.with_dishonest())
    }

    /// Sets the share of dishonest devices that the scenario leaves to the service.
    fn with_dishonest(mut self) -> Self {
        let share = scenarios::dishonest(self.dishonest, &self.scenario.service.name);
        self.scenario.workload.dishonest = share;
        self
    }

    /// Replaces the client.
    #[must_use]
    pub fn client(mut self, client: ClientUnderTest) -> Self {
        self.scenario.client.name.clone_from(&client.name);
        self.client = client;
        self
    }

    /// Replaces the service.
    ///
    /// # Errors
    /// There is no service of that name.
    pub fn service(mut self, name: &str) -> Result<Self, Unknown> {
        catalog::service(name)?;
        name.clone_into(&mut self.scenario.service.name);
        Ok(self.with_dishonest())
    }

    /// Replaces the defences.
    ///
    /// # Errors
    /// There is no defence of one of the names.
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

    /// Returns the names that identify the target.
    pub fn name(&self) -> TargetName {
        let mut digest = Digest::default();
        let scenario = serde_json::to_string(&self.scenario);
        digest.add(&scenario.expect("a scenario can be written as JSON"));
        TargetName {
            scenario: self.named.clone(),
            client: self.client.name.clone(),
            service: self.scenario.service.name.clone(),
            defences: self.scenario.defences.clone(),
            digest: digest.to_string(),
        }
    }

    /// Returns the scenario as TOML.
    pub(crate) fn to_toml(&self) -> Result<String, String> {
        let failed = |error| format!("{}: cannot be written as TOML: {error}", self.named);
        toml::to_string(&self.scenario).map_err(failed)
    }

    /// Returns the situations that its seeds must reach together, with how often.
    pub fn reach(&self) -> &BTreeMap<String, u64> {
        &self.scenario.reach
    }

    /// Returns the scenario, with its client, service and defences.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Returns the plan that a seed gives for this target.
    pub fn plan(&self, seed: u64) -> Plan {
        draw(&self.scenario, Seed(seed))
    }

    /// Returns the line that replays a seed of this target.
    pub fn seed_line(&self, seed: u64) -> SeedLine {
        SeedLine {
            scenario: self.named.clone(),
            seed: Seed(seed),
            client: self.client.name.clone(),
            service: self.scenario.service.name.clone(),
            defences: self.scenario.defences.clone(),
        }
    }

    /// Runs a seed, and abandons the run when it takes longer than `budget`.
    pub(crate) fn play(&self, seed: u64, budget: Duration) -> Run {
        let subject = Subject { plan: Arc::new(self.plan(seed)), number: seed, bred: false };
        match play_within(&subject.plan, &self.client, budget) {
            Ok(played) => self.judged(&subject, &played, None),
            Err(unfinished) => self.failed(&subject, unfinished),
        }
    }

    /// Runs a plan as [`Self::play`] does, and also returns its coverage.
    pub(crate) fn play_watched(&self, subject: &Subject, budget: Duration) -> Run {
        let watcher = Watcher::new(subject.plan.clone());
        match watch_within(&subject.plan, &self.client, watcher, budget) {
            Ok((played, watcher)) => {
                let coverage = Covered {
                    plan: subject.plan.clone(),
                    coverage: watcher.finish(&played.findings.reached),
                    digest: played.digest.to_string(),
                    entries: played.entries,
                };
                self.judged(subject, &played, Some(coverage))
            }
            Err(unfinished) => self.failed(subject, unfinished),
        }
    }

    fn judged(&self, subject: &Subject, played: &RunOutput, coverage: Option<Covered>) -> Run {
        let end = match played.findings.verdict {
            Verdict::Clean => End::Clean,
            Verdict::Inconclusive => End::Inconclusive,
            Verdict::Violated => {
                let plan = subject.plan.clone();
                let report = Report::new(&plan, &self.client.name, played, Duration::ZERO);
                let finding = self.violated(subject, played);
                End::Found(Box::new(Found { finding, plan, run: Ok(report) }))
            }
        };
        let missing = played.findings.missing.iter().map(|missing| missing.situation.clone());
        let missing = missing.collect();
        Run { end, reached: Together::of(&played.findings), missing, coverage }
    }

    fn failed(&self, subject: &Subject, unfinished: Unfinished) -> Run {
        let finding = self.unfinished(subject, &unfinished);
        let found = Found { finding, plan: subject.plan.clone(), run: Err(unfinished) };
        Run {
            end: End::Found(Box::new(found)),
            reached: Together::default(),
            missing: Vec::new(),
            coverage: None,
        }
    }

    fn violated(&self, subject: &Subject, played: &RunOutput) -> Finding {
        let findings = &played.findings;
        let worst = findings.violations.first().expect("a violated run has a violation");
        Finding {
            invariants: findings.counts.keys().copied().collect(),
            story: worst.story.clone(),
            digest: Some(played.digest.to_string()),
            ..self.finding(subject, FailureKind::Violated, worst.signature())
        }
    }

    fn unfinished(&self, subject: &Subject, unfinished: &Unfinished) -> Finding {
        let kind = match unfinished {
            Unfinished::Panicked(_) => FailureKind::Panicked,
            Unfinished::Hung(_) => FailureKind::Hung,
        };
        let signature = signature::of_unfinished(unfinished);
        Finding { story: twelve_lines(&unfinished), ..self.finding(subject, kind, signature) }
    }

    fn finding(&self, subject: &Subject, verdict: FailureKind, signature: String) -> Finding {
        let line = self.seed_line(subject.number);
        // The journal sets the file name once it has saved the plan.
        let replay = if subject.bred { String::new() } else { line.to_string() };
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
            bred: subject.bred,
        }
    }
}

impl TargetName {
    /// Describes the target on one line: scenario, client, the service unless it is the standard
    /// one, and the defences if there are any.
    pub fn words(&self) -> String {
        let Self { scenario, client, service, defences, .. } = self;
        let service = if service == "standard" { String::new() } else { format!(" on {service}") };
        let with = if defences.is_empty() { "" } else { ", with " };
        format!("{scenario}: {client}{service}{with}{}", defences.join(" and "))
    }
}
