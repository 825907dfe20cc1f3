//! What `crosswire hunt` can be asked for.

use super::queue::QueueArgs;
use crate::args::EXIT_STATUS;
use crate::numbers;
use crosswire_plan::Seed;
use std::num::{NonZeroU8, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Each combination of a scenario, a client and a service gets the same seeds. What is found is in DIR:
the journal hunt.jsonl, and for each signature a file for `crosswire replay`. Ctrl-C or SIGTERM ends
a hunt when the runs that are under way are over, a second one after a second or more at once. A
hunt that was ended before its work was done is not clean; the smallest runs so far are kept.
However it ended, --resume goes on with it, with no seed left out or counted twice; only the time of
a hunt --for a time must be said again. A run that panics or hangs is a finding like one that is
violated.

A hunt is clean if nothing was broken, each combination had a clean run, and its runs together
reached what its scenario wants reached.

Examples:
  crosswire hunt reconnect-storm
  crosswire hunt reconnect-storm notification-mix-up --client pooled --client redis-rs --seeds 5000
  crosswire hunt swarm --for 8h --out nightly --junit nightly.xml
  crosswire hunt --resume --out nightly --for 8h
  crosswire hunt swarm --client pooled --for 8h --guided --corpus corpus
  crosswire hunt ./mine.toml --from-seed 1000 --seeds 100 --json > findings.jsonl
  crosswire hunt swarm --seeds 1000000 --queue nats://HOST:4222     with many machines, see below
  crosswire hunt --queue nats://HOST:4222                           on each of the others";

#[derive(clap::Args, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(crate) struct HuntArgs {
    /// Scenarios, each by name or path
    #[arg(required_unless_present_any = ["resume", "queue", "collect", "status", "forget"])]
    #[arg(value_name = "SCENARIO")]
    pub(super) scenarios: Vec<String>,

    /// A client to put under the storms, instead of each scenario's own
    #[arg(long = "client", value_name = "NAME")]
    pub(super) clients: Vec<String>,

    /// A service to put under the storms, instead of each scenario's own
    #[arg(long = "service", value_name = "NAME")]
    pub(super) services: Vec<String>,

    /// A defence to switch on, instead of each scenario's own; `none` switches all off
    #[arg(long = "defence", value_name = "NAME")]
    pub(super) defences: Vec<String>,

    /// How many seeds each combination gets, or runs if it is guided; without this or --for, 1000
    #[arg(long, value_name = "N", conflicts_with = "for_time", value_parser = numbers::seeds)]
    #[arg(allow_negative_numbers = true)]
    pub(super) seeds: Option<NonZeroU64>,

    /// How long to hunt, such as 90s, 10m or 8h, before what is found is made small; with --resume,
    /// so much longer
    #[arg(long = "for", id = "for_time", value_name = "TIME", value_parser = numbers::duration)]
    #[arg(allow_hyphen_values = true)]
    pub(super) for_time: Option<Duration>,

    /// The first seed; without it, 0
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) from_seed: Option<Seed>,

    /// How many run at a time; without it, as many as there are cores
    #[arg(long, value_name = "N", value_parser = numbers::jobs, allow_negative_numbers = true)]
    pub(super) jobs: Option<NonZeroU8>,

    /// How long a run may take before it is given up as one that hangs
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = numbers::duration)]
    pub(super) budget: Duration,

    /// Breed plans from those that reached something new, and play them beside what seeds give
    #[arg(long, conflicts_with = "queue")]
    pub(super) guided: bool,

    /// Where the plans that a guided hunt breeds from are kept for the next one: those that are there
    /// are played in every second run, and in the end it has those that were bred from last
    #[arg(long, value_name = "DIR", requires = "guided")]
    pub(super) corpus: Option<PathBuf>,

    /// Where the journal and the runs that were found are kept
    #[arg(long, value_name = "DIR", default_value = "crosswire-hunt")]
    pub(super) out: PathBuf,

    /// Go on with the hunt that is in DIR; what it was begun with need not be said again
    #[arg(long)]
    pub(super) resume: bool,

    /// Where the runs are that are known: what is found again is told as known; without it,
    /// scenarios/regressions, if that is there
    #[arg(long, value_name = "DIR")]
    pub(super) known: Option<PathBuf>,

    /// How much CPU time may be spent, in the end and for each new signature, on making its first run
    /// small, in a file beside it
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = numbers::duration)]
    pub(super) shrink: Duration,

    /// Make nothing small
    #[arg(long, conflicts_with = "shrink")]
    pub(super) no_shrink: bool,

    /// Print JSON Lines on standard output: each finding, and a summary in the end
    #[arg(long)]
    pub(super) json: bool,

    /// Write a report in JUnit's XML, with a test case for each combination
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,

    /// Write to the file after --junit though it is there and is no report of a hunt
    #[arg(long, requires = "junit")]
    pub(super) force: bool,

    /// Print an annotation for GitHub for each signature; with --json, on standard error
    #[arg(long)]
    pub(super) annotations: bool,

    #[command(flatten)]
    pub(super) shared: QueueArgs,
}
