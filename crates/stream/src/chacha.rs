//! One block of `ChaCha8`, for the dice.
//!
//! `rand_chacha` computes four blocks at a time and keeps them. A [roll](crate::Roll) is
//! made anew for each request of each device and draws a handful of words; that it gives the
//! same words as `rand_chacha` is a test of this crate.

/// 256 bits, as eight words.
pub(crate) type Key = [u32; 8];

/// A row of the state: four words that are worked on side by side.
type Row = [u32; 4];

const CONSTANTS: Row = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// The words of a key of 32 bytes.
pub(crate) fn key(bytes: [u8; 32]) -> Key {
    let mut key = [0; 8];
    for (word, bytes) in key.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    key
}

/// The block at `position` of a stream.
pub(crate) fn block(key: &Key, position: u64, stream: u64) -> [u32; 16] {
    let first: [Row; 4] = [
        CONSTANTS,
        [key[0], key[1], key[2], key[3]],
        [key[4], key[5], key[6], key[7]],
        [position as u32, (position >> 32) as u32, stream as u32, (stream >> 32) as u32],
    ];
    let [mut a, mut b, mut c, mut d] = first;
    for _ in 0..4 {
        quarters(&mut a, &mut b, &mut c, &mut d);
        (b, c, d) = (turned::<1>(b), turned::<2>(c), turned::<3>(d));
        quarters(&mut a, &mut b, &mut c, &mut d);
        (b, c, d) = (turned::<3>(b), turned::<2>(c), turned::<1>(d));
    }
    let mut words = [0; 16];
    for (at, row) in [a, b, c, d].into_iter().enumerate() {
        words[4 * at..4 * at + 4].copy_from_slice(&sum(row, first[at]));
    }
    words
}

/// Four quarter rounds, one in each column.
#[inline]
fn quarters(a: &mut Row, b: &mut Row, c: &mut Row, d: &mut Row) {
    *a = sum(*a, *b);
    *d = mixed::<16>(*d, *a);
    *c = sum(*c, *d);
    *b = mixed::<12>(*b, *c);
    *a = sum(*a, *b);
    *d = mixed::<8>(*d, *a);
    *c = sum(*c, *d);
    *b = mixed::<7>(*b, *c);
}

#[inline]
fn sum(a: Row, b: Row) -> Row {
    std::array::from_fn(|at| a[at].wrapping_add(b[at]))
}

#[inline]
fn mixed<const BITS: u32>(a: Row, b: Row) -> Row {
    std::array::from_fn(|at| (a[at] ^ b[at]).rotate_left(BITS))
}

/// The row, turned left by so many words.
#[inline]
fn turned<const WORDS: usize>(row: Row) -> Row {
    std::array::from_fn(|at| row[(at + WORDS) % 4])
}
