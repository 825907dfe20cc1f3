//! The results of schedules: of one, and of many with a library.

use super::adapter::Hello;
use super::drive::Ran;
use super::judge::{Judgement, TraceInvariant, judge};
use super::picture;
use super::saved_schedule::SavedSchedule;
use super::schedule::Schedule;
use super::session::{Session, SessionError};
use super::situations::{Situation, reached};
use super::story::tell;
use super::trace::Fact;
use super::words::{Vocabulary, Word};
use super::{draw, enumerate};
use crosswire_checker::Verdict;
use crosswire_history::Digest;
use crosswire_plan::Seed;
use crosswire_report::Diagram;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

/// Number of replays of a minimized schedule, which show how often it reproduces.
pub const AGAIN: u64 = 5;

/// The schedules to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The schedules of consecutive seeds: the first seed, their number, and the words that they
    /// may use.
    Seeds(Seed, u64, Vocabulary),
    /// All schedules of up to this number of steps, with these words.
    Enumerated(usize, Vocabulary),
}

/// The reason why a search ended before all schedules had run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutShort {
    /// It was interrupted.
    Interrupted,
    /// Its time was over.
    Budget,
}

/// The results for one invariant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Number of times that it was put to the test.
    pub tested: u64,
    /// Number of schedules that violated it.
    pub schedules: u64,
    /// The first of these schedules, counted from 1.
    pub first: Option<u64>,
}

/// A minimized schedule that violates invariants.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The invariants that it violates, the gravest first.
    pub broken: Vec<TraceInvariant>,
    /// The first schedule that violated them, counted from 1.
    pub first: u64,
    /// Number of steps of that schedule.
    pub steps_before: usize,
    /// The minimized schedule.
    pub saved: SavedSchedule,
    /// The story of the minimized schedule.
    pub story: Vec<String>,
    /// The diagram of its gravest violation; none if its last run violated nothing.
    pub picture: Option<Diagram>,
    /// Number of replays, of [`AGAIN`], that reproduced it; none if it was not replayed.
    pub again: Option<u64>,
}

/// The schedules that were not judged to their end, because the adapter did not answer, failed or
/// ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotJudged {
    /// Number of these schedules.
    pub schedules: u64,
    /// The first of them, counted from 1.
    pub first: u64,
    /// The reason in the first of them, with the request and the step before it.
    pub why: String,
    /// The last lines that the adapter wrote on standard error in the first of them, if it ended.
    pub last_words: Vec<String>,
}

/// The results of many schedules with a library.
#[derive(Clone, Debug)]
pub struct LibraryCertificate {
    /// The adapter's description of itself.
    pub hello: Hello,
    /// The source of the schedules.
    pub source: Source,
    /// Number of schedules that ran.
    pub schedules: u64,
    /// The reason why other schedules did not run; none if all ran.
    pub cut_short: Option<CutShort>,
    /// Number of steps of all schedules together.
    pub steps: u64,
    /// Number of steps that were skipped.
    pub skipped: u64,
    /// The digest of all traces in their order.
    pub digest: Digest,
    /// The results by invariant.
    pub invariants: BTreeMap<TraceInvariant, Count>,
    /// Number of schedules that reached each situation.
    pub situations: BTreeMap<Situation, u64>,
    /// Number of schedules that used each word, in a step that was not skipped.
    pub words: BTreeMap<Word, u64>,
    /// Number of schedules that violated an invariant.
    pub violated: u64,
    /// Number of different sets of invariants that a schedule violated.
    pub combinations: u64,
    /// The schedules that were not judged to their end; none if all were.
    pub not_judged: Option<NotJudged>,
    /// The findings, the gravest first. Each is the first schedule of one of the combinations,
    /// minimized; equal ones are listed once.
    pub findings: Vec<Finding>,
}

impl LibraryCertificate {
    /// Returns the situations that apply to the client and were never reached.
    pub fn missed(&self) -> Vec<Situation> {
        let missed = |situation: &Situation| {
            situation.not_applicable(&self.hello).is_none()
                && !self.situations.contains_key(situation)
        };
        Situation::ALL.into_iter().filter(missed).collect()
    }

    /// Returns the words of the vocabulary that no schedule used.
    pub fn untried(&self) -> Vec<Word> {
        let words = self.source.vocabulary();
        let untried = |word: &Word| words.has(*word) && !self.words.contains_key(word);
        Word::ALL.into_iter().filter(untried).collect()
    }

    /// Returns the verdict: clean only if all schedules ran to their end, every applicable
    /// situation was reached, and every word of the vocabulary was used.
    pub fn verdict(&self) -> Verdict {
        let whole = self.cut_short.is_none() && self.not_judged.is_none();
        if self.violated > 0 {
            Verdict::Violated
        } else if self.missed().is_empty()
            && self.untried().is_empty()
            && self.schedules > 0
            && whole
        {
            Verdict::Clean
        } else {
            Verdict::Inconclusive
        }
    }
}

/// The result of running a schedule once.
#[derive(Clone, Debug)]
pub struct ScheduleRun {
    /// The trace.
    pub facts: Vec<Fact>,
    /// The judgement of the trace.
    pub judgement: Judgement,
    /// The situations that the schedule reached.
    pub reached: BTreeSet<Situation>,
    /// The last lines that the adapter wrote on standard error, if it ended.
    pub last_words: Vec<String>,
}

impl ScheduleRun {
    /// Runs a schedule and judges its trace.
    ///
    /// # Errors
    /// The adapter wrote something that is not an answer, cannot be started again, or never got as
    /// far as a client at rest; a socket failed; or the session was interrupted.
    pub fn of(session: &mut Session, schedule: &Schedule) -> Result<Self, SessionError> {
        let Ran { facts, last_words, .. } = session.run(schedule)?;
        let hello = session.hello();
        let judgement = judge(schedule, &facts, hello);
        let reached = reached(schedule, &facts, hello);
        Ok(Self { facts, judgement, reached, last_words })
    }

    /// Returns the reason why the schedule was not judged to its end; none if it was.
    pub fn not_judged(&self) -> Option<&str> {
        match self.facts.last() {
            Some(Fact::Unjudged(why)) => Some(why),
            _ => None,
        }
    }

    /// Returns the words of the steps that were not skipped.
    pub fn words(&self, schedule: &Schedule) -> BTreeSet<Word> {
        let skipped = |place: usize| {
            self.facts.iter().any(|fact| matches!(fact, Fact::Skipped(at, _) if *at == place))
        };
        let steps = schedule.steps().iter().enumerate();
        let taken = steps.filter(|(place, _)| !skipped(*place));
        taken.flat_map(|(_, step)| Word::of(step)).collect()
    }

    /// Returns the trace as a story, a line for each fact.
    pub fn story(&self, schedule: &Schedule) -> Vec<String> {
        tell(schedule, &self.facts, &self.judgement)
    }

    /// Returns the diagram of the gravest violation; none if nothing is violated.
    pub fn picture(&self, schedule: &Schedule) -> Option<Diagram> {
        picture::diagram(schedule, &self.facts, &self.judgement)
    }

    /// Checks that a second run of the schedule had the same trace. The error has no name yet.
    pub(super) fn must_equal(&self, other: &Self, schedule: &Schedule) -> Result<(), SessionError> {
        if self.facts == other.facts {
            return Ok(());
        }
        let (first, second) = (self.story(schedule), other.story(schedule));
        let mut lines = first.iter().zip(&second);
        let line = lines.position(|(one, other)| one != other);
        let line = line.unwrap_or(first.len().min(second.len()));
        let shown = |of: &[String]| of.get(line).map_or("nothing".to_owned(), Clone::clone);
        let (first, second) = (shown(&first), shown(&second));
        Err(SessionError::TwoTraces { name: String::new(), line: line + 1, first, second })
    }
}

impl Source {
    /// Returns the seed of the schedule with this number, counted from 1; `None` for schedules that
    /// are enumerated.
    pub fn seed(&self, number: u64) -> Option<Seed> {
        match *self {
            Self::Seeds(from, ..) => Some(Seed(from.0.wrapping_add(number - 1))),
            Self::Enumerated(..) => None,
        }
    }

    /// Returns the words that the schedules may use.
    pub fn vocabulary(&self) -> &Vocabulary {
        match self {
            Self::Seeds(.., words) | Self::Enumerated(_, words) => words,
        }
    }

    /// Returns the schedules without words that the adapter cannot express.
    #[must_use]
    pub fn for_adapter(&self, hello: &Hello) -> Self {
        match self {
            Self::Seeds(from, count, words) => Self::Seeds(*from, *count, hello.limit(words)),
            Self::Enumerated(most, words) => Self::Enumerated(*most, hello.limit(words)),
        }
    }

    /// Returns the number of schedules for a client of this description.
    pub fn count(&self, hello: &Hello) -> u64 {
        match self.for_adapter(hello) {
            Self::Seeds(_, count, _) => count,
            Self::Enumerated(most, words) => {
                enumerate::all(most, &words, hello.calls).count() as u64
            }
        }
    }

    pub(super) fn schedules(
        &self,
        hello: &Hello,
    ) -> Box<dyn Iterator<Item = Schedule> + Send + '_> {
        match self {
            Self::Seeds(from, count, words) => {
                let seeds = (0..*count).map(move |nth| Seed(from.0.wrapping_add(nth)));
                Box::new(seeds.map(|seed| draw::draw(seed, words)))
            }
            Self::Enumerated(most, words) => Box::new(enumerate::all(*most, words, hello.calls)),
        }
    }
}

impl LibraryCertificate {
    /// Returns the certificate before the first schedule.
    pub(super) fn empty(hello: Hello, source: Source) -> Self {
        Self {
            hello,
            source,
            schedules: 0,
            cut_short: None,
            steps: 0,
            skipped: 0,
            digest: Digest::default(),
            invariants: TraceInvariant::ALL.map(|invariant| (invariant, Count::default())).into(),
            situations: BTreeMap::new(),
            words: BTreeMap::new(),
            violated: 0,
            combinations: 0,
            not_judged: None,
            findings: Vec::new(),
        }
    }

    /// Adds a finding; equal ones are listed once.
    pub(super) fn add(&mut self, finding: Finding) {
        let known = |other: &Finding| other.saved.schedule == finding.saved.schedule;
        match self.findings.iter_mut().find(|other| known(other)) {
            Some(other) if finding.first < other.first => {
                (other.first, other.steps_before) = (finding.first, finding.steps_before);
            }
            Some(_) => {}
            None => self.findings.push(finding),
        }
    }

    pub(super) fn count(&mut self, schedule: &Schedule, run: &ScheduleRun) {
        self.schedules += 1;
        self.steps += schedule.steps().len() as u64;
        let skipped = |fact: &&Fact| matches!(fact, Fact::Skipped(..));
        self.skipped += run.facts.iter().filter(skipped).count() as u64;
        for line in run.story(schedule) {
            self.digest.write(line.as_bytes());
        }
        for word in run.words(schedule) {
            *self.words.entry(word).or_default() += 1;
        }
        if let Some(why) = run.not_judged() {
            let (first, why) = (self.schedules, why.to_owned());
            let last_words = run.last_words.clone();
            let first = NotJudged { schedules: 0, first, why, last_words };
            self.not_judged.get_or_insert(first).schedules += 1;
        }
        for situation in &run.reached {
            *self.situations.entry(*situation).or_default() += 1;
        }
        for (invariant, tested) in &run.judgement.tested {
            self.invariants.entry(*invariant).or_default().tested += tested;
        }
        self.violated += u64::from(!run.judgement.breaches.is_empty());
        for invariant in run.judgement.broken() {
            let count = self.invariants.entry(invariant).or_default();
            count.schedules += 1;
            count.first.get_or_insert(self.schedules);
        }
    }
}
