//! Pages of tables: those of a matrix, of a hunt, of several hunts, of a certificate, and of a run
//! without a verdict.

use crosswire_checker::Verdict;
use crosswire_report::page::MARK;
use crosswire_report::page::certificate::{self, CertificateFinding, CostLine, certificate};
use crosswire_report::page::failure::{FailedRun, failure};
use crosswire_report::page::hunt::{HuntIndex, Signature, TargetLine, hunt};
use crosswire_report::page::hunts::{HuntLine, hunts};
use crosswire_report::page::matrix::{CostRow, HeatCell, HeatMap, HeatRow, heat_map};

/// Returns a matrix of a row and two columns, in which each text is `text`.
fn map(text: &str) -> HeatMap {
    let text = || text.to_owned();
    let found = HeatCell {
        leaked: 2,
        violated: 1,
        clean: 17,
        users: 1_234,
        seeds_to_find: Some(3),
        replay: Some(text()),
        invariants: vec![text(), "I7".to_owned()],
        ..HeatCell::default()
    };
    let clean = HeatCell { clean: 20, ..HeatCell::default() };
    HeatMap {
        title: text(),
        about: vec![text()],
        command: text(),
        heads: vec!["#".to_owned(), text()],
        columns: vec![text(), text()],
        seeds: 20,
        rows: vec![HeatRow { heads: vec!["1".to_owned(), text()], cells: vec![found, clean] }],
        costs: vec![CostRow { name: text(), values: vec![text(), text()] }],
        about_costs: text(),
    }
}

/// Returns the index of a hunt with a known and a new signature.
fn index(text: &str) -> HuntIndex {
    let text = || text.to_owned();
    let new = Signature {
        signature: text(),
        client: text(),
        service: text(),
        scenario: text(),
        first: text(),
        first_run: 12,
        count: 3,
        requests: Some(1_234),
        minimized: true,
        known: None,
        page: Some(text()),
        files: vec![text(), format!("{}.small.toml", text())],
    };
    let known = Signature { known: Some(text()), minimized: false, page: None, ..new.clone() };
    let name = text();
    let target =
        TargetLine { name, verdict: Verdict::Violated, clean: 90, inconclusive: 4, failed: 6 };
    HuntIndex {
        verdict: Some(Verdict::Violated),
        sentence: text(),
        facts: vec![(text(), text())],
        command: text(),
        runs: 100,
        of: Some(200),
        signatures: vec![new, known],
        targets: vec![target],
        not_reached: vec![text()],
    }
}

/// Returns a certificate with one of everything.
fn certified(text: &str) -> certificate::Certificate {
    let text = || text.to_owned();
    certificate::Certificate {
        name: text(),
        verdict: Verdict::Violated,
        sentence: text(),
        about: vec![text()],
        facts: vec![(text(), text())],
        command: text(),
        invariants: vec![certificate::Invariant {
            id: text(),
            name: text(),
            verdict: Some(Verdict::Clean),
            words: text(),
            tested: 1_000,
            violated: 0,
        }],
        trials: vec![certificate::Trial {
            name: text(),
            about: text(),
            verdict: Verdict::Inconclusive,
            missing: format!("reached {}", text()),
            seeds: 5,
            runs: 7,
            violated: 1,
        }],
        situations: vec![
            certificate::Situation { name: text(), meaning: text(), count: 1_000 },
            certificate::Situation { name: text(), meaning: String::new(), count: 0 },
        ],
        situations_count: text(),
        not_applicable: vec![(text(), text())],
        about_findings: text(),
        findings: vec![CertificateFinding {
            title: text(),
            about: text(),
            command: format!("crosswire replay {}", text()),
            picture: None,
            story: vec![text(), text()],
            file: format!("# {}\n", text()),
        }],
        cost: Some(certificate::Cost {
            about: text(),
            clients: vec![text(), text()],
            rows: vec![CostLine {
                name: text(),
                values: vec![(text(), Some(1.0)), (text(), Some(2.0))],
            }],
        }),
    }
}

/// Returns every page of tables, in which each text is `text`.
pub fn pages(text: &str) -> Vec<String> {
    let line = HuntLine { name: text.to_owned(), page: text.to_owned(), ..HuntLine::default() };
    let failed = FailedRun {
        signature: text.to_owned(),
        title: vec![(text.to_owned(), text.to_owned())],
        story: vec![text.to_owned()],
        command: text.to_owned(),
    };
    vec![
        heat_map(&map(text)),
        hunt(&index(text)),
        hunts(text, &[line]),
        certificate(&certified(text)),
        failure(&failed),
    ]
}

/// Returns what is in the main part of a page, an element a line.
fn main_part(page: &str) -> String {
    let from = page.find("<main>").expect("a page has a main part");
    let to = page.find("</main>").expect("it ends");
    page[from..to].replace("><", ">\n<")
}

#[test]
fn the_pages_are_these() {
    insta::assert_snapshot!("matrix", main_part(&heat_map(&map("text"))));
    insta::assert_snapshot!("hunt", main_part(&hunt(&index("text"))));
    insta::assert_snapshot!("certificate", main_part(&certificate(&certified("text"))));
}

#[test]
fn a_page_is_recognized_loads_nothing_and_has_unique_ids() {
    for page in pages("text") {
        assert!(page.find(MARK).is_some_and(|at| at < 200), "{page}");
        for word in ["http:", "https:", "url(", "@import", "<link", "<img", "src=", " style="] {
            let known =
                page.replace("script-src", "").replace("location.protocol === \"http:\"", "");
            assert!(!known.contains(word), "{word}");
        }
        let ids = page.split(" id=\"").skip(1).filter_map(|at| at.split('"').next());
        let mut ids: Vec<_> = ids.collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{ids:?}");
    }
}

#[test]
fn each_table_has_a_name_and_each_head_a_scope() {
    for page in pages("text") {
        let tables = page.matches("<table ").count();
        assert_eq!(page.matches("role=\"region\" aria-labelledby=\"").count(), tables);
        for head in page.split("<th").skip(1).filter(|rest| !rest.starts_with("ead")) {
            let tag = head.split('>').next().unwrap_or_default();
            assert!(tag.contains("scope=\"col\"") || tag.contains("scope=\"row\""), "<th{tag}>");
        }
    }
}

#[test]
fn a_hunt_without_findings_has_a_page_too() {
    let page = hunt(&HuntIndex { sentence: "0 signatures so far".to_owned(), ..<_>::default() });
    assert!(page.contains("<h1>0 signatures so far</h1>"), "{page}");
    assert!(page.contains("No signature in 0 runs"), "{page}");
}
