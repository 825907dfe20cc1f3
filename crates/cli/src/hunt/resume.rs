//! `--resume`: takes arguments that are not given from the journal of the hunt.

use super::{Failure, HuntArgs, hunt_of};
use crate::run::scenario;
use crosswire::catalog;
use crosswire_hunt::journal::begun::Begun;
use crosswire_hunt::target::TargetName;
use crosswire_hunt::{Hunt, Target};
use std::num::NonZeroU64;

/// Returns the hunt to begin or continue, and the arguments completed from its journal.
pub(super) fn resume(args: &HuntArgs) -> Result<(HuntArgs, Hunt), Failure> {
    let mut args = args.clone();
    let begun = if args.resume { Begun::read(&args.out)? } else { None };
    let Some(begun) = begun else {
        if args.scenarios.is_empty() {
            return Err(Failure::input("there is nothing to hunt in; expected a SCENARIO"));
        }
        let hunt = hunt_of(&args)?;
        return Ok((args, hunt));
    };
    args.guided |= begun.guided;
    args.from_seed = args.from_seed.or(Some(begun.from));
    if args.seeds.is_none() && args.for_time.is_none() {
        args.seeds = begun.seeds.and_then(NonZeroU64::new);
        if args.seeds.is_none() {
            return Err(Failure::input(
                "this hunt has a time and not a number of seeds; give its additional time with --for TIME",
            ));
        }
    }
    let names = [&args.clients, &args.services, &args.defences];
    if args.scenarios.is_empty() && names.iter().all(|names| names.is_empty()) {
        args.scenarios = scenarios(&begun);
        let hunt = hunt_of(&args)?;
        return Ok((args, Hunt { targets: targets(&begun)?, ..hunt }));
    }
    if args.scenarios.is_empty() {
        args.scenarios = scenarios(&begun);
    }
    let hunt = hunt_of(&args)?;
    let same = |hunt: &Hunt| hunt.targets.iter().map(Target::name).eq(begun.targets.clone());
    if same(&hunt) {
        return Ok((args, hunt));
    }
    // Some names were given: the others come from the journal as well.
    let filled = hunt_of(&filled(&args, &begun))?;
    Ok(if same(&filled) { (args, filled) } else { (args, hunt) })
}

/// Returns the arguments with the clients, services and defences of the journal where none are
/// given.
fn filled(args: &HuntArgs, begun: &Begun) -> HuntArgs {
    let mut filled = args.clone();
    if filled.clients.is_empty() {
        filled.clients = each(begun, |target| target.client.clone());
    }
    if filled.services.is_empty() {
        filled.services = each(begun, |target| target.service.clone());
    }
    if filled.defences.is_empty() {
        filled.defences = match begun.targets.first() {
            Some(first) if !first.defences.is_empty() => first.defences.clone(),
            _ => vec!["none".to_owned()],
        };
    }
    filled
}

fn scenarios(begun: &Begun) -> Vec<String> {
    each(begun, |target| target.scenario.clone())
}

/// Returns a property of the combinations, each value once.
fn each(begun: &Begun, of: impl Fn(&TargetName) -> String) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in begun.targets.iter().map(of) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// Returns the combinations of the journal. The journal checks that their scenarios have not
/// changed.
fn targets(begun: &Begun) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    for name in &begun.targets {
        let target = Target::of(&name.scenario, scenario(&name.scenario)?)?;
        let target = target.client(catalog::client(&name.client)?).service(&name.service)?;
        targets.push(target.defences(&name.defences)?);
    }
    Ok(targets)
}
