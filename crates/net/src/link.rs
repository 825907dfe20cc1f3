//! The delay of a message from one site to another.
//!
//! A link is one-way. It never loses a message for good: like TCP, it retransmits, so loss and
//! partitions show up as delay. Only connections and nodes break for good.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

/// First retransmission timeout, doubled for each further loss. Linux's `TCP_RTO_MIN`.
pub const RETRANSMIT_MS: u64 = 200;

/// Longest time between two retransmissions in the simulation. Linux goes up to 120 s, but a run
/// lasts about a minute and a client gives up long before that.
pub const RETRANSMIT_CAP_MS: u64 = 3_200;

/// The properties of a link without faults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkSpec {
    /// Minimum time that a message takes.
    pub latency_ms: u64,
    /// Mean of the exponentially distributed time on top of the latency.
    pub jitter_ms: f64,
    /// Bandwidth of one connection in bytes per millisecond; 0 means unlimited.
    pub bytes_per_ms: u64,
    /// Maximum number of bytes in transit or unread on one connection.
    pub window_bytes: usize,
    /// Probability that a message is lost and retransmitted.
    pub loss: f64,
}

impl Default for LinkSpec {
    fn default() -> Self {
        Self { latency_ms: 1, jitter_ms: 0.0, bytes_per_ms: 0, window_bytes: 65_536, loss: 0.0 }
    }
}

/// The source of randomness for a message's delay.
#[derive(Clone, Copy, Debug)]
pub enum DelaySource {
    /// The random stream of the link.
    Link,
    /// Two numbers in `0..1` drawn by the sender, one for the jitter and one for the loss. With
    /// these, taking one sender out of a run leaves the messages of the others unchanged.
    Sender(f64, f64),
}

/// A link and its current faults.
pub struct LinkState {
    /// Its properties without faults.
    pub spec: LinkSpec,
    /// Number of faults that cut it. The link carries messages if this is 0.
    pub cuts: u32,
    /// Milliseconds that faults add to each message.
    pub extra_ms: u64,
    /// Probability of loss that faults add.
    pub extra_loss: f64,
    rng: ChaCha8Rng,
}

impl LinkState {
    /// Creates a link that draws from `rng`.
    pub fn new(spec: LinkSpec, rng: ChaCha8Rng) -> Self {
        Self { spec, cuts: 0, extra_ms: 0, extra_loss: 0.0, rng }
    }

    /// Reports whether the link is cut.
    pub fn is_cut(&self) -> bool {
        self.cuts > 0
    }

    /// Returns the time a message takes now, in whole milliseconds, at least one.
    pub fn delay(&mut self, source: DelaySource) -> u64 {
        let (jitter, loss) = match source {
            DelaySource::Sender(jitter, loss) => (jitter, loss),
            DelaySource::Link => (self.unit(), self.unit()),
        };
        self.on_the_way(jitter).max(1) + self.extra_ms + self.loss_delay(loss)
    }

    /// Latency with jitter. `unit` in `0..1` decides about the jitter.
    fn on_the_way(&self, unit: f64) -> u64 {
        if self.spec.jitter_ms == 0.0 {
            return self.spec.latency_ms;
        }
        // -ln(1 - u) is at most u / (1 - u), so if the jitter is short, most messages need no
        // logarithm.
        if self.spec.jitter_ms * unit < 0.5 * (1.0 - unit) {
            return self.spec.latency_ms;
        }
        // Inverse of the exponential distribution's cumulative function. `libm` gives the same bits
        // on every machine; the system's logarithm need not.
        let jitter_ms = -libm::log(1.0 - unit) * self.spec.jitter_ms;
        (self.spec.latency_ms as f64 + jitter_ms + 0.5) as u64
    }

    /// Delay by loss. `unit` in `0..1` decides how often in a row a message is lost: once with
    /// probability p, twice with p², …
    fn loss_delay(&self, unit: f64) -> u64 {
        let p = (self.spec.loss + self.extra_loss).clamp(0.0, 0.95);
        let (mut delay, mut wait, mut bar) = (0, RETRANSMIT_MS, p);
        while unit < bar && delay < 60_000 {
            delay += wait;
            wait = (wait * 2).min(RETRANSMIT_CAP_MS);
            bar *= p;
        }
        delay
    }

    fn unit(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }
}

/// Returns the time at which a message first sent at `sent_ms` is sent again if the link is healed
/// at `healed_ms`: at the first retransmission that is not before it.
pub fn retransmitted_at(sent_ms: u64, healed_ms: u64) -> u64 {
    assert!(sent_ms <= healed_ms, "what a cut held back was sent before the link was healed");
    let (mut at, mut wait) = (sent_ms, RETRANSMIT_MS);
    while at < healed_ms {
        at += wait;
        wait = (wait * 2).min(RETRANSMIT_CAP_MS);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::rand_core::SeedableRng;

    fn link(spec: LinkSpec) -> LinkState {
        LinkState::new(spec, ChaCha8Rng::seed_from_u64(1))
    }

    #[test]
    fn jitter_has_the_mean_it_is_given() {
        let mut link = link(LinkSpec { latency_ms: 10, jitter_ms: 8.0, ..LinkSpec::default() });
        let total: u64 = (0..20_000).map(|_| link.delay(DelaySource::Link)).sum();
        let mean = total as f64 / 20_000.0;
        assert!((17.8..18.2).contains(&mean), "{mean}");
    }

    proptest! {
        #[test]
        fn a_short_jitter_agrees_with_the_logarithm(unit in 0.0..1.0_f64, jitter_ms in 0.01..5.0_f64) {
            let link = link(LinkSpec { latency_ms: 3, jitter_ms, ..LinkSpec::default() });
            let jitter_ms = -libm::log(1.0 - unit) * jitter_ms;
            prop_assert_eq!(link.on_the_way(unit), (3.0 + jitter_ms + 0.5) as u64);
        }
    }

    #[test]
    fn loss_is_a_retransmission() {
        let mut link = link(LinkSpec { latency_ms: 5, loss: 0.5, ..LinkSpec::default() });
        assert_eq!(link.delay(DelaySource::Sender(0.0, 0.6)), 5);
        assert_eq!(link.delay(DelaySource::Sender(0.0, 0.3)), 5 + 200);
        assert_eq!(link.delay(DelaySource::Sender(0.0, 0.2)), 5 + 200 + 400);
    }

    #[test]
    fn after_a_cut_the_next_retransmission_gets_through() {
        assert_eq!(retransmitted_at(1_000, 1_000), 1_000);
        assert_eq!(retransmitted_at(1_000, 1_150), 1_200);
        assert_eq!(retransmitted_at(1_000, 1_201), 1_600);
    }
}
