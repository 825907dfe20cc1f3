//! `crosswire certify`: tests a client or a library and prints a certificate.
//!
//! - [`client`]: a client of `crosswire list clients`, in the simulation
//! - [`adapter`]: a library of any language in a separate process, in lockstep
//! - [`drawn`]: the diagrams of findings
//! - [`terminal`]: lays out a certificate on a terminal
//! - [`page_of_client`], [`page_of_library`]: the certificate as a page

mod adapter;
mod client;
mod drawn;
mod page_of_client;
mod page_of_library;
mod terminal;

pub(super) use adapter::{ProxyClientsArgs, proxy_clients};

use super::args::EXIT_STATUS;
use super::failure::{Exit, Failure};
use super::numbers;
use super::output::{FileKind, OutputFile};
use super::screen::Screen;
use adapter::Subject;
use crosswire_plan::Seed;
use std::num::{NonZeroU8, NonZeroU32};
use std::path::PathBuf;

const EXAMPLES: &str = "\
A CLIENT is tested with the standard battery: all scenarios, the swarm, a cancellation at every \
await, a batch with an error in the middle, connections lost in mid-pipeline, values of one type \
and of mixed types, late replies before and after the next command. The certificate says for how \
many seeds the client held and which situations they reached; it never says that a client is \
safe. `crosswire schema certificate` describes the object that --json prints.

CMD is a program with its arguments that speaks docs/adapter-protocol.md: it reads calls from \
standard input and makes them with its library, against a server whose every reply Crosswire \
holds back until the schedule releases it. A schedule of such steps is drawn from a seed and \
does not depend on time. A violated schedule is minimized, and --save writes it to a file. \
--schedule runs the file against another version of the library: it reproduces, is fixed or \
differs. A call that never ends is waited for with the whole --patience once for each kind \
of it, and then as long as calls that end have taken. The \
certificate goes to standard output, all other lines to standard error. CMD runs in a separate \
process group and ends with this command. `crosswire schema lockstep-certificate` describes the \
object that --json prints, and `crosswire schema lockstep-replay` that of --schedule.

Ctrl-C or SIGTERM ends the command with the findings so far; the verdict is then never clean.

Examples:
  crosswire certify redis-rs
  crosswire certify redis-rs-0-29 --seeds 200 --out certificate
  crosswire certify moka-future --seeds 5000 --json > moka-future.json
  crosswire certify redis-rs --report redis-rs.html        a page to send to a colleague
  crosswire certify --adapter \"$(adapters/make redis-py 4.5.1)\"
  crosswire certify --adapter \"$(adapters/make redis-py 4.5.1) --single\" --save desync.toml
  crosswire certify --adapter \"$(adapters/make redis-py newest)\" --schedule desync.toml
  crosswire certify --adapter \"$(adapters/make ioredis newest)\" --enumerate 4 --json
  crosswire certify --proxy \"$(adapters/make pgbouncer newest)\"";

const SCHEDULE_STATUS: &str = "\
With --schedule the status is about the library, whatever the schedule was saved for:
  0  fixed or clean: nothing was violated, and every situation of `reach` occurred
  1  reproduces, differs or violated: an invariant was violated
  3  inconclusive: nothing was violated, but a situation of `reach` never occurred
Of several schedules the gravest counts: 1, then 3, then 0.";

#[derive(clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_STATUS}\n\n{SCHEDULE_STATUS}"))]
pub(super) struct CertifyArgs {
    /// The client under test; see `crosswire list clients`
    #[arg(value_name = "CLIENT", conflicts_with = "subject")]
    client: Option<String>,

    /// Seeds for the whole battery: each part gets its share, and at least one; with --adapter,
    /// schedules to draw
    #[arg(long, value_name = "N", default_value = "2000", value_parser = numbers::count)]
    #[arg(allow_negative_numbers = true, conflicts_with_all = ["enumerate", "schedules"])]
    seeds: NonZeroU32,

    /// The first seed, a number from 0 to 2^64-1 or a git commit hash
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true)]
    #[arg(conflicts_with_all = ["enumerate", "schedules"])]
    from_seed: Seed,

    /// Print one JSON object on standard output, and everything else on standard error
    #[arg(long)]
    json: bool,

    /// Runs at a time [default: one per core]; with --adapter, adapters that share the schedules
    /// [default: 1]
    #[arg(long, value_name = "N", value_parser = numbers::jobs, allow_negative_numbers = true)]
    #[arg(conflicts_with = "schedules")]
    jobs: Option<NonZeroU8>,

    /// Write certificate.md, certificate.json and a file for each finding into this directory
    #[arg(long, value_name = "DIR", help_heading = "For a CLIENT")]
    out: Option<PathBuf>,

    /// Write the certificate to a file as a page, as HTML; not with --schedule
    #[arg(long, value_name = "FILE", conflicts_with = "schedules")]
    report: Option<PathBuf>,

    /// Overwrite the files after --save and --report, or files in the directory after --out, even
    /// if this command did not write them
    #[arg(long)]
    force: bool,

    /// Keep findings as they are, without minimizing them
    #[arg(long, help_heading = "For a CLIENT", conflicts_with = "subject")]
    no_minimize: bool,

    /// Certify a library through its adapter: a program and its arguments, as one argument
    #[arg(long, value_name = "CMD", help_heading = "For a library", allow_hyphen_values = true)]
    #[arg(group = "subject")]
    adapter: Option<String>,

    /// Certify a pooler or proxy, which FILE describes: Crosswire is its clients and its server
    #[arg(long, value_name = "FILE", help_heading = "For a library", group = "subject")]
    proxy: Option<PathBuf>,

    #[command(flatten)]
    lockstep: adapter::LockstepArgs,
}

/// Certifies a client or a library.
pub(super) fn certify(args: &CertifyArgs) -> Result<Exit, Failure> {
    match (&args.client, &args.adapter, &args.proxy) {
        (Some(client), ..) => client::certify(client, args),
        (None, Some(command), _) => adapter::certify(&Subject::adapter(command)?, args),
        (None, None, Some(file)) => adapter::certify(&Subject::proxy(file)?, args),
        (None, None, None) => Err(Failure::input(
            "there is nothing to certify; expected a CLIENT, one of `crosswire list clients`, or \
             --adapter CMD, a program that speaks docs/adapter-protocol.md, or --proxy FILE, the \
             description of a proxy",
        )),
    }
}

/// Checks that the page of a certificate can be written, if one is to be.
fn report(args: &CertifyArgs) -> Result<Option<OutputFile>, Failure> {
    match &args.report {
        Some(path) => OutputFile::new(path, FileKind::Page, args.force).map(Some),
        None => Ok(None),
    }
}

/// Writes the page of a certificate and prints its path on standard error: standard output has the
/// certificate and nothing after it.
fn write_report(file: &OutputFile, page: &str) -> Result<(), Failure> {
    file.write(page.as_bytes())?;
    Screen::Error.print(&format!("page: {}\n", file.shown()))
}
