//! `crosswire certify`: what can be said of a client.
//!
//! - [`client`]: one of those that are listed, in the simulation
//! - [`adapter`]: a library in a process of its own, in any language, played in lockstep

mod adapter;
mod client;

use super::args::EXIT_STATUS;
use super::failure::{Exit, Failure};
use super::numbers;
use crosswire_plan::Seed;
use std::num::{NonZeroU8, NonZeroU32};
use std::path::PathBuf;

const EXAMPLES: &str = "\
A CLIENT gets the standard battery: all scenarios, the swarm, a cancellation at every await, a
batch with an error in the middle, connections lost in mid-pipeline, values of one type and of mixed
types, late replies before and after the next command. The certificate says for how many seeds the
client held and which situations they reached; it never says that a client is safe. --json prints an
object as crates/cli/schema/certificate.json says.

CMD is a program with its arguments that speaks docs/adapter-protocol.md: it takes calls on standard
input and makes them with its library, against a server whose every reply Crosswire holds. What
happens one after the other is a schedule, drawn from a seed; nothing hangs on time. What a schedule
breaks is made small, and --save keeps it, to be played with another version by --schedule: it
reproduces, is fixed or differs. CMD runs in a process group of its own and ends with this command.

Ctrl-C or SIGTERM ends the command with what has been found so far; then nothing is clean.

Examples:
  crosswire certify redis-rs
  crosswire certify redis-rs-0-29 --seeds 200 --out certificate
  crosswire certify moka-future --seeds 5000 --json > moka-future.json
  crosswire certify --adapter \"$(adapters/make redis-py 4.5.1)\"
  crosswire certify --adapter \"$(adapters/make redis-py 4.5.1) --single\" --save desync.toml
  crosswire certify --adapter \"$(adapters/make redis-py newest)\" --schedule desync.toml
  crosswire certify --adapter \"$(adapters/make ioredis newest)\" --enumerate 4 --json";

#[derive(clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(super) struct CertifyArgs {
    /// The client, as `crosswire list clients` names it
    #[arg(value_name = "CLIENT", conflicts_with = "adapter")]
    client: Option<String>,

    /// How many seeds: the whole battery gets so many, each part its share and at least one; with
    /// --adapter each draws a schedule
    #[arg(long, value_name = "N", default_value = "2000", value_parser = numbers::count)]
    #[arg(allow_negative_numbers = true, conflicts_with_all = ["enumerate", "schedules"])]
    seeds: NonZeroU32,

    /// The first seed, a number from 0 to 2^64-1 or a git commit hash
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true)]
    #[arg(conflicts_with_all = ["enumerate", "schedules"])]
    from_seed: Seed,

    /// Print one JSON object on standard output, and all else on standard error
    #[arg(long)]
    json: bool,

    /// How many run at a time; without it, as many as there are cores
    #[arg(long, value_name = "N", value_parser = numbers::jobs, allow_negative_numbers = true)]
    #[arg(help_heading = "For a CLIENT", conflicts_with = "adapter")]
    jobs: Option<NonZeroU8>,

    /// Write certificate.md, certificate.json and a file for each finding into this directory
    #[arg(long, value_name = "DIR", help_heading = "For a CLIENT", conflicts_with = "adapter")]
    out: Option<PathBuf>,

    /// Write to the file after --save, or into the directory after --out, whatever is there
    #[arg(long)]
    force: bool,

    /// Keep findings as they were found, and do not make them small
    #[arg(long, help_heading = "For a CLIENT", conflicts_with = "adapter")]
    no_shrink: bool,

    /// Certify a library through its adapter: a program and its arguments, in one word
    #[arg(long, value_name = "CMD", help_heading = "For a library")]
    adapter: Option<String>,

    #[command(flatten)]
    lockstep: adapter::Wanted,
}

/// Certifies what is wanted.
pub(super) fn certify(wanted: &CertifyArgs) -> Result<Exit, Failure> {
    match (&wanted.client, &wanted.adapter) {
        (Some(client), _) => client::certify(client, wanted),
        (None, Some(adapter)) => adapter::certify(adapter, wanted),
        (None, None) => Err(Failure::input(
            "there is nothing to certify; expected a CLIENT, one of `crosswire list clients`, or \
             --adapter CMD, a program that speaks docs/adapter-protocol.md",
        )),
    }
}
