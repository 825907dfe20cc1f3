//! Runs many jobs on a few threads.

use crosswire_history::sync::Mutex;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc;

/// Does `work` for each of `numbers`, as [`in_order`] does, and returns all results in order. Calls
/// `tick` after each result with the number of results so far.
pub fn all<T: Send>(
    numbers: impl Iterator<Item = u64> + Send,
    threads: usize,
    work: impl Fn(u64) -> T + Sync,
    tick: &(dyn Fn(u64) + Sync),
) -> Vec<T> {
    let mut done = Vec::new();
    in_order(numbers, threads, work, |_, result| {
        done.push(result);
        tick(done.len() as u64);
        ControlFlow::Continue(())
    });
    done
}

/// Does `work` for each of `jobs` on this many threads. Passes each result to `take` in the order
/// of the jobs, on the caller's thread; results that are early wait for their turn. When `take`
/// breaks, no more jobs begin, and the results of those still running are dropped.
pub fn in_order<J: Clone + Send, T: Send>(
    jobs: impl Iterator<Item = J> + Send,
    threads: usize,
    work: impl Fn(J) -> T + Sync,
    mut take: impl FnMut(J, T) -> ControlFlow<()>,
) {
    let jobs = Mutex::new(jobs.enumerate());
    std::thread::scope(|scope| {
        let (done, results) = mpsc::sync_channel(threads);
        for _ in 0..threads.max(1) {
            let (done, jobs, work) = (done.clone(), &jobs, &work);
            scope.spawn(move || {
                loop {
                    let next = jobs.lock().next();
                    let Some((at, job)) = next else { return };
                    if done.send((at, job.clone(), work(job))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let (mut next, mut early) = (0, BTreeMap::new());
        for (at, job, result) in results {
            early.insert(at, (job, result));
            while let Some((job, result)) = early.remove(&next) {
                next += 1;
                if take(job, result).is_break() {
                    return;
                }
            }
        }
    });
}

/// Returns the number of cores.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn results_are_in_the_order_of_their_numbers() {
        let ticks = AtomicU64::new(0);
        let squares = all(3..40, 4, |number| number * number, &|done| {
            ticks.store(done, Ordering::Relaxed);
        });
        assert_eq!(squares, (3..40).map(|number| number * number).collect::<Vec<_>>());
        assert_eq!(ticks.into_inner(), 37);
    }

    #[test]
    fn early_results_wait_for_their_turn() {
        let mut taken = Vec::new();
        let slow_first = |job: u64| (job..1_000).map(|n| n * n).sum::<u64>();
        in_order(0..100, 4, slow_first, |job, sum| {
            assert_eq!(sum, slow_first(job));
            taken.push(job);
            if job == 60 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(taken, (0..=60).collect::<Vec<_>>());
    }
}
