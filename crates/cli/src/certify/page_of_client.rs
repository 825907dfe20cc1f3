//! `crosswire certify CLIENT --report`: the certificate of a client as a page.

use crosswire::certify::battery::{LEFT_OUT, NOT_ASKED_FOR};
use crosswire::certify::cost::{Column, Cost};
use crosswire::certify::{Certificate, Finding};
use crosswire_checker::situations;
use crosswire_output::format::{counted, grouped};
use crosswire_report::Diagram;
use crosswire_report::page::certificate::{self as page, CertificateFinding, CostLine};
use std::collections::BTreeMap;

/// Returns the page. `command` is the command that makes the certificate; the diagrams of findings
/// have the names of their files.
pub(super) fn page(
    certificate: &Certificate,
    command: &str,
    diagrams: &BTreeMap<String, Diagram>,
) -> String {
    page::certificate(&page::Certificate {
        name: certificate.client.clone(),
        verdict: certificate.verdict,
        sentence: certificate.sentence(),
        about: about(certificate),
        facts: facts(certificate),
        command: command.to_owned(),
        invariants: invariants(certificate),
        trials: certificate.trials.iter().map(trial).collect(),
        situations: required(certificate),
        situations_count: "times".to_owned(),
        not_applicable: certificate.not_applicable.clone().into_iter().collect(),
        about_findings: about_findings(certificate),
        findings: certificate.findings.iter().map(|it| finding(it, command, diagrams)).collect(),
        cost: certificate.cost.as_ref().map(cost),
    })
}

fn about(certificate: &Certificate) -> Vec<String> {
    let mut about = vec![
        "A test and no proof: the verdict is about these seeds, and about no others.".to_owned(),
        format!("The scenario {} is not part of the battery: {}.", LEFT_OUT.0, LEFT_OUT.1),
    ];
    if let Some(times) = certificate.situations.get(NOT_ASKED_FOR) {
        about.push(format!(
            "The client also reached {NOT_ASKED_FOR}, {}, which only a client that breaks its \
             contract can reach.",
            counted(*times, "time")
        ));
    }
    about
}

fn facts(certificate: &Certificate) -> Vec<(String, String)> {
    let libraries = certificate.libraries.iter();
    let libraries: Vec<_> = libraries.map(|it| format!("{} {}", it.name, it.version)).collect();
    let seeds = format!(
        "{} in {}; they count up from {} in each trial",
        counted(certificate.seeds, "seed"),
        counted(certificate.runs, "run"),
        certificate.from
    );
    let facts = [
        ("client", certificate.summary.clone()),
        ("libraries", libraries.join(", ")),
        ("seeds", seeds),
        ("made with", format!("Crosswire {}, {}", certificate.crosswire, certificate.toolchain)),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    facts.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn invariants(certificate: &Certificate) -> Vec<page::Invariant> {
    let each = certificate.invariants.iter().map(|about| {
        let exempt = certificate.not_applicable.contains_key(about.id.as_str());
        let (verdict, words) = match (about.violated_runs, about.tested) {
            (0, _) if exempt => (None, "not applicable".to_owned()),
            (_, 0) => (None, "not tested".to_owned()),
            _ => (Some(about.verdict), about.verdict.to_string()),
        };
        page::Invariant {
            id: about.id.to_string(),
            name: about.name.clone(),
            verdict,
            words,
            tested: about.tested,
            violated: about.violated_runs,
        }
    });
    each.collect()
}

fn trial(trial: &crosswire::certify::Trial) -> page::Trial {
    let missing = match &trial.missing[..] {
        [] => String::new(),
        missing => format!("reached {}", missing.join(", ")),
    };
    page::Trial {
        name: trial.name.clone(),
        about: trial.about.clone(),
        verdict: trial.verdict,
        missing,
        seeds: trial.seeds,
        runs: trial.runs,
        violated: trial.violated,
    }
}

/// Returns the required situations: those reached, and those not reached.
fn required(certificate: &Certificate) -> Vec<page::Situation> {
    let reached = certificate.situations.iter().map(|(name, times)| (name, *times));
    let missed = certificate.not_reached.iter().map(|name| (name, 0));
    let all = reached.chain(missed).filter(|(name, _)| *name != NOT_ASKED_FOR);
    let all = all.map(|(name, count)| {
        let known = situations().iter().find(|(known, _)| known == name);
        let meaning = known.map(|(_, meaning)| (*meaning).to_owned()).unwrap_or_default();
        page::Situation { name: name.clone(), meaning, count }
    });
    all.collect()
}

fn about_findings(certificate: &Certificate) -> String {
    format!(
        "{} in all, by the worst violation of each run. For each violated invariant, the smallest \
         run that violated it.",
        counted(certificate.signatures.len() as u64, "signature")
    )
}

fn finding(
    finding: &Finding,
    command: &str,
    diagrams: &BTreeMap<String, Diagram>,
) -> CertificateFinding {
    let what = finding.invariant.map_or(&finding.signature[..], |id| id.as_str());
    let cancelled = finding.cancel_at.map(|at| format!(", cancelled at suspension {at}"));
    let size = match finding.requests {
        Some([found, small]) if small != found => {
            format!("{} when found, {} when minimized.", counted(found, "request"), grouped(small))
        }
        Some([found, _]) => format!("{}.", counted(found, "request")),
        None => String::new(),
    };
    let program = command.split(' ').next().unwrap_or("crosswire");
    let replay = finding.file.as_ref().map(|file| format!("{program} replay {file}"));
    CertificateFinding {
        title: format!(
            "{what}: {}, seed {}{}",
            finding.trial,
            finding.seed,
            cancelled.unwrap_or_default()
        ),
        about: size,
        command: replay.unwrap_or_default(),
        picture: finding.file.as_ref().and_then(|file| diagrams.get(file)).cloned(),
        story: finding.story.clone(),
        file: String::new(),
    }
}

fn cost(cost: &Cost) -> page::Cost {
    let line = |name: &str, of: &dyn Fn(&Column) -> (String, Option<f64>)| CostLine {
        name: name.to_owned(),
        values: cost.clients.iter().map(of).collect(),
    };
    let share = |share: f64| (format!("{:.2} %", share * 100.0), Some(share));
    let ms = |ms: f64| (format!("{ms:.0} ms"), Some(ms));
    let rows = vec![
        line("requests that succeeded", &|it| share(it.storm.well_share)),
        line("requests refused or failed", &|it| share(it.storm.refused_share)),
        line("99 % of requests ended within", &|it| ms(it.storm.p99_ms)),
        line("peak directory queries per second", &|it| {
            let peak = it.storm.directory_peak;
            (format!("{peak:.0}"), Some(peak))
        }),
        line("recovered after", &|it| it.storm.recover_ms.map_or(("never".to_owned(), None), ms)),
        line("CPU time per run", &|it| (format!("{:.1} ms", it.cpu_ms), Some(it.cpu_ms))),
    ];
    page::Cost {
        about: format!(
            "The standard storm {}, {} each, in turns on one thread. The seeds determine \
             everything but the CPU time. Each bar is a share of the larger value of its row.",
            cost.scenario,
            counted(cost.seeds, "seed")
        ),
        clients: cost.clients.iter().map(|column| column.client.clone()).collect(),
        rows,
    }
}
