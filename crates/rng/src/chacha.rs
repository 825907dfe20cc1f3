//! Computes one block of `ChaCha8`, for the dice.
//!
//! `rand_chacha` computes four blocks at a time and keeps them. A [roll](crate::Roll) is created
//! for each request of each device and draws only a handful of words. A test of this crate checks
//! that both produce equal words.

/// 256 bits, as eight words.
pub(crate) type Key = [u32; 8];

/// A row of the state: four words that are processed side by side. The compiler does not vectorize
/// plain arrays here, which would double the cost of a block.
type Row = wide::u32x4;

const CONSTANTS: Row = Row::new([0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);

/// Splits a key of 32 bytes into words.
pub(crate) fn key(bytes: [u8; 32]) -> Key {
    let mut key = [0; 8];
    for (word, bytes) in key.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    key
}

/// Returns the block at `position` of a stream.
pub(crate) fn block(key: &Key, position: u64, stream: u64) -> [u32; 16] {
    let first = [
        CONSTANTS,
        Row::new([key[0], key[1], key[2], key[3]]),
        Row::new([key[4], key[5], key[6], key[7]]),
        Row::new([position as u32, (position >> 32) as u32, stream as u32, (stream >> 32) as u32]),
    ];
    let mut rows = first;
    for _ in 0..4 {
        let [a, b, c, d] = quarters(rows);
        let diagonals = [a, turned::<1>(b), turned::<2>(c), turned::<3>(d)];
        let [a, b, c, d] = quarters(diagonals);
        rows = [a, turned::<3>(b), turned::<2>(c), turned::<1>(d)];
    }
    let mut words = [0; 16];
    for (at, row) in rows.into_iter().enumerate() {
        words[4 * at..4 * at + 4].copy_from_slice(&(row + first[at]).to_array());
    }
    words
}

/// Does four quarter rounds, one in each column.
#[inline]
fn quarters([a, b, c, d]: [Row; 4]) -> [Row; 4] {
    let (a, b, c, d) = half::<16, 12>(a, b, c, d);
    let (a, b, c, d) = half::<8, 7>(a, b, c, d);
    [a, b, c, d]
}

#[inline]
fn half<const D: u32, const B: u32>(a: Row, b: Row, c: Row, d: Row) -> (Row, Row, Row, Row) {
    let a = a + b;
    let d = rotated::<D>(d ^ a);
    let c = c + d;
    let b = rotated::<B>(b ^ c);
    (a, b, c, d)
}

/// Rotates each word of a row left by `BITS` bits.
#[inline]
fn rotated<const BITS: u32>(row: Row) -> Row {
    (row << BITS) | (row >> (u32::BITS - BITS))
}

/// Rotates a row left by `WORDS` words.
#[inline]
fn turned<const WORDS: usize>(row: Row) -> Row {
    let words = row.to_array();
    Row::new(std::array::from_fn(|at| words[(at + WORDS) % 4]))
}
