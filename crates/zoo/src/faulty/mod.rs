//! Good-faith clients with one mistake each, which no mechanism of `crosswire list mechanisms` has.

mod actor_keeps;
mod counter_wraps;
mod decoder_kept;
mod delete_skips_absent;
mod delete_swallowed;
mod drain_once;
mod errors_filtered;
mod errors_uncounted;
mod failover_ring;
mod flight_left;
mod flight_over_write;
mod flight_stripes;
mod generation_late;
mod greeting_unread;
mod hedge_undrained;
mod joined_batch;
mod late_fill;
mod late_set_retry;
mod leader_skips;
mod lru_slot;
mod mget_dedup;
mod mirror_quorum;
mod ms_as_seconds;
mod nagle_dedup;
mod near_crc;
mod near_fixed_life;
mod node_timeout;
mod one_read;
mod ping_late;
mod pong_fence;
mod read_repair;
mod retry_same_line;
mod run_overflow;
mod scratch_buffer;
mod seconds_truncated;
mod select_frame;
mod set_skips_near;
mod set_then_expire;
mod shared_buffer;
mod short_length;
mod skip_flag;
mod slot_reuse;
mod stale_on_error;
mod static_near;
mod strlen_validated;
mod torn_chunks;
mod truncated_ids;
mod two_locks;
mod value_interned;
mod waiter_removed;
mod write_behind;
mod write_cut;

use crate::Specimen;

pub(crate) const ALL: &[Specimen] = &[
    actor_keeps::SPECIMEN,
    counter_wraps::SPECIMEN,
    decoder_kept::SPECIMEN,
    delete_skips_absent::SPECIMEN,
    delete_swallowed::SPECIMEN,
    drain_once::SPECIMEN,
    errors_filtered::SPECIMEN,
    errors_uncounted::SPECIMEN,
    failover_ring::SPECIMEN,
    flight_left::SPECIMEN,
    flight_over_write::SPECIMEN,
    flight_stripes::SPECIMEN,
    generation_late::SPECIMEN,
    greeting_unread::SPECIMEN,
    hedge_undrained::SPECIMEN,
    joined_batch::SPECIMEN,
    late_fill::SPECIMEN,
    late_set_retry::SPECIMEN,
    leader_skips::SPECIMEN,
    lru_slot::SPECIMEN,
    mget_dedup::SPECIMEN,
    mirror_quorum::SPECIMEN,
    ms_as_seconds::SPECIMEN,
    nagle_dedup::SPECIMEN,
    near_crc::SPECIMEN,
    near_fixed_life::SPECIMEN,
    node_timeout::SPECIMEN,
    one_read::SPECIMEN,
    ping_late::SPECIMEN,
    pong_fence::SPECIMEN,
    read_repair::SPECIMEN,
    retry_same_line::SPECIMEN,
    run_overflow::SPECIMEN,
    scratch_buffer::SPECIMEN,
    seconds_truncated::SPECIMEN,
    select_frame::SPECIMEN,
    set_skips_near::SPECIMEN,
    set_then_expire::SPECIMEN,
    shared_buffer::SPECIMEN,
    short_length::SPECIMEN,
    skip_flag::SPECIMEN,
    slot_reuse::SPECIMEN,
    stale_on_error::SPECIMEN,
    static_near::SPECIMEN,
    strlen_validated::SPECIMEN,
    torn_chunks::SPECIMEN,
    truncated_ids::SPECIMEN,
    two_locks::SPECIMEN,
    value_interned::SPECIMEN,
    waiter_removed::SPECIMEN,
    write_behind::SPECIMEN,
    write_cut::SPECIMEN,
];
