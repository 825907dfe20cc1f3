//! Parsers of numbers and times on the command line, with errors in the form of a bad seed's.

use crosswire_output::format::{grouped, printable};
use std::num::{NonZeroU8, NonZeroU32, NonZeroU64, TryFromIntError};
use std::time::Duration;

/// The last await that a plan may name.
const MAX_AWAIT: u64 = 1_000_000_000;

/// Parses a count from 1 on.
pub(super) fn count(text: &str) -> Result<NonZeroU32, String> {
    narrowed(from_one(text, u32::MAX.into())?)
}

/// Parses a number of seeds.
pub(super) fn seeds(text: &str) -> Result<NonZeroU64, String> {
    from_one(text, u64::MAX)
}

/// Parses the number of an await.
pub(super) fn nth_await(text: &str) -> Result<NonZeroU32, String> {
    narrowed(from_one(text, MAX_AWAIT)?)
}

/// Parses a number of threads.
pub(super) fn jobs(text: &str) -> Result<NonZeroU8, String> {
    narrowed(from_one(text, u8::MAX.into())?)
}

/// Parses a number of seconds.
pub(super) fn seconds(text: &str) -> Result<NonZeroU8, String> {
    narrowed(from_one(text, u8::MAX.into())?)
}

/// Parses a number from `least`, which is at least 1, to `most`.
pub(super) fn between(text: &str, least: u8, most: u8) -> Result<NonZeroU8, String> {
    narrowed(within(text, least.into(), most.into())?)
}

/// Parses a time above zero.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = "expected a time such as 90s, 10m or 8h";
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err(format!("the time is zero; {expected}")),
        Ok(time) => Ok(time),
        Err(humantime::DurationError::NumberOverflow) => {
            Err(format!("the time is too long; {expected}"))
        }
        Err(_) => Err(expected.to_owned()),
    }
}

/// Narrows a number that is known to fit.
fn narrowed<T: TryFrom<NonZeroU64, Error = TryFromIntError>>(
    number: NonZeroU64,
) -> Result<T, String> {
    number.try_into().map_err(|error: TryFromIntError| error.to_string())
}

fn from_one(text: &str, most: u64) -> Result<NonZeroU64, String> {
    within(text, 1, most)
}

fn within(text: &str, least: u64, most: u64) -> Result<NonZeroU64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok();
    let in_range = number.filter(|number| (least..=most).contains(number));
    in_range.and_then(NonZeroU64::new).ok_or_else(|| {
        let is_negative = digits.len() < text.len();
        let why = match is_negative || number.is_some_and(|number: u64| number < least) {
            _ if !is_whole => "is not a whole number".to_owned(),
            true => format!("is below {least}"),
            false => "is too large".to_owned(),
        };
        let (found, most) = (printable(text), grouped(most));
        format!("`{found}` {why}; expected a whole number from {least} to {most}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_counts_are_refused_with_the_range() {
        assert_eq!(count("20").map(NonZeroU32::get), Ok(20));
        assert_eq!(between("2", 2, 5).map(NonZeroU8::get), Ok(2));
        let below = "`1` is below 2; expected a whole number from 2 to 5".to_owned();
        assert_eq!(between("1", 2, 5), Err(below));
        let errors = ["-1", "0", "-0", "256", "many", "1.5", "", "-"].map(|text| jobs(text).err());
        let errors: Vec<_> = errors.into_iter().flatten().collect();
        insta::assert_snapshot!(errors.join("\n"), @r"
        `-1` is below 1; expected a whole number from 1 to 255
        `0` is below 1; expected a whole number from 1 to 255
        `-0` is below 1; expected a whole number from 1 to 255
        `256` is too large; expected a whole number from 1 to 255
        `many` is not a whole number; expected a whole number from 1 to 255
        `1.5` is not a whole number; expected a whole number from 1 to 255
        `` is not a whole number; expected a whole number from 1 to 255
        `-` is not a whole number; expected a whole number from 1 to 255
        ");
    }
}
