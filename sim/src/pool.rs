//! Many runs on a few threads.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does `work` for each of `numbers`, on so many threads; they are begun in their order. `take` is
/// handed what came of each, one at a time, in the order in which they end.
pub(crate) fn each<T: Send>(
    numbers: Range<u64>,
    threads: usize,
    work: impl Fn(u64) -> T + Sync,
    take: impl FnMut(u64, T) + Send,
) {
    let (next, take) = (AtomicU64::new(numbers.start), Mutex::new(take));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        return;
                    }
                    let done = work(number);
                    take.lock().unwrap_or_else(PoisonError::into_inner)(number, done);
                }
            });
        }
    });
}

/// The same, and gives all in the order of their numbers. `tick` is told how many are done.
pub(crate) fn all<T: Send>(
    numbers: Range<u64>,
    threads: usize,
    work: impl Fn(u64) -> T + Sync,
    tick: &(dyn Fn(u64) + Sync),
) -> Vec<T> {
    let mut done = Vec::new();
    each(numbers, threads, work, |number, result| {
        done.push((number, result));
        tick(done.len() as u64);
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

/// As many threads as there are cores.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_their_numbers() {
        let ticks = AtomicU64::new(0);
        let squares = all(3..40, 4, |number| number * number, &|done| {
            ticks.store(done, Ordering::Relaxed);
        });
        assert_eq!(squares, (3..40).map(|number| number * number).collect::<Vec<_>>());
        assert_eq!(ticks.into_inner(), 37);
    }
}
