//! Correct clients in unusual styles.

mod actor;
pub(crate) mod background_drain;
mod base64_keys;
pub(crate) mod batched;
mod breaker;
pub(crate) mod budget;
mod chained_flight;
mod chunked;
mod chunks_of_three;
pub(crate) mod coalesced;
pub(crate) mod counting;
pub(crate) mod delete_told;
mod detached;
mod dictionary;
pub(crate) mod etag;
mod everything;
mod fenced;
mod fifo_pool;
mod flight_over_write;
mod greeted;
mod hashed_keys;
pub(crate) mod hedged;
mod hex_keys;
pub(crate) mod impatient;
mod leader_batch;
mod line_per_hash;
mod majority;
mod mirrored;
pub(crate) mod nagle;
mod near_lru;
mod near_negative;
mod near_ttl;
mod near_write_through;
mod one_shot;
mod one_task;
mod other_commands;
pub(crate) mod padded;
pub(crate) mod parallel_gets;
mod ping_first;
mod pipelined;
pub(crate) mod polite;
mod prefixed;
pub(crate) mod refusing;
mod rendezvous;
mod retrying;
mod round_robin;
mod run_length;
mod sealed_values;
pub(crate) mod set_absent;
pub(crate) mod set_retry;
pub(crate) mod short_hashes;
pub(crate) mod short_ids;
pub(crate) mod shortening;
pub(crate) mod side_markers;
mod single_flight;
pub(crate) mod skip_count;
mod slot_router;
pub(crate) mod slow;
mod tombstones;
pub(crate) mod touching;
pub(crate) mod tracking;
pub(crate) mod write_in_task;

use crate::Specimen;

pub(crate) const ALL: &[Specimen] = &[
    actor::SPECIMEN,
    background_drain::SPECIMEN,
    base64_keys::SPECIMEN,
    batched::SPECIMEN,
    breaker::SPECIMEN,
    budget::SPECIMEN,
    chained_flight::SPECIMEN,
    chunked::SPECIMEN,
    chunks_of_three::SPECIMEN,
    coalesced::SPECIMEN,
    counting::SPECIMEN,
    delete_told::SPECIMEN,
    detached::SPECIMEN,
    dictionary::SPECIMEN,
    etag::SPECIMEN,
    everything::SPECIMEN,
    fenced::SPECIMEN,
    fifo_pool::SPECIMEN,
    flight_over_write::SPECIMEN,
    greeted::SPECIMEN,
    hashed_keys::SPECIMEN,
    hedged::SPECIMEN,
    hex_keys::SPECIMEN,
    impatient::SPECIMEN,
    leader_batch::SPECIMEN,
    line_per_hash::SPECIMEN,
    majority::SPECIMEN,
    mirrored::SPECIMEN,
    nagle::SPECIMEN,
    near_lru::SPECIMEN,
    near_negative::SPECIMEN,
    near_ttl::SPECIMEN,
    near_write_through::SPECIMEN,
    one_shot::SPECIMEN,
    one_task::SPECIMEN,
    other_commands::SPECIMEN,
    padded::SPECIMEN,
    parallel_gets::SPECIMEN,
    ping_first::SPECIMEN,
    pipelined::SPECIMEN,
    polite::SPECIMEN,
    prefixed::SPECIMEN,
    refusing::SPECIMEN,
    rendezvous::SPECIMEN,
    retrying::SPECIMEN,
    round_robin::SPECIMEN,
    run_length::SPECIMEN,
    sealed_values::SPECIMEN,
    set_absent::SPECIMEN,
    set_retry::SPECIMEN,
    short_hashes::SPECIMEN,
    short_ids::SPECIMEN,
    shortening::SPECIMEN,
    side_markers::SPECIMEN,
    single_flight::SPECIMEN,
    skip_count::SPECIMEN,
    slot_router::SPECIMEN,
    slow::SPECIMEN,
    tombstones::SPECIMEN,
    touching::SPECIMEN,
    tracking::SPECIMEN,
    write_in_task::SPECIMEN,
];
