//! A ground: one scenario with one client, one service and some defences, whose seeds are played.

use super::finding::{Finding, Found, Trouble};
use super::guided::{Coverage, Watcher};
use crosswire::catalog::{self, Unknown};
use crosswire::report::Report;
use crosswire::seedline::SeedLine;
use crosswire::signature;
use crosswire::sim::{ClientUnderTest, Played, Unfinished, Watchers, watch_within};
use crosswire_checker::{Together, Verdict};
use crosswire_history::Digest;
use crosswire_output::text::twelve_lines;
use crosswire_plan::{Plan, Scenario, Seed, draw};
use serde::{Deserialize, Serialize};
use std::any::Any;
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
    /// What it reached.
    pub(crate) reached: Together,
    /// What was reached, if that was watched and the run came to its end.
    pub(crate) coverage: Option<Covered>,
}

/// What a run reached that was watched.
pub(crate) struct Covered {
    pub(crate) plan: Arc<Plan>,
    pub(crate) coverage: Coverage,
    pub(crate) digest: String,
    /// How many entries its history has.
    pub(crate) entries: u64,
}

/// What is played: a plan, and what it is called.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) plan: Arc<Plan>,
    /// The seed or, if it was bred, the number of the run.
    pub(crate) number: u64,
    pub(crate) bred: bool,
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

    /// The scenario, with its client, service and defences.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
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
        self.perform(
            &Subject { plan: Arc::new(self.plan(seed)), number: seed, bred: false },
            budget,
            None,
        )
    }

    /// Plays a plan as [`Self::play`] does, and gives what it reached, too.
    pub(crate) fn play_watched(&self, subject: &Subject, budget: Duration) -> Run {
        self.perform(subject, budget, Some(Watcher::new(subject.plan.clone())))
    }

    fn perform(&self, subject: &Subject, budget: Duration, watcher: Option<Watcher>) -> Run {
        let watchers = watcher.into_iter().map(|watcher| Box::new(watcher) as _).collect();
        match watch_within(&subject.plan, &self.client, watchers, budget) {
            Ok((played, watchers)) => self.judged(subject, &played, watchers),
            Err(unfinished) => {
                let finding = self.unfinished(subject, &unfinished);
                let found = Found { finding, plan: subject.plan.clone(), run: Err(unfinished) };
                let end = End::Found(Box::new(found));
                Run { end, reached: Together::default(), coverage: None }
            }
        }
    }

    fn judged(&self, subject: &Subject, played: &Played, watchers: Watchers) -> Run {
        let watcher = watchers.into_iter().next().map(|watcher| watcher as Box<dyn Any>);
        let watcher = watcher.and_then(|watcher| watcher.downcast::<Watcher>().ok());
        let coverage = watcher.map(|watcher| Covered {
            plan: subject.plan.clone(),
            coverage: watcher.finish(&played.findings.reached),
            digest: played.digest.to_string(),
            entries: played.entries,
        });
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
        Run { end, reached: Together::of(&played.findings), coverage }
    }

    fn violated(&self, subject: &Subject, played: &Played) -> Finding {
        let findings = &played.findings;
        let story = findings.violations.first().map(|first| first.story.clone());
        let signature = signature::of(findings).unwrap_or_default();
        Finding {
            invariants: findings.counts.keys().cloned().collect(),
            story: story.unwrap_or_default(),
            digest: Some(played.digest.to_string()),
            ..self.finding(subject, Trouble::Violated, signature)
        }
    }

    fn unfinished(&self, subject: &Subject, unfinished: &Unfinished) -> Finding {
        let trouble = match unfinished {
            Unfinished::Panicked(_) => Trouble::Panicked,
            Unfinished::Hung(_) => Trouble::Hung,
        };
        let signature = signature::of_unfinished(unfinished);
        Finding { story: twelve_lines(&unfinished), ..self.finding(subject, trouble, signature) }
    }

    fn finding(&self, subject: &Subject, verdict: Trouble, signature: String) -> Finding {
        let line = self.seed_line(subject.number);
        // Whoever keeps a bred plan says under what name.
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
