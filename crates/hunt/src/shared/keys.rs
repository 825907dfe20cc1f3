//! The keys under which a queue stores the entries of a hunt. A key contains the target and the
//! seed, so an entry that is stored twice is there once, and so is a finding of several workers.

use crate::Hunt;
use crate::finding::Finding;
use crate::shared::merge::MergedResults;
use crate::shared::ranges::{Range, beginning_at};
use crate::tally::Counts;
use crosswire_output::format::printable;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The key of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The announcement of the hunt.
    Hunt,
    /// A finding: its target and its seed.
    Found(usize, u64),
    /// The counts of a range: its target and its first seed.
    Done(usize, u64),
    /// The number of workers that began a range and did not give it back.
    Tries(usize, u64),
    /// A range that several workers began and none completed.
    GivenUp(usize, u64),
    /// A worker, by its id.
    Worker(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hunt => f.write_str("hunt"),
            Self::Found(target, seed) => write!(f, "found.{target}.{seed}"),
            Self::Done(target, from) => write!(f, "done.{target}.{from}"),
            Self::Tries(target, from) => write!(f, "tries.{target}.{from}"),
            Self::GivenUp(target, from) => write!(f, "given-up.{target}.{from}"),
            Self::Worker(id) => write!(f, "worker.{id}"),
        }
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(key: &str) -> Result<Self, String> {
        let unknown = || format!("`{}` is not a key of a hunt", printable(key));
        let mut parts = key.splitn(3, '.');
        let (kind, first, second) = (parts.next(), parts.next(), parts.next());
        let at = || {
            let (target, seed) = first.zip(second)?;
            Some((target.parse().ok()?, seed.parse().ok()?))
        };
        let of = |made: fn(usize, u64) -> Self| at().map(|(target, seed)| made(target, seed));
        let read = match kind {
            Some("hunt") if first.is_none() => Some(Self::Hunt),
            Some("worker") if second.is_none() => first.map(|id| Self::Worker(id.to_owned())),
            Some("found") => of(Self::Found),
            Some("done") => of(Self::Done),
            Some("tries") => of(Self::Tries),
            Some("given-up") => of(Self::GivenUp),
            _ => None,
        };
        read.ok_or_else(unknown)
    }
}

impl MergedResults {
    /// Adds an entry of a hunt whose `ranges` are in their order. Announcements, workers and
    /// attempts do not contribute to the results and are ignored.
    ///
    /// # Errors
    /// The entry does not belong to this hunt; returns the reason.
    pub fn take(
        &mut self,
        key: &Key,
        value: &[u8],
        hunt: &Hunt,
        ranges: &[Range],
    ) -> Result<(), String> {
        let invalid =
            |error: serde_json::Error| format!("{key}: {}", printable(&error.to_string()));
        let known = |target: usize, from: u64| {
            let range = beginning_at(ranges, target, from);
            range.ok_or_else(|| format!("{key}: there is no such range"))
        };
        match *key {
            Key::Found(target, seed) => {
                let finding: Finding = serde_json::from_slice(value).map_err(invalid)?;
                let seeds = hunt.from..hunt.from + hunt.seeds_per_target();
                if target >= hunt.targets.len() || !seeds.contains(&seed) || finding.seed.0 != seed
                {
                    return Err(format!("{key}: the finding is of another seed"));
                }
                let checked = finding.check(&hunt.targets[target].name(), Path::new(""));
                checked.map_err(|why| format!("{key}: {why}"))?;
                self.add(target, finding);
            }
            Key::Done(target, from) => {
                let range = known(target, from)?;
                let counts: Counts = serde_json::from_slice(value).map_err(invalid)?;
                counts.check(range.count).map_err(|why| format!("{key}: {why}"))?;
                self.done.insert(range, counts);
            }
            Key::GivenUp(target, from) => self.given_up.push(known(target, from)?),
            Key::Hunt | Key::Tries(..) | Key::Worker(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;
    use crate::shared::ranges::ranges;
    use proptest::prelude::*;
    use std::time::Duration;

    fn keys() -> impl Strategy<Value = Key> {
        let at = || (any::<usize>(), any::<u64>());
        prop_oneof![
            Just(Key::Hunt),
            at().prop_map(|(target, seed)| Key::Found(target, seed)),
            at().prop_map(|(target, from)| Key::Done(target, from)),
            at().prop_map(|(target, from)| Key::Tries(target, from)),
            at().prop_map(|(target, from)| Key::GivenUp(target, from)),
            "[0-9a-f]{1,16}".prop_map(Key::Worker),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(key in keys()) {
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*", parts in "(hunt|found|done|back)(\\.[0-9-]{0,22}){0,4}") {
            for text in [text, parts] {
                if let Ok(key) = text.parse::<Key>() {
                    prop_assert_eq!(key.to_string().parse(), Ok(key));
                }
            }
        }
    }

    #[test]
    fn entries_of_another_hunt_are_refused() {
        let calm = || crosswire::scenarios::scenario("calm").expect("a scenario");
        let targets = vec![Target::of("calm", calm()).expect("a known client"); 2];
        let hunt = Hunt { targets, from: 5, seeds: Some(4), threads: 1, budget: Duration::MAX };
        let ranges = ranges(&hunt, &[4, 4]);
        let refusal = |key: Key, value: &str| {
            let taken = MergedResults::default().take(&key, value.as_bytes(), &hunt, &ranges);
            taken.expect_err("an error")
        };
        let three = serde_json::to_string(&Counts { clean: 3, ..Counts::default() }).expect("JSON");
        let all = [
            refusal(Key::Done(0, 6), &three),
            refusal(Key::Done(2, 5), &three),
            refusal(Key::Done(1, 5), &three),
            refusal(Key::Done(1, 5), "\u{1b}[31m"),
            refusal(Key::Found(0, 5), "{}"),
            refusal(Key::GivenUp(0, 9), ""),
            "found.0".parse::<Key>().expect_err("no key"),
            "fuond.0.1".parse::<Key>().expect_err("no key"),
        ];
        insta::assert_snapshot!(all.join("\n"), @r#"
            done.0.6: there is no such range
            done.2.5: there is no such range
            done.1.5: 4 seeds are done, but their counts add up to 3
            done.1.5: expected value at line 1 column 1
            found.0.5: missing field `scenario` at line 1 column 2
            given-up.0.9: there is no such range
            `found.0` is not a key of a hunt
            `fuond.0.1` is not a key of a hunt
            "#);
    }
}
