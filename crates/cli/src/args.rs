//! What can be asked for on the command line.

use super::numbers;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use crosswire::catalog::Kind;
use crosswire_plan::Seed;
use std::num::{NonZeroU8, NonZeroU32};
use std::path::PathBuf;
use std::time::Duration;

pub(super) const EXIT_STATUS: &str = "\
Exit status:
  0  clean: every invariant held, and all that was to be reached was
  1  violated: an invariant was broken
  2  usage, or bad input
  3  inconclusive: nothing was broken, but something to be reached was not, or it was interrupted
  4  the harness itself: two runs of one plan differ, a panic, output that cannot be written";

const TOP_EXAMPLES: &str = "\
Examples:
  crosswire                                     the demonstration
  crosswire run reconnect-storm                 a storm, with a seed drawn for you
  crosswire run reconnect-storm --seed 7 --client pooled-cancel-desync
  crosswire list clients                        what can be put under a storm";

const RUN_EXAMPLES: &str = "\
Examples:
  crosswire run calm
  crosswire run reconnect-storm --seed 7 --client pooled-cancel-desync
  crosswire run wyze-2024 --defence verify-at-delivery --defence bypass-relation-cache
  crosswire run ./mine.toml --seed 3f9ac01 --json
  crosswire run reconnect-storm --seed 7 --log | grep camera-17
  crosswire run reconnect-storm --seed 7 --check-determinism
  crosswire run pair --seed 7 --client pooled-cancel-desync --cancel-at-every-await";

const REPLAY_EXAMPLES: &str = "\
A seed line is SCENARIO:SEED:CLIENT:DEFENCES, as a run prints it at its end. SCENARIO is a name or a
path; CLIENT is a name, or CLIENT@SERVICE where the service is not the standard one; DEFENCES are
names joined by `+`, or `none`; they may be left out with their colon.

A file holds the plan itself, and what is expected of it. Replaying one says `reproduces` if it
shows that; `fixed` if it was violated and is no more; or `differs`. If its digest is another,
because code has moved on, it is played with other luck, too, before that is said. A directory is
all its files of the kind, a line each. A file that is kept for a panic or a hang reproduces if the
run panics with the same words, or is not over within --budget. One that is to be clean `holds` if
nothing is broken but not all was reached, as in a run that was made small while it was violated.
With --json a file is an object that says what came of it and contains the run; a directory is an
object a line, without the runs.

Examples:
  crosswire replay reconnect-storm:7:pooled-cancel-desync:none
  crosswire replay wyze-2024:7:pooled:verify-at-delivery+bypass-relation-cache
  crosswire run reconnect-storm --seed 7 --client pooled-cancel-desync --save leak.toml
  crosswire replay leak.toml";

const REPLAY_STATUS: &str = "\
Exit status of a seed line: as that of `crosswire run`. Of a file or a directory:
  0  all are as expected
  1  one is not
  2  usage, or bad input; in a directory, all other files are played
  3  interrupted: those that were played are as expected
  4  the harness itself: two runs of one plan differ, a panic, output that cannot be written";

const SHRINK_EXAMPLES: &str = "\
Faults, fault points, changes, devices and what each device does are left out, times pulled
together and numbers made simple, as long as the run still shows a violation of the same signature:
the invariant and the kinds of the links in its causal chain. Interrupted, it writes the smallest
so far.

Examples:
  crosswire shrink swarm:7:pooled-cancel-desync
  crosswire shrink swarm:7:pooled-cancel-desync --save desync.toml
  crosswire shrink leak.toml --budget 5m";

const SHRINK_STATUS: &str = "\
Exit status:
  0  the small run is written
  2  usage, or bad input: a run that is not violated cannot be made smaller
  3  interrupted: the smallest so far is written
  4  the harness itself: a panic of ours, output that cannot be written";

const MATRIX_EXAMPLES: &str = "\
Examples:
  crosswire matrix                                        every mechanism, every defence
  crosswire matrix --mechanism 1 --mechanism zombie-retry --seeds 50
  crosswire matrix --defence none --defence verify-at-delivery+bypass-relation-cache
  crosswire matrix --client redis-rs --client pooled --seeds 200
  crosswire matrix --scenario swarm --csv > matrix.csv";

const MATRIX_STATUS: &str = "\
Exit status:
  0  it has been played, whatever leaked
  2  usage, or bad input
  3  interrupted: mechanisms that were played behind all defences are printed
  4  the harness itself: a run that panicked, output that cannot be written";

const LIST_EXAMPLES: &str = "\
Examples:
  crosswire list clients
  crosswire list situations --json";

const SCHEMA_EXAMPLES: &str = "\
TYPE is `scenario`, or the `type` of an object that --json prints: run, every-await, hunt-finding,
hunt-summary, hunt-status, certificate, lockstep-certificate, lockstep-replay, matrix, replay, list
or error.

Examples:
  crosswire schema > schema.json      and in a scenario's first line: #:schema ./schema.json
  crosswire schema run";

/// Finds crossed wires: data of one customer delivered to another.
///
/// Cameras, phones, gateways, a cache, a database and a network live in one process, on simulated
/// time, under one seed. A scenario replays an outage and the reconnect storm after it; checkers
/// flag every event that reaches somebody who may not see it. The same seed gives the same run.
///
/// Without a command: the demonstration.
#[derive(Parser)]
#[command(name = "crosswire", version, max_term_width = 100)]
#[command(after_help = format!("{TOP_EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Play a scenario with a seed
    Run(Run),
    /// Play a run again, from its seed line or from the file that --save wrote
    Replay(Replay),
    /// Make a violated run smaller while it still shows the same
    Shrink(Shrink),
    /// Play seeds by the million, and keep what is found
    Hunt(super::hunt::HuntArgs),
    /// Put a client through the standard battery, or a library through lockstep; say how it held
    Certify(super::certify::CertifyArgs),
    /// Play mechanisms behind defences: what is stopped, and at what cost
    Matrix(MatrixArgs),
    /// List what there is, by name
    List(List),
    /// Print the JSON Schema of a scenario file, or of what --json prints
    Schema(Schema),
}

#[derive(clap::Args)]
#[command(after_help = format!("{RUN_EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(super) struct Run {
    /// The name of a scenario, or the path of a file
    pub(super) scenario: String,

    /// A number from 0 to 2^64-1 or a git commit hash; without it, one is drawn and printed
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) seed: Option<Seed>,

    /// The client to put under the storm, instead of the scenario's
    #[arg(long, value_name = "NAME")]
    pub(super) client: Option<String>,

    /// The service to put under the storm, instead of the scenario's
    #[arg(long, value_name = "NAME")]
    pub(super) service: Option<String>,

    /// A defence to switch on, or several joined by `+`, instead of the scenario's; `none` switches
    /// all off
    #[arg(long = "defence", value_name = "NAMES")]
    pub(super) defences: Vec<String>,

    /// Play once for each time that a call of the client waits, and cancel it just there
    #[arg(long, conflicts_with_all = ["cancel_at", "log", "save", "check_determinism"])]
    pub(super) cancel_at_every_await: bool,

    /// Cancel a call of the client where it waits for the K-th time in the run
    #[arg(long, value_name = "K", value_parser = numbers::suspension)]
    #[arg(allow_negative_numbers = true)]
    pub(super) cancel_at: Option<NonZeroU32>,

    /// With --cancel-at-every-await: how many run at a time; without it, as many as there are cores
    #[arg(long, value_name = "N", value_parser = numbers::jobs)]
    #[arg(allow_negative_numbers = true, requires = "cancel_at_every_await")]
    pub(super) jobs: Option<NonZeroU8>,

    #[command(flatten)]
    pub(super) faces: Faces,
}

#[derive(clap::Args)]
#[command(after_help = format!("{REPLAY_EXAMPLES}\n\n{REPLAY_STATUS}"))]
pub(super) struct Replay {
    /// A seed line, a file that --save wrote, or a directory of them
    #[arg(value_name = "FILE|DIR|SEED-LINE")]
    pub(super) what: String,

    /// How long a run of a directory, or one that is kept for a panic or a hang, may take before it
    /// is given up as one that hangs
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = numbers::duration)]
    pub(super) budget: Duration,

    #[command(flatten)]
    pub(super) faces: Faces,
}

#[derive(clap::Args)]
#[command(after_help = format!("{SHRINK_EXAMPLES}\n\n{SHRINK_STATUS}"))]
pub(super) struct Shrink {
    /// A seed line, or a file that --save wrote
    #[arg(value_name = "FILE|SEED-LINE")]
    pub(super) what: String,

    /// Where to write the small one; without it, FILE.small.toml beside the file, and of a seed line
    /// SCENARIO-CLIENT-SEED.small.toml in this directory
    #[arg(long, value_name = "FILE")]
    pub(super) save: Option<PathBuf>,

    /// Write the small one though its file is there and is no saved run
    #[arg(long)]
    pub(super) force: bool,

    /// How much CPU time it may take
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = numbers::duration)]
    pub(super) budget: Duration,
}

#[derive(clap::Args)]
#[command(after_help = format!("{MATRIX_EXAMPLES}\n\n{MATRIX_STATUS}"))]
pub(super) struct MatrixArgs {
    /// A mechanism, by its number, its name, or the client or service it is played as; without it, all
    #[arg(long = "mechanism", value_name = "NAME")]
    pub(super) mechanisms: Vec<String>,

    /// A client to play for itself, as `list clients` names it, instead of or beside mechanisms
    #[arg(long = "client", value_name = "NAME")]
    pub(super) clients: Vec<String>,

    /// A defence, several joined by `+`, or `none`; without it, none and each by itself
    #[arg(long = "defence", value_name = "NAMES")]
    pub(super) defences: Vec<String>,

    /// The scenario for all, by name or path, instead of each mechanism's own; a client's is
    /// notification-mix-up
    #[arg(long, value_name = "SCENARIO")]
    pub(super) scenario: Option<String>,

    /// How many seeds each cell gets
    #[arg(long, value_name = "N", default_value = "20", value_parser = numbers::count)]
    #[arg(allow_negative_numbers = true)]
    pub(super) seeds: NonZeroU32,

    /// The first seed, a number from 0 to 2^64-1 or a git commit hash; those after it count up
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true)]
    pub(super) from: Seed,

    /// How many run at a time; without it, as many as there are cores
    #[arg(long, value_name = "N", value_parser = numbers::jobs, allow_negative_numbers = true)]
    pub(super) jobs: Option<NonZeroU8>,

    /// Print one JSON object
    #[arg(long, conflicts_with_all = ["markdown", "csv"])]
    pub(super) json: bool,

    /// Print tables in Markdown
    #[arg(long, conflicts_with = "csv")]
    pub(super) markdown: bool,

    /// Print comma-separated values, a line for each cell
    #[arg(long)]
    pub(super) csv: bool,
}

/// How a run shows itself.
#[derive(clap::Args, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Faces {
    /// Print one JSON object on standard output, and all else on standard error
    #[arg(long)]
    pub(super) json: bool,

    /// Print the history as it happens: simulated time, node, task, what
    #[arg(long)]
    pub(super) log: bool,

    /// Write the plan, the verdict and the digest to a file, to be replayed
    #[arg(long, value_name = "FILE")]
    pub(super) save: Option<PathBuf>,

    /// Write to the file after --save though it is there and is no saved run
    #[arg(long, requires = "save")]
    pub(super) force: bool,

    /// Play twice and compare every entry of the history
    #[arg(long)]
    pub(super) check_determinism: bool,
}

#[derive(clap::Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(super) struct List {
    /// What to list
    #[arg(value_parser = kinds())]
    pub(super) kind: Kind,

    /// Print one JSON object; its items have a name, a summary and what else belongs to their kind
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(clap::Args)]
#[command(after_help = SCHEMA_EXAMPLES)]
pub(super) struct Schema {
    /// What the schema is of; without it, a scenario file
    #[arg(value_name = "TYPE")]
    pub(super) kind: Option<String>,
}

/// Takes the name of a list for the list, and offers the names in the help.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    let names = PossibleValuesParser::new(Kind::ALL.map(Kind::name));
    names.try_map(|name| {
        Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or("there is no such list")
    })
}
