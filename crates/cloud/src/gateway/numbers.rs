//! The numbers that accounts and cameras have in the names of cache keys.

/// How what is counted from 0 is numbered in the names of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// As it is counted.
    Dense,
    /// Far apart: every other block of 32 has 253,100,000 added. A number ends in the digits of the
    /// count, and two that are 32 apart as counted are equal in their lowest 16 bits, so a
    /// client that cuts numbers short mixes them up.
    Sparse,
}

/// How many are numbered in a row.
const BLOCK: u32 = 32;

/// A multiple of 100,000 that with a block more is a multiple of 65,536.
const FAR: u32 = 253_100_000;

impl Numbers {
    /// The number in the names of keys.
    pub(super) fn of(self, counted: u32) -> u32 {
        match self {
            Self::Sparse if counted / BLOCK % 2 == 1 => counted + FAR,
            _ => counted,
        }
    }

    /// What was counted that has this number. No count reaches the far numbers, so it is the same
    /// for both kinds.
    pub(super) fn counted(number: u32) -> u32 {
        number.checked_sub(FAR).unwrap_or(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_nobody_elses_and_tells_the_count() {
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
