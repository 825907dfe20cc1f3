//! The tables of the mutants: kills by operator and by client, and every survivor.

use super::Mutant;
use super::fate::{Fate, Kill};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The tables, and the verdict on them.
pub struct Report {
    /// The tables.
    pub text: String,
    /// True if 90 % are killed, no equivalent mutant is, and no original fails.
    pub well: bool,
}

/// Counts of mutants with one operator or of one client.
#[derive(Default)]
struct Row {
    kills: BTreeMap<Kill, u64>,
    survived: u64,
    same: u64,
    equivalent: u64,
}

impl Row {
    fn count(&mut self, mutant: &Mutant, fate: &Fate) {
        match (fate.kill, &mutant.equivalent) {
            (Some(kill), None) => *self.kills.entry(kill).or_default() += 1,
            (_, Some(_)) => self.equivalent += 1,
            (None, None) if fate.same => self.same += 1,
            (None, None) => self.survived += 1,
        }
    }

    fn killed(&self) -> u64 {
        self.kills.values().sum()
    }

    /// Returns the number of mutants that should be killed.
    fn all(&self) -> u64 {
        self.killed() + self.survived + self.same
    }

    /// Returns the kill rate in per cent.
    fn rate(&self) -> f64 {
        self.killed() as f64 * 100.0 / (self.all() as f64).max(1.0)
    }

    fn cells(&self) -> String {
        let of = |kill| self.kills.get(&kill).copied().unwrap_or(0);
        let rate = if self.all() == 0 { "-".to_owned() } else { format!("{:.0} %", self.rate()) };
        format!(
            "{} | {} | {} | {} | {} | {} | {} | {} | {rate}",
            self.all(),
            of(Kill::Violated),
            of(Kill::Panicked) + of(Kill::Aborted),
            of(Kill::Hung),
            of(Kill::Inconclusive),
            self.survived,
            self.same,
            self.equivalent
        )
    }
}

/// Drops mutants of the kit that survived in one client and were killed in another, or that appear
/// earlier with the same fate: a client need not use every part of the kit.
fn once_each<'m>(all: &'m [Mutant], fates: &'m [Fate]) -> Vec<(&'m Mutant, &'m Fate)> {
    let both = || all.iter().zip(fates).enumerate();
    let outdone = |nth: usize, mutant: &Mutant, fate: &Fate| {
        both().any(|(other_nth, (other, other_fate))| {
            let rank = |fate: &Fate, nth| (fate.kill.is_none(), fate.same, nth);
            mutant.is_one(other) && rank(other_fate, other_nth) < rank(fate, nth)
        })
    };
    let kept = both().filter(|(nth, (mutant, fate))| !outdone(*nth, mutant, fate));
    kept.map(|(_, pair)| pair).collect()
}

/// Writes the tables.
pub fn report(all: &[Mutant], fates: &[Fate], seeds: u64) -> Report {
    let mut text = String::new();
    let unique = once_each(all, fates);
    table(&mut text, "operator", &unique, |mutant| mutant.operator);
    text.push('\n');
    table(&mut text, "client", &unique, |mutant| mutant.client);
    let mut total = Row::default();
    let both = || unique.iter().copied();
    both().for_each(|(mutant, fate)| total.count(mutant, fate));
    let _ = writeln!(
        text,
        "\n{} of {} mutants killed within {seeds} seeds: {:.1} %. {} more are equivalent.",
        total.killed(),
        total.all(),
        total.rate(),
        total.equivalent
    );
    let alive = |mutant: &Mutant, fate: &Fate| fate.kill.is_none() && mutant.equivalent.is_none();
    let title = "Survivors, whose runs differ from those of the original:";
    list(&mut text, title, both().filter(|(mutant, fate)| alive(mutant, fate) && !fate.same));
    let title = format!("Indistinguishable, with the same bytes in every run of {seeds} seeds:");
    list(&mut text, &title, both().filter(|(mutant, fate)| alive(mutant, fate) && fate.same));
    let refuted = |mutant: &Mutant, fate: &Fate| fate.kill.is_some() && mutant.equivalent.is_some();
    let title = "Killed, although a reader found them equivalent:";
    list(&mut text, title, both().filter(|(mutant, fate)| refuted(mutant, fate)));
    let accused = |fate: &Fate| !fate.accused.is_empty();
    let title = "Runs that do not count, because the original fails in them:";
    list(&mut text, title, both().filter(|(_, fate)| accused(fate)));
    let well = total.rate() >= 90.0
        && !both().any(|(mutant, fate)| refuted(mutant, fate) || accused(fate));
    Report { text, well }
}

fn table(
    text: &mut String,
    title: &str,
    all: &[(&Mutant, &Fate)],
    key: impl Fn(&Mutant) -> &'static str,
) {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for (mutant, fate) in all {
        rows.entry(key(mutant)).or_default().count(mutant, fate);
    }
    let _ = writeln!(
        text,
        "| {title} | mutants | violated | panicked | hung | inconclusive | survived | same bytes | equivalent | killed |"
    );
    let _ = writeln!(text, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (name, row) in rows {
        let _ = writeln!(text, "| {name} | {} |", row.cells());
    }
}

fn list<'m>(text: &mut String, title: &str, mutants: impl Iterator<Item = (&'m Mutant, &'m Fate)>) {
    let mut lines = String::new();
    for (mutant, fate) in mutants {
        let Mutant { client, operator, file, line, change, equivalent, survivor, .. } = mutant;
        let change = change.replace('`', "'");
        let _ = write!(lines, "- `{client}`, {file}:{line}, {operator}: `{change}`");
        for what in fate.accused.iter().take(1).chain(fate.kill.map(|_| &fate.how)) {
            let _ = write!(lines, "; {what}");
        }
        for why in equivalent.iter().chain(survivor) {
            let _ = write!(lines, "; {why}");
        }
        lines.push('\n');
    }
    if !lines.is_empty() {
        let _ = write!(text, "\n{title}\n\n{lines}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_zoo::correct;

    fn mutant(client: &'static str, file: &'static str, line: usize) -> Mutant {
        Mutant {
            client,
            operator: "count",
            file,
            line,
            change: "8 → 9",
            equivalent: None,
            survivor: None,
            connect: correct()[0].connect,
        }
    }

    fn killed(how: &str) -> Fate {
        Fate { kill: Some(Kill::Violated), how: how.to_owned(), runs: 3, ..Fate::default() }
    }

    fn survived(same: bool) -> Fate {
        Fate { same, runs: 80, ..Fate::default() }
    }

    #[test]
    fn a_report_counts_kills_and_lists_survivors() {
        let equivalent = Mutant {
            equivalent: Some("any bound will do".to_owned()),
            ..mutant("skip-count", "correct/skip_count.rs", 36)
        };
        let all = [
            mutant("actor", "correct/actor.rs", 20),
            mutant("actor", "correct/actor.rs", 31),
            mutant("nagle", "correct/nagle.rs", 35),
            equivalent,
        ];
        let fates =
            [killed("I3 (swarm, seed 2)"), survived(false), survived(true), survived(false)];
        let report = report(&all, &fates, 60);
        assert!(!report.well);
        insta::assert_snapshot!(report.text);
    }

    #[test]
    fn a_change_of_the_kit_counts_once_and_is_killed_by_any_client() {
        let all = [
            mutant("skip-count", "kit/line.rs", 38),
            mutant("hedged", "kit/line.rs", 38),
            mutant("hedged", "kit/line.rs", 51),
        ];
        let one = report(&all, &[survived(false), killed("I3"), killed("I4")], 60);
        assert!(one.well);
        assert!(one.text.contains("2 of 2 mutants killed"), "{}", one.text);
        let none = report(&all, &[survived(true), survived(false), killed("I4")], 60);
        assert!(none.text.contains("1 of 2 mutants killed"), "{}", none.text);
    }

    #[test]
    fn nine_of_ten_are_enough_and_no_equivalent_one_may_be_killed() {
        let all: Vec<_> = (1..=10).map(|line| mutant("actor", "correct/actor.rs", line)).collect();
        let fates = |survivors: usize| -> Vec<_> {
            (0..10)
                .map(|nth| if nth < survivors { survived(false) } else { killed("I3") })
                .collect()
        };
        assert!(report(&all, &fates(1), 60).well);
        assert!(!report(&all, &fates(2), 60).well);
        let refuted = Mutant {
            equivalent: Some("so it seemed".to_owned()),
            ..mutant("nagle", "correct/nagle.rs", 1)
        };
        let report = report(&[refuted], &[killed("I3")], 60);
        assert!(
            !report.well && report.text.contains("Killed, although a reader found them equivalent")
        );
    }
}
