//! Seeds: a number, or the commit that a nightly job tests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rng::mix;

/// The number from which everything in a run is drawn.
///
/// It is written as a decimal number, as `0x…` with up to 16 hexadecimal digits, or as a git commit
/// hash: 7 to 40 hexadecimal digits. Decimal digits alone are a number, unless there are 40 of
/// them: no number of 64 bits is that long, but a full hash may happen to have no letter.
///
/// To convert a hash to a number, its digits, in lower or upper case, are split from the left into
/// groups of 16, each read as a number. Beginning with the count of the digits, each group is
/// combined by exclusive or and stirred by [`mix`]. So a short hash and the full hash of one commit
/// are two seeds.
///
/// ```
/// use crosswire_plan::Seed;
/// assert_eq!("42".parse(), Ok(Seed(42)));
/// assert_eq!("0x2a".parse(), Ok(Seed(42)));
/// assert!("3f9ac01".parse::<Seed>().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(pub u64);

/// The reason why a text is not a [`Seed`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` is not a seed: {reason}; a seed is a number from 0 to 2^64-1, in decimal or as `0x` \
     with up to 16 hexadecimal digits, or a git commit hash of 7 to 40 digits"
)]
pub struct BadSeed {
    found: String,
    reason: &'static str,
}

const HASH_DIGITS: std::ops::RangeInclusive<usize> = 7..=40;

impl FromStr for Seed {
    type Err = BadSeed;

    fn from_str(text: &str) -> Result<Self, BadSeed> {
        let text = text.trim();
        let bad = |reason| BadSeed { found: crate::diagnose::shown(text), reason };
        if text.is_empty() {
            return Err(bad("it is empty"));
        }
        let below_zero =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if text.strip_prefix('-').is_some_and(below_zero) {
            return Err(bad("it is below 0"));
        }
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(bad("what follows `0x` is not hexadecimal"));
            }
            let number = u64::from_str_radix(digits, 16);
            return number.map(Self).map_err(|_| bad("it does not fit into 64 bits"));
        }
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad("it contains a character that is not a digit"));
        }
        let decimal = text.bytes().all(|b| b.is_ascii_digit());
        if decimal && text.len() != *HASH_DIGITS.end() {
            return text.parse().map(Self).map_err(|_| bad("it does not fit into 64 bits"));
        }
        if text.len() < *HASH_DIGITS.start() {
            return Err(bad("it is too short for a commit hash"));
        }
        if text.len() > *HASH_DIGITS.end() {
            return Err(bad("it is too long for a commit hash"));
        }
        Ok(Self(fold(text)))
    }
}

/// Folds a hash of at most 40 hexadecimal digits, as described at [`Seed`].
fn fold(digits: &str) -> u64 {
    let groups = digits.as_bytes().chunks(16).map(|group| {
        group.iter().fold(0_u64, |number, &digit| {
            let value = char::from(digit).to_digit(16).unwrap_or(0);
            number << 4 | u64::from(value)
        })
    });
    groups.fold(digits.len() as u64, |hash, group| mix(hash ^ group))
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The largest whole number that every reader of JSON and TOML represents exactly.
const EXACT: u64 = 1 << 53;

/// Serializes as a number up to 2^53, and as decimal digits in a string above: TOML has no unsigned
/// 64 bits, and many readers of JSON round larger numbers.
impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 <= EXACT { to.serialize_u64(self.0) } else { to.collect_str(self) }
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a seed: a number, or a string with a number or a hash")]
        enum Written {
            Number(u64),
            Text(String),
        }
        match Written::deserialize(from)? {
            Written::Number(number) => Ok(Self(number)),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(text: &str) -> u64 {
        text.parse::<Seed>().expect("a good seed").0
    }

    fn refusal(text: &str) -> String {
        text.parse::<Seed>().expect_err("a bad seed").to_string()
    }

    #[test]
    fn decimal_and_hexadecimal_numbers_are_themselves() {
        assert_eq!(seed("0"), 0);
        assert_eq!(seed("1234567"), 1_234_567);
        assert_eq!(seed("18446744073709551615"), u64::MAX);
        assert_eq!(seed("0xFFFFFFFFFFFFFFFF"), u64::MAX);
        assert_eq!(seed(" 7\n"), 7);
    }

    #[test]
    fn the_number_of_a_hash_never_changes() {
        // Recorded once: a change of the folding would make every old log useless.
        assert_eq!(seed("3f9ac01"), 0x1ade_399a_8150_f3c9);
        let full = "9c1185a5c5e9fc54612808977ee8f548b2258d31";
        assert_eq!(seed(full), 0x1569_c523_db4c_71e1);
        assert_eq!(seed(&full.to_uppercase()), seed(full));
        assert_ne!(seed(full), seed("9c1185a5c5e9fc54612808977ee8f548b2258d32"));
        assert_ne!(seed(full), seed("9c1185a"));
    }

    #[test]
    fn forty_decimal_digits_are_a_hash() {
        let hash = "1234567890123456789012345678901234567890";
        assert_ne!(seed(hash), seed(&hash.replace('1', "2")));
    }

    #[test]
    fn invalid_seeds_are_refused_with_the_reason() {
        for (text, reason) in [
            ("", "it is empty"),
            ("18446744073709551616", "does not fit into 64 bits"),
            ("0x10000000000000000", "does not fit into 64 bits"),
            ("0x", "not hexadecimal"),
            ("0x+1", "not hexadecimal"),
            ("-1", "below 0"),
            ("-", "not a digit"),
            ("+1", "not a digit"),
            ("abcdef", "too short"),
            ("1.5", "not a digit"),
            ("HEAD", "not a digit"),
            ("٣", "not a digit"),
        ] {
            assert!(refusal(text).contains(reason), "{text}: {}", refusal(text));
        }
    }

    #[test]
    fn every_seed_survives_json_and_toml() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct File {
            seed: Seed,
        }
        for number in [0, EXACT, EXACT + 1, u64::MAX] {
            let file = File { seed: Seed(number) };
            let json = serde_json::to_string(&file).expect("json");
            assert_eq!(serde_json::from_str::<File>(&json).expect("json"), file);
            let toml = toml::to_string(&file).expect("toml");
            assert_eq!(toml::from_str::<File>(&toml).expect("toml"), file);
        }
    }
}
