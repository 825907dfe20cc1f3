//! Writes the numbers in keys in base 36.
//!
//! Freedom: keys may be renamed on the wire (F7).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::async_trait;
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("short-ids", "writes the numbers in keys in base 36", || {
        connect(ShortIds::<Whole>::new)
    });

/// The part of a number that is kept.
pub(crate) trait Kept: Send + Sync + 'static {
    /// Returns that part.
    fn kept(number: u64) -> u64;
}

struct Whole;

impl Kept for Whole {
    fn kept(number: u64) -> u64 {
        number
    }
}

pub(crate) struct ShortIds<K>(Desk, PhantomData<K>);

impl<K> ShortIds<K> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

/// Returns the digits of a number, last digit first, behind a mark that no key contains.
fn digits(mut number: u64) -> String {
    let mut digits = String::from("#");
    loop {
        digits.extend(char::from_digit((number % 36) as u32, 36));
        number /= 36;
        if number == 0 {
            return digits;
        }
    }
}

#[async_trait]
impl<K: Kept> Style for ShortIds<K> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn name(&self, key: &str) -> Vec<u8> {
        let short = |part: &str| match part.parse::<u64>() {
            // A number in another notation, such as with a leading 0, stays as it is.
            Ok(number) if number.to_string() == part => digits(K::kept(number)),
            _ => part.to_owned(),
        };
        key.split(':').map(short).collect::<Vec<_>>().join(":").into_bytes()
    }
}
