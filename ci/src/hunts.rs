//! The results of a hunt, from its journal `hunt.jsonl` and from its standard output with `--json`.

use crate::files;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// A finding, as a hunt reports it and as its journal has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Finding {
    /// The scenario.
    pub scenario: String,
    /// The client.
    pub client: String,
    /// The seed.
    pub seed: String,
}

/// A plan that a guided hunt keeps, because its run reached something new.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plan {
    /// The target: a scenario with a client.
    pub ground: u64,
    /// The number of the run.
    pub run: u64,
    /// The digest of the run.
    pub digest: String,
}

/// The contents of the journal of a hunt, without a line that a kill has cut off.
#[derive(Debug, Default)]
pub struct Journal {
    /// The findings, sorted.
    pub findings: Vec<Finding>,
    /// The findings with all their fields, in the order of the journal.
    pub whole_findings: Vec<Value>,
    /// The seeds that are done, sorted, each with its target.
    pub done: Vec<(u64, u64)>,
    /// The plans to breed from, sorted. Plans of runs that were not done when the hunt was killed
    /// are written again, and are here once.
    pub plans: Vec<Plan>,
}

#[derive(Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
enum Line {
    Finding {
        finding: Value,
    },
    Kept {
        ground: u64,
        kept: Kept,
    },
    Done {
        ground: u64,
        from: u64,
        count: u64,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Kept {
    run: u64,
    digest: String,
}

impl Journal {
    /// Reads the journal of the hunt in a directory. A hunt that has just begun has none.
    pub fn read(directory: &Path) -> Result<Self, String> {
        let path = directory.join("hunt.jsonl");
        if !path.exists() {
            return Ok(Self::default());
        }
        Self::parse(&files::read(path)?)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut journal = Self::default();
        for line in text.lines() {
            match serde_json::from_str(line) {
                Ok(Line::Finding { finding }) => journal.add_finding(finding)?,
                Ok(Line::Kept { ground, kept: Kept { run, digest } }) => {
                    journal.plans.push(Plan { ground, run, digest });
                }
                Ok(Line::Done { ground, from, count }) => {
                    journal.done.extend((from..from + count).map(|seed| (ground, seed)));
                }
                Ok(Line::Other) | Err(_) => {}
            }
        }
        journal.findings.sort();
        journal.done.sort_unstable();
        journal.plans.sort();
        journal.plans.dedup();
        Ok(journal)
    }

    fn add_finding(&mut self, finding: Value) -> Result<(), String> {
        let known = Finding::deserialize(&finding);
        self.findings.push(known.map_err(|error| format!("a finding in hunt.jsonl: {error}"))?);
        self.whole_findings.push(finding);
        Ok(())
    }
}

/// The type of a line on standard output.
#[derive(Deserialize)]
struct Typed {
    r#type: String,
}

/// Returns the findings that hunts report on standard output, sorted, from the texts of several.
/// Lines that a kill has cut off are left out.
pub fn reported(texts: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        if let Ok(Typed { r#type }) = serde_json::from_str(line)
            && r#type == "hunt-finding"
            && let Ok(finding) = serde_json::from_str(line)
        {
            findings.push(finding);
        }
    }
    findings.sort();
    findings
}

/// Returns the summary with which a hunt ends its standard output.
pub fn summary(text: &str) -> Result<Value, String> {
    let last = text.lines().last().unwrap_or_default();
    let summary: Value = serde_json::from_str(last).map_err(|error| format!("a hunt: {error}"))?;
    if summary["type"] == "hunt-summary" {
        Ok(summary)
    } else {
        Err(format!("a hunt has ended without a summary, with: {last}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(client: &str, seed: &str) -> Finding {
        Finding { scenario: "swarm".to_owned(), client: client.to_owned(), seed: seed.to_owned() }
    }

    #[test]
    fn a_journal_is_read_up_to_a_cut_off_line() {
        let text = r#"{"line":"hunt","version":1,"grounds":[]}
{"line":"finding","ground":0,"finding":{"scenario":"swarm","client":"pooled","seed":"7"}}
{"line":"kept","ground":1,"kept":{"run":3,"verdict":"clean","digest":"ab","coverage":[1]}}
{"line":"finding","ground":0,"finding":{"scenario":"swarm","client":"pooled","seed":"2"}}
{"line":"kept","ground":1,"kept":{"run":3,"verdict":"clean","digest":"ab","coverage":[1]}}
{"line":"done","ground":1,"from":6,"count":2,"counts":{}}
{"line":"done","ground":0,"from":0,"count":1,"counts":{}}
{"line":"done","ground":0,"fr"#;
        let journal = Journal::parse(text).expect("a journal");
        assert_eq!(journal.findings, [finding("pooled", "2"), finding("pooled", "7")]);
        assert_eq!(journal.whole_findings[0]["seed"], "7");
        assert_eq!(journal.done, [(0, 0), (1, 6), (1, 7)]);
        assert_eq!(journal.plans, [Plan { ground: 1, run: 3, digest: "ab".to_owned() }]);
    }

    #[test]
    fn reported_findings_are_read_from_whole_lines() {
        let one = r#"{"type":"hunt-finding","scenario":"swarm","client":"pooled","seed":"7"}
{"type":"hunt-find
{"type":"hunt-summary","scenario":"swarm","client":"pooled","seed":"9","runs":1}"#;
        let two = r#"{"type":"hunt-finding","scenario":"swarm","client":"pooled","seed":"1"}"#;
        assert_eq!(reported(&[one, two]), [finding("pooled", "1"), finding("pooled", "7")]);
        assert_eq!(summary(one).expect("a summary")["runs"], 1);
        assert!(summary(two).is_err());
    }
}
