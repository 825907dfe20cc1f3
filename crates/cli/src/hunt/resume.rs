//! `--resume`: takes what the arguments do not name from the journal of the hunt.

use super::combinations::Combinations;
use super::{Asked, Failure, HuntArgs, Seeds, hunt_of};
use crate::progress;
use crate::run::load_once;
use crosswire::catalog;
use crosswire::scenarios::Scenarios;
use crosswire_hunt::journal::begun::Begun;
use crosswire_hunt::target::TargetName;
use crosswire_hunt::{Hunt, Target};
use std::num::NonZeroU64;

/// Returns the hunt to begin or continue.
pub(super) fn resume(args: &HuntArgs) -> Result<Asked, Failure> {
    let begun = if args.resume { Begun::read(&args.out)? } else { None };
    let Some(begun) = begun else {
        if args.scenarios.is_empty() {
            return Err(Failure::input("there is nothing to hunt in; expected a SCENARIO"));
        }
        return Ok(Asked { hunt: hunt_of(args)?, guided: args.guided });
    };
    let Seeds { from, count: seeds } = seeds(args, &begun)?;
    let threads = progress::threads(args.jobs);
    let targets = targets(args, &begun, threads)?;
    let hunt = Hunt { targets, from, seeds, threads, budget: args.run_timeout };
    Ok(Asked { hunt, guided: args.guided || begun.guided })
}

/// Returns the seeds of the hunt, those of the journal where none are given.
fn seeds(args: &HuntArgs, begun: &Begun) -> Result<Seeds, Failure> {
    let mut count = args.seeds;
    if count.is_none() && args.for_time.is_none() {
        count = begun.seeds.and_then(NonZeroU64::new);
        if count.is_none() {
            return Err(Failure::input(
                "this hunt has a time and not a number of seeds; give its additional time with --for TIME",
            ));
        }
    }
    Seeds::new(args, args.from_seed.unwrap_or(begun.from), count)
}

/// Returns the combinations of the journal if the names that are given are among theirs; else those
/// of the given names, which the journal then refuses.
fn targets(args: &HuntArgs, begun: &Begun, threads: usize) -> Result<Vec<Target>, Failure> {
    let mut loaded = Scenarios::default();
    let mut names = Combinations::of(args);
    let none_given = names.are_none();
    if names.scenarios.is_empty() {
        names.scenarios = each(begun, |target| target.scenario.clone());
    }
    let targets = names.targets(threads, &mut loaded)?;
    if none_given {
        return of_the_journal(begun, &mut loaded);
    }
    let same = |targets: &[Target]| targets.iter().map(Target::name).eq(begun.targets.clone());
    if same(&targets) {
        return Ok(targets);
    }
    // Some names were given: the others come from the journal as well.
    let filled = filled(names, begun).targets(threads, &mut loaded)?;
    Ok(if same(&filled) { filled } else { targets })
}

/// Adds the clients, services and defences of the journal where none are given.
fn filled(mut names: Combinations, begun: &Begun) -> Combinations {
    if names.clients.is_empty() {
        names.clients = each(begun, |target| target.client.clone());
    }
    if names.services.is_empty() {
        names.services = each(begun, |target| target.service.clone());
    }
    if names.defences.is_empty() {
        names.defences = match begun.targets.first() {
            Some(first) if !first.defences.is_empty() => first.defences.clone(),
            _ => vec!["none".to_owned()],
        };
    }
    names
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
fn of_the_journal(begun: &Begun, loaded: &mut Scenarios) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    for name in &begun.targets {
        let target = Target::of(&name.scenario, load_once(&name.scenario, loaded)?.clone())?;
        let target = target.client(catalog::client(&name.client)?).service(&name.service)?;
        targets.push(target.defences(&name.defences)?);
    }
    Ok(targets)
}
