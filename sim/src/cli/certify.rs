//! `crosswire certify`: what can be said of a real library.
//!
//! - [`adapter`]: one in a process of its own, in any language, played in lockstep

mod adapter;

use super::args::EXIT_STATUS;
use super::failure::{Exit, Failure};
use super::numbers;
use crosswire::lockstep::PATIENCE;
use crosswire_plan::Seed;
use std::num::NonZeroU32;
use std::path::PathBuf;

const EXAMPLES: &str = "\
CMD is a program with its arguments that speaks docs/adapter-protocol.md: it takes calls on standard
input and makes them with its library, against a server whose every reply Crosswire holds. What
happens one after the other is a schedule, drawn from a seed; nothing hangs on time. What a schedule
breaks is made small, and --save keeps it, to be played with another version by --schedule: it
reproduces, is fixed or differs.

Examples:
  crosswire certify --adapter \"$(adapters/make redis-py 4.5.1)\"
  crosswire certify --adapter \"$(adapters/make redis-py 4.5.1) --single\" --save desync.toml
  crosswire certify --adapter \"$(adapters/make redis-py newest)\" --schedule desync.toml
  crosswire certify --adapter \"$(adapters/make ioredis newest)\" --enumerate 4 --json";

/// The most steps that schedules may be counted out with: there are millions with one more.
const MOST_ENUMERATED: u8 = 5;

#[derive(clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(super) struct CertifyArgs {
    /// The adapter of a library: a program and its arguments, in one word
    #[arg(long, value_name = "CMD")]
    adapter: Option<String>,

    /// How many seeds draw a schedule each
    #[arg(long, value_name = "N", default_value = "2000", value_parser = numbers::count)]
    #[arg(allow_negative_numbers = true, conflicts_with_all = ["enumerate", "schedules"])]
    seeds: NonZeroU32,

    /// The first seed
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true)]
    #[arg(conflicts_with_all = ["enumerate", "schedules"])]
    from_seed: Seed,

    /// Play all schedules of up to K steps instead, those left out that others stand for
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(1..=i64::from(MOST_ENUMERATED)))]
    #[arg(conflicts_with = "schedules")]
    enumerate: Option<u8>,

    /// Play the schedule in FILE instead, and say whether it shows what it was kept for
    #[arg(long = "schedule", value_name = "FILE")]
    schedules: Vec<PathBuf>,

    /// Write the schedule of the gravest finding to a file
    #[arg(long, value_name = "FILE", conflicts_with = "schedules")]
    save: Option<PathBuf>,

    /// How many seconds nothing may happen before a call is said never to end
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs() as u8)]
    #[arg(value_parser = clap::value_parser!(u8).range(1..))]
    patience: u8,

    /// Print the steps and the trace of each schedule as it is played
    #[arg(long, conflicts_with = "schedules")]
    log: bool,

    /// Play each schedule twice and compare every line of its trace
    #[arg(long, conflicts_with = "schedules")]
    check_determinism: bool,

    /// Print one JSON object on standard output, and all else on standard error
    #[arg(long)]
    json: bool,
}

/// Plays what is wanted, and prints the certificate.
pub(super) fn certify(wanted: &CertifyArgs) -> Result<Exit, Failure> {
    match &wanted.adapter {
        Some(adapter) => adapter::certify(adapter, wanted),
        None => Err(Failure::input(
            "there is nothing to certify; expected --adapter CMD, a program that speaks \
             docs/adapter-protocol.md",
        )),
    }
}
