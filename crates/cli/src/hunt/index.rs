//! The index of a hunt as plain data, from its tally and the files in its directory.

use super::pages::Shown;
use crosswire_hunt::baseline::Baseline;
use crosswire_hunt::finding::{minimized_name, page_name};
use crosswire_hunt::report::print;
use crosswire_hunt::tally::{Sighting, TargetTally};
use crosswire_hunt::{Finding, Hunt, Tally};
use crosswire_output::format::{counted, grouped};
use crosswire_report::page::hunt::{HuntIndex, Signature, TargetLine};
use std::collections::BTreeMap;
use std::path::Path;

/// Returns the index of a hunt. `again` is the command that continues it, empty if its work is
/// done; `None` while it runs.
pub(super) fn of(
    hunt: &Hunt,
    (tally, known): (&Tally, &Baseline),
    (dir, shown): (&Path, &BTreeMap<String, Shown>),
    again: Option<&str>,
) -> HuntIndex {
    let signatures = tally.sightings.iter().map(|sighting| {
        let mut signature = signature(hunt, sighting, known, dir);
        let shown = sighting.first.file.as_ref().and_then(|file| shown.get(file));
        if let Some(Shown { requests, minimized }) = shown {
            (signature.requests, signature.minimized) = (*requests, *minimized);
        }
        signature
    });
    HuntIndex {
        verdict: again.map(|_| tally.verdict()),
        sentence: match again {
            Some(_) => print::sentence(tally, known),
            None => so_far(tally),
        },
        facts: facts(hunt, tally),
        command: again.unwrap_or_default().to_owned(),
        runs: tally.runs(),
        of: hunt.runs(),
        signatures: signatures.collect(),
        targets: tally.targets.iter().map(target).collect(),
        not_reached: tally.not_reached(),
    }
}

/// Describes a hunt that runs.
fn so_far(tally: &Tally) -> String {
    let signatures = counted(tally.sightings.len() as u64, "signature");
    format!("{signatures} so far, in {}", counted(tally.runs(), "run"))
}

fn facts(hunt: &Hunt, tally: &Tally) -> Vec<(String, String)> {
    let from = grouped(hunt.from);
    let seeds = match hunt.seeds {
        Some(seeds) => format!("{} of each target, from {from} on", grouped(seeds)),
        None => format!("from {from} on, until its time is up"),
    };
    let mut facts = vec![("seeds", seeds)];
    if let Some(reached) = tally.reached {
        let plans = counted(reached.corpus, "plan");
        let words =
            format!("{} reached, {plans} to breed from", counted(reached.features, "feature"));
        facts.push(("guided", words));
    }
    facts.push(("made with", format!("Crosswire {}", env!("CARGO_PKG_VERSION"))));
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn signature(hunt: &Hunt, sighting: &Sighting, known: &Baseline, dir: &Path) -> Signature {
    let first = &sighting.first;
    let beside = |name: &String| dir.join(name).is_file();
    let files = first.file.iter().flat_map(|file| [file.clone(), minimized_name(file)]);
    let page = first.file.as_ref().map(|file| page_name(file));
    Signature {
        signature: first.signature.clone(),
        client: first.client.clone(),
        service: first.service.clone(),
        scenario: first.scenario.clone(),
        first: if first.bred { "bred".to_owned() } else { first.seed.to_string() },
        first_run: run_of(hunt, sighting, first),
        count: sighting.count(),
        requests: None,
        minimized: false,
        known: known.file(first).map(|file| file.display().to_string()),
        page: page.filter(beside),
        files: files.filter(beside).collect(),
    }
}

/// Returns the number of a finding's run in the hunt, from 1: the targets take turns.
fn run_of(hunt: &Hunt, sighting: &Sighting, finding: &Finding) -> u64 {
    let targets = hunt.targets.len() as u64;
    let on = sighting.targets.iter().find(|(_, on)| on.first == *finding);
    let target = on.map_or(0, |(target, _)| *target as u64);
    let round = finding.seed.0.saturating_sub(hunt.from);
    round.saturating_mul(targets).saturating_add(target + 1)
}

fn target(target: &TargetTally) -> TargetLine {
    TargetLine {
        name: target.name.words(),
        verdict: target.verdict(),
        clean: target.counts.clean,
        inconclusive: target.counts.inconclusive,
        failed: target.counts.found(),
    }
}
