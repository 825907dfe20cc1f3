//! Numbers on the command line: what is none is told like a seed that is none.

use crosswire_output::text::{grouped, printable};
use std::num::{NonZeroU8, NonZeroU32, NonZeroU64, TryFromIntError};
use std::time::Duration;

/// The last suspension that a plan may name.
const LAST_SUSPENSION: u64 = 1_000_000_000;

/// How many there are to be.
pub(super) fn count(text: &str) -> Result<NonZeroU32, String> {
    narrowed(from_one(text, u32::MAX.into())?)
}

/// How many seeds.
pub(super) fn seeds(text: &str) -> Result<NonZeroU64, String> {
    from_one(text, u64::MAX)
}

/// Which suspension.
pub(super) fn suspension(text: &str) -> Result<NonZeroU32, String> {
    narrowed(from_one(text, LAST_SUSPENSION)?)
}

/// How many at a time.
pub(super) fn jobs(text: &str) -> Result<NonZeroU8, String> {
    narrowed(from_one(text, u8::MAX.into())?)
}

/// How long.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = "expected a time such as 90s, 10m or 8h";
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err(format!("it is no time at all; {expected}")),
        Ok(time) => Ok(time),
        Err(humantime::DurationError::NumberOverflow) => Err(format!("it is too long; {expected}")),
        Err(_) => Err(expected.to_owned()),
    }
}

/// A number that was held to what fits.
fn narrowed<T: TryFrom<NonZeroU64, Error = TryFromIntError>>(
    number: NonZeroU64,
) -> Result<T, String> {
    number.try_into().map_err(|error: TryFromIntError| error.to_string())
}

fn from_one(text: &str, most: u64) -> Result<NonZeroU64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number: &NonZeroU64| number.get() <= most);
    number.ok_or_else(|| {
        let why = match digits.bytes().all(|byte| byte == b'0') || digits.len() < text.len() {
            _ if !is_whole => "is no whole number",
            true => "is below 1",
            false => "is too large",
        };
        let (found, most) = (printable(text), grouped(most));
        format!("`{found}` {why}; expected a whole number from 1 to {most}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_count_is_told() {
        assert_eq!(count("20").map(NonZeroU32::get), Ok(20));
        let told = ["-1", "0", "-0", "256", "many", "1.5", "", "-"].map(|text| jobs(text).err());
        let told: Vec<_> = told.into_iter().flatten().collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        `-1` is below 1; expected a whole number from 1 to 255
        `0` is below 1; expected a whole number from 1 to 255
        `-0` is below 1; expected a whole number from 1 to 255
        `256` is too large; expected a whole number from 1 to 255
        `many` is no whole number; expected a whole number from 1 to 255
        `1.5` is no whole number; expected a whole number from 1 to 255
        `` is no whole number; expected a whole number from 1 to 255
        `-` is no whole number; expected a whole number from 1 to 255
        ");
    }
}
