//! Swarm testing: each seed runs a different configuration.
//!
//! A storm in which everything goes wrong a little hides bugs that only show when one thing goes
//! wrong a lot and the others not at all (Groce et al., "Swarm Testing", ISSTA 2012). So a scenario
//! with `[swarm]` is a space of scenarios: a seed selects some of its faults and fault points, with
//! weights that it also draws, and draws the numbers listed in `[swarm.draw]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::place::Place;
use crate::rng::{Draw, Streams};
use crate::scenario::{Cast, Drawn, FaultSpec, Scenario};

/// The parts of a scenario that each seed draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Swarm {
    /// Number of faults. Each seed draws a weight for each `[[fault]]`, so one may strike often and
    /// another never; a given severity is the maximum.
    pub faults: Drawn,
    /// Number of `[points]` that are armed; a given probability is the maximum.
    #[serde(default = "none")]
    pub points: Drawn,
    /// Numbers of this file by dotted path, each with the range `[lo, hi]` that it is drawn from:
    /// uniformly or, if `hi` is more than ten times `lo`, uniformly in order of magnitude.
    #[serde(default)]
    pub draw: BTreeMap<String, [f64; 2]>,
    /// Settings of this file by dotted path, such as `service.fill`, each with the names that one
    /// is drawn from, uniformly.
    #[serde(default)]
    pub choose: BTreeMap<String, Vec<String>>,
    /// Disables the swarm, for comparison: every fault is equally likely and as severe as given,
    /// every point is armed at a third of its given probability, and all numbers are those of the
    /// file.
    #[serde(default)]
    pub evenly: bool,
}

fn none() -> Drawn {
    Drawn::Fixed(0)
}

/// Factor by which the weights and probabilities of a swarm vary: probabilities downwards from the
/// given one, weights both ways.
const WILDLY: f64 = 30.0;

/// Draws the scenario of a seed.
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

/// Draws the numbers and writes them into the serialized scenario.
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

/// The settings that a swarm may draw.
pub(crate) const CHOICES: [&str; 3] =
    ["service.account_numbers", "service.fill", "service.value_types"];

/// Returns the setting at a dotted path.
pub(crate) fn choice<'a>(file: &'a mut Table, path: &str) -> Option<&'a mut Value> {
    if !CHOICES.contains(&path) {
        return None;
    }
    let (table, name) = path.split_once('.')?;
    file.get_mut(table)?.as_table_mut()?.get_mut(name)
}

/// Returns the number at a dotted path.
pub(crate) fn at<'a>(file: &'a mut Table, path: &str) -> Option<&'a mut Value> {
    let mut steps = path.split('.');
    let mut place = file.get_mut(steps.next()?)?;
    for step in steps {
        place = place.as_table_mut()?.get_mut(step)?;
    }
    if place.is_integer() || place.is_float() { Some(place) } else { None }
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

/// Interpolates between two numbers above 0, uniformly in order of magnitude.
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

/// Rounds to hundredths, because people read severities.
pub(crate) fn rounded(number: f64) -> f64 {
    libm::round(number * 100.0) / 100.0
}

/// Returns the index of the weight that a point from 0 to 1 falls on.
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

/// Draws a number for each `?` in a target: any gateway, cache node or zone of the cast.
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
        fn a_drawn_number_is_in_its_range(lo in 0_u32..1_000, more in 0_u32..100_000, seed: u64) {
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
    fn a_question_mark_is_any_node_of_its_kind() {
        let cast = Cast { gateways: 3, cache_nodes: 1, ..Scenario::named("calm").cast };
        let mut from = Streams::new(1).stream("test", &[]);
        let seen: std::collections::BTreeSet<_> =
            (0..50).map(|_| any_of("gateway-?~cache-?", &cast, &mut from)).collect();
        assert_eq!(seen.len(), 3);
        assert!(seen.contains("gateway-2~cache-0"));
        assert_eq!(any_of("directory", &cast, &mut from), "directory");
    }
}
