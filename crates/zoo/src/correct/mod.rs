//! Correct clients in unusual styles.

mod actor;
mod background_drain;
mod base64_keys;
mod breaker;
mod chained_flight;
mod chunked;
mod chunks_of_three;
mod detached;
mod dictionary;
mod etag;
mod fenced;
mod fifo_pool;
mod greeted;
mod hashed_keys;
mod hedged;
mod hex_keys;
mod leader_batch;
mod line_per_hash;
mod majority;
mod mirrored;
mod nagle;
mod near_lru;
mod near_negative;
mod near_ttl;
mod near_write_through;
mod one_shot;
mod one_task;
mod other_commands;
mod parallel_gets;
mod ping_first;
mod pipelined;
mod prefixed;
mod refusing;
mod rendezvous;
mod retrying;
mod round_robin;
mod run_length;
mod sealed_values;
mod single_flight;
mod skip_count;
mod slow;
mod tombstones;

use crate::Specimen;

pub(crate) const ALL: &[Specimen] = &[
    actor::SPECIMEN,
    background_drain::SPECIMEN,
    base64_keys::SPECIMEN,
    breaker::SPECIMEN,
    chained_flight::SPECIMEN,
    chunked::SPECIMEN,
    chunks_of_three::SPECIMEN,
    detached::SPECIMEN,
    dictionary::SPECIMEN,
    etag::SPECIMEN,
    fenced::SPECIMEN,
    fifo_pool::SPECIMEN,
    greeted::SPECIMEN,
    hashed_keys::SPECIMEN,
    hedged::SPECIMEN,
    hex_keys::SPECIMEN,
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
    parallel_gets::SPECIMEN,
    ping_first::SPECIMEN,
    pipelined::SPECIMEN,
    prefixed::SPECIMEN,
    refusing::SPECIMEN,
    rendezvous::SPECIMEN,
    retrying::SPECIMEN,
    round_robin::SPECIMEN,
    run_length::SPECIMEN,
    sealed_values::SPECIMEN,
    single_flight::SPECIMEN,
    skip_count::SPECIMEN,
    slow::SPECIMEN,
    tombstones::SPECIMEN,
];
