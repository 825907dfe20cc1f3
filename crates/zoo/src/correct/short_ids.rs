//! Writes the numbers in its keys in base 36.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::async_trait;
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("short-ids", "the numbers in keys in base 36", || {
        connect(ShortIds::<Whole>::new)
    });

/// What is kept of a number.
pub(crate) trait Kept: Send + Sync + 'static {
    /// Cuts it.
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

/// The digits of a number, the last one first, behind a mark that no key has.
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
            // One that is written in another way, such as with a 0 in front, stays as it is.
            Ok(number) if number.to_string() == part => digits(K::kept(number)),
            _ => part.to_owned(),
        };
        key.split(':').map(short).collect::<Vec<_>>().join(":").into_bytes()
    }
}
