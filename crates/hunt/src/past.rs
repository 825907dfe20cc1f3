//! What a journal tells of the hunt so far.

use super::finding::Finding;
use super::guided::Kept;
use super::journal::{BadJournal, Header, Line, VERSION};
use super::scrutiny::check_plan;
use super::tally::{Counts, Tally};
use crosswire::catalog;
use crosswire_output::text::{counted, printable};
use crosswire_plan::{Plan, Vocabulary};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A longer line is none of ours.
const LONGEST_LINE: u64 = 4 << 20;

/// What was done and found.
pub(crate) struct Past {
    pub(crate) tally: Tally,
    /// How many seeds of each ground are done, from the first on.
    pub(crate) done: Vec<u64>,
    /// The plans that a guided hunt began with, of each ground.
    pub(crate) old: Vec<Vec<Plan>>,
    /// What a guided hunt kept, by ground and run.
    pub(crate) kept: BTreeMap<(usize, u64), Box<Kept>>,
    /// Findings of seeds that are not done: the ground and the seed.
    open: BTreeSet<(usize, u64)>,
    /// The file of the first bred plan with a signature on a ground.
    bred: BTreeMap<(usize, String), String>,
}

impl Past {
    pub(crate) fn new(tally: Tally) -> Self {
        let grounds = tally.grounds.len();
        Self {
            tally,
            done: vec![0; grounds],
            old: vec![Vec::new(); grounds],
            kept: BTreeMap::new(),
            open: BTreeSet::new(),
            bred: BTreeMap::new(),
        }
    }

    /// Whether the finding of a seed has its line.
    pub(crate) fn is_kept(&self, ground: usize, seed: u64) -> bool {
        self.open.contains(&(ground, seed))
    }

    /// The finding has its line.
    pub(crate) fn found(&mut self, ground: usize, finding: &Finding) {
        if self.open.insert((ground, finding.seed.0)) {
            self.tally.saw(ground, finding);
            if let (true, Some(file)) = (finding.bred, &finding.file) {
                let first = self.bred.entry((ground, finding.signature.clone()));
                first.or_insert_with(|| file.clone());
            }
        }
    }

    /// The file of the first bred plan with this signature on a ground.
    pub(crate) fn bred_file(&self, ground: usize, signature: &str) -> Option<&str> {
        self.bred.get(&(ground, signature.to_owned())).map(String::as_str)
    }

    /// The next `count` seeds of a ground are done, of a hunt whose first seed is `from`.
    pub(crate) fn finished(&mut self, ground: usize, from: u64, count: u64) {
        self.done[ground] += count;
        let end = from.saturating_add(self.done[ground]);
        self.open.retain(|&(of, seed)| of != ground || seed >= end);
    }
}

/// A journal that was read.
pub(crate) struct WasRead {
    pub(crate) past: Past,
    /// How many bytes of it are whole lines.
    pub(crate) whole: u64,
}

/// Reads a journal of the hunt that `expected` stands for, with an empty `tally` of it.
pub(crate) fn read(
    file: &File,
    path: &Path,
    expected: &Header,
    tally: Tally,
) -> Result<WasRead, BadJournal> {
    let mut lines = BufReader::new(file);
    let mut past = Past::new(tally);
    let reader = Reader::new(path, expected);
    let (mut whole, mut bytes, mut guided) = (0, Vec::new(), None);
    for number in 1.. {
        let spoilt = |why: &str| spoilt(path, number, why);
        bytes.clear();
        let limited = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
        let length = limited.map_err(|error| spoilt(&format!("cannot be read: {error}")))? as u64;
        if bytes.last() != Some(&b'\n') {
            if length == LONGEST_LINE {
                return Err(spoilt("this line is too long"));
            }
            break;
        }
        let line: Line = match serde_json::from_slice(&bytes) {
            Ok(line) => line,
            Err(error) => return Err(spoilt(&format!("this is no line of a hunt: {error}"))),
        };
        match (number, line) {
            (1, Line::Hunt(header)) => {
                same_hunt(path, &header, expected)?;
                guided = header.guided;
            }
            (1, _) => return Err(spoilt("expected the line that says what is hunted")),
            (_, line) => reader.add(&mut past, line).map_err(|why| spoilt(&why))?,
        }
        whole += length;
    }
    let begun = past.old.iter().map(|old| old.len() as u64).sum::<u64>();
    if expected.guided.is_some() && guided.is_some_and(|guided| begun < guided) {
        // It was killed before all that it begins with was written: nothing was played yet.
        return Ok(WasRead { past: Past::new(past.tally), whole: 0 });
    }
    // What was kept of runs that are not done is kept again when they are.
    let Past { done, kept, .. } = &mut past;
    kept.retain(|(ground, run), _| *run < done[*ground]);
    Ok(WasRead { past, whole })
}

fn spoilt(path: &Path, line: u64, why: &str) -> BadJournal {
    let why: String = printable(why).chars().take(300).collect();
    let bad = BadJournal::new(path, why).at_line(line);
    bad.help("the journal was changed by hand, or is another's; name another directory: --out DIR")
}

/// Takes in the lines of a journal, none of which it believes.
struct Reader<'a> {
    dir: &'a Path,
    hunted: &'a Header,
    vocabulary: Vocabulary,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path, hunted: &'a Header) -> Self {
        let mut vocabulary = catalog::vocabulary();
        vocabulary.clients.extend(hunted.grounds.iter().map(|ground| ground.client.clone()));
        Self { dir: path.parent().unwrap_or(Path::new("")), hunted, vocabulary }
    }

    fn add(&self, past: &mut Past, line: Line) -> Result<(), String> {
        let (Line::Finding { ground, .. }
        | Line::Done { ground, .. }
        | Line::Old { ground, .. }
        | Line::Kept { ground, .. }) = &line
        else {
            return Err("what is hunted is said twice".to_owned());
        };
        let Some(name) = self.hunted.grounds.get(*ground) else {
            let grounds = self.hunted.grounds.len();
            return Err(format!("ground {ground} is none; expected one below {grounds}"));
        };
        match line {
            Line::Hunt(_) => {}
            Line::Finding { ground, finding } => {
                self.may_be_found(finding.seed.0, past.done[ground])?;
                finding.check(name, self.dir)?;
                past.found(ground, &finding);
            }
            Line::Old { .. } | Line::Kept { .. } if self.hunted.guided.is_none() => {
                return Err("a plan is kept in a hunt that is not guided".to_owned());
            }
            Line::Old { ground, plan } => {
                check_plan(&plan, name, &self.vocabulary)?;
                past.old[ground].push(*plan);
            }
            Line::Kept { ground, kept } => {
                self.may_be_found(self.hunted.from.saturating_add(kept.run), 0)?;
                check_plan(&kept.plan, name, &self.vocabulary)?;
                past.kept.insert((ground, kept.run), kept);
            }
            Line::Done { ground, from, count, counts } => {
                self.may_be_done(from, count, &counts, past.done[ground])?;
                past.tally.grounds[ground].counts.add(&counts);
                past.finished(ground, self.hunted.from, count);
            }
        }
        Ok(())
    }

    /// Only a seed of the hunt that is not done yet may have been played.
    fn may_be_found(&self, seed: u64, done: u64) -> Result<(), String> {
        let Header { from, seeds, .. } = *self.hunted;
        let first = from.saturating_add(done);
        let end = from.saturating_add(seeds.unwrap_or(u64::MAX));
        if (first..end).contains(&seed) {
            return Ok(());
        }
        Err(format!("seed {seed} was played; expected one from {first} on and below {end}"))
    }

    fn may_be_done(&self, from: u64, count: u64, counts: &Counts, done: u64) -> Result<(), String> {
        let next = self.hunted.from.saturating_add(done);
        let left = self.hunted.seeds.unwrap_or(u64::MAX) - done;
        if from != next {
            return Err(format!("seeds are done from {from} on; expected from {next} on"));
        }
        if !counts.are_of(count) || count > left {
            return Err(format!("{count} seeds are done, which cannot be"));
        }
        Ok(())
    }
}

/// Says in what the hunt of a journal is another than the one that was asked for.
fn same_hunt(path: &Path, found: &Header, asked: &Header) -> Result<(), BadJournal> {
    let different = |message: String| {
        let bad = BadJournal::new(path, printable(&message)).at_line(1);
        Err(bad.help("ask for the same, or name another directory: --out DIR"))
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
        return different(format!("this hunt is over {theirs}; asked for was one over {ours}"));
    }
    if found.guided.is_some() != asked.guided.is_some() {
        let [theirs, ours] = [found, asked].map(|header| match header.guided {
            Some(_) => "a guided one",
            None => "one that is not guided",
        });
        return different(format!("this hunt is {theirs}; asked for was {ours}"));
    }
    for (theirs, ours) in found.grounds.iter().zip(&asked.grounds) {
        if theirs.words() != ours.words() {
            let (theirs, ours) = (theirs.words(), ours.words());
            return different(format!("this hunt is in `{theirs}`; asked for was `{ours}`"));
        }
        if theirs != ours {
            let scenario = &theirs.scenario;
            return different(format!("the scenario {scenario} is not what it was then"));
        }
    }
    if found.grounds.len() != asked.grounds.len() {
        let count = |header: &Header| counted(header.grounds.len() as u64, "combination");
        let (theirs, ours) = (count(found), count(asked));
        return different(format!(
            "this hunt plays {theirs} of scenario, client and service; asked for: {ours}"
        ));
    }
    Ok(())
}

fn seeds(header: &Header) -> String {
    let from = header.from;
    match header.seeds {
        Some(seeds) => format!("{seeds} seeds from {from} on"),
        None => format!("all seeds from {from} on"),
    }
}
