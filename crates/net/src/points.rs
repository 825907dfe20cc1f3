//! The fault points of a run: the armed ones, and their dice.
//!
//! The world visits fault points; the code under test never does.

use crosswire_history::point::Point;
use crosswire_history::sync::Mutex;
use crosswire_history::{Fact, Journal, NodeId};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

/// The armed fault points, each with the probability that a visit fires and with separate dice.
pub struct Points {
    journal: Journal,
    /// No point fires from this time on, so that the world can recover.
    until_ms: u64,
    armed: Vec<Option<Mutex<Armed>>>,
}

struct Armed {
    probability: f64,
    dice: ChaCha8Rng,
}

impl Points {
    /// Arms `points` until `until_ms`.
    pub fn new(
        journal: &Journal,
        until_ms: u64,
        points: impl IntoIterator<Item = (Point, f64, ChaCha8Rng)>,
    ) -> Self {
        let mut armed: Vec<_> = Point::ALL.iter().map(|_| None).collect();
        for (point, probability, dice) in points {
            armed[point as usize] = Some(Mutex::new(Armed { probability, dice }));
        }
        Self { journal: journal.clone(), until_ms, armed }
    }

    /// Draws whether a visit fires. If it does, records that in the journal and returns
    /// a number, even over all of 64 bits, that decides how bad the fault is.
    pub(crate) fn visit(
        &self,
        now_ms: impl FnOnce() -> u64,
        node: NodeId,
        point: Point,
    ) -> Option<u64> {
        let armed = self.armed[point as usize].as_ref()?;
        let now_ms = now_ms();
        if now_ms >= self.until_ms {
            return None;
        }
        let (probability, unit, word) = words(armed);
        if unit >= probability {
            return None;
        }
        self.journal.record(now_ms, node, Fact::Fired { point });
        Some(word)
    }
}

/// Draws the words of one visit from a point's dice. Their number does not depend on the outcome.
fn words(armed: &Mutex<Armed>) -> (f64, f64, u64) {
    let mut armed = armed.lock();
    let unit = (armed.dice.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
    (armed.probability, unit, armed.dice.next_u64())
}
