//! The report of a hunt for people: each signature once, when it is found, and tables at the end.

use crate::baseline::Baseline;
use crate::finding::Finding;
use crate::guided::Reached;
use crate::tally::{Counts, Sighting, Tally, TargetTally};
use crosswire_checker::{Missing, Verdict};
use crosswire_output::format::{self, Align, Layout, Table, counted, grouped, printable, quoted};
use crosswire_output::machine::Object;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// The number of situations of a target that single runs missed and that are shown.
const MISSING_SHOWN: usize = 3;

/// Reports a failure that is new in this hunt. `known` is a saved run that shows it already,
/// `again` is the command that replays the run, and `dir` is the directory of its file.
pub fn announcement(
    finding: &Finding,
    known: Option<&Path>,
    (again, dir): (&str, &Path),
    layout: Layout,
) -> String {
    let Finding { scenario, client, service, seed, verdict, signature, bred, .. } = finding;
    let title = layout.verdict(Verdict::Violated, &printable(signature));
    let verdict = verdict.name();
    let number = if *bred { "bred in run" } else { "seed" };
    let place = format!("{scenario}, {client}, {service}, {number} {seed}: {verdict}");
    let mut out = format!("{title}\n  {}\n  {}\n", new_or_known(known), printable(&place));
    out += &format::story(&finding.story, layout);
    let _ = writeln!(out, "  replay: {again}");
    if let Some(file) = &finding.file {
        let _ = writeln!(out, "  file: {}", shown(dir, file));
    }
    out.push('\n');
    out
}

/// Says whether a failure is new or which saved run shows it already.
pub(super) fn new_or_known(known: Option<&Path>) -> String {
    match known {
        Some(file) => printable(&format!("known: {}", file.display())),
        None => "new".to_owned(),
    }
}

/// Reports the result of a hunt whose findings were compared with those that are `known`.
pub fn summary(tally: &Tally, known: &Baseline, dir: &Path, layout: Layout) -> String {
    let line = layout.verdict_with(tally.verdict(), &why(tally, Some(known)));
    let title = format!("Signatures, with their files in {}", shown(dir, ""));
    line + &tables(tally, Some((known, dir)), &title, layout)
}

/// Returns the verdict of a hunt in a sentence. Its findings were compared with those that are
/// `known`.
pub fn sentence(tally: &Tally, known: &Baseline) -> String {
    format!("{}: {}", tally.verdict(), why(tally, Some(known)))
}

/// Writes the tables of signatures (under `title`), targets and missing situations. With the
/// failures that are known and the directory of the files, says which failures are new and which
/// are minimized.
pub(crate) fn tables(
    tally: &Tally,
    known: Option<(&Baseline, &Path)>,
    title: &str,
    layout: Layout,
) -> String {
    let mut out = String::new();
    if !tally.sightings.is_empty() {
        let _ = write!(out, "\n{}\n{}", layout.strong(title), signatures(tally, known, layout));
    }
    let _ = write!(out, "\n{}\n{}", layout.strong("Where"), targets(tally, layout));
    if tally.targets.iter().any(|target| !target.missing_in_runs().is_empty()) {
        let title = layout.strong("Missing in single runs");
        let _ = write!(out, "\n{title}\n{}", missing_in_runs(tally, layout));
    }
    if let Some(Reached { features, corpus }) = tally.reached {
        let (features, plans) = (counted(features, "feature"), counted(corpus, "plan"));
        let _ = writeln!(out, "\nGuided: {features} reached, {plans} to breed from");
    }
    if !tally.not_reached().is_empty() {
        let _ =
            write!(out, "\n{}\n{}", layout.strong("Missing situations"), missing(tally, layout));
    }
    out
}

/// Returns the number of failures that no saved run shows.
fn new(tally: &Tally, known: Option<&Baseline>) -> u64 {
    let is_known = |first| known.is_some_and(|known| known.file(first).is_some());
    tally.sightings.iter().filter(|sighting| !is_known(&sighting.first)).count() as u64
}

fn why(tally: &Tally, known: Option<&Baseline>) -> String {
    let runs = counted(tally.runs(), "run");
    let (found, distinct) = (grouped(tally.found()), tally.sightings.len() as u64);
    match tally.verdict() {
        Verdict::Violated => {
            let how = tally.cut_short.as_ref().map(|how| format!("; {how}")).unwrap_or_default();
            let (distinct, new) = (counted(distinct, "signature"), grouped(new(tally, known)));
            format!("{found} of {runs} failed, with {distinct}, {new} new{how}")
        }
        Verdict::Clean => {
            let alone = tally.targets.iter().map(|target| target.counts.inconclusive).sum();
            let alone = match alone {
                0 => String::new(),
                alone => format!("; inconclusive by themselves: {}", counted(alone, "run")),
            };
            format!("{runs}; every invariant held and every required situation occurred{alone}")
        }
        Verdict::Inconclusive if tally.cut_short.is_some() => {
            let how = tally.cut_short.as_deref().unwrap_or_default();
            format!("{how}; nothing is violated so far")
        }
        Verdict::Inconclusive if tally.runs() == 0 => "no run ended".to_owned(),
        Verdict::Inconclusive if !tally.not_reached().is_empty() => {
            format!("{runs}; nothing was violated, but a required situation is missing")
        }
        Verdict::Inconclusive => {
            let unclean = |target: &&TargetTally| target.verdict() == Verdict::Inconclusive;
            let unclean: Vec<_> = tally.targets.iter().filter(unclean).collect();
            let why = match &unclean[..] {
                [one] if tally.targets.len() == 1 => no_clean_run(one),
                [one, ..] => format!("{}: {}", printable(&one.name.words()), no_clean_run(one)),
                [] => unreachable!("the hunt is inconclusive because a target is"),
            };
            let more = match unclean.len() as u64 {
                0 | 1 => String::new(),
                all => format!("; and {} more", counted(all - 1, "combination")),
            };
            format!("{runs}; nothing was violated, but {why}{more}")
        }
    }
}

/// Says why a target is inconclusive although its runs together reached every required situation.
pub(super) fn no_clean_run(target: &TargetTally) -> String {
    if target.counts.runs() == 0 {
        return "no run ended".to_owned();
    }
    let why = "no run was clean by itself";
    match target.missing_in_runs().first() {
        Some((name, count)) => {
            let (count, runs) = (grouped(*count), counted(target.counts.runs(), "run"));
            format!("{why}: {name} was missing in {count} of {runs}")
        }
        None => why.to_owned(),
    }
}

/// Lists the signatures, each with its count and the seed line and files of its first run.
fn signatures(tally: &Tally, known: Option<(&Baseline, &Path)>, layout: Layout) -> String {
    let mut out = String::new();
    for sighting in &tally.sightings {
        let Finding { signature, replay, file, bred, .. } = &sighting.first;
        let count = format!("  {:>9}  ", grouped(sighting.count()));
        out += &layout.wrapped(&count, &printable(signature));
        if let Some((known, _)) = known {
            let _ = writeln!(out, "{:13}{}", "", new_or_known(known.file(&sighting.first)));
        }
        // A bred plan has no seed, so its file alone replays it.
        if !bred {
            let _ = writeln!(out, "{:13}{}", "", quoted(replay));
        }
        if let Some(file) = file {
            let _ = writeln!(out, "{:13}{}", "", quoted(file));
        }
        if let Some(minimized) = known.and_then(|(_, dir)| sighting.first.minimized_in(dir)) {
            let _ = writeln!(out, "{:13}{}", "", quoted(&minimized));
        }
    }
    out
}

fn shown(dir: &Path, file: &str) -> String {
    printable(&dir.join(file).display().to_string())
}

fn targets(tally: &Tally, layout: Layout) -> String {
    let right = Align::Right;
    let mut table = Table::new(&[Align::Left, right, right, right, right, right, right]);
    table.row(["", "seeds", "clean", "violated", "inconclusive", "panicked", "hung"]);
    for target in &tally.targets {
        let counts = &target.counts;
        let numbers = [
            counts.runs(),
            counts.clean,
            counts.violated,
            counts.inconclusive,
            counts.panicked,
            counts.hung,
        ];
        let name = [printable(&target.name.words())].into_iter();
        table.row(name.chain(numbers.map(grouped)));
    }
    table.set(layout, "  ")
}

fn missing(tally: &Tally, layout: Layout) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left]);
    for target in &tally.targets {
        for Missing { situation, need, got } in target.missing() {
            let times = format!("{situation} {} of {}", grouped(got), grouped(need));
            table.row([printable(&target.name.words()), times]);
        }
    }
    table.set(layout, "  ")
}

/// Lists the situations that most single runs of a target missed.
fn missing_in_runs(tally: &Tally, layout: Layout) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left]);
    for target in &tally.targets {
        let missing = target.missing_in_runs();
        let runs = counted(target.counts.runs(), "run");
        let shown = missing.iter().take(MISSING_SHOWN);
        let shown = shown.map(|(name, count)| format!("{name} in {} of {runs}", grouped(*count)));
        let mut name = printable(&target.name.words());
        for shown in shown {
            table.row([std::mem::take(&mut name), shown]);
        }
        if let Some(more @ 1..) = missing.len().checked_sub(MISSING_SHOWN) {
            table.row([String::new(), format!("and {more} more")]);
        }
    }
    table.set(layout, "  ")
}

/// Formats a finding as an annotation of GitHub Actions: a warning if it is known, otherwise an
/// error.
pub fn annotation(finding: &Finding, known: Option<&Path>, dir: &Path) -> String {
    let place =
        finding.file.as_ref().map(|file| format!("file={},", in_a_field(&shown(dir, file))));
    let mut message = new_or_known(known);
    let _ = write!(message, "\nreplay: {}", quoted(&finding.again(dir)));
    for line in &finding.story {
        let _ = write!(message, "\n{}", printable(line));
    }
    let title = in_a_field(&printable(&finding.signature));
    let level = if known.is_some() { "warning" } else { "error" };
    format!("::{level} {}title={title}::{}\n", place.unwrap_or_default(), escaped(&message))
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn in_a_field(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

/// The result of a hunt, which is the last line of `--json`.
#[derive(Serialize, JsonSchema)]
pub struct Summary<'a> {
    /// True if the hunt has run everything that it was asked to run.
    pub complete: bool,
    /// The verdict of all runs together.
    verdict: Verdict,
    /// Number of runs.
    runs: u64,
    /// Number of failed runs.
    found: u64,
    /// Number of the signatures below that no saved run shows. A signature counts once for each
    /// client and service.
    new: u64,
    /// The signatures of the failed runs.
    signatures: Vec<Seen<'a>>,
    /// The targets.
    #[serde(rename = "grounds")]
    targets: Vec<Place<'a>>,
    /// The progress of a guided hunt.
    #[serde(skip_serializing_if = "Option::is_none")]
    guided: Option<Reached>,
}

/// The findings that share a signature, a client and a service.
#[derive(Serialize, JsonSchema)]
struct Seen<'a> {
    signature: &'a str,
    /// Number of these findings.
    count: u64,
    /// The first of them.
    first: &'a Finding,
    /// A saved run with this signature, client and service, or null, as for a hunt that was
    /// compared with no saved runs.
    known: Option<&'a Path>,
    /// The file beside the journal with the minimized case of the first, or null if it is not
    /// minimized.
    minimized: Option<String>,
}

/// A scenario with a client, a service and defences.
#[derive(Serialize, JsonSchema)]
struct Place<'a> {
    scenario: &'a str,
    client: &'a str,
    service: &'a str,
    defences: &'a [String],
    verdict: Verdict,
    #[serde(flatten)]
    counts: &'a Counts,
    /// Situations that its runs had to reach together and did not.
    missing: Vec<Missing>,
}

impl Object for Summary<'_> {
    const TYPE: &'static str = "hunt-summary";
}

impl<'a> Summary<'a> {
    /// Summarizes a tally. `known` are the failures that its findings were compared with, if they
    /// were, and the directory of its journal.
    pub fn of(tally: &'a Tally, complete: bool, known: Option<(&'a Baseline, &Path)>) -> Self {
        let seen = |sighting| seen(sighting, known);
        Self {
            complete,
            verdict: tally.verdict(),
            runs: tally.runs(),
            found: tally.found(),
            new: new(tally, known.map(|(known, _)| known)),
            signatures: tally.sightings.iter().map(seen).collect(),
            targets: tally.targets.iter().map(place).collect(),
            guided: tally.reached,
        }
    }
}

fn seen<'a>(sighting: &'a Sighting, known: Option<(&'a Baseline, &Path)>) -> Seen<'a> {
    let Sighting { first, .. } = sighting;
    let minimized = known.and_then(|(_, dir)| first.minimized_in(dir));
    let known = known.and_then(|(known, _)| known.file(first));
    Seen { signature: &first.signature, count: sighting.count(), first, known, minimized }
}

fn place(target: &TargetTally) -> Place<'_> {
    let TargetTally { name, counts, .. } = target;
    Place {
        scenario: &name.scenario,
        client: &name.client,
        service: &name.service,
        defences: &name.defences,
        verdict: target.verdict(),
        counts,
        missing: target.missing(),
    }
}
