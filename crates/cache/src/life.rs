//! The time to live that a command on the wire gives a value. Part of the harness.

use crate::store::CommandName;
use bytes::Bytes;

/// A life that exceeds the requested one by no more than this counts as rounding.
const ROUNDING_MS: u64 = 1_000;

/// The life that a command gives a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// A number of milliseconds.
    Ms(u64),
    /// The value never expires.
    Endless,
}

impl Life {
    /// Reads the life from a command that writes or touches one value and gives a relative expiry
    /// or none.
    pub(crate) fn of(name: CommandName, args: &[Bytes]) -> Option<Self> {
        let number = |at: usize| std::str::from_utf8(args.get(at)?).ok()?.parse::<u64>().ok();
        let seconds = |at: usize| Some(Self::Ms(number(at)?.saturating_mul(1_000)));
        match name {
            CommandName::SetEx | CommandName::Expire => seconds(2),
            CommandName::PSetEx | CommandName::PExpire => Some(Self::Ms(number(2)?)),
            CommandName::Set | CommandName::GetEx => {
                let says = |at: usize, word: &str| args[at].eq_ignore_ascii_case(word.as_bytes());
                let options = if name == CommandName::Set { 3 } else { 2 };
                for at in options..args.len() {
                    if says(at, "PX") {
                        return Some(Self::Ms(number(at + 1)?));
                    }
                    if says(at, "EX") {
                        return seconds(at + 1);
                    }
                    if ["PXAT", "EXAT", "KEEPTTL"].iter().any(|word| says(at, word)) {
                        return None;
                    }
                }
                // GETEX without an option leaves the life as it is.
                let is_endless = name == CommandName::Set || args.len() > options;
                if is_endless { Some(Self::Endless) } else { None }
            }
            _ => None,
        }
    }

    /// Returns whether this life exceeds the requested `ttl_ms` by more than rounding.
    pub(crate) fn exceeds(self, ttl_ms: u64) -> bool {
        match self {
            Self::Ms(life_ms) => life_ms > ttl_ms.saturating_add(ROUNDING_MS),
            Self::Endless => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(name: CommandName, command: &str) -> Option<Life> {
        let args: Vec<_> = command.split(' ').map(|arg| Bytes::from(arg.to_owned())).collect();
        Life::of(name, &args)
    }

    #[test]
    fn the_life_of_a_value_is_read_from_its_command() {
        use CommandName::{Expire, Get, GetEx, PExpire, PSetEx, Set, SetEx};
        assert_eq!(life(GetEx, "GETEX k PX 4000"), Some(Life::Ms(4_000)));
        assert_eq!(life(GetEx, "GETEX k PERSIST"), Some(Life::Endless));
        assert_eq!(life(GetEx, "GETEX k"), None);
        assert_eq!(life(Expire, "EXPIRE k 4"), life(PExpire, "PEXPIRE k 4000"));
        assert_eq!(life(Set, "SET k v PX 4000"), Some(Life::Ms(4_000)));
        assert_eq!(life(Set, "SET k v NX ex 4"), Some(Life::Ms(4_000)));
        assert_eq!(life(SetEx, "SETEX k 4000 v"), Some(Life::Ms(4_000_000)));
        assert_eq!(life(PSetEx, "PSETEX k 4000 v"), Some(Life::Ms(4_000)));
        assert_eq!(life(Set, "SET k v"), Some(Life::Endless));
        assert_eq!(life(Set, "SET k v KEEPTTL"), None);
        assert_eq!(life(Get, "GET k"), None);
    }

    #[test]
    fn a_life_is_too_long_beyond_a_rounding_to_seconds() {
        assert!(!Life::Ms(4_000).exceeds(3_500) && Life::Ms(4_501).exceeds(3_500));
        assert!(Life::Endless.exceeds(3_500));
    }
}
