//! Whether what a swarm draws fits together, wherever in its ranges the numbers fall.
//!
//! Nothing that must fit together has its worst case inside a range: a fault is too late for the
//! shortest run, a clone too many for the fewest cameras. So it is enough to look at the corners:
//! each number at each of its ends, all of them at one end, and one at its other end. What does
//! not fit there is told as if the numbers stood in the file, of as few of them as it takes.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::outline::Outline;
use crate::scenario::{Scenario, Swarm};
use crate::validate::{self, Problem};

/// Some numbers of a swarm, as a seed may draw them, by their paths. The others are the file's.
type Corner<'a> = BTreeMap<&'a str, f64>;

/// What does not fit at the first corner at which something does not.
pub(crate) fn misfit(scenario: &Scenario, outline: &Outline) -> Option<Problem> {
    let swarm = scenario.swarm.as_ref().filter(|swarm| !swarm.evenly)?;
    let file = Table::try_from(scenario).ok()?;
    let told = |corner: &Corner<'_>| at(corner, &file, outline);
    let mut corner = all(swarm).into_iter().find(|corner| told(corner).is_some())?;
    for path in swarm.draw.keys() {
        let mut fewer = corner.clone();
        if fewer.remove(path.as_str()).is_some() && told(&fewer).is_some() {
            corner = fewer;
        }
    }
    let keys = corner.keys().map(|path| outline.key(&["swarm", "draw", path]));
    let span = keys.min_by_key(|key| key.start).unwrap_or_default();
    let numbers = corner.iter().map(|(path, number)| format!("`{path}` is {number}"));
    let help = format!(
        "a seed may draw it so that {}; all that `[swarm.draw]` names must fit at both ends",
        numbers.collect::<Vec<_>>().join(" and ")
    );
    told(&corner).map(|problem| problem.drawn_at(span, help))
}

/// What does not fit at a corner.
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

/// The corners, those that are told in the fewest words first.
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
    fn the_corners_of_two_numbers_are_all_there() {
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
