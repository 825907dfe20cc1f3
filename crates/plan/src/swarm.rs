//! Swarm testing: each seed plays a configuration of its own.
//!
//! A storm in which everything goes wrong a little hides what only shows when one thing goes wrong
//! a lot and the others not at all (Groce et al., "Swarm Testing", ISSTA 2012). So a scenario with
//! `[swarm]` is a space of scenarios: a seed takes some of its faults and fault points, with weights
//! that it draws too, and draws the numbers that `[swarm.draw]` names anew.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::place::Place;
use crate::rng::{Draw, Streams};
use crate::scenario::{Cast, Drawn, FaultSpec, Scenario};

/// What each seed draws of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Swarm {
    /// How many faults strike. Each seed gives each `[[fault]]` a weight of its own, so one may
    /// strike often and another never; a severity that is given is the worst.
    pub faults: Drawn,
    /// How many of the `[points]` are armed; a probability that is given is the highest.
    #[serde(default = "none")]
    pub points: Drawn,
    /// Numbers of this file by their dotted path, each with the range `[lo, hi]` that it is drawn
    /// from: evenly or, if `hi` is more than ten times `lo`, evenly in its order of magnitude.
    #[serde(default)]
    pub draw: BTreeMap<String, [f64; 2]>,
    /// Choices of this file by their dotted path, such as `service.fill`, each with the names that
    /// one is drawn from, evenly.
    #[serde(default)]
    pub choose: BTreeMap<String, Vec<String>>,
    /// No swarm at all, to compare one with: every fault is as likely as any other and as bad as
    /// is given, every point is armed at a third of what is given, and all numbers are the file's.
    #[serde(default)]
    pub evenly: bool,
}

fn none() -> Drawn {
    Drawn::Fixed(0)
}

/// Weights and probabilities of a swarm differ by as much as this factor, down from what is given
/// or, for weights, both ways.
const WILDLY: f64 = 30.0;

/// The scenario that a seed plays.
pub(crate) fn drawn(scenario: &Scenario, swarm: &Swarm, streams: Streams) -> Scenario {
    if swarm.evenly {
        let points = scenario.points.iter().map(|(name, most)| (name.clone(), most / 3.0));
        let faults = faults(scenario, swarm, streams);
        return Scenario { faults, points: points.collect(), ..scenario.clone() };
    }
    let mut drawn = numbers(scenario, swarm, streams).unwrap_or_else(|| scenario.clone());
    drawn.faults = faults(scenario, swarm, streams);
    drawn.points = points(scenario, swarm, streams);
    for (index, backoff) in drawn.workload.backoffs.iter_mut().enumerate() {
        let mut from = streams.stream("swarm backoff", &[index as u64]);
        backoff.weight *= magnitude(1.0 / WILDLY, WILDLY, from.unit());
    }
    drawn
}

/// Writes the numbers drawn into the scenario, by way of its written form.
fn numbers(scenario: &Scenario, swarm: &Swarm, streams: Streams) -> Option<Scenario> {
    let mut file = Table::try_from(scenario).ok()?;
    for (path, &[lo, hi]) in &swarm.draw {
        let unit = streams.stream(&format!("swarm {path}"), &[]).unit();
        if let Some(place) = at(&mut file, path) {
            *place = match place {
                Value::Integer(_) => Value::Integer(whole(lo, hi, unit)),
                _ => Value::Float(real(lo, hi, unit)),
            };
        }
    }
    for (path, names) in &swarm.choose {
        let drawn = streams.stream(&format!("swarm {path}"), &[]).below(names.len() as u64);
        if let (Some(place), Some(name)) = (choice(&mut file, path), names.get(drawn as usize)) {
            *place = Value::String(name.clone());
        }
    }
    Value::Table(file).try_into().ok()
}

/// The choices that a swarm may draw.
pub(crate) const CHOICES: [&str; 3] =
    ["service.account_numbers", "service.fill", "service.value_types"];

/// The choice at a dotted path.
pub(crate) fn choice<'a>(file: &'a mut Table, path: &str) -> Option<&'a mut Value> {
    let (table, name) = path.split_once('.').filter(|_| CHOICES.contains(&path))?;
    file.get_mut(table)?.as_table_mut()?.get_mut(name)
}

/// The number at a dotted path.
pub(crate) fn at<'a>(file: &'a mut Table, path: &str) -> Option<&'a mut Value> {
    let mut steps = path.split('.');
    let mut place = file.get_mut(steps.next()?)?;
    for step in steps {
        place = place.as_table_mut()?.get_mut(step)?;
    }
    place.is_integer().then_some(()).or(place.is_float().then_some(()))?;
    Some(place)
}

pub(crate) fn whole(lo: f64, hi: f64, unit: f64) -> i64 {
    let drawn = if wide(lo, hi) { magnitude(lo, hi, unit) } else { lo + unit * (hi - lo + 1.0) };
    (drawn as i64).clamp(lo as i64, hi as i64)
}

pub(crate) fn real(lo: f64, hi: f64, unit: f64) -> f64 {
    if wide(lo, hi) { magnitude(lo, hi, unit) } else { lo + unit * (hi - lo) }
}

fn wide(lo: f64, hi: f64) -> bool {
    lo > 0.0 && hi > 10.0 * lo
}

/// Between two numbers above 0, evenly in the order of magnitude.
pub(crate) fn magnitude(lo: f64, hi: f64, unit: f64) -> f64 {
    lo * libm::exp(unit * libm::log(hi / lo))
}

fn faults(scenario: &Scenario, swarm: &Swarm, streams: Streams) -> Vec<FaultSpec> {
    let weights = (0..scenario.faults.len()).map(|index| {
        let mut from = streams.stream("swarm weight", &[index as u64]);
        if swarm.evenly { 1.0 } else { magnitude(1.0 / WILDLY, WILDLY, from.unit()) }
    });
    let weights: Vec<_> = weights.collect();
    let mut from = streams.stream("swarm faults", &[]);
    let count = from.between(swarm.faults.least(), swarm.faults.most());
    let chosen = (0..count).filter_map(|strike| {
        let mut from = streams.stream("swarm strike", &[strike]);
        let mut fault = scenario.faults.get(weighted(&weights, from.unit())?)?.clone();
        let worst = fault.severity.or(fault.kind.degrees().map(|degrees| degrees.default));
        let least = fault.kind.degrees().map_or(0.0, |degrees| degrees.least);
        let unit = if swarm.evenly { 1.0 } else { from.unit() };
        fault.severity =
            worst.map(|worst| rounded(magnitude(worst / 10.0, worst, unit)).max(least));
        Some(fault)
    });
    chosen.collect()
}

/// To hundredths: a severity is read by people.
pub(crate) fn rounded(number: f64) -> f64 {
    libm::round(number * 100.0) / 100.0
}

/// Which of some weights a point from 0 to 1 falls on.
fn weighted(weights: &[f64], unit: f64) -> Option<usize> {
    let mut rest = unit * weights.iter().sum::<f64>();
    let hit = weights.iter().position(|weight| {
        rest -= weight;
        rest < 0.0
    });
    hit.or(weights.len().checked_sub(1))
}

fn points(scenario: &Scenario, swarm: &Swarm, streams: Streams) -> BTreeMap<String, f64> {
    let count = streams.stream("swarm points", &[]);
    let count = { count }.between(swarm.points.least(), swarm.points.most()) as usize;
    let mut drawn: Vec<_> = scenario
        .points
        .iter()
        .map(|(name, &most)| {
            let mut from = streams.stream(&format!("swarm point {name}"), &[]);
            (
                from.word(),
                name.clone(),
                magnitude(most / WILDLY, most.max(f64::MIN_POSITIVE), from.unit()),
            )
        })
        .collect();
    drawn.sort_by_key(|(lot, ..)| *lot);
    drawn.into_iter().take(count).map(|(_, name, probability)| (name, probability)).collect()
}

/// Puts a number for each `?` in a target: any gateway, cache node or zone of the cast.
pub(crate) fn any_of(target: &str, cast: &Cast, from: &mut impl Draw) -> String {
    let mut out = String::with_capacity(target.len());
    for part in target.split_inclusive('?') {
        let Some(kind) = part.strip_suffix('?') else {
            out.push_str(part);
            continue;
        };
        let count = match format!("{}0", kind.trim_start_matches(['>', '~'])).parse() {
            Ok(Place::Gateway(_)) => cast.gateways,
            Ok(Place::Cache(_)) => cast.cache_nodes,
            _ => cast.zones,
        };
        out.push_str(kind);
        out.push_str(&from.below(u64::from(count)).to_string());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_drawn_lies_in_its_range(lo in 0_u32..1_000, more in 0_u32..100_000, seed: u64) {
            let (lo, hi) = (f64::from(lo), f64::from(lo) + f64::from(more));
            let unit = Streams::new(seed).stream("test", &[]).unit();
            prop_assert!((lo as i64..=hi as i64).contains(&whole(lo, hi, unit)));
            prop_assert!((lo..=hi * 1.000_001).contains(&real(lo, hi, unit)));
        }
    }

    #[test]
    fn both_ends_of_a_range_are_drawn() {
        let drawn: std::collections::BTreeSet<_> = (0..200_u64)
            .map(|seed| whole(2.0, 5.0, Streams::new(seed).stream("test", &[]).unit()))
            .collect();
        assert_eq!(drawn, [2, 3, 4, 5].into());
    }

    #[test]
    fn a_wide_range_is_drawn_by_magnitude() {
        let below = |bound: i64| {
            let drawn = (0..2_000_u64).map(|seed| Streams::new(seed).stream("test", &[]).unit());
            drawn.filter(|unit| whole(1.0, 10_000.0, *unit) < bound).count()
        };
        assert!((900..1_100).contains(&below(100)), "{}", below(100));
    }

    #[test]
    fn a_question_mark_is_any_of_its_kind() {
        let cast = Cast { gateways: 3, cache_nodes: 1, ..crate::builtin::scenario("calm").cast };
        let mut from = Streams::new(1).stream("test", &[]);
        let seen: std::collections::BTreeSet<_> =
            (0..50).map(|_| any_of("gateway-?~cache-?", &cast, &mut from)).collect();
        assert_eq!(seen.len(), 3);
        assert!(seen.contains("gateway-2~cache-0"));
        assert_eq!(any_of("directory", &cast, &mut from), "directory");
    }
}
