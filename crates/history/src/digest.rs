//! A 128-bit digest of a whole history.
//!
//! Two runs are equal if and only if their digests are. The digest guards against accidents of
//! scheduling, not against an adversary: two lanes of multiply-and-fold, fed word by word, so that
//! an entry costs a few nanoseconds. It implements [`std::hash::Hasher`], with every integer
//! widened to 64 bits so that the width of `usize` does not matter. Values that are
//! [added](Digest::add) whole have their small integers packed, as many as fit into a word.

use std::fmt;
use std::hash::{Hash, Hasher};

const LANE_A: u64 = 0x9E37_79B9_7F4A_7C15;
const LANE_B: u64 = 0xD1B5_4A32_D192_ED03;

// An even factor would lose a bit of each word.
const _: () = assert!(LANE_A % 2 == 1 && LANE_B % 2 == 1);

/// The digest of everything written into it so far, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    a: u64,
    b: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self { a: LANE_B, b: LANE_A }
    }
}

fn fold(x: u64, k: u64) -> u64 {
    let wide = u128::from(x) * u128::from(k);
    (wide as u64) ^ ((wide >> 64) as u64)
}

impl Digest {
    fn word(&mut self, word: u64) {
        *self = self.stirred(word);
    }

    /// Returns the digest with one more word. Not inlined: `Fact` has many fields, so its hash
    /// would become too large to be inlined itself, which costs more.
    #[inline(never)]
    fn stirred(self, word: u64) -> Self {
        // The rotation keeps a lane that reaches zero from staying there.
        Self {
            a: fold(self.a.rotate_left(23) ^ word, LANE_A).wrapping_add(LANE_B),
            b: fold(self.b.rotate_left(41) ^ word.rotate_left(32), LANE_B).wrapping_add(LANE_A),
        }
    }

    /// Adds a value, its small integers packed.
    pub fn add(&mut self, value: &impl Hash) {
        let mut packer = Packer { digest: *self, pending: 0, filled: 0 };
        value.hash(&mut packer);
        packer.flush();
        *self = packer.digest;
    }

    /// Returns both lanes as one number.
    pub fn value(&self) -> u128 {
        (u128::from(self.a) << 64) | u128::from(self.b)
    }
}

/// Packs the fields of one value into words. The width of each field follows from the fields before
/// it, so two different values of a type never give equal words.
struct Packer {
    digest: Digest,
    pending: u64,
    filled: u32,
}

impl Packer {
    fn flush(&mut self) {
        self.digest.word(self.pending);
        (self.pending, self.filled) = (0, 0);
    }

    #[inline]
    fn pack(&mut self, bits: u32, field: u64) {
        debug_assert!(bits < u64::BITS && field >> bits == 0, "the field has {bits} bits");
        if self.filled + bits > u64::BITS {
            self.flush();
        }
        debug_assert_eq!(self.pending >> self.filled, 0, "no field overlaps another");
        self.pending |= field << self.filled;
        self.filled += bits;
    }
}

impl Hasher for Packer {
    fn finish(&self) -> u64 {
        self.digest.finish()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.digest.write(bytes);
    }

    #[inline]
    fn write_u8(&mut self, i: u8) {
        self.pack(8, u64::from(i));
    }

    #[inline]
    fn write_u16(&mut self, i: u16) {
        self.pack(16, u64::from(i));
    }

    #[inline]
    fn write_u32(&mut self, i: u32) {
        self.pack(32, u64::from(i));
    }

    #[inline]
    fn write_u64(&mut self, i: u64) {
        self.digest.word(i);
    }

    #[inline]
    fn write_usize(&mut self, i: usize) {
        self.digest.word(i as u64);
    }

    /// The variant index of an enum.
    #[inline]
    fn write_isize(&mut self, i: isize) {
        self.pack(8, u64::from(u8::try_from(i).expect("no enum has 256 variants")));
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.a ^ self.b
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.word(last);
        }
        self.word(bytes.len() as u64);
    }

    fn write_u8(&mut self, i: u8) {
        self.word(u64::from(i));
    }

    fn write_u16(&mut self, i: u16) {
        self.word(u64::from(i));
    }

    fn write_u32(&mut self, i: u32) {
        self.word(u64::from(i));
    }

    fn write_u64(&mut self, i: u64) {
        self.word(i);
    }

    fn write_usize(&mut self, i: usize) {
        self.word(i as u64);
    }

    fn write_isize(&mut self, i: isize) {
        self.word(i as i64 as u64);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.a, self.b)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(words: &[u64]) -> Digest {
        let mut digest = Digest::default();
        for &word in words {
            digest.write_u64(word);
        }
        digest
    }

    proptest! {
        #[test]
        fn one_changed_word_changes_the_digest(
            words in prop::collection::vec(any::<u64>(), 1..40),
            at in any::<prop::sample::Index>(),
            by in 1..=u64::MAX,
        ) {
            let mut other = words.clone();
            let at = at.index(words.len());
            other[at] ^= by;
            prop_assert_ne!(of(&words), of(&other));
        }

        #[test]
        fn order_counts(a in any::<u64>(), b in any::<u64>()) {
            prop_assume!(a != b);
            prop_assert_ne!(of(&[a, b]), of(&[b, a]));
        }
    }

    #[test]
    fn each_packed_field_counts() {
        let value = (1_u8, Some(2_u32), 3_u16, 4_u64, [5_u32, 6], true);
        let added = |value| {
            let mut digest = Digest::default();
            digest.add(&value);
            digest
        };
        let mut others = vec![value; 8];
        (others[1].0, others[2].1, others[3].1) = (0, None, Some(0));
        (others[4].2, others[5].3, others[6].4, others[7].5) = (0, 0, [5, 0], false);
        let mut digests: Vec<_> = others.into_iter().map(|value| added(value).value()).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 8);
    }

    #[test]
    fn each_zero_changes_the_digest() {
        assert_ne!(of(&[0]), of(&[0, 0]));
    }
}
