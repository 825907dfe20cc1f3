//! The numbering of accounts and cameras in cache keys.

/// The scheme that turns a count from 0 into a number in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// The count itself.
    Dense,
    /// Sparse: every other block of 32 is shifted by 253,100,000. A number still ends in the digits
    /// of its count, and two counts that are 32 apart agree in their lowest 16 bits, so a client
    /// that truncates numbers confuses them.
    Sparse,
}

/// Length of a block of consecutive numbers.
const BLOCK: u32 = 32;

/// A multiple of 100,000 which, increased by one block, is a multiple of 65,536.
const FAR: u32 = 253_100_000;

impl Numbers {
    /// Returns the number used in keys.
    pub(super) fn of(self, counted: u32) -> u32 {
        match self {
            Self::Sparse if counted / BLOCK % 2 == 1 => counted + FAR,
            _ => counted,
        }
    }

    /// Returns the count of a number. Counts never reach the shifted range, so this works for both
    /// schemes.
    pub(super) fn counted(number: u32) -> u32 {
        number.checked_sub(FAR).unwrap_or(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_reversible() {
        let numbers = (0..1_000_000).map(|counted| Numbers::Sparse.of(counted));
        let numbers: std::collections::BTreeSet<_> = numbers.collect();
        assert_eq!(numbers.len(), 1_000_000);
        for counted in (0..10_000_000).step_by(7) {
            for numbers in [Numbers::Dense, Numbers::Sparse] {
                assert_eq!(Numbers::counted(numbers.of(counted)), counted);
            }
        }
    }

    #[test]
    fn sparse_numbers_end_in_the_count_and_collide_in_sixteen_bits() {
        assert_eq!([31, 32, 64].map(|counted| Numbers::Sparse.of(counted)), [31, 253_100_032, 64]);
        for counted in (0..10_000).filter(|counted| (counted / BLOCK).is_multiple_of(2)) {
            let [one, other] = [counted, counted + BLOCK].map(|it| Numbers::Sparse.of(it));
            assert_eq!((one % 65_536, other % 100_000), (other % 65_536, counted + BLOCK));
            assert_ne!(one, other);
        }
    }
}
