//! `--resume`: what the arguments leave out is what the hunt was begun with.

use super::{Failure, HuntArgs, wanted_hunt};
use crate::run::scenario;
use crosswire::catalog;
use crosswire_hunt::begun::Begun;
use crosswire_hunt::ground::GroundName;
use crosswire_hunt::{Ground, Hunt};
use std::num::NonZeroU64;

/// Returns the hunt that is to be gone on with or begun, and the arguments with what the journal says.
pub(super) fn asked(wanted: &HuntArgs) -> Result<(HuntArgs, Hunt), Failure> {
    let mut wanted = wanted.clone();
    let begun = if wanted.resume { Begun::read(&wanted.out)? } else { None };
    let Some(begun) = begun else {
        if wanted.scenarios.is_empty() {
            return Err(Failure::input("nothing to hunt in; expected a SCENARIO"));
        }
        let hunt = wanted_hunt(&wanted)?;
        return Ok((wanted, hunt));
    };
    wanted.guided |= begun.guided;
    wanted.from_seed = wanted.from_seed.or(Some(begun.from));
    if wanted.seeds.is_none() && wanted.for_time.is_none() {
        wanted.seeds = begun.seeds.and_then(NonZeroU64::new);
        if wanted.seeds.is_none() {
            return Err(Failure::input(
                "this hunt goes on for a time, not over a number of seeds; say how long: --for TIME",
            ));
        }
    }
    let names = [&wanted.clients, &wanted.services, &wanted.defences];
    if wanted.scenarios.is_empty() && names.iter().all(|names| names.is_empty()) {
        wanted.scenarios = scenarios(&begun);
        let hunt = wanted_hunt(&wanted)?;
        return Ok((wanted, Hunt { grounds: grounds(&begun)?, ..hunt }));
    }
    if wanted.scenarios.is_empty() {
        wanted.scenarios = scenarios(&begun);
    }
    let hunt = wanted_hunt(&wanted)?;
    let same = |hunt: &Hunt| hunt.grounds.iter().map(Ground::name).eq(begun.grounds.clone());
    if same(&hunt) {
        return Ok((wanted, hunt));
    }
    // What is not named is that of the journal, too.
    let filled = wanted_hunt(&filled(&wanted, &begun))?;
    Ok(if same(&filled) { (wanted, filled) } else { (wanted, hunt) })
}

/// The arguments with the clients, services and defences of the journal where they name none.
fn filled(wanted: &HuntArgs, begun: &Begun) -> HuntArgs {
    let mut filled = wanted.clone();
    if filled.clients.is_empty() {
        filled.clients = each(begun, |ground| ground.client.clone());
    }
    if filled.services.is_empty() {
        filled.services = each(begun, |ground| ground.service.clone());
    }
    if filled.defences.is_empty() {
        filled.defences = match begun.grounds.first() {
            Some(first) if !first.defences.is_empty() => first.defences.clone(),
            _ => vec!["none".to_owned()],
        };
    }
    filled
}

fn scenarios(begun: &Begun) -> Vec<String> {
    each(begun, |ground| ground.scenario.clone())
}

/// What the grounds have, each once.
fn each(begun: &Begun, of: impl Fn(&GroundName) -> String) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in begun.grounds.iter().map(of) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// The grounds of the journal. Whether a scenario is still what it was, the journal knows.
fn grounds(begun: &Begun) -> Result<Vec<Ground>, Failure> {
    let mut grounds = Vec::new();
    for name in &begun.grounds {
        let ground = Ground::of(&name.scenario, scenario(&name.scenario)?)?;
        let ground = ground.client(catalog::client(&name.client)?).service(&name.service)?;
        grounds.push(ground.defences(&name.defences)?);
    }
    Ok(grounds)
}
