//! The buckets that the time of a run is divided into.

use super::plot::Series;

/// The most buckets of a storm: a bucket is a pixel or two wide in a window of usual width, and
/// has detail left for a page that is zoomed.
const MAX_BUCKETS: u64 = 640;

/// The least width of a bucket. In shorter ones a single request would be a rate of many.
const MIN_WIDTH_MS: u64 = 100;

/// Buckets of one width, from the beginning of a run to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The width of a bucket, in milliseconds.
    pub width_ms: u64,
    /// The number of buckets, at least one.
    pub buckets: usize,
}

impl Grid {
    /// Returns buckets for a run whose last entry is of this time. Their width is 1, 2 or 5 times a
    /// power of ten.
    pub(super) fn until(last_ms: u64) -> Self {
        let mut width_ms = MIN_WIDTH_MS;
        let mut steps = [2, 5, 10].into_iter().cycle();
        let mut power = MIN_WIDTH_MS;
        while last_ms / width_ms >= MAX_BUCKETS {
            let step = steps.next().expect("a cycle has no end");
            width_ms = power.saturating_mul(step);
            if step == 10 {
                power = width_ms;
            }
        }
        Self { width_ms, buckets: (last_ms / width_ms) as usize + 1 }
    }

    /// Returns the bucket of a time; the last one for a time after the end.
    pub fn bucket(self, at_ms: u64) -> usize {
        ((at_ms / self.width_ms) as usize).min(self.buckets - 1)
    }

    /// Returns the end of the last bucket, in milliseconds.
    pub fn end_ms(self) -> u64 {
        self.width_ms.saturating_mul(self.buckets as u64)
    }

    /// Returns a series of rates per second from the counts of the buckets.
    pub(super) fn per_second(self, name: &'static str, counts: &[u32]) -> Series {
        let seconds = self.width_ms as f64 / 1_000.0;
        let values = counts.iter().map(|count| Some(f64::from(*count) / seconds));
        Series { name, values: values.collect() }
    }

    /// Returns a count of zero for each bucket.
    pub(super) fn zeros(self) -> Vec<u32> {
        vec![0; self.buckets]
    }
}
