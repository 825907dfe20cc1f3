//! Plays many schedules with one adapter, and makes what it finds small.

use super::adapter::{BadAdapter, Hello};
use super::draw;
use super::judge::{Invariant, Judgement, judge};
use super::kept::Kept;
use super::schedule::Schedule;
use super::session::{Session, Trouble};
use super::shrink::shrink;
use super::situations::{Situation, reached};
use super::story::tell;
use super::trace::Fact;
use crosswire_checker::Verdict;
use crosswire_history::Digest;
use crosswire_plan::Seed;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

/// How often a small schedule is played again, to see whether it always shows the same.
pub const AGAIN: u64 = 5;

/// After so many schedules in which a call never ended no more are played: each takes as long as
/// patience lasts.
pub const MOST_HANGS: u64 = 3;

/// So many smaller schedules are tried of one in which a call never ends, for the same reason.
const MOST_TRIES_OF_A_HANG: u64 = 20;

/// Which schedules are played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Those of so many seeds, from one up.
    Seeds(Seed, u64),
    /// All of up to so many steps.
    Enumerated(usize),
}

/// What was found out about one invariant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How often it was really tested.
    pub tested: u64,
    /// In how many schedules it was broken.
    pub schedules: u64,
    /// The first of them, counted from 1.
    pub first: Option<u64>,
}

/// Something that was found, made small.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What the small schedule breaks, the gravest first.
    pub broken: Vec<Invariant>,
    /// The first schedule that showed it, counted from 1.
    pub first: u64,
    /// How many steps that one had.
    pub steps_before: usize,
    /// The small one.
    pub kept: Kept,
    /// The small one, told.
    pub story: Vec<String>,
    /// In how many of [`AGAIN`] more plays it showed the same; none if it was not played again.
    pub again: Option<u64>,
}

/// All that can be said of a library after so many schedules.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// What the adapter said of itself.
    pub hello: Hello,
    /// Where the schedules came from.
    pub source: Source,
    /// How many were played.
    pub played: u64,
    /// Whether somebody stopped it before all were.
    pub stopped: bool,
    /// How many steps they had together.
    pub steps: u64,
    /// How many of those could not be taken.
    pub passed_over: u64,
    /// Of all traces, in their order.
    pub digest: Digest,
    /// By invariant.
    pub invariants: BTreeMap<Invariant, Count>,
    /// In how many schedules each situation was reached.
    pub situations: BTreeMap<Situation, u64>,
    /// The gravest first.
    pub findings: Vec<Finding>,
}

impl Certificate {
    /// What the client can come into, and never came into.
    pub fn missed(&self) -> Vec<Situation> {
        let missed = |situation: &Situation| {
            situation.is_open_to(&self.hello) && !self.situations.contains_key(situation)
        };
        Situation::ALL.into_iter().filter(missed).collect()
    }

    /// Clean only if all schedules were played, and it came into all that it can come into.
    pub fn verdict(&self) -> Verdict {
        if self.invariants.values().any(|count| count.schedules > 0) {
            Verdict::Violated
        } else if self.missed().is_empty() && self.played > 0 && !self.stopped {
            Verdict::Clean
        } else {
            Verdict::Inconclusive
        }
    }
}

/// One play of one schedule.
#[derive(Clone, Debug)]
pub struct Play {
    /// What was seen.
    pub facts: Vec<Fact>,
    /// What is broken.
    pub judgement: Judgement,
    /// What was reached.
    pub reached: BTreeSet<Situation>,
}

impl Play {
    /// Plays a schedule and judges it.
    ///
    /// # Errors
    /// As [`Session::play`].
    pub fn of(session: &mut Session, schedule: &Schedule) -> Result<Self, Trouble> {
        let facts = session.play(schedule)?;
        let hello = session.hello();
        let judgement = judge(schedule, &facts, hello.connections);
        let reached = reached(schedule, &facts, hello);
        Ok(Self { facts, judgement, reached })
    }

    /// What happened, in words: all that is in the trace.
    pub fn story(&self, schedule: &Schedule) -> Vec<String> {
        tell(schedule, &self.facts, &self.judgement)
    }

    /// That another play of the schedule, the `nth`, had the same trace.
    fn must_equal(&self, other: &Self, schedule: &Schedule, nth: u64) -> Result<(), Trouble> {
        if self.facts == other.facts {
            return Ok(());
        }
        let (first, second) = (self.story(schedule), other.story(schedule));
        let mut lines = first.iter().zip(&second);
        let line = lines.position(|(one, other)| one != other);
        let line = line.unwrap_or(first.len().min(second.len()));
        let shown = |of: &[String]| of.get(line).map_or("nothing".to_owned(), Clone::clone);
        let (first, second) = (shown(&first), shown(&second));
        Err(Trouble::TwoTraces { nth, line: line + 1, first, second })
    }
}

impl Source {
    fn schedules(&self) -> Box<dyn Iterator<Item = Schedule>> {
        match *self {
            Self::Seeds(from, count) => {
                let seeds = (0..count).map(move |nth| Seed(from.0.wrapping_add(nth)));
                Box::new(seeds.map(draw::draw))
            }
            Self::Enumerated(most) => Box::new(draw::all(most)),
        }
    }
}

/// Plays all schedules, or those up to the one after which `go_on` says no: it is told how many were
/// played, and the last of them. `twice`: each is played a second time, and must be as the first.
///
/// # Errors
/// As [`Session::play`]; and a schedule that was played twice had two traces.
pub fn certify(
    session: &mut Session,
    source: &Source,
    twice: bool,
    mut go_on: impl FnMut(u64, &Schedule, &Play) -> bool,
) -> Result<Certificate, Trouble> {
    let mut certificate = Certificate {
        hello: session.hello().clone(),
        source: source.clone(),
        played: 0,
        stopped: false,
        steps: 0,
        passed_over: 0,
        digest: Digest::default(),
        invariants: Invariant::ALL.map(|invariant| (invariant, Count::default())).into(),
        situations: BTreeMap::new(),
        findings: Vec::new(),
    };
    // The first schedule that breaks just this, and its play.
    let mut firsts: BTreeMap<Vec<Invariant>, (u64, Schedule, Play)> = BTreeMap::new();
    let mut connected = false;
    let mut schedules = source.schedules().peekable();
    while let Some(schedule) = schedules.next() {
        let play = match played(session, &schedule, twice, certificate.played + 1) {
            Err(Trouble::Stopped) => {
                certificate.stopped = true;
                break;
            }
            play => play?,
        };
        connected |= play.facts.iter().any(|fact| matches!(fact, Fact::Opened(_)));
        certificate.count(&schedule, &play);
        let go_on = go_on(certificate.played, &schedule, &play);
        let broken = play.judgement.broken();
        if !broken.is_empty() {
            firsts.entry(broken).or_insert((certificate.played, schedule, play));
        }
        let hangs = certificate.invariants[&Invariant::Settlement].schedules;
        if !go_on || hangs >= MOST_HANGS {
            certificate.stopped = !go_on && schedules.peek().is_some();
            break;
        }
    }
    if !connected && !firsts.is_empty() {
        return Err(never_connected().into());
    }
    for (broken, (first, schedule, play)) in firsts {
        let finding = match find(session, &broken, first, &schedule) {
            Err(Trouble::Stopped) => as_found(session.hello(), broken, first, schedule, &play),
            finding => finding?,
        };
        let known = |other: &Finding| other.kept.schedule == finding.kept.schedule;
        match certificate.findings.iter_mut().find(|other| known(other)) {
            Some(other) => other.first = other.first.min(first),
            None => certificate.findings.push(finding),
        }
    }
    certificate.findings.sort_by_key(|finding| (finding.broken[0], finding.first));
    Ok(certificate)
}

impl Certificate {
    fn count(&mut self, schedule: &Schedule, play: &Play) {
        self.played += 1;
        self.steps += schedule.steps().len() as u64;
        let passed_over = |fact: &&Fact| matches!(fact, Fact::PassedOver(..));
        self.passed_over += play.facts.iter().filter(passed_over).count() as u64;
        for line in play.story(schedule) {
            self.digest.write(line.as_bytes());
        }
        for situation in &play.reached {
            *self.situations.entry(*situation).or_default() += 1;
        }
        for (invariant, tested) in &play.judgement.tested {
            self.invariants.entry(*invariant).or_default().tested += tested;
        }
        for invariant in play.judgement.broken() {
            let count = self.invariants.entry(invariant).or_default();
            count.schedules += 1;
            count.first.get_or_insert(self.played);
        }
    }
}

/// Plays a schedule, or plays it twice and compares.
fn played(
    session: &mut Session,
    schedule: &Schedule,
    twice: bool,
    nth: u64,
) -> Result<Play, Trouble> {
    let play = Play::of(session, schedule)?;
    if twice {
        play.must_equal(&Play::of(session, schedule)?, schedule, nth)?;
    }
    Ok(play)
}

/// A finding as large as it was found, and not played again: somebody has asked to stop.
fn as_found(
    hello: &Hello,
    broken: Vec<Invariant>,
    first: u64,
    schedule: Schedule,
    play: &Play,
) -> Finding {
    let (story, steps_before) = (play.story(&schedule), schedule.steps().len());
    let kept = Kept::new(schedule, broken.clone(), hello, play);
    Finding { broken, first, steps_before, kept, story, again: None }
}

/// Whatever it said, its library had no part in it.
fn never_connected() -> BadAdapter {
    BadAdapter(
        "the adapter never connected to the server that `connect` told it of; expected its library to \
         do so then or with its first call"
            .to_owned(),
    )
}

/// Makes a schedule that breaks something small, tells it, and plays it again.
fn find(
    session: &mut Session,
    broken: &[Invariant],
    first: u64,
    schedule: &Schedule,
) -> Result<Finding, Trouble> {
    let breaks = |play: &Play| {
        let now = play.judgement.broken();
        broken.iter().all(|invariant| now.contains(invariant))
    };
    let hangs = broken.contains(&Invariant::Settlement);
    let mut tries = 0;
    let small = shrink(schedule, |less| {
        tries += 1;
        if hangs && tries > MOST_TRIES_OF_A_HANG {
            return Ok(false);
        }
        Ok::<_, Trouble>(breaks(&Play::of(session, less)?))
    })?;
    let play = Play::of(session, &small)?;
    let times = if hangs { 1 } else { AGAIN };
    let mut again = 0;
    for _ in 0..times {
        again += u64::from(breaks(&Play::of(session, &small)?));
    }
    let now = play.judgement.broken();
    let broken = if now.is_empty() { broken.to_vec() } else { now };
    let story = play.story(&small);
    let kept = Kept::new(small, broken.clone(), session.hello(), &play);
    let steps_before = schedule.steps().len();
    Ok(Finding { broken, first, steps_before, kept, story, again: Some(again * AGAIN / times) })
}
