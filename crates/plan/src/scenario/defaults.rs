//! Default values of a scenario.

use super::{
    AccountNumbers, Cache, Changes, Client, Directory, Drawn, Fill, Link, Network, Recovery,
    Service, ValueTypes, Workload,
};

pub(crate) fn one() -> u32 {
    1
}

pub(crate) fn three() -> u32 {
    3
}

pub(crate) fn viewer_share() -> f64 {
    0.25
}

pub(crate) fn window_bytes() -> u64 {
    65_536
}

pub(crate) fn weight() -> f64 {
    1.0
}

pub(crate) fn reset_after_ms() -> u64 {
    20_000
}

pub(crate) fn target() -> String {
    "all".to_owned()
}

impl Default for Client {
    fn default() -> Self {
        Self { name: "pooled".to_owned(), pool_size: 4, op_timeout_ms: 1_000 }
    }
}

impl Default for Service {
    fn default() -> Self {
        Self {
            name: "standard".to_owned(),
            cache_ttl_ms: 10_000,
            request_deadline_ms: 3_000,
            max_in_flight: 512,
            fanout_batch: 8,
            link_ms: 5_000,
            value_types: ValueTypes::One,
            jobs: 1,
            viewer_counts: 0,
            line_look_ups: 0,
            value_bytes: 0,
            account_numbers: AccountNumbers::Dense,
            fill: Fill::Set,
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self { max_keys: 0, cold_share: 0.0, loading_ms: 250 }
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            connections: 32,
            queue: 512,
            read_ms: Drawn::Between([1, 3]),
            write_ms: Drawn::Between([2, 5]),
            replica_lag_ms: Drawn::Between([20, 200]),
            failover_ms: 1_500,
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        let link = |latency_ms, jitter_ms| Link {
            latency_ms,
            jitter_ms,
            bytes_per_ms: 0,
            window_bytes: window_bytes(),
            loss: 0.0,
        };
        Self { inside: link(1, 0.3), cameras: link(20, 8.0), phones: link(25, 10.0) }
    }
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            event_every_ms: 12_000,
            backlog: 64,
            keepalive_ms: 5_000,
            open_every_ms: 15_000,
            rush_share: 0.6,
            thumbnails_per_open: 6,
            tap_share: 0.12,
            video_share: 0.3,
            patience_ms: 2_000,
            refresh_share: 0.0,
            regret_ms: Drawn::Between([1_000, 4_000]),
            look_after_change_share: 0.0,
            dishonest: None,
            camera_timeout_ms: 4_000,
            detect_within_ms: 3_000,
            backoffs: Vec::new(),
            changes: Changes::default(),
        }
    }
}

impl Default for Recovery {
    fn default() -> Self {
        Self {
            within_ms: 12_000,
            goodput: 0.95,
            deliver_within_ms: 15_000,
            push_grace_ms: 2_000,
            revocation_grace_ms: 0,
        }
    }
}
