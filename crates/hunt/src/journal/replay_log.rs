//! Reads the journal of a hunt back.

use crate::finding::Finding;
use crate::guided::CorpusEntry;
use crate::journal::line::{BadJournal, Header, Line, VERSION, parsed};
use crate::journal::validation::check_plan;
use crate::tally::{Counts, Tally};
use crosswire::catalog;
use crosswire_output::format::{counted, printable};
use crosswire_plan::{Plan, Vocabulary};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Longest line that is read.
const LONGEST_LINE: u64 = 4 << 20;

/// The state of a hunt as its journal records it.
pub(crate) struct LoggedState {
    pub(crate) tally: Tally,
    /// Number of seeds of each target that are done, from the first one.
    pub(crate) done: Vec<u64>,
    /// The plans of each target that a guided hunt began with.
    pub(crate) old: Vec<Vec<Plan>>,
    /// The plans that a guided hunt kept, by target and run.
    pub(crate) kept: BTreeMap<(usize, u64), Box<CorpusEntry>>,
    /// Findings of seeds that are not done, by target and seed.
    open: BTreeSet<(usize, u64)>,
    /// The file of the first bred plan of each signature of each target.
    bred: BTreeMap<(usize, String), String>,
}

impl LoggedState {
    pub(crate) fn new(tally: Tally) -> Self {
        let targets = tally.targets.len();
        Self {
            tally,
            done: vec![0; targets],
            old: vec![Vec::new(); targets],
            kept: BTreeMap::new(),
            open: BTreeSet::new(),
            bred: BTreeMap::new(),
        }
    }

    /// Returns whether the finding of a seed has its line.
    pub(crate) fn is_kept(&self, target: usize, seed: u64) -> bool {
        self.open.contains(&(target, seed))
    }

    /// Records that a finding has its line.
    pub(crate) fn found(&mut self, target: usize, finding: &Finding) {
        if self.open.insert((target, finding.seed.0)) {
            self.tally.saw(target, finding);
            if let (true, Some(file)) = (finding.bred, &finding.file) {
                let first = self.bred.entry((target, finding.signature.clone()));
                first.or_insert_with(|| file.clone());
            }
        }
    }

    /// Returns the number of findings of a target whose seeds are not done and below `end`.
    fn open_before(&self, target: usize, end: u64) -> u64 {
        self.open.range((target, 0)..(target, end)).count() as u64
    }

    /// Returns the file of the first bred plan with this signature of a target.
    pub(crate) fn bred_file(&self, target: usize, signature: &str) -> Option<&str> {
        self.bred.get(&(target, signature.to_owned())).map(String::as_str)
    }

    /// Records that the next `count` seeds of a target are done, in a hunt whose first seed is
    /// `from`.
    pub(crate) fn finished(&mut self, target: usize, from: u64, count: u64) {
        self.done[target] += count;
        let end = from.saturating_add(self.done[target]);
        self.open.retain(|&(of, seed)| of != target || seed >= end);
    }
}

/// A journal that was read.
pub(crate) struct ReplayedLog {
    pub(crate) state: LoggedState,
    /// Number of bytes in complete lines.
    pub(crate) whole: u64,
}

/// Reads the journal of the hunt with the header `expected`, adding to an empty `tally` of it.
pub(crate) fn read(
    file: &File,
    path: &Path,
    expected: &Header,
    tally: Tally,
) -> Result<ReplayedLog, BadJournal> {
    let mut lines = BufReader::new(file);
    let mut state = LoggedState::new(tally);
    let reader = Reader::new(path, expected);
    let (mut whole, mut bytes, mut guided) = (0, Vec::new(), None);
    for number in 1.. {
        let invalid = |why: &str| invalid(path, number, why);
        bytes.clear();
        let limited = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
        let length = limited.map_err(|error| invalid(&format!("cannot be read: {error}")))? as u64;
        if bytes.last() != Some(&b'\n') {
            if length == LONGEST_LINE {
                return Err(invalid("this line is too long"));
            }
            break;
        }
        let line = parsed(&bytes).map_err(|why| invalid(&why))?;
        match (number, line) {
            (1, Line::Hunt(header)) => {
                same_hunt(path, &header, expected)?;
                guided = header.guided;
            }
            (1, _) => return Err(invalid("expected the header of a hunt")),
            (_, line) => reader.add(&mut state, line).map_err(|why| invalid(&why))?,
        }
        whole += length;
    }
    let begun = state.old.iter().map(|old| old.len() as u64).sum::<u64>();
    if expected.guided.is_some() && guided.is_some_and(|guided| begun < guided) {
        // The process was killed before it had written all the plans that the hunt begins with, so
        // nothing has run yet.
        return Ok(ReplayedLog { state: LoggedState::new(state.tally), whole: 0 });
    }
    // Plans of runs that are not done are kept again when those are run again.
    let LoggedState { done, kept, .. } = &mut state;
    kept.retain(|(target, run), _| *run < done[*target]);
    Ok(ReplayedLog { state, whole })
}

fn invalid(path: &Path, line: u64, why: &str) -> BadJournal {
    let why: String = printable(why).chars().take(300).collect();
    let bad = BadJournal::new(path, why).at_line(line);
    bad.help(
        "the journal was edited, or another program wrote it; name another directory: --out DIR",
    )
}

/// Validates the lines of a journal and adds them.
struct Reader<'a> {
    dir: &'a Path,
    hunted: &'a Header,
    vocabulary: Vocabulary,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path, hunted: &'a Header) -> Self {
        let mut vocabulary = catalog::vocabulary();
        vocabulary.clients.extend(hunted.targets.iter().map(|target| target.client.clone()));
        Self { dir: path.parent().unwrap_or(Path::new("")), hunted, vocabulary }
    }

    fn add(&self, state: &mut LoggedState, line: Line) -> Result<(), String> {
        let (Line::Finding { target, .. }
        | Line::Done { target, .. }
        | Line::Old { target, .. }
        | Line::Kept { target, .. }) = &line
        else {
            return Err("a second header".to_owned());
        };
        let Some(name) = self.hunted.targets.get(*target) else {
            let targets = self.hunted.targets.len();
            return Err(format!("there is no target {target}; expected one below {targets}"));
        };
        match line {
            Line::Hunt(_) => unreachable!("a second header is refused above"),
            Line::Finding { target, finding } => {
                self.may_be_found(finding.seed.0, state.done[target])?;
                finding.check(name, self.dir)?;
                state.found(target, &finding);
            }
            Line::Old { .. } | Line::Kept { .. } if self.hunted.guided.is_none() => {
                return Err("a plan is kept in an unguided hunt".to_owned());
            }
            Line::Old { target, plan } => {
                check_plan(&plan, name, &self.vocabulary)?;
                state.old[target].push(*plan);
            }
            Line::Kept { target, kept } => {
                self.may_be_found(self.hunted.from.saturating_add(kept.run), 0)?;
                check_plan(&kept.plan, name, &self.vocabulary)?;
                state.kept.insert((target, kept.run), kept);
            }
            Line::Done { target, from, count, counts } => {
                self.may_be_done(from, count, &counts, state.done[target])?;
                has_findings(state.open_before(target, from.saturating_add(count)), &counts)?;
                state.tally.targets[target].counts.add(&counts);
                state.finished(target, self.hunted.from, count);
            }
        }
        Ok(())
    }

    /// Checks that a seed belongs to the hunt and is not done yet.
    fn may_be_found(&self, seed: u64, done: u64) -> Result<(), String> {
        let Header { from, seeds, .. } = *self.hunted;
        let first = from.saturating_add(done);
        let end = from.saturating_add(seeds.unwrap_or(u64::MAX));
        if (first..end).contains(&seed) {
            return Ok(());
        }
        Err(format!("seed {seed} is out of place; expected one from {first} and below {end}"))
    }

    fn may_be_done(&self, from: u64, count: u64, counts: &Counts, done: u64) -> Result<(), String> {
        let next = self.hunted.from.saturating_add(done);
        let left = self.hunted.seeds.unwrap_or(u64::MAX) - done;
        if from != next {
            return Err(format!("seeds are done from {from}; expected from {next}"));
        }
        if count > left {
            let (done, left) = (counted(count, "seed"), counted(left, "seed"));
            return Err(format!(
                "the line says that {done} are done, but the hunt has only {left} left"
            ));
        }
        counts.check(count)
    }
}

/// Checks that each failed run among the seeds that are done has the line of its finding. There may
/// be more findings: a run that hung before the process was killed may end the next time.
fn has_findings(lines: u64, counts: &Counts) -> Result<(), String> {
    let failed = counts.found();
    if lines >= failed {
        return Ok(());
    }
    Err(format!(
        "the line says that {} failed, but the lines before it have {} of these seeds",
        counted(failed, "run"),
        counted(lines, "finding")
    ))
}

/// Checks that the hunt of a journal is the one that was asked for. The error names the difference.
fn same_hunt(path: &Path, found: &Header, asked: &Header) -> Result<(), BadJournal> {
    let different = |message: String| {
        let bad = BadJournal::new(path, printable(&message)).at_line(1);
        Err(bad.help("ask for the same hunt, or name another directory: --out DIR"))
    };
    if found.version != VERSION {
        let version = found.version;
        return different(format!("the journal has version {version}; this build reads {VERSION}"));
    }
    if found.build != asked.build {
        let (theirs, ours) = (&found.build, &asked.build);
        return different(format!("this hunt was begun by crosswire {theirs}; this is {ours}"));
    }
    if (found.from, found.seeds) != (asked.from, asked.seeds) {
        let (theirs, ours) = (seeds(found), seeds(asked));
        return different(format!("this hunt covers {theirs}; you asked for {ours}"));
    }
    if found.guided.is_some() != asked.guided.is_some() {
        let [theirs, ours] = [found, asked].map(|header| match header.guided {
            Some(_) => "guided",
            None => "unguided",
        });
        let article = if ours == "guided" { "a" } else { "an" };
        return different(format!("this hunt is {theirs}; you asked for {article} {ours} one"));
    }
    for (theirs, ours) in found.targets.iter().zip(&asked.targets) {
        if theirs.words() != ours.words() {
            let (theirs, ours) = (theirs.words(), ours.words());
            return different(format!("this hunt runs `{theirs}`; you asked for `{ours}`"));
        }
        if theirs != ours {
            let scenario = &theirs.scenario;
            return different(format!("the scenario {scenario} has changed since"));
        }
    }
    if found.targets.len() != asked.targets.len() {
        let count = |header: &Header| counted(header.targets.len() as u64, "combination");
        let (theirs, ours) = (count(found), count(asked));
        return different(format!(
            "this hunt runs {theirs} of scenario, client and service; you asked for {ours}"
        ));
    }
    Ok(())
}

fn seeds(header: &Header) -> String {
    let from = header.from;
    match header.seeds {
        Some(seeds) => format!("{seeds} seeds from {from}"),
        None => format!("all seeds from {from}"),
    }
}
