//! The combinations of scenarios, clients, services and defences that a hunt runs.

use super::HuntArgs;
use crate::defences::defences;
use crate::failure::Failure;
use crate::memory_check;
use crate::run::load_once;
use crosswire::catalog;
use crosswire::scenarios::Scenarios;
use crosswire_hunt::Target;
use std::collections::BTreeSet;

/// The names that a hunt combines. Each scenario has a client, a service and defences, which these
/// names replace if there are any.
pub(super) struct Combinations {
    pub(super) scenarios: Vec<String>,
    pub(super) clients: Vec<String>,
    pub(super) services: Vec<String>,
    /// As they are written after `--defence`.
    pub(super) defences: Vec<String>,
}

impl Combinations {
    /// Returns the names in the arguments.
    pub(super) fn of(args: &HuntArgs) -> Self {
        Self {
            scenarios: args.scenarios.clone(),
            clients: args.clients.clone(),
            services: args.services.clone(),
            defences: args.defences.clone(),
        }
    }

    /// Returns whether there are no names at all.
    pub(super) fn are_none(&self) -> bool {
        let Self { scenarios, clients, services, defences } = self;
        [scenarios, clients, services, defences].iter().all(|names| names.is_empty())
    }

    /// Returns every combination once, if enough memory is available for this many runs at a time.
    pub(super) fn targets(
        &self,
        threads: usize,
        loaded: &mut Scenarios,
    ) -> Result<Vec<Target>, Failure> {
        let defences = match &self.defences[..] {
            [] => None,
            some => Some(defences(some)?),
        };
        let (mut targets, mut names) = (Vec::new(), BTreeSet::new());
        for named in &self.scenarios {
            let scenario = load_once(named, loaded)?;
            memory_check::for_scenario(named, scenario, threads)?;
            let mut target = Target::of(named, scenario.clone())?;
            if let Some(defences) = &defences {
                target = target.defences(defences)?;
            }
            for target in self.with_services(self.with_clients(target)?)? {
                if names.insert(target.name().words()) {
                    targets.push(target);
                }
            }
        }
        Ok(targets)
    }

    fn with_clients(&self, target: Target) -> Result<Vec<Target>, Failure> {
        if self.clients.is_empty() {
            return Ok(vec![target]);
        }
        let mut all = Vec::new();
        for name in &self.clients {
            all.push(target.clone().client(catalog::client(name)?));
        }
        Ok(all)
    }

    fn with_services(&self, targets: Vec<Target>) -> Result<Vec<Target>, Failure> {
        if self.services.is_empty() {
            return Ok(targets);
        }
        let mut all = Vec::new();
        for target in targets {
            for name in &self.services {
                all.push(target.clone().service(name)?);
            }
        }
        Ok(all)
    }
}
