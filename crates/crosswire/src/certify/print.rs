//! The page of a certificate, in Markdown.

use super::battery::{LEFT_OUT, NOT_ASKED_FOR};
use super::cost::Cost;
use super::{Certificate, Finding};
use crate::cost::Mean;
use crosswire_checker::Verdict;
use crosswire_output::format::{counted, grouped, printable};
use std::fmt::Write;

/// The beginning of every page.
pub const TITLE: &str = "# Certificate: ";

impl Certificate {
    /// Returns the verdict in a sentence.
    pub fn sentence(&self) -> String {
        let seeds = counted(self.seeds, "seed");
        match self.verdict {
            Verdict::Inconclusive if self.interrupted.is_some() => {
                let how = self.interrupted.as_deref().unwrap_or_default();
                format!("inconclusive: {how}; nothing was violated so far")
            }
            Verdict::Clean => format!("clean: held for {seeds} that reached the situations below"),
            Verdict::Violated => {
                let violated = self.trials.iter().map(|trial| trial.violated).sum();
                let how = self.interrupted.iter().map(|how| format!("; {how}"));
                let how = how.collect::<String>();
                let runs = counted(self.runs, "run");
                format!("violated: in {} of {runs} ({seeds}){how}", grouped(violated))
            }
            Verdict::Inconclusive => {
                format!(
                    "inconclusive: {seeds} violated nothing, but a required situation never occurred"
                )
            }
        }
    }

    /// Returns the page. `command` is the command that prints the page.
    pub fn to_markdown(&self, command: &str) -> String {
        let mut page = format!("{TITLE}`{}`\n\n", self.client);
        let _ = writeln!(page, "**{}**\n", capital(&self.sentence()));
        let _ = writeln!(page, "{}.\n", capital(&self.summary));
        let made =
            self.libraries.iter().map(|library| format!("{} {}", library.name, library.version));
        let made: Vec<_> = made.chain([format!("Crosswire {}", self.crosswire)]).collect();
        let _ = writeln!(
            page,
            "Made with {}, {}. Seeds count up from {} in each trial. `{command}` prints this page.\n",
            made.join(", "),
            self.toolchain,
            self.from
        );
        page += &self.invariants_table();
        page += &self.trials_table();
        page += &self.situations_table();
        let program = command.split(' ').next().unwrap_or("crosswire");
        page += &self.findings_section(program);
        page += &self.cost.as_ref().map(cost_table).unwrap_or_default();
        page.truncate(page.trim_end().len());
        page + "\n"
    }

    fn invariants_table(&self) -> String {
        let head = ["", "invariant", "verdict", "tested", "violated in runs"];
        let mut out = heading("Invariants") + &table_head(&head, 3);
        for about in &self.invariants {
            let exempt = self.not_applicable.contains_key(about.id.as_str());
            let verdict = match about.tested {
                _ if exempt && about.violated_runs == 0 => "not applicable".to_owned(),
                0 => "not tested".to_owned(),
                _ => about.verdict.to_string(),
            };
            let (tested, violated) = (grouped(about.tested), grouped(about.violated_runs));
            let (id, name) = (about.id, &about.name);
            let _ = writeln!(out, "| {id} | {name} | {verdict} | {tested} | {violated} |");
        }
        out + "\n"
    }

    fn trials_table(&self) -> String {
        let head = ["trial", "purpose", "verdict", "seeds", "runs", "violated"];
        let mut out = heading("Trials") + &table_head(&head, 3);
        for trial in &self.trials {
            let missing = match &trial.missing[..] {
                [] => String::new(),
                missing => format!("; reached {}", missing.join(", ")),
            };
            let counts = [trial.seeds, trial.runs, trial.violated].map(grouped).join(" | ");
            let _ = writeln!(
                out,
                "| `{}` | {} | {}{missing} | {counts} |",
                trial.name, trial.about, trial.verdict
            );
        }
        let (name, why) = LEFT_OUT;
        let _ = writeln!(out, "\n`{name}` is not part of the battery: {why}.\n");
        out
    }

    fn situations_table(&self) -> String {
        let mut out = heading("Situations reached");
        let reached = self.situations.iter().filter(|(name, _)| *name != NOT_ASKED_FOR);
        let reached = reached.map(|(name, times)| format!("{name} {}", grouped(*times)));
        let reached: Vec<_> = reached.collect();
        let required = reached.len() + self.not_reached.len();
        let _ = writeln!(
            out,
            "{} of the {required} required situations, with their counts:\n\n{}.\n",
            reached.len(),
            reached.join(", ")
        );
        if !self.not_reached.is_empty() {
            let _ = writeln!(out, "**Not reached:** {}.\n", self.not_reached.join(", "));
        }
        if !self.not_applicable.is_empty() {
            out += "Not applicable to this client, so neither required nor counted:\n\n";
            for (name, why) in &self.not_applicable {
                let _ = writeln!(out, "- {name}: {why}");
            }
            out.push('\n');
        }
        if let Some(times) = self.situations.get(NOT_ASKED_FOR) {
            let why = "which only a client that breaks its contract can reach";
            let _ = writeln!(out, "Also {NOT_ASKED_FOR} {}, {why}.\n", grouped(*times));
        }
        out
    }

    fn findings_section(&self, program: &str) -> String {
        if self.findings.is_empty() {
            return String::new();
        }
        let signatures = counted(self.signatures.len() as u64, "signature");
        let mut out = heading("Findings");
        let _ = writeln!(
            out,
            "{signatures} in all, by the worst violation of each run. For each violated invariant, \
             the smallest run that violated it:\n"
        );
        for finding in &self.findings {
            out += &finding_section(finding, program);
        }
        out
    }
}

fn finding_section(finding: &Finding, program: &str) -> String {
    let what = match finding.invariant {
        Some(id) => id.as_str(),
        None => &finding.signature,
    };
    let cancelled = finding.cancel_at.map(|at| format!(", cancelled at suspension {at}"));
    let mut out = format!(
        "### {what}: `{}`, seed {}{}\n\n",
        finding.trial,
        finding.seed,
        cancelled.unwrap_or_default()
    );
    if let (Some([found, small]), Some(file)) = (finding.requests, &finding.file) {
        let size = counted(found, "request");
        let size = if small == found {
            size
        } else {
            format!("{size} when found, {} when minimized", grouped(small))
        };
        let _ = writeln!(out, "{size}: `{program} replay {file}`\n");
    }
    let story: Vec<_> = finding.story.iter().map(|line| printable(line)).collect();
    let _ = writeln!(out, "```text\n{}\n```\n", story.join("\n"));
    out
}

fn cost_table(cost: &Cost) -> String {
    let mut out = heading("Cost in the standard storm");
    let _ = writeln!(
        out,
        "`{}`, {} each, in turns on one thread. The seeds determine everything but the CPU time.\n",
        cost.scenario,
        counted(cost.seeds, "seed")
    );
    let names = cost.clients.iter().map(|column| format!("`{}`", column.client));
    let head: Vec<_> = std::iter::once(String::new()).chain(names).collect();
    out += &table_head(&head, 1);
    let mut row = |what: &str, of: &dyn Fn(&Mean) -> String| {
        let cells: Vec<_> = cost.clients.iter().map(|column| of(&column.storm)).collect();
        let _ = writeln!(out, "| {what} | {} |", cells.join(" | "));
    };
    row("requests that succeeded", &|storm| format!("{:.2} %", storm.well_share * 100.0));
    row("requests refused or failed", &|storm| format!("{:.2} %", storm.refused_share * 100.0));
    row("99 % of requests ended within", &|storm| format!("{:.0} ms", storm.p99_ms));
    row("peak directory queries per second", &|storm| format!("{:.0}", storm.directory_peak));
    row("recovered after", &|storm| {
        storm.recover_ms.map_or("never".to_owned(), |ms| format!("{ms:.0} ms"))
    });
    let beside = cost.clients.last().map_or(1.0, |column| column.cpu_ms);
    let times = cost.clients.iter().map(|column| format!("{:.1} ms", column.cpu_ms));
    let ratios = cost.clients.iter().map(|column| format!("{:.2}", column.cpu_ms / beside));
    let mut row = |what: &str, cells: Vec<String>| {
        let _ = writeln!(out, "| {what} | {} |", cells.join(" | "));
    };
    row("CPU time per run", times.collect());
    row("CPU time, ratio", ratios.collect());
    out + "\n"
}

fn heading(text: &str) -> String {
    format!("## {text}\n\n")
}

/// Returns the first two lines of a table whose first `words` columns contain words, the others
/// numbers.
fn table_head(names: &[impl AsRef<str>], words: usize) -> String {
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    let sides = (0..names.len()).map(|at| if at < words { "---|" } else { "--:|" });
    format!("| {} |\n|{}\n", names.join(" | "), sides.collect::<String>())
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
