//! A certificate of lockstep, and schedules that were replayed, for machines.

use super::adapter::Hello;
use super::certify::{AGAIN, Certificate as Page, Finding, Play};
use super::kept::Kept;
use super::situations::Situation;
use crosswire_checker::Verdict;
use crosswire_output::machine::Object;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A certificate of a library.
#[derive(Serialize, JsonSchema)]
pub struct Certificate<'a> {
    /// The verdict.
    verdict: Verdict,
    /// The verdict in a sentence.
    sentence: String,
    /// What the adapter said of itself.
    adapter: &'a Hello,
    /// Where the schedules came from.
    source: String,
    /// How many schedules were played.
    schedules: u64,
    /// Whether somebody stopped it before all were.
    stopped: bool,
    /// How many steps the schedules had together.
    steps: u64,
    /// How many of those found nothing to be done to.
    passed_over: u64,
    /// The digest of all traces, in hexadecimal digits.
    digest: String,
    /// How each invariant held.
    invariants: Vec<Held>,
    /// How many schedules reached each situation.
    situations: BTreeMap<&'static str, u64>,
    /// What the client can reach and never reached.
    missed: Vec<Situation>,
    /// What was violated, gravest first.
    findings: Vec<Found<'a>>,
}

/// How an invariant held.
#[derive(Serialize, JsonSchema)]
struct Held {
    id: &'static str,
    name: &'static str,
    /// How often it was tested.
    tested: u64,
    /// In how many schedules it was violated.
    schedules_violated: u64,
    /// The number of the first of them.
    first: Option<u64>,
}

/// A schedule that shows a violation, made small.
#[derive(Serialize, JsonSchema)]
struct Found<'a> {
    /// The ids of the invariants that it violates.
    invariants: Vec<&'static str>,
    /// The number of the schedule that showed it first.
    first: u64,
    /// How many steps that had.
    steps_before: usize,
    /// The steps of the small one.
    schedule: Vec<String>,
    /// How often it showed the same when it was replayed; null if that was interrupted.
    shown_again: Option<u64>,
    /// How often it is replayed.
    of: u64,
    /// How it came about, a line each.
    story: &'a [String],
}

impl Object for Certificate<'_> {
    const TYPE: &'static str = "lockstep-certificate";
}

impl<'a> Certificate<'a> {
    /// What a certificate says.
    pub fn of(page: &'a Page) -> Self {
        let count = |situation: Situation| page.situations.get(&situation).copied();
        let situations = Situation::ALL.into_iter();
        Self {
            verdict: page.verdict(),
            sentence: page.sentence(),
            adapter: &page.hello,
            source: page.source.told(),
            schedules: page.played,
            stopped: page.stopped,
            steps: page.steps,
            passed_over: page.passed_over,
            digest: page.digest.to_string(),
            invariants: held(page),
            situations: situations.map(|it| (it.name(), count(it).unwrap_or_default())).collect(),
            missed: page.missed(),
            findings: page.findings.iter().map(found).collect(),
        }
    }
}

fn held(page: &Page) -> Vec<Held> {
    let held = page.invariants.iter().map(|(invariant, count)| Held {
        id: invariant.id(),
        name: invariant.name(),
        tested: count.tested,
        schedules_violated: count.schedules,
        first: count.first,
    });
    held.collect()
}

fn found(finding: &Finding) -> Found<'_> {
    let steps = finding.kept.schedule.steps().iter().map(ToString::to_string);
    Found {
        invariants: finding.broken.iter().map(|broken| broken.id()).collect(),
        first: finding.first,
        steps_before: finding.steps_before,
        schedule: steps.collect(),
        shown_again: finding.again,
        of: AGAIN,
        story: &finding.story,
    }
}

/// Schedules that were kept, replayed with a library.
#[derive(Serialize, JsonSchema)]
pub struct Replays<'a> {
    /// What the adapter said of itself.
    pub adapter: &'a Hello,
    /// The schedules, in the order in which they were named.
    pub schedules: Vec<Replayed>,
}

impl Object for Replays<'_> {
    const TYPE: &'static str = "lockstep-replay";
}

/// A schedule that was replayed.
#[derive(Serialize, JsonSchema)]
pub struct Replayed {
    /// The file.
    schedule: String,
    /// The verdict.
    verdict: Verdict,
    /// What came of it, in words.
    told: String,
    /// The ids of the invariants that were violated.
    invariants: Vec<&'static str>,
    /// What it reached.
    reached: Vec<Situation>,
    /// How it came about, a line each.
    story: Vec<String>,
}

impl Replayed {
    /// What came of a schedule that is kept in the file `name`.
    pub fn of(name: &str, kept: &Kept, play: &Play) -> Self {
        let (verdict, told) = kept.compared(play);
        Self {
            schedule: name.to_owned(),
            verdict,
            told,
            invariants: play.judgement.broken().iter().map(|broken| broken.id()).collect(),
            reached: play.reached.iter().copied().collect(),
            story: play.story(&kept.schedule),
        }
    }
}
