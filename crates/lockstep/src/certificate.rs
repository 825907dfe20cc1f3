//! The certificate of a library after many schedules, as a page in Markdown.

use super::adapter::Connections;
use super::certify::{AGAIN, Finding, LibraryCertificate, MOST_HANGS, Source};
use super::judge::TraceInvariant;
use super::situations::Situation;
use crosswire_checker::Verdict;
use crosswire_output::format::{counted, grouped};
use std::fmt::Write;

impl LibraryCertificate {
    /// Returns the page.
    pub fn to_markdown(&self) -> String {
        let mut page = format!("# {}\n\n{}\n", self.hello, self.sentence());
        let steps = counted(self.steps, "step");
        let _ = writeln!(
            page,
            "\nRan in lockstep: {} of {}, {steps}, of which {} skipped.",
            counted(self.schedules, "schedule"),
            self.source.words(),
            were(self.passed_over),
        );
        let _ = writeln!(page, "The digest of all traces is `{}`.", self.digest);
        page += "\n| invariant | tested | violated in | first |\n|---|--:|--:|--:|\n";
        for invariant in TraceInvariant::ALL {
            page += &self.row(invariant);
        }
        page += "\n| situation | schedules that reached it |\n|---|--:|\n";
        for situation in Situation::ALL {
            let count = self.situations.get(&situation).copied().unwrap_or_default();
            let count = if count == 0 && !situation.is_open_to(&self.hello) {
                "not applicable".to_owned()
            } else {
                grouped(count)
            };
            let _ = writeln!(page, "| {situation} | {count} |");
        }
        for finding in &self.findings {
            page += &finding.to_markdown(&self.source);
        }
        page
    }

    /// Returns the verdict in a sentence, which never calls the library safe.
    pub fn sentence(&self) -> String {
        let schedules = counted(self.schedules, "schedule");
        match self.verdict() {
            Verdict::Violated => {
                let broken = self.invariants.iter().filter(|(_, count)| count.schedules > 0);
                let broken: Vec<_> = broken.map(|(invariant, _)| invariant.id().as_str()).collect();
                let how = if self.stopped { "; it was interrupted" } else { "" };
                let who = match self.schedules {
                    1 => schedules,
                    _ => format!("some of {schedules}"),
                };
                format!("violated: {who} violated {}{how}", broken.join(", "))
            }
            Verdict::Clean => {
                format!(
                    "clean: {schedules} held every invariant and reached every applicable situation"
                )
            }
            Verdict::Inconclusive if self.stopped => {
                let of = match self.source {
                    Source::Seeds(_, all) => {
                        format!("{} of {}", grouped(self.schedules), counted(all, "schedule"))
                    }
                    Source::Enumerated(_) => schedules,
                };
                format!("inconclusive: interrupted after {of}; nothing is violated so far")
            }
            Verdict::Inconclusive => {
                let missed: Vec<_> = self.missed().iter().map(|missed| missed.name()).collect();
                format!(
                    "inconclusive: {schedules} violated nothing, but none reached {}",
                    missed.join(", ")
                )
            }
        }
    }

    fn row(&self, invariant: TraceInvariant) -> String {
        let count = self.invariants.get(&invariant).copied().unwrap_or_default();
        let (id, name) = (invariant.id(), invariant.name());
        let shared = self.hello.connections == Connections::Shared;
        let tested = match count.tested {
            0 if shared && invariant == TraceInvariant::Hygiene => "–, not promised".to_owned(),
            0 => "never".to_owned(),
            times => format!("{} ×", grouped(times)),
        };
        let first = count.first.map_or_else(|| "–".to_owned(), |first| self.source.nth(first));
        format!("| {id} {name} | {tested} | {} | {first} |\n", grouped(count.schedules))
    }
}

impl Source {
    /// Describes the schedules.
    pub fn words(&self) -> String {
        match self {
            Self::Seeds(from, 1) => format!("seed {from}"),
            Self::Seeds(from, count) => {
                let last = from.0.wrapping_add(count.saturating_sub(1));
                format!("the seeds {from} to {last}")
            }
            Self::Enumerated(most) => {
                format!("all with up to {}", counted(*most as u64, "step"))
            }
        }
    }

    /// Names the schedule with this number, counted from 1: by its seed, if it was drawn from one.
    pub fn nth(&self, number: u64) -> String {
        match self.seed(number) {
            Some(seed) => format!("seed {seed}"),
            None => format!("schedule {}", grouped(number)),
        }
    }
}

/// Formats a number with its verb: `1 was`, `20 were`.
fn were(number: u64) -> String {
    format!("{} {}", grouped(number), if number == 1 { "was" } else { "were" })
}

impl Finding {
    fn to_markdown(&self, source: &Source) -> String {
        let broken: Vec<_> =
            self.broken.iter().map(|broken| format!("{} {}", broken.id(), broken.name())).collect();
        let steps = self.saved.schedule.steps();
        let mut part = format!("\n## {}\n\n", broken.join(", "));
        let (first, before) = (source.nth(self.first), counted(self.steps_before as u64, "step"));
        let small = counted(steps.len() as u64, "step");
        let _ = match self.again {
            Some(again) => writeln!(
                part,
                "First found by {first}: {before}, minimized to {small}; {again} of {AGAIN} replays \
                 reproduced it.",
            ),
            None => writeln!(
                part,
                "First found by {first}: {before}; interrupted before that schedule was minimized.",
            ),
        };
        part += "\n```toml\nversion = 1\nsteps = [\n";
        for step in steps {
            let _ = writeln!(part, "    \"{step}\",");
        }
        part += "]\n```\n\n```text\n";
        for line in &self.story {
            let _ = writeln!(part, "{line}");
        }
        part += "```\n";
        if self.broken.contains(&TraceInvariant::Settlement) {
            let _ = writeln!(
                part,
                "\nThe search ends after {MOST_HANGS} schedules in which a call never ended."
            );
        }
        part
    }
}
