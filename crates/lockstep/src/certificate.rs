//! The certificate of a library after many schedules, as a page in Markdown.

use super::certify::{AGAIN, CutShort, Finding, LibraryCertificate, NotJudged, Source};
use super::judge::TraceInvariant;
use super::made::Made;
use super::situations::Situation;
use super::words::Word;
use crosswire_checker::Verdict;
use crosswire_output::format::{counted, grouped, printable};
use std::fmt::{self, Write};

/// The limits of a certificate.
pub const NO_PROOF: &str = "A test and no proof: the verdict is about these schedules, and about no \
                        others.";

impl LibraryCertificate {
    /// Returns the page.
    pub fn to_markdown(&self, made: &Made) -> String {
        let mut page = format!("# {}\n\n{}\n", self.hello, self.sentence());
        let steps = counted(self.steps, "step");
        let _ = writeln!(
            page,
            "\nRan in lockstep: {} of {}; {steps}, of which {} skipped.",
            counted(self.schedules, "schedule"),
            self.ran(),
            were(self.skipped),
        );
        let _ = writeln!(page, "The digest of all traces is `{}`.", self.digest);
        let _ = writeln!(page, "{NO_PROOF}");
        page += &self.not_judged_section();
        page += &self.made(made);
        page += &self.invariants_table();
        page += &self.situations_table();
        page += &self.words_table();
        page += &self.findings_section();
        page
    }

    /// Returns the verdict in a sentence, which never calls the library safe.
    pub fn sentence(&self) -> String {
        let schedules = counted(self.schedules, "schedule");
        match self.verdict() {
            Verdict::Violated => {
                let broken = self.invariants.iter().filter(|(_, count)| count.schedules > 0);
                let broken: Vec<_> = broken.map(|(invariant, _)| invariant.id().as_str()).collect();
                let why = self.cut_short.map(|why| format!("; {why}")).unwrap_or_default();
                let why = match &self.not_judged {
                    Some(some) => format!("{why}; {} not judged to the end", were(some.schedules)),
                    None => why,
                };
                let violated = grouped(self.violated);
                format!("violated: {violated} of {schedules} violated {}{why}", broken.join(", "))
            }
            Verdict::Clean => {
                let but: Vec<_> =
                    self.exempt_invariants().map(|(id, _)| id.id().as_str()).collect();
                let but = match but[..] {
                    [] => String::new(),
                    [one] => format!(" but {one}, which does not apply,"),
                    _ => format!(" but {}, which do not apply,", but.join(" and ")),
                };
                let reached = self.reached();
                format!("clean: {schedules} held every invariant{but} and reached {reached}")
            }
            Verdict::Inconclusive if let Some(why) = self.cut_short => {
                let of = match self.source {
                    Source::Seeds(_, all, _) => {
                        format!("{} of {}", grouped(self.schedules), counted(all, "schedule"))
                    }
                    Source::Enumerated(..) => schedules,
                };
                let why = match why {
                    CutShort::Interrupted => "interrupted",
                    CutShort::Budget => "the budget ended",
                };
                format!("inconclusive: {why} after {of}; nothing is violated so far")
            }
            Verdict::Inconclusive if let Some(some) = &self.not_judged => {
                let count = grouped(some.schedules);
                format!(
                    "inconclusive: {count} of {schedules} ended before they were judged to the \
                     end; the others violated nothing"
                )
            }
            Verdict::Inconclusive => {
                let missed: Vec<_> = self.missed().iter().map(|missed| missed.name()).collect();
                let untried: Vec<_> = self.untried().iter().map(|word| word.name()).collect();
                let mut lacks = Vec::new();
                if !missed.is_empty() {
                    lacks.push(format!("reached {}", missed.join(", ")));
                }
                if !untried.is_empty() {
                    lacks.push(format!("tried {}", untried.join(", ")));
                }
                let lacks = lacks.join(", or ");
                format!("inconclusive: {schedules} violated nothing, but none {lacks}")
            }
        }
    }

    /// Says how many situations a clean library reached, which are all that apply to it.
    fn reached(&self) -> String {
        let (all, exempt) = (Situation::ALL.len(), self.exempt().count());
        match exempt {
            0 => format!("all {all} situations"),
            1 => format!("{} of {all} situations; the other one does not apply", all - 1),
            _ => {
                let apply = all - exempt;
                format!("{apply} of {all} situations; the other {exempt} do not apply")
            }
        }
    }

    /// Describes the schedules that ran, and why not all of them did.
    pub fn ran(&self) -> String {
        let Some(why) = self.cut_short else { return self.source.words() };
        let some = match &self.source {
            Source::Seeds(from, _, words) if self.schedules > 0 => {
                Source::Seeds(*from, self.schedules, words.clone()).words()
            }
            _ => self.source.words(),
        };
        format!("{some}, {why}")
    }

    /// Describes the schedules that were not judged to their end.
    fn not_judged_section(&self) -> String {
        let Some(words) = self.not_judged_words() else { return String::new() };
        let mut section = format!("\n{words}\n");
        let lines = self.not_judged.iter().flat_map(|some| &some.last_words);
        let lines: Vec<_> = lines.map(|line| format!("{line}\n")).collect();
        if !lines.is_empty() {
            let _ = write!(
                section,
                "Its standard error ended with:\n\n```text\n{}```\n",
                lines.concat()
            );
        }
        section
    }

    /// Says how many schedules were not judged to their end, and why the first of them was not;
    /// none if all were.
    pub fn not_judged_words(&self) -> Option<String> {
        let NotJudged { schedules, first, why, .. } = self.not_judged.as_ref()?;
        let (count, nth) = (counted(*schedules, "schedule"), self.source.nth(*first));
        Some(format!(
            "Not judged to the end: {count}, first {nth}: {}. What happened before that is judged.",
            printable(why)
        ))
    }

    /// Says what the page was made with and how it is made again.
    fn made(&self, Made { crosswire, system, command }: &Made) -> String {
        let runtime = self.hello.runtime.as_ref();
        let runtime = runtime.map(|it| format!(" and {}", printable(it))).unwrap_or_default();
        format!(
            "\nMade with Crosswire {crosswire}{runtime} on {system}. This command prints the \
             page:\n\n```sh\n{command}\n```\n"
        )
    }

    fn invariants_table(&self) -> String {
        let mut table = "\n| invariant | meaning | tested | violated in | first |\n\
                         |---|---|--:|--:|--:|\n"
            .to_owned();
        for invariant in TraceInvariant::ALL {
            table += &self.row(invariant);
        }
        table
    }

    fn row(&self, invariant: TraceInvariant) -> String {
        let count = self.invariants.get(&invariant).copied().unwrap_or_default();
        let (id, name, meaning) = (invariant.id(), invariant.name(), invariant.meaning());
        let tested = match count.tested {
            0 if invariant.not_applicable(&self.hello).is_some() => "not applicable".to_owned(),
            0 => "never".to_owned(),
            times => format!("{} ×", grouped(times)),
        };
        let first = count.first.map_or_else(|| "–".to_owned(), |first| self.source.nth(first));
        let violated = grouped(count.schedules);
        format!("| {id} {name} | {meaning} | {tested} | {violated} | {first} |\n")
    }

    /// Returns the invariants that do not apply, each with the reason.
    pub fn exempt_invariants(&self) -> impl Iterator<Item = (TraceInvariant, &'static str)> {
        let exempt = |invariant: TraceInvariant| {
            invariant.not_applicable(&self.hello).map(|why| (invariant, why))
        };
        TraceInvariant::ALL.into_iter().filter_map(exempt)
    }

    /// Returns the situations that do not apply, each with the reason.
    pub fn exempt(&self) -> impl Iterator<Item = (Situation, &'static str)> {
        let exempt = |situation: Situation| {
            let why = situation.not_applicable(&self.hello)?;
            let never = !self.situations.contains_key(&situation);
            never.then_some((situation, why))
        };
        Situation::ALL.into_iter().filter_map(exempt)
    }

    fn situations_table(&self) -> String {
        let mut table =
            "\n| situation | meaning | schedules that reached it |\n|---|---|--:|\n".to_owned();
        let exempt: Vec<_> = self.exempt().collect();
        for situation in Situation::ALL {
            let count = self.situations.get(&situation).copied().unwrap_or_default();
            let is_exempt = exempt.iter().any(|(other, _)| *other == situation);
            let count = if is_exempt { "not applicable".to_owned() } else { grouped(count) };
            let _ = writeln!(table, "| {situation} | {} | {count} |", situation.meaning());
        }
        if self.exempt_invariants().next().is_some() || !exempt.is_empty() {
            table += "\nNot applicable to this client, so neither required nor counted:\n\n";
        }
        for (invariant, why) in self.exempt_invariants() {
            let _ = writeln!(table, "- {}: {why}", invariant.id());
        }
        for (situation, why) in exempt {
            let _ = writeln!(table, "- {situation}: {why}");
        }
        table
    }

    /// Returns the table of the words that schedules could use.
    fn words_table(&self) -> String {
        let words = self.source.vocabulary();
        let mut table = "\n| word | meaning | schedules that used it |\n|---|---|--:|\n".to_owned();
        for word in Word::ALL {
            let count = match self.words.get(&word) {
                Some(count) => grouped(*count),
                None if words.has(word) => "none".to_owned(),
                None => match self.hello.cannot(word) {
                    Some(why) => format!("not tried: {why}"),
                    None => "not tried".to_owned(),
                },
            };
            let _ = writeln!(table, "| {word} | {} | {count} |", word.meaning());
        }
        table
    }

    fn findings_section(&self) -> String {
        if self.findings.is_empty() {
            return String::new();
        }
        let mut section = "\n## Findings\n\n".to_owned();
        let violated = counted(self.violated, "schedule");
        let sets = counted(self.combinations, "set");
        let findings = counted(self.findings.len() as u64, "finding");
        let _ = writeln!(
            section,
            "{violated} violated {sets} of invariants. The first schedule of each set was \
             minimized: {findings}, without duplicates. To run a finding with another version, \
             save its TOML as FILE.toml and run `crosswire certify --adapter CMD --schedule \
             FILE.toml`.",
        );
        for finding in &self.findings {
            section += &finding.to_markdown(&self.source);
        }
        section
    }
}

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted"),
            Self::Budget => f.write_str("stopped after the budget"),
        }
    }
}

impl Source {
    /// Describes the schedules.
    pub fn words(&self) -> String {
        match self {
            Self::Seeds(from, 1, _) => format!("seed {from}"),
            Self::Seeds(from, count, _) => {
                let last = from.0.wrapping_add(count.saturating_sub(1));
                format!("the seeds {from} to {last}")
            }
            Self::Enumerated(most, _) => {
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
        let broken: Vec<_> = self.broken.iter().map(|broken| broken.id().as_str()).collect();
        let steps = self.saved.schedule.steps();
        let shown: Vec<_> = steps.iter().map(ToString::to_string).collect();
        let mut part = format!("\n### {}: `{}`\n\n", broken.join(", "), shown.join("; "));
        let _ = writeln!(part, "First found by {}: {}", source.nth(self.first), self.history());
        let _ = write!(part, "\n```toml\n{}```\n\n```text\n", self.saved.to_toml());
        for line in &self.story {
            let _ = writeln!(part, "{line}");
        }
        part + "```\n"
    }

    /// Tells how the schedule was minimized, and how often it reproduced.
    pub fn history(&self) -> String {
        let before = counted(self.steps_before as u64, "step");
        let after = self.saved.schedule.steps().len();
        let Some(again) = self.again else {
            return format!("{before}; interrupted before that schedule was minimized.");
        };
        let minimized = if after == self.steps_before {
            "all of them needed".to_owned()
        } else {
            format!("minimized to {after}")
        };
        format!("{before}, {minimized}; {again} of {AGAIN} replays reproduced it.")
    }
}
