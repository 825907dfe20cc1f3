//! The arguments of every command.

use super::colour::ColorChoice;
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
  0  clean: every invariant held and every required situation occurred
  1  violated: an invariant was violated
  2  wrong usage or bad input
  3  inconclusive: nothing was violated, but a required situation never occurred; or interrupted
  4  an error of the harness: two runs of one plan differ, a panic, output that cannot be written";

const TOP_EXAMPLES: &str = "\
Examples:
  crosswire                                     the demonstration
  crosswire run reconnect-storm                 a storm, with a random seed
  crosswire run reconnect-storm --seed 7 --client pooled-cancel-desync
  crosswire list clients                        the built-in clients";

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
A seed line is SCENARIO:SEED:CLIENT:DEFENCES, as each run prints it at its end. SCENARIO is a name \
or a path. CLIENT is a name, or CLIENT@SERVICE for a service other than the standard one. DEFENCES \
are names joined by `+`, or `none`; they may be left out with their colon.

A file contains the plan and the expected verdict. Replaying it prints `reproduces` if the run \
still shows what the file was saved for, `fixed` if the violation no longer occurs, and `differs` \
otherwise. If the digest has changed (the code has moved on), Crosswire retries with other \
execution seeds before it decides. A file saved for a panic reproduces if the run panics with the \
same message, one saved for a hang if the run does not end within --run-timeout. A file whose \
expected verdict is clean `holds` if nothing is violated but a required situation never occurs, as \
in most minimized cases. Given a directory, it replays every saved run in it, one line each.

With --json a file becomes one object with the outcome and the run; a directory becomes one object \
a line, without the runs.

Examples:
  crosswire replay reconnect-storm:7:pooled-cancel-desync:none
  crosswire replay wyze-2024:7:pooled:verify-at-delivery+bypass-relation-cache
  crosswire run reconnect-storm --seed 7 --client pooled-cancel-desync --save leak.toml
  crosswire replay leak.toml";

const REPLAY_STATUS: &str = "\
Exit status for a seed line: that of `crosswire run`. For a file or a directory:
  0  every file is as expected
  1  a file is not as expected
  2  wrong usage or bad input; the other files of a directory are still replayed
  3  interrupted: every file replayed so far is as expected
  4  an error of the harness: two runs of one plan differ, a panic, output that cannot be written";

const MINIMIZE_EXAMPLES: &str = "\
Leaves out faults, fault points, changes, devices and what each device does, pulls times together \
and simplifies numbers, as long as the run still shows a violation of the same signature: the \
invariant and the kinds of the links in its causal chain. If interrupted, it writes the smallest \
case so far.

Examples:
  crosswire minimize swarm:7:pooled-cancel-desync
  crosswire minimize swarm:7:pooled-cancel-desync --save desync.toml
  crosswire minimize leak.toml --budget 5m";

const MINIMIZE_STATUS: &str = "\
Exit status:
  0  the minimized case is written
  2  wrong usage or bad input: only a failing run can be minimized
  3  interrupted: the smallest case so far is written
  4  an error of the harness: a panic of Crosswire, output that cannot be written";

const MATRIX_EXAMPLES: &str = "\
Examples:
  crosswire matrix                                        every mechanism, every defence
  crosswire matrix --mechanism 1 --mechanism zombie-retry --seeds 50
  crosswire matrix --defence none --defence verify-at-delivery+bypass-relation-cache
  crosswire matrix --client redis-rs --client pooled --seeds 200
  crosswire matrix --scenario swarm --csv > matrix.csv
  crosswire matrix --seeds 50 --report matrix.html        a heat map";

const MATRIX_STATUS: &str = "\
Exit status:
  0  every cell was run, whatever leaked
  2  wrong usage or bad input
  3  interrupted: the rows that are complete are printed
  4  an error of the harness: a run that panicked, output that cannot be written";

const LIST_EXAMPLES: &str = "\
Examples:
  crosswire list clients
  crosswire list situations --json";

const SCHEMA_EXAMPLES: &str = "\
TYPE is `scenario`, or the `type` of an object that --json prints: run, every-await, hunt-finding, \
hunt-summary, hunt-status, certificate, lockstep-certificate, lockstep-replay, matrix, replay, list \
or error.

Examples:
  crosswire schema > schema.json      and in a scenario's first line: #:schema ./schema.json
  crosswire schema run";

/// Finds crossed wires: data of one customer delivered to another.
///
/// Cameras, phones, gateways, a cache, a database and a network run in one process, on simulated
/// time, from one seed. A scenario replays an outage and the reconnect storm after it; checkers
/// flag every event delivered to a user who may not see it. The same seed gives the same run.
///
/// Without a command: the demonstration.
#[derive(Parser)]
#[command(name = "crosswire", version, max_term_width = 100)]
#[command(after_help = format!("{TOP_EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// Colour: on a terminal, everywhere, or nowhere
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto", display_order = 900)]
    pub(super) color: ColorChoice,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Run a scenario with a seed
    Run(RunArgs),
    /// Replay a run from its seed line or from a file that --save wrote
    Replay(ReplayArgs),
    /// Minimize a failing run
    Minimize(MinimizeArgs),
    /// Run many seeds and collect failures
    Hunt(super::hunt::HuntArgs),
    /// Certify a client with the standard battery, or a library or proxy in lockstep
    Certify(super::certify::CertifyArgs),
    /// Serve the adapter protocol with the clients of a proxy: what `certify --proxy` starts
    #[command(hide = true)]
    ProxyClients(super::certify::ProxyClientsArgs),
    /// Compare defences against every known bug, with their cost
    Matrix(MatrixArgs),
    /// Serve the pages of a hunt to browsers on this machine, and follow it live
    View(super::view::ViewArgs),
    /// List clients, services, defences, scenarios and more, by name
    List(ListArgs),
    /// Print the JSON Schema of a scenario file, or of what --json prints
    Schema(SchemaArgs),
}

#[derive(clap::Args)]
#[command(after_help = format!("{RUN_EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(super) struct RunArgs {
    /// A scenario, by name or path
    pub(super) scenario: String,

    /// A number from 0 to 2^64-1 or a git commit hash [default: drawn and printed]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) seed: Option<Seed>,

    /// The client under test, instead of the scenario's
    #[arg(long, value_name = "NAME")]
    pub(super) client: Option<String>,

    /// The service under test, instead of the scenario's
    #[arg(long, value_name = "NAME")]
    pub(super) service: Option<String>,

    /// A defence to switch on, or several joined by `+`, instead of the scenario's; `none` switches
    /// all off
    #[arg(long = "defence", value_name = "NAMES")]
    pub(super) defences: Vec<String>,

    /// Run once for each await of the client's calls and cancel the call there
    #[arg(long, conflicts_with_all = [
        "cancel_at", "log", "save", "check_determinism", "text_diagram", "report", "svg", "perfetto",
    ])]
    pub(super) cancel_at_every_await: bool,

    /// Cancel a call of the client at the K-th await of the run
    #[arg(long, value_name = "K", value_parser = numbers::nth_await)]
    #[arg(allow_negative_numbers = true)]
    pub(super) cancel_at: Option<NonZeroU32>,

    /// Runs at a time, with --cancel-at-every-await [default: one per core]
    #[arg(long, value_name = "N", value_parser = numbers::jobs)]
    #[arg(allow_negative_numbers = true, requires = "cancel_at_every_await")]
    pub(super) jobs: Option<NonZeroU8>,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(clap::Args)]
#[command(after_help = format!("{REPLAY_EXAMPLES}\n\n{REPLAY_STATUS}"))]
pub(super) struct ReplayArgs {
    /// A seed line, a file that --save wrote, or a directory of such files
    #[arg(value_name = "FILE|DIR|SEED-LINE")]
    pub(super) source: String,

    /// Wall time after which a run counts as hung: each run of a directory, and a file that was
    /// saved for a panic or a hang
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = numbers::duration)]
    pub(super) run_timeout: Duration,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(clap::Args)]
#[command(after_help = format!("{MINIMIZE_EXAMPLES}\n\n{MINIMIZE_STATUS}"))]
#[command(group(clap::ArgGroup::new("files").multiple(true)))]
pub(super) struct MinimizeArgs {
    /// A seed line, or a file that --save wrote
    #[arg(value_name = "FILE|SEED-LINE")]
    pub(super) source: String,

    /// The file for the minimized case [default: FILE.small.toml beside the file; for a seed line,
    /// SCENARIO-CLIENT-SEED.small.toml in this directory]
    #[arg(long, value_name = "FILE")]
    pub(super) save: Option<PathBuf>,

    /// Overwrite the file even if it is of another kind
    #[arg(long)]
    pub(super) force: bool,

    /// CPU time for minimizing
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = numbers::duration)]
    pub(super) budget: Duration,

    #[command(flatten)]
    pub(super) pictures: PictureArgs,
}

#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(after_help = format!("{MATRIX_EXAMPLES}\n\n{MATRIX_STATUS}"))]
pub(super) struct MatrixArgs {
    /// A mechanism, by its number, its name, or the client or service that has it [default: all]
    #[arg(long = "mechanism", value_name = "NAME")]
    pub(super) mechanisms: Vec<String>,

    /// A client as a row, instead of or beside mechanisms; see `list clients`
    #[arg(long = "client", value_name = "NAME")]
    pub(super) clients: Vec<String>,

    /// A column: a defence, several joined by `+`, or `none` [default: `none`, and each defence]
    #[arg(long = "defence", value_name = "NAMES")]
    pub(super) defences: Vec<String>,

    /// One scenario for all rows, by name or path [default: each mechanism's own, and
    /// notification-mix-up for clients]
    #[arg(long, value_name = "SCENARIO")]
    pub(super) scenario: Option<String>,

    /// Seeds per cell
    #[arg(long, value_name = "N", default_value = "20", value_parser = numbers::count)]
    #[arg(allow_negative_numbers = true)]
    pub(super) seeds: NonZeroU32,

    /// The first seed, a number from 0 to 2^64-1 or a git commit hash; later seeds count up
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true)]
    pub(super) from_seed: Seed,

    /// Runs at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = numbers::jobs, allow_negative_numbers = true)]
    pub(super) jobs: Option<NonZeroU8>,

    /// Print one JSON object
    #[arg(long, conflicts_with_all = ["markdown", "csv"])]
    pub(super) json: bool,

    /// Print tables in Markdown
    #[arg(long, conflicts_with = "csv")]
    pub(super) markdown: bool,

    /// Print comma-separated values, one line per cell
    #[arg(long)]
    pub(super) csv: bool,

    /// Write a page with the matrix as a heat map and the cost of each column, as HTML
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,

    /// Overwrite the file after --report even if it is not a page of Crosswire
    #[arg(long, requires = "report")]
    pub(super) force: bool,
}

/// The pictures of a run.
#[derive(clap::Args)]
pub(super) struct PictureArgs {
    /// Print a diagram of the first violation: who sent what to whom, and where the wires crossed
    #[arg(long)]
    pub(super) text_diagram: bool,

    /// Write a page with the verdict and the diagram of each violation to a file, as HTML
    #[arg(long, value_name = "FILE", group = "files")]
    pub(super) report: Option<PathBuf>,

    /// Draw that diagram to a file, as SVG
    #[arg(long, value_name = "FILE", group = "files")]
    pub(super) svg: Option<PathBuf>,

    /// Write the whole run to a file for the Perfetto UI
    #[arg(long, value_name = "FILE", group = "files")]
    pub(super) perfetto: Option<PathBuf>,
}

/// The output of a single run.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("files").multiple(true)))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct OutputArgs {
    /// Print one JSON object on standard output, and everything else on standard error
    #[arg(long)]
    pub(super) json: bool,

    /// Print the history as it happens: simulated time, node, task, entry
    #[arg(long)]
    pub(super) log: bool,

    /// Write the plan, the verdict and the digest to a file for `replay`
    #[arg(long, value_name = "FILE", group = "files")]
    pub(super) save: Option<PathBuf>,

    #[command(flatten)]
    pub(super) pictures: PictureArgs,

    /// Overwrite the files that are written even if they are of another kind
    #[arg(long, requires = "files")]
    pub(super) force: bool,

    /// Run twice and compare every entry of the history
    #[arg(long)]
    pub(super) check_determinism: bool,
}

#[derive(clap::Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(super) struct ListArgs {
    /// The kind of thing to list
    #[arg(value_parser = kinds())]
    pub(super) kind: Kind,

    /// Print one JSON object; its items have a name, a summary and the fields of their kind
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(clap::Args)]
#[command(after_help = SCHEMA_EXAMPLES)]
pub(super) struct SchemaArgs {
    /// The type of object that the schema describes [default: scenario]
    #[arg(value_name = "TYPE")]
    pub(super) kind: Option<String>,
}

/// Parses the name of a list; the help shows all names.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    let names = PossibleValuesParser::new(Kind::ALL.map(Kind::name));
    names.try_map(|name| {
        Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or("there is no such list")
    })
}
