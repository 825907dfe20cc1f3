//! `crosswire certify --adapter CMD --report`: the certificate of a library as a page.

use crosswire_checker::Verdict;
use crosswire_lockstep::certificate::NO_PROOF;
use crosswire_lockstep::certify::{Finding, Source};
use crosswire_lockstep::judge::TraceInvariant;
use crosswire_lockstep::situations::Situation;
use crosswire_lockstep::{LibraryCertificate, Made};
use crosswire_output::format::{counted, grouped, printable};
use crosswire_report::page::certificate::{self as page, CertificateFinding};

/// Returns the page.
pub(super) fn page(certificate: &LibraryCertificate, made: &Made) -> String {
    page::certificate(&page::Certificate {
        name: certificate.hello.to_string(),
        verdict: certificate.verdict(),
        sentence: certificate.sentence(),
        about: [NO_PROOF.to_owned()].into_iter().chain(certificate.not_judged_words()).collect(),
        facts: facts(certificate, made),
        command: made.command.clone(),
        invariants: TraceInvariant::ALL.into_iter().map(|it| invariant(certificate, it)).collect(),
        trials: Vec::new(),
        situations: situations(certificate),
        situations_count: "schedules that reached it".to_owned(),
        not_applicable: not_applicable(certificate),
        about_findings: about_findings(certificate),
        findings: certificate.findings.iter().map(|it| finding(it, &certificate.source)).collect(),
        cost: None,
    })
}

fn facts(certificate: &LibraryCertificate, made: &Made) -> Vec<(String, String)> {
    let schedules = format!(
        "{} of {}; {}, of which {} skipped",
        counted(certificate.schedules, "schedule"),
        certificate.ran(),
        counted(certificate.steps, "step"),
        grouped(certificate.skipped)
    );
    let runtime = certificate.hello.runtime.as_ref();
    let runtime = runtime.map(|it| format!(", {}", printable(it))).unwrap_or_default();
    let facts = [
        ("ran in lockstep", schedules),
        ("digest of all traces", certificate.digest.to_string()),
        ("made with", format!("Crosswire {}{runtime}, on {}", made.crosswire, made.system)),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn invariant(certificate: &LibraryCertificate, invariant: TraceInvariant) -> page::Invariant {
    let count = certificate.invariants.get(&invariant).copied().unwrap_or_default();
    let exempt = invariant.not_applicable(&certificate.hello).is_some();
    let (verdict, words) = match (count.schedules, count.tested) {
        (1.., _) => {
            let first = count.first.map(|first| certificate.source.nth(first));
            let first = first.map(|first| format!(", first by {first}")).unwrap_or_default();
            (Some(Verdict::Violated), format!("violated{first}"))
        }
        (0, 0) if exempt => (None, "not applicable".to_owned()),
        (0, 0) => (None, "not tested".to_owned()),
        (0, _) => (Some(Verdict::Clean), "clean".to_owned()),
    };
    page::Invariant {
        id: invariant.id().to_string(),
        name: format!("{}: {}", invariant.name(), invariant.meaning()),
        verdict,
        words,
        tested: count.tested,
        violated: count.schedules,
    }
}

/// Returns the situations that apply to the library.
fn situations(certificate: &LibraryCertificate) -> Vec<page::Situation> {
    let exempt: Vec<_> = certificate.exempt().map(|(situation, _)| situation).collect();
    let required = Situation::ALL.into_iter().filter(|it| !exempt.contains(it));
    let required = required.map(|situation| page::Situation {
        name: situation.name().to_owned(),
        meaning: situation.meaning().to_owned(),
        count: certificate.situations.get(&situation).copied().unwrap_or_default(),
    });
    required.collect()
}

fn not_applicable(certificate: &LibraryCertificate) -> Vec<(String, String)> {
    let invariants = certificate.exempt_invariants();
    let invariants = invariants.map(|(it, why)| (it.id().to_string(), why.to_owned()));
    let exempt = certificate.exempt();
    let exempt = exempt.map(|(situation, why)| (situation.name().to_owned(), why.to_owned()));
    invariants.chain(exempt).collect()
}

fn about_findings(certificate: &LibraryCertificate) -> String {
    format!(
        "{} violated {} of invariants. The first schedule of each set was minimized. To run a \
         finding with another version, save its file as FILE.toml and run: crosswire certify \
         --adapter CMD --schedule FILE.toml",
        counted(certificate.violated, "schedule"),
        counted(certificate.combinations, "set")
    )
}

fn finding(finding: &Finding, source: &Source) -> CertificateFinding {
    let broken: Vec<_> = finding.broken.iter().map(|broken| broken.id().as_str()).collect();
    let steps: Vec<_> = finding.saved.schedule.steps().iter().map(ToString::to_string).collect();
    CertificateFinding {
        title: format!("{}: {}", broken.join(", "), steps.join("; ")),
        about: format!("First found by {}: {}", source.nth(finding.first), finding.history()),
        command: String::new(),
        picture: finding.picture.clone(),
        story: finding.story.clone(),
        file: finding.saved.to_toml(),
    }
}
