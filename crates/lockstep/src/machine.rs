//! Certificates and replays of lockstep, as JSON.

use super::adapter::Hello;
use super::certify::{AGAIN, Finding, LibraryCertificate, ScheduleRun, Source};
use super::made::Made;
use super::saved_schedule::{Comparison, SavedSchedule};
use super::situations::Situation;
use super::words::Word;
use crosswire_checker::{InvariantId, Verdict};
use crosswire_output::machine::Object;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The certificate of a library.
#[derive(Serialize, JsonSchema)]
pub struct Certificate<'a> {
    /// The verdict.
    verdict: Verdict,
    /// The verdict in a sentence.
    sentence: String,
    /// The adapter's description of itself.
    adapter: &'a Hello,
    /// The version of Crosswire.
    crosswire: &'a str,
    /// The operating system with its version and architecture.
    system: &'a str,
    /// The command that prints this certificate.
    command: &'a str,
    /// The source of the schedules.
    source: String,
    /// The schedules that ran, and why not all of the source did.
    ran: String,
    /// Number of schedules that ran.
    schedules: u64,
    /// True if the search was interrupted or its budget ended.
    stopped: bool,
    /// Number of steps of all schedules together.
    steps: u64,
    /// Number of steps that were skipped. The field keeps its name until the next version.
    #[serde(rename = "passed_over")]
    skipped: u64,
    /// The digest of all traces, in hexadecimal digits.
    digest: String,
    /// The results for each invariant.
    invariants: Vec<Held>,
    /// Number of schedules that reached each situation.
    situations: BTreeMap<&'static str, u64>,
    /// Number of schedules that used each word.
    words: BTreeMap<&'static str, u64>,
    /// Words that schedules could use and none did.
    untried: Vec<Word>,
    /// Situations that apply to the client and were never reached.
    missed: Vec<Situation>,
    /// Situations that do not apply to the client, with the reasons.
    not_applicable: BTreeMap<&'static str, &'static str>,
    /// The schedules that were not judged to their end; null if all were.
    not_judged: Option<Cut<'a>>,
    /// Number of schedules that violated an invariant.
    schedules_violated: u64,
    /// Number of different sets of invariants that a schedule violated.
    combinations: u64,
    /// The violations found, the gravest first.
    findings: Vec<Found<'a>>,
}

/// The schedules that were not judged to their end, because the adapter did not answer, failed or
/// ended.
#[derive(Serialize, JsonSchema)]
struct Cut<'a> {
    /// Number of these schedules.
    schedules: u64,
    /// The number of the first of them, counted from 1.
    first: u64,
    /// The seed of that schedule; null for schedules that are enumerated.
    first_seed: Option<String>,
    /// The reason in that schedule, with the request and the step before it.
    why: &'a str,
    /// The last lines that the adapter wrote on standard error then, if it ended.
    last_words: &'a [String],
}

/// The results for one invariant.
#[derive(Serialize, JsonSchema)]
struct Held {
    id: InvariantId,
    name: &'static str,
    /// Number of times that it was put to the test.
    tested: u64,
    /// Number of schedules that violated it.
    schedules_violated: u64,
    /// The number of the first of them, counted from 1.
    first: Option<u64>,
    /// The seed of the first of them; null for schedules that are enumerated.
    first_seed: Option<String>,
}

/// A minimized schedule that violates invariants.
#[derive(Serialize, JsonSchema)]
struct Found<'a> {
    /// The ids of the invariants that it violates.
    invariants: Vec<InvariantId>,
    /// The number of the first schedule that violated them, counted from 1.
    first: u64,
    /// The seed of that schedule; null for schedules that are enumerated.
    first_seed: Option<String>,
    /// Number of steps of that schedule.
    steps_before: usize,
    /// The steps of the minimized schedule.
    schedule: Vec<String>,
    /// Number of replays that reproduced it; null if it was interrupted before.
    shown_again: Option<u64>,
    /// Number of replays.
    of: u64,
    /// The story, a line for each step.
    story: &'a [String],
}

impl Object for Certificate<'_> {
    const TYPE: &'static str = "lockstep-certificate";
}

impl<'a> Certificate<'a> {
    /// Converts a certificate.
    pub fn of(page: &'a LibraryCertificate, made: &'a Made) -> Self {
        let count = |situation: Situation| page.situations.get(&situation).copied();
        let situations = Situation::ALL.into_iter();
        Self {
            verdict: page.verdict(),
            sentence: page.sentence(),
            adapter: &page.hello,
            crosswire: &made.crosswire,
            system: &made.system,
            command: &made.command,
            source: page.source.words(),
            ran: page.ran(),
            schedules: page.schedules,
            stopped: page.cut_short.is_some(),
            steps: page.steps,
            skipped: page.skipped,
            digest: page.digest.to_string(),
            invariants: held(page),
            situations: situations.map(|it| (it.name(), count(it).unwrap_or_default())).collect(),
            words: page.words.iter().map(|(word, count)| (word.name(), *count)).collect(),
            untried: page.untried(),
            missed: page.missed(),
            not_applicable: page.exempt().map(|(situation, why)| (situation.name(), why)).collect(),
            not_judged: page.not_judged.as_ref().map(|some| Cut {
                schedules: some.schedules,
                first: some.first,
                first_seed: seed(&page.source, some.first),
                why: &some.why,
                last_words: &some.last_words,
            }),
            schedules_violated: page.violated,
            combinations: page.combinations,
            findings: page.findings.iter().map(|one| found(one, &page.source)).collect(),
        }
    }
}

fn held(page: &LibraryCertificate) -> Vec<Held> {
    let held = page.invariants.iter().map(|(invariant, count)| Held {
        id: invariant.id(),
        name: invariant.name(),
        tested: count.tested,
        schedules_violated: count.schedules,
        first: count.first,
        first_seed: count.first.and_then(|first| seed(&page.source, first)),
    });
    held.collect()
}

/// Returns the seed of the schedule with this number.
fn seed(source: &Source, number: u64) -> Option<String> {
    source.seed(number).map(|seed| seed.to_string())
}

fn found<'a>(finding: &'a Finding, source: &Source) -> Found<'a> {
    let steps = finding.saved.schedule.steps().iter().map(ToString::to_string);
    Found {
        invariants: finding.broken.iter().map(|broken| broken.id()).collect(),
        first: finding.first,
        first_seed: seed(source, finding.first),
        steps_before: finding.steps_before,
        schedule: steps.collect(),
        shown_again: finding.again,
        of: AGAIN,
        story: &finding.story,
    }
}

/// Saved schedules, replayed with a library.
#[derive(Serialize, JsonSchema)]
pub struct Replays<'a> {
    /// The adapter's description of itself.
    pub adapter: &'a Hello,
    /// The schedules, in the order given.
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
    /// The result in a sentence.
    told: String,
    /// The ids of the invariants that were violated.
    invariants: Vec<InvariantId>,
    /// The reason why it was not judged to its end; null if it was.
    not_judged: Option<String>,
    /// The situations that it reached.
    reached: Vec<Situation>,
    /// The story, a line for each step.
    story: Vec<String>,
}

impl Replayed {
    /// Describes the replay of the schedule in the file `name`.
    pub fn of(name: &str, kept: &SavedSchedule, run: &ScheduleRun) -> Self {
        let Comparison { verdict, words: told } = kept.compared(run);
        Self {
            schedule: name.to_owned(),
            verdict,
            told,
            invariants: run.judgement.broken().iter().map(|broken| broken.id()).collect(),
            not_judged: run.not_judged().map(str::to_owned),
            reached: run.reached.iter().copied().collect(),
            story: run.story(&kept.schedule),
        }
    }
}
