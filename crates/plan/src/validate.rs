//! Checks that the parts of a scenario fit together: names that exist, faults within the run, and
//! time for the recovery.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::corners;
use crate::diagnose::{shown, unknown};
use crate::limits::{Limit, MAX_SUMMARY_LEN, grouped};
use crate::outline::Outline;
use crate::place::{BadTarget, Place, Target};
use crate::problem::Problem;
use crate::scenario::{Cast, ChangeMix, Changes, Directory, Drawn, FaultKind, FaultSpec, Scenario};
use crate::steer::steers;
use crate::swarm;
use crate::vocabulary::Vocabulary;

/// Returns everything that does not fit, in no particular order.
pub(crate) fn check(
    scenario: &Scenario,
    outline: &Outline,
    vocabulary: &Vocabulary,
) -> Vec<Problem> {
    let mut check = Check { scenario, outline, problems: Vec::new() };
    check.name();
    check.vocabulary(vocabulary);
    check.ranges();
    check.swarm();
    check.backoffs();
    for (index, fault) in scenario.faults.iter().enumerate() {
        check.fault_severity(index, fault);
    }
    check.changes();
    check.fit();
    if check.problems.is_empty() {
        check.problems.extend(corners::misfit(scenario, outline));
    }
    check.problems
}

/// Returns the unknown names of a file that also has other problems.
pub(crate) fn names(
    scenario: &Scenario,
    outline: &Outline,
    vocabulary: &Vocabulary,
) -> Vec<Problem> {
    let mut check = Check { scenario, outline, problems: Vec::new() };
    check.name();
    check.vocabulary(vocabulary);
    check.problems
}

/// Returns the misfits that depend on numbers that a swarm may draw.
///
/// More changes than cameras are not a misfit here: a plan leaves out those that find no camera.
pub(crate) fn misfits(scenario: &Scenario, outline: &Outline) -> Vec<Problem> {
    let mut check = Check { scenario, outline, problems: Vec::new() };
    check.fit();
    check.problems
}

struct Check<'a> {
    scenario: &'a Scenario,
    outline: &'a Outline,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn problem(&mut self, path: &str, message: String, label: &str) {
        let span = self.outline.span(path);
        self.problems.push(Problem::new(span, message, label.to_owned()));
    }

    /// Checks constraints between several numbers.
    fn fit(&mut self) {
        for (index, fault) in self.scenario.faults.iter().enumerate() {
            self.fault_time(index, fault);
            self.fault_target(index, fault);
        }
        self.recovery();
        self.changers();
        self.clones();
    }

    /// Checks the name, which becomes part of file names and of command lines, and the summary.
    fn name(&mut self) {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let name = &self.scenario.name;
        if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
            let expected = "1 to 64 lowercase letters, digits and hyphens";
            let message = format!("`name` is \"{}\"; expected {expected}", shown(name));
            self.problem("name", message, &format!("expected {expected}"));
        }
        let summary = &self.scenario.summary;
        if let Some(message) = bad_summary(summary) {
            self.problem("summary", message, "expected one line of text");
        }
    }

    fn vocabulary(&mut self, vocabulary: &Vocabulary) {
        let client = self.outline.span("client.name");
        self.known(client, "client", &self.scenario.client.name, &vocabulary.clients);
        let service = self.outline.span("service.name");
        self.known(service, "service", &self.scenario.service.name, &vocabulary.services);
        let mut before = BTreeSet::new();
        for (index, defence) in self.scenario.defences.iter().enumerate() {
            let span = self.outline.span(&format!("defences.{index}"));
            if !before.insert(defence) {
                let message = format!("the defence `{}` is listed twice", shown(defence));
                self.problems.push(Problem::new(span, message, "listed before".to_owned()));
                continue;
            }
            self.known(span, "defence", defence, &vocabulary.defences);
        }
        for point in self.scenario.points.keys() {
            let span = self.outline.key(&["points", point]);
            self.known(span, "fault point", point, &vocabulary.points);
        }
        for situation in self.scenario.reach.keys() {
            let span = self.outline.key(&["reach", situation]);
            self.known(span, "situation", situation, &vocabulary.situations);
        }
    }

    fn known(&mut self, span: Range<usize>, sort: &str, found: &str, known: &[String]) {
        if known.iter().any(|name| name == found) {
            return;
        }
        let names: Vec<_> = known.iter().map(String::as_str).collect();
        let message = unknown(sort, found, names.iter().copied());
        let help = format!("known here: {}", names.join(", "));
        let help = if names.is_empty() { None } else { Some(help) };
        self.problems.push(Problem::new(span, message, format!("no such {sort}")).with_help(help));
    }

    fn ranges(&mut self) {
        let directory = self.scenario.directory.drawn();
        let mut drawn: Vec<_> = directory.map(|(path, number)| (path.to_owned(), number)).into();
        drawn.push(("workload.regret_ms".to_owned(), self.scenario.workload.regret_ms));
        for (index, fault) in self.scenario.faults.iter().enumerate() {
            drawn.push((format!("fault.{index}.start_ms"), fault.start_ms));
            drawn.push((format!("fault.{index}.length_ms"), fault.length_ms));
        }
        if let Some(swarm) = &self.scenario.swarm {
            drawn.push(("swarm.faults".to_owned(), swarm.faults));
            drawn.push(("swarm.points".to_owned(), swarm.points));
        }
        for (path, number) in drawn {
            if let Some(message) = number.backwards() {
                self.problem(&path, message, "expected the smaller number first");
            }
        }
    }

    /// Checks that a swarm draws numbers of the file, within their limits at both ends.
    fn swarm(&mut self) {
        let Some(swarm) = &self.scenario.swarm else { return };
        let mut file = toml::Table::try_from(self.scenario).expect("a scenario is a table");
        for (path, &[lo, hi]) in &swarm.draw {
            let steps: Vec<_> = path.split('.').map(str::to_owned).collect();
            let there = swarm::at(&mut file, path).is_some();
            let limit = if there { Limit::of(&steps) } else { None };
            let message = match limit {
                None => format!("`{}` is not a single number in this file", shown(path)),
                Some(limit) if !limit.allows(lo) || !limit.allows(hi) => {
                    format!("`{path}` from {lo} to {hi}; expected {limit} at both ends")
                }
                Some(_) if lo > hi => format!("a range from {lo} down to {hi}"),
                Some(_) => continue,
            };
            let span = self.outline.key(&["swarm", "draw", path]);
            let label = "cannot be drawn".to_owned();
            self.problems.push(Problem::new(span, message, label));
        }
        for (path, names) in &swarm.choose {
            self.choice(path, names, &file);
        }
    }

    /// Checks that a swarm chooses from valid names.
    fn choice(&mut self, path: &str, names: &[String], file: &toml::Table) {
        let mut file = file.clone();
        let mut is_known = |name: &String| {
            let Some(place) = swarm::choice(&mut file, path) else { return false };
            *place = name.as_str().into();
            toml::Value::Table(file.clone()).try_into::<Scenario>().is_ok()
        };
        let message = if !swarm::CHOICES.contains(&path) {
            unknown("choice", path, swarm::CHOICES)
        } else if names.is_empty() {
            format!("`{path}` has no names to choose from; expected at least one")
        } else if let Some(name) = names.iter().find(|name| !is_known(name)) {
            format!("`{path}` cannot be \"{}\"; expected valid names only", shown(name))
        } else {
            return;
        };
        let span = self.outline.key(&["swarm", "choose", path]);
        let help = format!("can be chosen: {}", swarm::CHOICES.join(", "));
        let problem = Problem::new(span, message, "cannot be chosen".to_owned());
        self.problems.push(problem.with_help(Some(help)));
    }

    fn backoffs(&mut self) {
        let backoffs = &self.scenario.workload.backoffs;
        for (index, backoff) in backoffs.iter().enumerate() {
            if backoff.base_ms > backoff.cap_ms {
                let (base, cap) = (grouped(backoff.base_ms), grouped(backoff.cap_ms));
                let message = format!("`base_ms` is {base}; expected no more than `cap_ms`, {cap}");
                let path = format!("workload.backoff.{index}.base_ms");
                self.problem(&path, message, "more than `cap_ms`");
            }
        }
        if !backoffs.is_empty() && backoffs.iter().all(|backoff| backoff.weight <= 0.0) {
            let message = "every back-off has `weight` 0; expected at least one above 0".to_owned();
            self.problem("workload.backoff.0.weight", message, "no camera would use any of them");
        }
    }

    fn fault_time(&mut self, index: usize, fault: &FaultSpec) {
        let duration = self.scenario.duration_ms;
        let (start, end) = (fault.start_ms.most(), self.latest_end(fault));
        let begins = start >= duration;
        if !begins && end <= duration {
            return;
        }
        let (field, verb, when, relation) = if begins {
            ("start_ms", "begins", start, "not before the end")
        } else {
            ("length_ms", "ends", end, "after the end")
        };
        let most = match fault.start_ms {
            Drawn::Fixed(_) => "",
            Drawn::Between(_) => " at the latest",
        };
        let message = format!(
            "`{}` {verb} at {} ms{most}, {relation} of the run at {} ms",
            fault.kind,
            grouped(when),
            grouped(duration)
        );
        self.problem(&format!("fault.{index}.{field}"), message, &format!("{relation} of the run"));
    }

    fn latest_end(&self, fault: &FaultSpec) -> u64 {
        let length = match fault.kind {
            FaultKind::DirectoryFailover => self.scenario.directory.failover_ms,
            _ => fault.length_ms.most(),
        };
        fault.start_ms.most().saturating_add(length)
    }

    fn fault_target(&mut self, index: usize, fault: &FaultSpec) {
        let path = format!("fault.{index}.target");
        let span = self.outline.span(&path);
        let cast = &self.scenario.cast;
        let (message, label, help) = match fault.target.replace('?', "0").parse::<Target>() {
            Err(BadTarget::Loop(place)) => {
                (BadTarget::Loop(place).to_string(), "expected two places", None)
            }
            Err(BadTarget::Unknown(found)) => {
                let places = Place::all_of(cast).map(|place| place.to_string());
                let names: Vec<_> = places.chain(["all".to_owned()]).collect();
                let message = unknown("target", &found, names.iter().map(String::as_str));
                let help = "known here: all, gateway-N, cache-N, directory, replica, media, \
                            cameras, phones, zone-N, and a link as `a>b` or `a~b`";
                (message, "no such place", Some(help.to_owned()))
            }
            Ok(target) => match target.places().find(|place| !place.exists_in(cast)) {
                Some(absent) => (missing_place(absent, cast), "no such node", None),
                None if fault.kind.can_strike(target) => return,
                None => {
                    let (kind, targets) = (fault.kind, fault.kind.targets());
                    let message = format!("`{kind}` cannot strike `{target}`; expected {targets}");
                    (message, "not a target of this fault", None)
                }
            },
        };
        self.problems.push(Problem::new(span, message, label.to_owned()).with_help(help));
    }

    fn fault_severity(&mut self, index: usize, fault: &FaultSpec) {
        let Some(severity) = fault.severity else { return };
        let expected = match fault.kind.degrees() {
            None => format!("`{}` has no severity; expected none", fault.kind),
            Some(degrees) if (degrees.least..=degrees.most).contains(&severity) => return,
            Some(degrees) => format!(
                "the severity of `{}` is {}; expected {} to {} ({})",
                fault.kind,
                short(severity),
                short(degrees.least),
                short(degrees.most),
                degrees.meaning
            ),
        };
        let path = format!("fault.{index}.severity");
        self.problem(&path, expected, "out of its bounds");
    }

    /// Checks that the world has the time to recover that the recovery requires.
    fn recovery(&mut self) {
        let Scenario { duration_ms, recovery, faults, .. } = self.scenario;
        let ends = faults.iter().enumerate().map(|(index, fault)| (self.latest_end(fault), index));
        let Some((end, index)) = ends.max() else { return };
        if end <= *duration_ms && end.saturating_add(recovery.within_ms) > *duration_ms {
            let message = format!(
                "the last fault may end at {} ms, and `recovery.within_ms` is {}: together {} ms, \
                 after the end of the run at {} ms",
                grouped(end),
                grouped(recovery.within_ms),
                grouped(end.saturating_add(recovery.within_ms)),
                grouped(*duration_ms)
            );
            let path = format!("fault.{index}.length_ms");
            self.problem(&path, message, "leaves no time to recover");
        }
    }

    /// Checks that there are as many cameras as changes: each change may need a new camera.
    fn changes(&mut self) {
        let Scenario { cast, workload, .. } = self.scenario;
        let count = workload.changes.total();
        if count > u64::from(cast.identities()) {
            let message = format!(
                "{} changes with {} cameras; expected no more changes than cameras",
                grouped(count),
                grouped(u64::from(cast.identities()))
            );
            self.problem("workload.changes", message, "more than there are cameras");
        }
    }

    /// Checks that there are enough users: a share needs one besides owner and viewer.
    fn changers(&mut self) {
        let Scenario { cast, workload, .. } = self.scenario;
        if workload.changes.total() > 0 && cast.phones < 3 {
            let phones = counted(cast.phones, "phone");
            let message = format!("changes with {phones}; expected at least 3");
            self.problem("cast.phones", message, "too few for changes of ownership and of grants");
        }
    }

    /// Checks that each clone can have the identity of another user's camera.
    fn clones(&mut self) {
        if let Some(message) = too_many_clones(&self.scenario.cast) {
            self.problem("cast.clones", message, "no camera left to clone");
        }
    }
}

/// Describes a summary that does not fit into tables and on one line of a terminal.
pub(crate) fn bad_summary(summary: &str) -> Option<String> {
    let length = summary.chars().count();
    if length > MAX_SUMMARY_LEN {
        let (length, most) = (grouped(length as u64), grouped(MAX_SUMMARY_LEN as u64));
        return Some(format!("`summary` has {length} characters; expected at most {most}"));
    }
    let is_text = !summary.trim().is_empty() && !summary.contains(steers);
    if is_text { None } else { Some("`summary` is not one line of plain text".to_owned()) }
}

/// Formats a number in a few characters: a large whole one is grouped, and one with hundreds of
/// digits gets an exponent.
pub(crate) fn short(number: f64) -> String {
    if number.abs() >= 1e15 {
        format!("{number:e}")
    } else if number >= 0.0 && number.fract() == 0.0 {
        grouped(number as u64)
    } else {
        number.to_string()
    }
}

/// Formats a number with its noun.
fn counted(count: u32, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

pub(crate) fn too_many_clones(cast: &Cast) -> Option<String> {
    let Cast { cameras, phones, clones, .. } = *cast;
    let most = if phones < 2 { 0 } else { cameras / 2 };
    if clones <= most {
        return None;
    }
    let [cameras, phones] = [counted(cameras, "camera"), counted(phones, "phone")];
    Some(format!("`cast.clones` is {clones} with {cameras} and {phones}; expected at most {most}"))
}

pub(crate) fn missing_place(absent: Place, cast: &Cast) -> String {
    let (count, last) = match absent {
        Place::Gateway(_) => (cast.gateways, Place::Gateway(cast.gateways as u16 - 1)),
        Place::Zone(_) => (cast.zones, Place::Zone(cast.zones as u16 - 1)),
        _ => (cast.cache_nodes, Place::Cache(cast.cache_nodes as u16 - 1)),
    };
    format!("there is no `{absent}`: `[cast]` has {count}, the last is `{last}`")
}

impl Drawn {
    /// Returns the minimum.
    pub fn least(self) -> u64 {
        match self {
            Self::Fixed(number) | Self::Between([number, _]) => number,
        }
    }

    /// Returns the maximum.
    pub fn most(self) -> u64 {
        match self {
            Self::Fixed(number) | Self::Between([_, number]) => number,
        }
    }

    /// Describes a range whose first number is greater than the second.
    pub(crate) fn backwards(self) -> Option<String> {
        let (lo, hi) = (self.least(), self.most());
        if lo <= hi {
            return None;
        }
        let (lo, hi) = (grouped(lo), grouped(hi));
        Some(format!("a range from {lo} down to {hi}; expected the smaller number first"))
    }
}

impl Directory {
    /// Returns its ranges, each with its path in scenarios and plans.
    pub(crate) fn drawn(&self) -> [(&'static str, Drawn); 3] {
        [
            ("directory.read_ms", self.read_ms),
            ("directory.write_ms", self.write_ms),
            ("directory.replica_lag_ms", self.replica_lag_ms),
        ]
    }
}

impl Changes {
    /// Returns the number of changes in all phases.
    fn total(&self) -> u64 {
        [&self.before, &self.during, &self.after].into_iter().map(ChangeMix::total).sum()
    }
}

impl ChangeMix {
    /// Returns the number of changes of all kinds.
    pub fn total(&self) -> u64 {
        let kinds = [self.shares, self.revocations, self.transfers, self.resets, self.deletions];
        kinds.into_iter().chain([self.regrets]).map(u64::from).sum()
    }
}
