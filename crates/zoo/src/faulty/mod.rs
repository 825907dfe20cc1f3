//! Clients written in good faith with one mistake each. No mechanism of `crosswire list mechanisms`
//! has the same mistake.

mod actor_keeps;
mod budget_each;
mod coalesced_late;
mod counter_wraps;
mod decoder_kept;
mod delete_refused;
mod delete_skips_absent;
mod delete_swallowed;
mod drain_once;
mod errors_dropped;
mod errors_filtered;
mod errors_uncounted;
mod etag_by_length;
mod expire_in_seconds;
mod failed_share_left_out;
mod failover_ring;
mod flight_landed;
mod flight_left;
mod flight_lingers;
mod flight_stripes;
mod flight_undeclared;
mod generation_late;
mod greeting_unread;
mod hash_unchecked;
mod hedge_undrained;
mod impatient_miss;
mod increments_summed;
mod joined_batch;
mod late_fill;
mod late_set_retry;
mod leader_skips;
mod lru_slot;
mod marker_survives;
mod mget_dedup;
mod mirror_quorum;
mod ms_as_seconds;
mod nagle_dedup;
mod nagle_sorted;
mod near_crc;
mod near_fixed_life;
mod near_undeclared;
mod nil_is_absent;
mod nil_is_yes;
mod node_timeout;
mod one_read;
mod ping_late;
mod polite_shelf;
mod pong_fence;
mod read_repair;
mod results_by_node;
mod retry_same_line;
mod run_overflow;
mod scratch_buffer;
mod seconds_truncated;
mod select_frame;
mod set_skips_near;
mod set_then_expire;
mod shared_buffer;
mod short_length;
mod silent_kept;
mod skip_count_exclusive;
mod skip_flag;
mod slot_reuse;
mod slow_each;
mod stale_on_error;
mod static_near;
mod strlen_validated;
mod torn_chunks;
mod touch_counted_once;
mod touch_in_seconds;
mod tracking_dropped;
mod tracking_resumes;
mod tracking_unasked;
mod truncated_ids;
mod two_locks;
mod value_interned;
mod values_unsorted;
mod waiter_removed;
mod write_behind;
mod write_cut;

use crate::Specimen;

pub(crate) const ALL: &[Specimen] = &[
    actor_keeps::SPECIMEN,
    budget_each::SPECIMEN,
    coalesced_late::SPECIMEN,
    counter_wraps::SPECIMEN,
    decoder_kept::SPECIMEN,
    delete_refused::SPECIMEN,
    delete_skips_absent::SPECIMEN,
    delete_swallowed::SPECIMEN,
    drain_once::SPECIMEN,
    errors_dropped::SPECIMEN,
    errors_filtered::SPECIMEN,
    errors_uncounted::SPECIMEN,
    etag_by_length::SPECIMEN,
    expire_in_seconds::SPECIMEN,
    failed_share_left_out::SPECIMEN,
    failover_ring::SPECIMEN,
    flight_landed::SPECIMEN,
    flight_left::SPECIMEN,
    flight_lingers::SPECIMEN,
    flight_stripes::SPECIMEN,
    flight_undeclared::SPECIMEN,
    generation_late::SPECIMEN,
    greeting_unread::SPECIMEN,
    hash_unchecked::SPECIMEN,
    hedge_undrained::SPECIMEN,
    impatient_miss::SPECIMEN,
    increments_summed::SPECIMEN,
    joined_batch::SPECIMEN,
    late_fill::SPECIMEN,
    late_set_retry::SPECIMEN,
    leader_skips::SPECIMEN,
    lru_slot::SPECIMEN,
    marker_survives::SPECIMEN,
    mget_dedup::SPECIMEN,
    mirror_quorum::SPECIMEN,
    ms_as_seconds::SPECIMEN,
    nagle_dedup::SPECIMEN,
    nagle_sorted::SPECIMEN,
    near_crc::SPECIMEN,
    near_fixed_life::SPECIMEN,
    near_undeclared::SPECIMEN,
    nil_is_absent::SPECIMEN,
    nil_is_yes::SPECIMEN,
    node_timeout::SPECIMEN,
    one_read::SPECIMEN,
    ping_late::SPECIMEN,
    polite_shelf::SPECIMEN,
    pong_fence::SPECIMEN,
    read_repair::SPECIMEN,
    results_by_node::SPECIMEN,
    retry_same_line::SPECIMEN,
    run_overflow::SPECIMEN,
    scratch_buffer::SPECIMEN,
    seconds_truncated::SPECIMEN,
    select_frame::SPECIMEN,
    set_skips_near::SPECIMEN,
    set_then_expire::SPECIMEN,
    shared_buffer::SPECIMEN,
    short_length::SPECIMEN,
    silent_kept::SPECIMEN,
    skip_count_exclusive::SPECIMEN,
    skip_flag::SPECIMEN,
    slot_reuse::SPECIMEN,
    slow_each::SPECIMEN,
    stale_on_error::SPECIMEN,
    static_near::SPECIMEN,
    strlen_validated::SPECIMEN,
    torn_chunks::SPECIMEN,
    touch_counted_once::SPECIMEN,
    touch_in_seconds::SPECIMEN,
    tracking_dropped::SPECIMEN,
    tracking_resumes::SPECIMEN,
    tracking_unasked::SPECIMEN,
    truncated_ids::SPECIMEN,
    two_locks::SPECIMEN,
    value_interned::SPECIMEN,
    values_unsorted::SPECIMEN,
    waiter_removed::SPECIMEN,
    write_behind::SPECIMEN,
    write_cut::SPECIMEN,
];
