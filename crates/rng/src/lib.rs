//! Named streams of random numbers, the source of all randomness in a run.
//!
//! A stream is identified by the run's seed, a name and some ids: `stream("fault", &[3])`. Streams
//! are independent: the order of draws and their number in one stream change nothing in another,
//! and leaving out a participant removes only that participant's numbers. Without that, minimizing
//! a failing plan would be luck.
//!
//! [`Streams`] makes generators that are kept for a while. [`Dice`] serves millions of devices
//! without state for any of them: each [`Roll`] is found by device and counter.

mod chacha;

use std::convert::Infallible;

use rand::{Rng, SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;

/// All streams of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    seed: u64,
}

/// The purpose is the first word of a key, so that a stream and the dice of one name differ.
const FOR_STREAM: u64 = 0;
const FOR_DICE: u64 = 1;

impl Streams {
    /// Creates the streams of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Returns the stream with this name and these ids, at its beginning.
    pub fn stream(&self, name: &str, ids: &[u64]) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.key(FOR_STREAM, name, ids))
    }

    /// Returns the dice with this name.
    pub fn dice(&self, name: &str) -> Dice {
        Dice { key: chacha::key(self.key(FOR_DICE, name, &[])) }
    }

    /// Derives a key of 256 bits from the seed, a purpose, a name and ids.
    ///
    /// Four lanes of 64 bits start with the seed, each xored with its constant and stirred by
    /// [`mix`]; otherwise seed 1 with word 0 would equal seed 0 with word 1. Words are absorbed one
    /// after another: a lane xored with the word, plus the lane's constant, goes through [`mix`].
    /// The words are: the purpose, the length of the name in bytes, the name in groups of eight
    /// bytes (little endian, the last one padded with zeros), the number of ids, the ids. Lengths
    /// go first, so no two inputs give the same words. The lanes in order, little endian, are the
    /// key.
    fn key(self, purpose: u64, name: &str, ids: &[u64]) -> [u8; 32] {
        let mut lanes = LANES.map(|constant| mix(self.seed ^ constant));
        let mut absorb = |word: u64| {
            for (lane, constant) in lanes.iter_mut().zip(LANES) {
                *lane = mix((*lane ^ word).wrapping_add(constant));
            }
        };
        absorb(purpose);
        absorb(name.len() as u64);
        for group in name.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..group.len()].copy_from_slice(group);
            absorb(u64::from_le_bytes(word));
        }
        absorb(ids.len() as u64);
        ids.iter().copied().for_each(&mut absorb);

        let mut key = [0; 32];
        for (bytes, lane) in key.chunks_exact_mut(8).zip(lanes) {
            bytes.copy_from_slice(&lane.to_le_bytes());
        }
        key
    }
}

/// The first 64 bits of the fractional parts of the square roots of 2, 3, 5 and 7, as
/// nothing-up-my-sleeve numbers.
const LANES: [u64; 4] =
    [0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1];

/// Stirs 64 bits so that flipping one input bit flips about half of the output bits: the finalizer
/// of `SplitMix64` (Steele, Lea and Flood, 2014, in Stafford's variant 13). It is invertible, so
/// two inputs never give the same output.
pub const fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

/// Random numbers for millions of devices, without state for any of them.
#[derive(Clone, Debug)]
pub struct Dice {
    key: chacha::Key,
}

impl Dice {
    /// Returns roll number `counter` of `id`. It is the same at every call.
    ///
    /// The id is the `ChaCha8` stream under the key of these dice and the counter is the upper half
    /// of the block position, so two rolls overlap only after 2^32 blocks.
    #[inline]
    pub fn roll(&self, id: u64, counter: u32) -> Roll {
        Roll { key: self.key, id, next: u64::from(counter) << 32, block: [0; 16], used: 16 }
    }
}

/// One roll of the [`Dice`]: words that [`Draw`] hands out in order.
///
/// Nothing is computed before the first word is drawn. Then one `ChaCha8` block is computed, where
/// a generator that is kept computes four. When a block is used up the next one follows,
/// practically without limit (2^32 blocks) and without touching any other roll.
#[derive(Clone, Debug)]
pub struct Roll {
    key: chacha::Key,
    id: u64,
    /// Position of the next block.
    next: u64,
    block: [u32; 16],
    /// Number of words drawn from the block.
    used: usize,
}

impl TryRng for Roll {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.used == self.block.len() {
            self.block = chacha::block(&self.key, self.next, self.id);
            self.next += 1;
            self.used = 0;
        }
        let word = self.block[self.used];
        self.used += 1;
        Ok(word)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = u64::from(self.try_next_u32()?);
        Ok(u64::from(self.try_next_u32()?) << 32 | low)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for group in bytes.chunks_mut(4) {
            let word = self.try_next_u32()?.to_le_bytes();
            group.copy_from_slice(&word[..group.len()]);
        }
        Ok(())
    }
}

/// The few distributions that a storm is drawn from, for streams and rolls alike.
///
/// Each draw takes one word of 64 bits, so the number of words that a call consumes never depends
/// on their values.
pub trait Draw {
    /// Returns the next 64 random bits.
    fn word(&mut self) -> u64;

    /// Returns a number in `0..1`.
    #[inline]
    fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.word() >> 11) as f64 * STEP
    }

    /// Returns a whole number in `0..n`, or 0 if `n` is 0. No number is preferred by more than
    /// `n / 2^64`.
    #[inline]
    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(n)) >> 64) as u64
    }

    /// Returns a whole number in `lo..=hi`, or `lo` if `hi` is less.
    #[inline]
    fn between(&mut self, lo: u64, hi: u64) -> u64 {
        match hi.saturating_sub(lo).checked_add(1) {
            Some(count) => lo + self.below(count),
            None => self.word(),
        }
    }

    /// Returns true with probability `p`: never if `p` is 0 or less, always if it is 1 or more.
    #[inline]
    fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Returns an exponentially distributed number with this mean, at most about 37 times the mean.
    ///
    /// The logarithm is computed in software: the system's differs in the last bit from one system
    /// to another, and a run must not.
    #[inline]
    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.unit())
    }
}

impl<R: Rng> Draw for R {
    #[inline]
    fn word(&mut self) -> u64 {
        self.next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(mut from: impl Draw, count: usize) -> Vec<u64> {
        (0..count).map(|_| from.word()).collect()
    }

    #[test]
    fn a_stream_never_changes() {
        // Recorded once. Every plan ever drawn depends on these numbers.
        let streams = Streams::new(42);
        assert_eq!(
            words(streams.stream("fault", &[3]), 2),
            [14_902_231_834_665_912_462, 15_209_007_779_799_033_304]
        );
        assert_eq!(
            words(streams.dice("camera").roll(17, 5), 2),
            [8_215_311_245_926_035_275, 16_477_626_375_443_120_758]
        );
    }

    #[test]
    fn streams_do_not_depend_on_the_order_of_the_calls() {
        let streams = Streams::new(1);
        let mut first = streams.stream("link", &[1, 2]);
        let mut second = streams.stream("link", &[2, 1]);
        let together: Vec<_> = (0..9).map(|_| (first.word(), second.word())).collect();
        let alone = words(streams.stream("link", &[2, 1]), 9);
        assert_eq!(together.iter().map(|pair| pair.1).collect::<Vec<_>>(), alone);
        assert_ne!(together[0].0, together[0].1);
    }

    #[test]
    fn inputs_that_look_alike_give_different_keys() {
        let streams = Streams::new(0);
        let mut keys: Vec<_> = [
            ("", &[][..]),
            ("", &[0]),
            ("", &[0, 0]),
            ("\0", &[]),
            ("a", &[]),
            ("a", &[0]),
            ("ab", &[]),
            ("a\0", &[]),
            ("abcdefgh", &[]),
            ("abcdefgh", &[1]),
            ("abcdefghi", &[]),
        ]
        .into_iter()
        .flat_map(|(name, ids)| [FOR_STREAM, FOR_DICE].map(|p| streams.key(p, name, ids)))
        .collect();
        keys.push(Streams::new(1).key(FOR_STREAM, "", &[]));
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn a_roll_is_a_place_in_a_chacha_stream() {
        let streams = Streams::new(5);
        let mut whole = ChaCha8Rng::from_seed(streams.key(FOR_DICE, "phone", &[]));
        whole.set_stream(u64::MAX - 3);
        whole.set_word_pos(u128::from(u32::MAX) << 36);
        let roll = streams.dice("phone").roll(u64::MAX - 3, u32::MAX);
        assert_eq!(words(roll, 100), words(whole, 100));
    }

    #[test]
    fn rolls_go_on_when_their_first_words_are_used_up() {
        let dice = Streams::new(3).dice("camera");
        let long = words(dice.roll(1, 0), 1_000);
        assert_eq!(long[..10], words(dice.roll(1, 0), 10));
        let mut distinct = long.clone();
        distinct.extend(words(dice.roll(1, 1), 1_000));
        distinct.extend(words(dice.roll(2, 0), 1_000));
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 3_000);
    }

    #[test]
    fn draws_stay_within_their_bounds_and_near_their_means() {
        let mut from = Streams::new(9).stream("bounds", &[]);
        let count = 20_000;
        let mut sum = 0.0;
        let mut heads = 0;
        for _ in 0..count {
            assert!((0.0..1.0).contains(&from.unit()));
            assert!(from.below(3) < 3);
            assert!((5..=7).contains(&from.between(5, 7)));
            sum += from.exponential(10.0);
            heads += u32::from(from.chance(0.25));
        }
        assert!((9.5..10.5).contains(&(sum / f64::from(count))));
        assert!((4_700..5_300).contains(&heads));
    }

    #[test]
    fn draws_at_the_edges_do_not_panic() {
        let mut from = Streams::new(9).stream("edges", &[]);
        assert_eq!(from.below(0), 0);
        assert_eq!(from.between(4, 4), 4);
        assert_eq!(from.between(4, 3), 4);
        let whole = from.clone().word();
        assert_eq!(from.between(0, u64::MAX), whole);
        assert!(!from.chance(0.0) && !from.chance(f64::NAN) && from.chance(1.0));
        assert!(from.exponential(0.0).abs() < f64::EPSILON);
    }
}
