//! Checks whether a plan from a file can be run.
//!
//! A drawn plan always can. An edited or minimized one need not make sense as a scenario must: a
//! revocation whose share was removed is just a request that is refused, and a run may be cut off
//! before it has recovered. But a plan must stay within the limits of numbers and name only what
//! exists.

use toml::de::DeTable;

use crate::outline::Outline;
use crate::plan::{Change, Fault, Plan};
use crate::vocabulary::Vocabulary;
use crate::{diagnose, limits, validate};

/// The reason why a plan cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPlan(pub(crate) String);

impl Plan {
    /// Checks a plan that was read from a file.
    ///
    /// # Errors
    ///
    /// The first problem found: a number out of the limits that scenarios have, a fault after the
    /// end of the run or on a node that does not exist, a change of a missing device or by a
    /// missing user, or a client, defence or situation that the vocabulary does not have.
    pub fn check(&self, vocabulary: &Vocabulary) -> Result<(), BadPlan> {
        self.check_numbers()?;
        if let Some(message) = validate::bad_summary(&self.summary) {
            return Err(BadPlan(message));
        }
        known("client", &self.client.name, &vocabulary.clients)?;
        known("service", &self.service.name, &vocabulary.services)?;
        for defence in &self.defences {
            known("defence", defence, &vocabulary.defences)?;
        }
        for point in self.points.keys() {
            known("fault point", point, &vocabulary.points)?;
        }
        if let Some(message) = validate::too_many_clones(&self.cast) {
            return Err(BadPlan(message));
        }
        for situation in self.reach.keys() {
            known("situation", situation, &vocabulary.situations)?;
        }
        if let Some(script) = &self.script {
            script.check(self)?;
        }
        self.faults.iter().try_for_each(|fault| self.check_fault(fault))?;
        self.changes.iter().try_for_each(|change| self.check_change(change))
    }

    /// Checks the numbers. A plan has the fields of a scenario, so its text can be checked for the
    /// same limits.
    fn check_numbers(&self) -> Result<(), BadPlan> {
        let unwritable =
            |error: &dyn std::fmt::Display| BadPlan(format!("this is not a plan: {error}"));
        // A script has no limits, and may be very long.
        let plan = Self { script: None, ..self.clone() };
        let text = toml::to_string(&plan).map_err(|error| unwritable(&error))?;
        let file = DeTable::parse(&text).map_err(|error| unwritable(&error))?;
        match limits::exceeded(&Outline::of(&file), &text).into_iter().next() {
            Some(problem) => Err(BadPlan(problem.into_message())),
            None => self.check_ranges(),
        }
    }

    fn check_ranges(&self) -> Result<(), BadPlan> {
        let regret = ("workload.regret_ms", self.workload.regret_ms);
        for (path, range) in self.directory.drawn().into_iter().chain([regret]) {
            if let Some(message) = range.backwards() {
                return Err(BadPlan(format!("`{path}` is {message}")));
            }
        }
        Ok(())
    }

    fn check_fault(&self, fault: &Fault) -> Result<(), BadPlan> {
        let &Fault { kind, target, severity, .. } = fault;
        if fault.end_ms() > self.duration_ms {
            let (end, run) = (fault.end_ms(), self.duration_ms);
            return Err(BadPlan(format!(
                "`{kind}` ends at {end} ms, after the end of the run at {run} ms"
            )));
        }
        if let Some(absent) = target.places().find(|place| !place.exists_in(&self.cast)) {
            return Err(BadPlan(validate::missing_place(absent, &self.cast)));
        }
        if !kind.can_strike(target) {
            let targets = kind.targets();
            return Err(BadPlan(format!("`{kind}` cannot strike `{target}`; expected {targets}")));
        }
        match kind.degrees() {
            Some(degrees) if !(degrees.least..=degrees.most).contains(&severity) => {
                let [severity, least, most] =
                    [severity, degrees.least, degrees.most].map(validate::short);
                let message = format!("the severity of `{kind}` is {severity}");
                Err(BadPlan(format!("{message}; expected {least} to {most} ({})", degrees.meaning)))
            }
            None if !(0.0..=1.0).contains(&severity) => {
                let found = validate::short(severity);
                Err(BadPlan(format!(
                    "the severity of `{kind}`, which has none, is {found}; expected 1"
                )))
            }
            _ => Ok(()),
        }
    }

    fn check_change(&self, change: &Change) -> Result<(), BadPlan> {
        let Change { at_ms, device, user, .. } = *change;
        let bounds = [
            ("at_ms", at_ms, self.duration_ms),
            ("device", u64::from(device), u64::from(self.cast.identities())),
            ("user", u64::from(user), u64::from(self.cast.phones)),
        ];
        match bounds.into_iter().find(|(_, found, count)| found >= count) {
            Some((field, found, count)) => {
                Err(BadPlan(format!("`changes.{field}` is {found}; expected less than {count}")))
            }
            None => Ok(()),
        }
    }
}

fn known(sort: &str, found: &str, known: &[String]) -> Result<(), BadPlan> {
    if known.iter().any(|name| name == found) {
        return Ok(());
    }
    Err(BadPlan(diagnose::unknown(sort, found, known.iter().map(String::as_str))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, Seed, Target};

    fn plan() -> Plan {
        crate::draw(&crate::Scenario::named("reconnect-storm"), Seed(1))
    }

    /// Spoils a valid plan and returns the error of the check.
    fn refused(spoil: impl FnOnce(&mut Plan)) -> String {
        let mut plan = plan();
        let vocabulary = Vocabulary {
            clients: vec!["pooled".to_owned()],
            services: vec!["standard".to_owned()],
            defences: Vec::new(),
            points: Vec::new(),
            situations: plan.reach.keys().cloned().collect(),
        };
        assert_eq!(plan.check(&vocabulary), Ok(()));
        spoil(&mut plan);
        plan.check(&vocabulary).expect_err("a spoilt plan").to_string()
    }

    #[test]
    fn a_spoilt_plan_is_refused_with_the_reason() {
        let all = [
            refused(|plan| plan.cast.cameras = 4_000_000_000),
            refused(|plan| plan.cast.gateways = 0),
            refused(|plan| plan.workload.tap_share = f64::NAN),
            refused(|plan| plan.service.cache_ttl_ms = u64::MAX),
            refused(|plan| plan.client.name = "poled".to_owned()),
            refused(|plan| plan.defences.push("prayer".to_owned())),
            refused(|plan| plan.faults[0].length_ms = 60_000),
            refused(|plan| plan.faults[0].target = Target::Place(Place::Cache(7))),
            refused(|plan| plan.faults[0].target = Target::Place(Place::Media)),
            refused(|plan| plan.faults[0].severity = 1.5),
            refused(|plan| plan.changes[0].device = 200),
            refused(|plan| plan.changes[0].user = 999),
            refused(|plan| plan.changes[0].at_ms = 60_000),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        `cast.cameras` is 4000000000; expected a whole number from 1 to 10_000_000
        `cast.gateways` is 0; expected a whole number from 1 to 64
        `workload.tap_share` is nan; expected a number from 0 to 1
        `service.cache_ttl_ms` is 18446744073709551615; expected a whole number from 1 to 86_400_000
        unknown client `poled`; did you mean `pooled`?
        unknown defence `prayer`
        `region-outage` ends at 77794 ms, after the end of the run at 60000 ms
        there is no `cache-7`: `[cast]` has 3, the last is `cache-2`
        `region-outage` cannot strike `media`; expected `all`
        the severity of `region-outage` is 1.5; expected 0 to 1 (a share of the cameras)
        `changes.device` is 200; expected less than 200
        `changes.user` is 999; expected less than 200
        `changes.at_ms` is 60000; expected less than 60000
        ");
    }
}
