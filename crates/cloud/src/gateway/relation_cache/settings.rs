//! Display settings that a relation may carry in the cache, so that values are as long as those of
//! real services. The gateway checks that they are intact and does not use them otherwise.
//!
//! Settings are self-describing and do not depend on the key. A truncated or interleaved value is
//! therefore rejected, but a complete value that belongs to another key is accepted.

use crate::directory::Relation;
use crosswire_history::Digest;
use std::fmt::Write;
use std::hash::Hasher;

/// Separates a relation's entries from its settings.
pub(super) const MARK: char = '#';

/// The words settings consist of. Half of them look like RESP protocol lines: a value may contain
/// any bytes, and only its length marks its end.
const WORDS: [&str; 16] = [
    "theme=dark;",
    "\r\n",
    "zone=Europe/Paris;",
    "$5\r\n",
    "sound=off;",
    "*2\r\n",
    "+OK\r\n",
    "lang=pt-BR;",
    "$-1\r\n",
    "grid=3x2;",
    "-ERR",
    ":1\r\n",
    "quiet=22:00-06:30;",
    "\r",
    "\n",
    "\0",
];

/// Settings at least this long contain a run of one repeated byte, as padding and pictures do; no
/// run in the words above is longer than two bytes.
const WITH_RUN: usize = 700;

/// Length of such a run.
const RUN: usize = 300;

/// One relation in this many is long.
const SELDOM: u64 = 16;

/// Maximum length of short settings.
const SHORT: u64 = 32;

/// Returns the length of a relation's settings; the longest have `most` bytes.
fn length(word: u64, most: u64) -> u64 {
    let (sort, rest) = (word % SELDOM, word / SELDOM);
    match sort {
        0 => most - rest % (most / 2 + 1),
        1..=3 => rest % (most / 16 + 1),
        _ => rest % (SHORT.min(most) + 1),
    }
}

/// Appends the settings of a relation, at most `most` bytes.
pub(super) fn write(relation: Relation, most: usize, into: &mut String) {
    let mut digest = Digest::default();
    match relation {
        Relation::Cameras(user) => digest.write_u32(user.0),
        Relation::Viewers(device, epoch) => {
            digest.write_u32(!device.0);
            digest.write_u32(epoch.0);
        }
    }
    let word = digest.finish();
    let (style, length) = (word >> 32, length(word & 0xffff_ffff, most as u64));
    // Writing to a string does not fail.
    let _ = write!(into, "{MARK}{style:x}:{length}:");
    into.push_str(&text(style, length as usize));
}

/// Returns true if the settings, the text after [`MARK`], are intact.
pub(super) fn are_whole(settings: &str) -> bool {
    let whole = || {
        let (style, rest) = settings.split_once(':')?;
        let (length, rest) = rest.split_once(':')?;
        let style = u64::from_str_radix(style, 16).ok()?;
        Some(length.parse() == Ok(rest.len()) && text(style, rest.len()) == rest)
    };
    whole().unwrap_or(false)
}

fn text(style: u64, length: usize) -> String {
    let mut text = String::with_capacity(length + 32);
    let mut state = style;
    let mut run = if length >= WITH_RUN { Some(length / 3) } else { None };
    while text.len() < length {
        if run.is_some_and(|at| text.len() >= at) {
            run = None;
            let byte = if state >> 63 == 0 { '\0' } else { ' ' };
            text.extend(std::iter::repeat_n(byte, RUN));
        }
        // The linear congruential generator of Knuth's MMIX.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(WORDS[(state >> 60) as usize]);
    }
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::{DeviceId, Epoch, UserId};
    use proptest::prelude::*;

    fn written(relation: Relation, most: usize) -> String {
        let mut text = String::new();
        write(relation, most, &mut text);
        text.split_off(1)
    }

    fn relation() -> impl Strategy<Value = Relation> {
        let cameras = any::<u32>().prop_map(|user| Relation::Cameras(UserId(user)));
        let viewers = any::<(u32, u32)>()
            .prop_map(|(device, epoch)| Relation::Viewers(DeviceId(device), Epoch(epoch)));
        prop_oneof![cameras, viewers]
    }

    proptest! {
        #[test]
        fn settings_that_were_cut_short_or_mixed_are_seen(
            one in relation(), other in relation(), most in 0_usize..5_000, at in any::<prop::sample::Index>(),
        ) {
            let (one, other) = (written(one, most), written(other, most));
            prop_assert!(are_whole(&one) && are_whole(&other));
            let at = at.index(one.len());
            prop_assert!(!are_whole(&one[..at]));
            let mixed = [&one[..at], other.get(at..).unwrap_or_default()].concat();
            // A few bytes may match by chance.
            let is_short = one.len().min(other.len()) < 100;
            prop_assert!(is_short || mixed == one || mixed == other || !are_whole(&mixed));
        }
    }

    #[test]
    fn a_few_are_long_and_most_are_short() {
        let lengths = (0..4_000).map(|user| written(Relation::Cameras(UserId(user)), 4_000).len());
        let lengths: Vec<_> = lengths.collect();
        let of =
            |range: std::ops::Range<usize>| lengths.iter().filter(|l| range.contains(l)).count();
        assert!((2_700..3_300).contains(&of(0..60)), "{}", of(0..60));
        assert!((150..350).contains(&of(2_000..4_100)), "{}", of(2_000..4_100));
        assert_eq!(of(4_100..usize::MAX), 0);
    }
}
