//! The arguments of `crosswire hunt`.

use super::queue::QueueArgs;
use crate::args::EXIT_STATUS;
use crate::numbers;
use crosswire_plan::Seed;
use std::num::{NonZeroU8, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Each combination of a scenario, a client and a service gets the same seeds. A run that is violated, \
panics or hangs is a finding. Findings go to DIR: the journal hunt.jsonl, and for each signature of \
a client and service a file for `crosswire replay`.

The first Ctrl-C or SIGTERM ends the hunt once the runs in progress have ended; another one, a \
second or more later, ends it at once. A hunt that ends before its work is done is not clean. \
--resume continues it with no seed left out or counted twice, however it ended. Its journal has the \
combinations and seeds; --for, --baseline, --minimize, --junit and the like must be given again.

A hunt is clean if nothing was violated, each combination had a clean run, and its runs together \
reached every situation that their scenario requires.

Examples:
  crosswire hunt reconnect-storm
  crosswire hunt reconnect-storm notification-mix-up --client pooled --client redis-rs --seeds 5000
  crosswire hunt swarm --for 8h --out nightly --junit nightly.xml
  crosswire hunt --resume --out nightly --for 8h
  crosswire hunt swarm --client pooled --for 8h --guided --corpus corpus
  crosswire hunt ./mine.toml --from-seed 1000 --seeds 100 --json > findings.jsonl
  crosswire hunt swarm --seeds 1000000 --queue nats://HOST:4222     shared by many machines
  crosswire hunt --queue nats://HOST:4222                           on each of the others";

#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(crate) struct HuntArgs {
    /// Scenarios, each by name or path
    #[arg(required_unless_present_any = ["resume", "queue", "collect", "status", "forget"])]
    #[arg(value_name = "SCENARIO")]
    pub(super) scenarios: Vec<String>,

    /// A client under test, instead of each scenario's own
    #[arg(long = "client", value_name = "NAME")]
    pub(super) clients: Vec<String>,

    /// A service under test, instead of each scenario's own
    #[arg(long = "service", value_name = "NAME")]
    pub(super) services: Vec<String>,

    /// A defence to switch on, or several joined by `+`, instead of each scenario's own; `none`
    /// switches all off
    #[arg(long = "defence", value_name = "NAMES")]
    pub(super) defences: Vec<String>,

    /// Seeds per combination, or runs if guided; instead of --for [default: 1000, unless --for is
    /// given]
    #[arg(long, value_name = "N", conflicts_with = "for_time", value_parser = numbers::seeds)]
    #[arg(allow_negative_numbers = true)]
    pub(super) seeds: Option<NonZeroU64>,

    /// Wall time for the hunt, such as 90s, 10m or 8h, instead of --seeds; minimizing comes after
    /// it. With --resume, additional time
    #[arg(long = "for", id = "for_time", value_name = "TIME", value_parser = numbers::duration)]
    #[arg(allow_hyphen_values = true)]
    pub(super) for_time: Option<Duration>,

    /// The first seed, a number from 0 to 2^64-1 or a git commit hash [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) from_seed: Option<Seed>,

    /// Runs at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = numbers::jobs, allow_negative_numbers = true)]
    pub(super) jobs: Option<NonZeroU8>,

    /// Wall time after which a run counts as hung
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = numbers::duration)]
    pub(super) run_timeout: Duration,

    /// Breed plans from runs that reached something new, and run them beside the seeds' plans
    #[arg(long, conflicts_with = "queue")]
    pub(super) guided: bool,

    /// Directory of plans to breed from: every second run replays one of them, and the hunt leaves
    /// new plans there for the next one
    #[arg(long, value_name = "DIR", requires = "guided")]
    pub(super) corpus: Option<PathBuf>,

    /// Directory for the journal and the saved findings
    #[arg(long, value_name = "DIR", default_value = super::OUT)]
    pub(super) out: PathBuf,

    /// Continue the hunt in DIR; its journal has the scenarios, clients, services, defences and
    /// seeds
    #[arg(long)]
    pub(super) resume: bool,

    /// Directory of known runs: a finding with the signature, the client and the service of one of
    /// them is reported as known [default: scenarios/regressions, if it exists]
    #[arg(long, value_name = "DIR")]
    pub(super) baseline: Option<PathBuf>,

    /// CPU time for minimizing each new signature
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = numbers::duration)]
    pub(super) minimize: Duration,

    /// Minimize nothing
    #[arg(long, conflicts_with = "minimize")]
    pub(super) no_minimize: bool,

    /// Print JSON Lines on standard output: each finding, and a summary at the end
    #[arg(long)]
    pub(super) json: bool,

    /// Write a JUnit report, with one test case per combination
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,

    /// Overwrite the file after --junit even if it is not a report of a hunt
    #[arg(long, requires = "junit")]
    pub(super) force: bool,

    /// Print a GitHub annotation for each signature; with --json, on standard error
    #[arg(long)]
    pub(super) annotations: bool,

    #[command(flatten)]
    pub(super) shared: QueueArgs,
}
