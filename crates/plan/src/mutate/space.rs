//! The space of a scenario: the plans it allows.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::numbers::{self, Range};
use super::pattern::Pattern;
use crate::check::BadPlan;
use crate::plan::{Fault, Plan};
use crate::scenario::{FaultKind, FaultSpec, Scenario};

/// All plans that a scenario allows.
///
/// For a scenario with `[swarm]`, these are the plans that its seeds draw, and those with fewer
/// faults and fault points. For other scenarios, faults may also be moved, strike another node of
/// their kind or one node instead of all, or strike twice, as long as they end before the latest
/// time at which a fault of the scenario may end.
///
/// ```
/// use crosswire_plan::mutate::Space;
/// use crosswire_plan::{Seed, Streams, Vocabulary, draw, load};
///
/// let text = "name = 'tiny'\nsummary = 'Two cameras.'\nduration_ms = 30_000\n\
///             cast = { cameras = 2, phones = 2, gateways = 1 }";
/// let known = Vocabulary {
///     clients: vec!["pooled".into()],
///     services: vec!["standard".into()],
///     ..Vocabulary::default()
/// };
/// let scenario = load("tiny.toml", text, &known).unwrap();
/// let space = Space::of(&scenario);
/// let mut from = Streams::new(1).stream("breed", &[]);
/// let mutant = space.mutant(&draw(&scenario, Seed(1)), None, &mut from);
/// assert_eq!(space.holds(&mutant), Ok(()));
/// ```
#[derive(Clone, Debug)]
pub struct Space<'a> {
    pub(super) scenario: &'a Scenario,
    /// The faults that each `[[fault]]` allows.
    pub(super) strikes: Vec<Strike>,
    pub(super) most_faults: usize,
    pub(super) most_points: usize,
    /// The numbers that may differ from the scenario's.
    pub(super) numbers: BTreeMap<String, Range>,
}

/// The faults that a `[[fault]]` allows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Strike {
    pub(super) kind: FaultKind,
    pub(super) start_ms: [u64; 2],
    pub(super) length_ms: [u64; 2],
    /// Latest end of such a fault.
    pub(super) last_end_ms: u64,
    pub(super) severity: [f64; 2],
    pub(super) pattern: Pattern,
}

/// A swarm's mildest severity is the given one divided by this.
const MILDEST: f64 = 10.0;

impl<'a> Space<'a> {
    /// Creates the space of a scenario, which must come from [`crate::load()`].
    pub fn of(scenario: &'a Scenario) -> Self {
        let swarm = scenario.swarm.as_ref();
        let specs = &scenario.faults;
        let last_end_ms = specs.iter().map(|spec| latest_end_ms(scenario, spec)).max().unwrap_or(0);
        let first_ms = specs.iter().map(|spec| spec.start_ms.least()).min().unwrap_or(0);
        let strikes = specs.iter().map(|spec| {
            let strike = Strike::of(scenario, spec);
            match swarm {
                Some(_) => strike,
                None => strike.anywhere_in([first_ms, last_end_ms]),
            }
        });
        Self {
            scenario,
            strikes: strikes.collect(),
            // Twice as many as the scenario has, because no drawn plan lets two faults of one entry
            // meet.
            most_faults: swarm.map_or(specs.len() * 2, |swarm| swarm.faults.most() as usize),
            most_points: match swarm {
                Some(swarm) if !swarm.evenly => swarm.points.most() as usize,
                _ => scenario.points.len(),
            },
            numbers: numbers::ranges(scenario),
        }
    }

    /// Checks that a plan is in the space. Its client, service and defences do not matter.
    ///
    /// # Errors
    ///
    /// The first violation found: another scenario, a number or a fault that the scenario does not
    /// allow, a script or a cancellation, which no seed draws.
    pub fn holds(&self, plan: &Plan) -> Result<(), BadPlan> {
        let bad = |message: String| Err(BadPlan(message));
        if plan.scenario != self.scenario.name {
            let (theirs, ours) = (&plan.scenario, &self.scenario.name);
            return bad(format!("this is a plan of `{theirs}`; expected one of `{ours}`"));
        }
        if plan.script.is_some() || plan.cancel_at.is_some() {
            return bad("a plan with a script or a cancellation cannot be mutated".to_owned());
        }
        self.hold_numbers(plan)?;
        if plan.faults.len() > self.most_faults {
            let (count, most) = (plan.faults.len(), self.most_faults);
            return bad(format!("{count} faults; expected at most {most}"));
        }
        if let Some(Fault { kind, target, .. }) =
            plan.faults.iter().find(|fault| self.strike_of(fault, plan).is_none())
        {
            let name = &self.scenario.name;
            return bad(format!("`{name}` does not allow the fault `{kind}` of `{target}`"));
        }
        let known = |(point, p): (&String, &f64)| {
            let most = self.scenario.points.get(point);
            most.is_some_and(|most| *p <= most * (1.0 + numbers::LAST_BIT))
        };
        if plan.points.len() > self.most_points || !plan.points.iter().all(known) {
            return bad("the plan arms fault points that the scenario does not".to_owned());
        }
        Ok(())
    }

    /// Returns the strike that a fault of a plan is an instance of.
    pub(super) fn strike_of(&self, fault: &Fault, plan: &Plan) -> Option<&Strike> {
        self.strikes.iter().find(|strike| strike.admits(fault, plan))
    }

    fn hold_numbers(&self, plan: &Plan) -> Result<(), BadPlan> {
        let unwritable = |error: toml::ser::Error| BadPlan(format!("this is not a plan: {error}"));
        let ours = Table::try_from(self.scenario).map_err(unwritable)?;
        let theirs = Table::try_from(plan).map_err(unwritable)?;
        let mut wrong = None;
        numbers::each(&theirs, &mut String::new(), &mut |path, number| {
            let given = numbers::at(&ours, path);
            let is_free = self.numbers.get(path).is_some_and(|range| range.admits(number));
            if given != Some(number) && !is_free && numbers::is_of_the_world(path) {
                wrong.get_or_insert(format!("`{path}` is {number}, which is not in the scenario"));
            }
        });
        wrong.map_or(Ok(()), |message| Err(BadPlan(message)))
    }
}

impl Strike {
    fn of(scenario: &Scenario, spec: &FaultSpec) -> Self {
        let is_swarm = scenario.swarm.is_some();
        let worst = spec.severity.unwrap_or(spec.kind.default_severity());
        let least = match spec.kind.degrees() {
            Some(degrees) if is_swarm => (worst / MILDEST).max(degrees.least).min(worst),
            _ => worst,
        };
        Self {
            kind: spec.kind,
            start_ms: [spec.start_ms.least(), spec.start_ms.most()],
            length_ms: [spec.length_ms.least(), spec.length_ms.most()],
            last_end_ms: latest_end_ms(scenario, spec),
            severity: [least, worst],
            pattern: Pattern::of(spec, is_swarm),
        }
    }

    /// Allows the fault at any time at which a fault of the scenario may strike.
    fn anywhere_in(self, [first_ms, last_ms]: [u64; 2]) -> Self {
        Self { start_ms: [first_ms, last_ms], last_end_ms: last_ms, ..self }
    }

    pub(super) fn admits(&self, fault: &Fault, plan: &Plan) -> bool {
        let in_time = match self.kind {
            FaultKind::DirectoryFailover => fault.length_ms == plan.directory.failover_ms,
            _ => (self.length_ms[0]..=self.length_ms[1]).contains(&fault.length_ms),
        };
        // A swarm rounds severities to hundredths.
        let [mildest, worst] = [self.severity[0] - 0.01, self.severity[1] + 0.01];
        self.kind == fault.kind
            && in_time
            && (self.start_ms[0]..=self.start_ms[1]).contains(&fault.start_ms)
            && fault.end_ms() <= self.last_end_ms
            && (mildest..=worst).contains(&fault.severity)
            && self.pattern.admits(fault.target)
    }
}

/// Returns the latest end of such a fault.
fn latest_end_ms(scenario: &Scenario, spec: &FaultSpec) -> u64 {
    let length_ms = match spec.kind {
        FaultKind::DirectoryFailover => longest_failover_ms(scenario),
        _ => spec.length_ms.most(),
    };
    spec.start_ms.most().saturating_add(length_ms)
}

fn longest_failover_ms(scenario: &Scenario) -> u64 {
    let drawn = scenario.swarm.as_ref().filter(|swarm| !swarm.evenly);
    let drawn = drawn.and_then(|swarm| swarm.draw.get("directory.failover_ms"));
    drawn.map_or(scenario.directory.failover_ms, |ends| ends[1] as u64)
}

/// Returns a serialized number.
pub(super) fn as_number(value: &Value) -> Option<f64> {
    value.as_float().or(value.as_integer().map(|number| number as f64))
}
