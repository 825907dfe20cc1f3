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
fn new_or_known(known: Option<&Path>) -> String {
    match known {
        Some(file) => printable(&format!("known: {}", file.display())),
        None => "new".to_owned(),
    }
}

/// Reports the result of a hunt whose findings were compared with those that are `known`.
pub fn summary(tally: &Tally, known: &Baseline, dir: &Path, layout: Layout) -> String {
    let line = layout.verdict_with(tally.verdict(), &why(tally));
    let title = format!("Signatures, with their files in {}", shown(dir, ""));
    line + &tables(tally, Some(known), &title, layout)
}

/// Writes the tables of signatures (under `title`), targets and missing situations. With `known`,
/// says which failures are new.
pub(crate) fn tables(
    tally: &Tally,
    known: Option<&Baseline>,
    title: &str,
    layout: Layout,
) -> String {
    let mut out = String::new();
    if !tally.sightings.is_empty() {
        let _ = write!(out, "\n{}\n{}", layout.strong(title), signatures(tally, known, layout));
    }
    let _ = write!(out, "\n{}\n{}", layout.strong("Where"), targets(tally, layout));
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

fn why(tally: &Tally) -> String {
    let runs = counted(tally.runs(), "run");
    let (found, distinct) = (grouped(tally.found()), tally.sightings.len() as u64);
    match tally.verdict() {
        Verdict::Violated => {
            let how = tally.cut_short.as_ref().map(|how| format!("; {how}")).unwrap_or_default();
            format!("{found} of {runs} failed, with {}{how}", counted(distinct, "signature"))
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
        Verdict::Inconclusive => {
            format!("{runs}; nothing was violated, but a required situation is missing")
        }
    }
}

/// Lists the signatures, each with its count and the seed line and file of its first run.
fn signatures(tally: &Tally, known: Option<&Baseline>, layout: Layout) -> String {
    let mut out = String::new();
    for sighting in &tally.sightings {
        let Finding { signature, replay, file, bred, .. } = &sighting.first;
        let count = format!("  {:>9}  ", grouped(sighting.count()));
        out += &layout.wrapped(&count, &printable(signature));
        if let Some(known) = known {
            let _ = writeln!(out, "{:13}{}", "", new_or_known(known.file(&sighting.first)));
        }
        // A bred plan has no seed, so its file alone replays it.
        if !bred {
            let _ = writeln!(out, "{:13}{}", "", quoted(replay));
        }
        if let Some(file) = file {
            let _ = writeln!(out, "{:13}{}", "", quoted(file));
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

/// Formats a finding as an annotation of GitHub Actions: a warning if it is known, otherwise an
/// error.
pub fn annotation(finding: &Finding, known: Option<&Path>, dir: &Path) -> String {
    let place =
        finding.file.as_ref().map(|file| format!("file={},", in_a_field(&shown(dir, file))));
    let mut message = format!("replay: {}", quoted(&finding.again(dir)));
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
    /// Summarizes a tally whose findings were compared with those that are `known`, if any were.
    pub fn of(tally: &'a Tally, complete: bool, known: Option<&'a Baseline>) -> Self {
        let seen = |sighting| seen(sighting, known);
        Self {
            complete,
            verdict: tally.verdict(),
            runs: tally.runs(),
            found: tally.found(),
            signatures: tally.sightings.iter().map(seen).collect(),
            targets: tally.targets.iter().map(place).collect(),
            guided: tally.reached,
        }
    }
}

fn seen<'a>(sighting: &'a Sighting, known: Option<&'a Baseline>) -> Seen<'a> {
    let Sighting { first, .. } = sighting;
    let known = known.and_then(|known| known.file(first));
    Seen { signature: &first.signature, count: sighting.count(), first, known }
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
