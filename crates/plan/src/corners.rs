//! Checks that what a swarm draws fits together, wherever in their ranges the numbers fall.
//!
//! No constraint has its worst case inside a range: a fault is too late for the shortest run, a
//! clone is one too many for the fewest cameras. So it is enough to check the corners: each number
//! at each of its ends, all of them at one end, and one at its other end. A misfit is reported as
//! if the numbers were in the file, naming as few of them as possible.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::outline::Outline;
use crate::problem::Problem;
use crate::scenario::{Scenario, Swarm};
use crate::validate;

/// Some numbers of a swarm, as a seed may draw them, by path. All others are those of the file.
type Corner<'a> = BTreeMap<&'a str, f64>;

/// Returns the first misfit at the first corner that has one.
pub(crate) fn misfit(scenario: &Scenario, outline: &Outline) -> Option<Problem> {
    let swarm = scenario.swarm.as_ref().filter(|swarm| !swarm.evenly)?;
    let file = Table::try_from(scenario).ok()?;
    let misfit_at = |corner: &Corner<'_>| at(corner, &file, outline);
    let mut corner = all(swarm).into_iter().find(|corner| misfit_at(corner).is_some())?;
    for path in swarm.draw.keys() {
        let mut fewer = corner.clone();
        if fewer.remove(path.as_str()).is_some() && misfit_at(&fewer).is_some() {
            corner = fewer;
        }
    }
    let keys = corner.keys().map(|path| outline.key(&["swarm", "draw", path]));
    let span = keys.min_by_key(|key| key.start).unwrap_or_default();
    let numbers = corner.iter().map(|(path, number)| format!("`{path}` = {number}"));
    let help = format!(
        "a seed may draw {}; every combination in `[swarm.draw]` must be valid",
        numbers.collect::<Vec<_>>().join(" and ")
    );
    misfit_at(&corner).map(|problem| problem.drawn_at(span, help))
}

/// Returns the first misfit at a corner.
fn at(corner: &Corner<'_>, file: &Table, outline: &Outline) -> Option<Problem> {
    let mut file = file.clone();
    for (path, number) in corner {
        if let Some(place) = crate::swarm::at(&mut file, path) {
            *place = match place {
                Value::Integer(_) => Value::Integer(*number as i64),
                _ => Value::Float(*number),
            };
        }
    }
    let scenario: Scenario = Value::Table(file).try_into().ok()?;
    validate::misfits(&scenario, outline).into_iter().next()
}

/// Returns the corners, those with the fewest numbers first.
fn all(swarm: &Swarm) -> Vec<Corner<'_>> {
    let end = |high: usize| -> Corner<'_> {
        swarm.draw.iter().map(|(path, ends)| (path.as_str(), ends[high])).collect()
    };
    let ends = [end(0), end(1)];
    let mut corners: Vec<Corner<'_>> = Vec::new();
    for numbers in &ends {
        corners.extend(numbers.iter().map(|(&path, &number)| [(path, number)].into()));
    }
    corners.extend(ends.clone());
    for (most, other) in [(&ends[0], &ends[1]), (&ends[1], &ends[0])] {
        let but_one = other.iter().map(|(&path, &number)| {
            let mut corner = most.clone();
            corner.insert(path, number);
            corner
        });
        corners.extend(but_one);
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_corners_of_two_numbers_are_checked() {
        let draw = [("a", [1.0, 2.0]), ("b", [3.0, 4.0])];
        let draw = draw.map(|(path, ends)| (path.to_owned(), ends)).into();
        let faults = crate::scenario::Drawn::Fixed(0);
        let swarm = Swarm { faults, points: faults, draw, choose: BTreeMap::new(), evenly: false };
        let corners = all(&swarm);
        for (a, b) in [(1.0, 3.0), (1.0, 4.0), (2.0, 3.0), (2.0, 4.0)] {
            assert!(corners.contains(&[("a", a), ("b", b)].into()), "{a} {b}");
        }
        assert!(corners.contains(&[("a", 1.0)].into()));
    }
}
