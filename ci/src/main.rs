//! The program `ci`: see `ci --help`.

use clap::{Parser, Subcommand};
use crosswire_allocator as _;
use crosswire_ci::error::Error;
use crosswire_ci::{
    adapters, certify, counts, demonstration, dialing, digests, examples, instructions,
    kill_and_resume, nightly, package, pages, parity, program, queue, real_servers, register,
    regressions, replay, same_in_release, sources, suites, survives_a_change,
};
use std::env;
use std::process::ExitCode;

/// Runs what continuous integration and the nightly run.
#[derive(Parser)]
#[command(name = "ci")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Certifies real libraries in lockstep; `--slice` is redis-py alone.
    Adapters(adapters::Args),
    /// Runs fleets under each back-off and writes docs/reports/arrivals.md and its picture.
    Arrivals,
    /// Measures how long commands are in flight, against the bound of the checker.
    Bounds(examples::Args),
    /// Certifies the real libraries in full and writes docs/reports/certificates.
    Certify(certify::Args),
    /// Prints numbers about the sources: prose, functions, assertions, import cycles.
    Counts(counts::Args),
    /// Checks that the README and the demonstration's page show what the program prints.
    Demonstration(demonstration::Args),
    /// Measures how soon each mechanism is found, and that no correct twin is accused.
    Detection(examples::Args),
    /// Tests examples/dialing with `cargo crosswire test`.
    Dialing,
    /// Compares the digests of runs with those in `ci/digests.txt`.
    Digests(digests::Args),
    /// Compares guided with unguided search, with the same CPU time.
    Guided(examples::Args),
    /// Counts the instructions of a storm and of bare madsim.
    Instructions,
    /// Checks that a hunt that is killed and resumed equals an undisturbed one.
    KillAndResume(kill_and_resume::Args),
    /// Minimizes the first violation of each mechanism and prints the sizes.
    Minimizing(examples::Args),
    /// Runs mutants of the zoo's correct clients until each is found.
    Mutants(examples::Args),
    /// Hunts with everything that is correct, and saves what is new.
    Nightly(nightly::Args),
    /// Makes the packages that would be published, and tests with them alone.
    Package(package::Args),
    /// Opens pages in a headless Chromium and uses them as a reader would.
    Pages,
    /// Compares the simulated cache with a real redis-server.
    Parity(parity::Args),
    /// Builds the program `crosswire` and prints its path, or prints `$CROSSWIRE`.
    Program(program::Args),
    /// Checks that a hunt shared over a NATS server equals that of one process, despite kills.
    Queue(queue::Args),
    /// Compares the protocols with the real servers.
    RealServers(real_servers::Args),
    /// Runs client libraries by version in lockstep and writes docs/register.
    Register(register::Args),
    /// Finds every mechanism, minimizes the runs and saves them in scenarios/regressions.
    Regressions(regressions::Args),
    /// Replays every saved run.
    Replay(replay::Args),
    /// Checks that debug and release builds give the same bytes.
    SameInRelease,
    /// Certifies a small client from suites of pytest, node:test, go test and JUnit 5.
    Suites,
    /// Checks that saved runs survive a change of the code that draws the workload.
    SurvivesAChange,
    /// Tests every claim of docs/reports/claims.md.
    Sweep(examples::Args),
    /// Runs the clients of the zoo: correct ones are clean, faulty ones are found.
    Zoo(examples::Args),
}

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Error { message, status }) => {
            eprintln!("ci: {message}");
            ExitCode::from(status)
        }
    }
}

/// Runs a command in the root of the repository, and returns whether what it checks holds.
fn run(command: Command) -> Result<bool, Error> {
    let root = sources::root();
    env::set_current_dir(&root).map_err(|error| format!("{}: {error}", root.display()))?;
    match command {
        Command::Adapters(args) => adapters::run(&args),
        Command::Arrivals => examples::arrivals(),
        Command::Bounds(args) => examples::run("bounds", &[], &args),
        Command::Certify(args) => certify::run(&args),
        Command::Counts(args) => Ok(counts::run(&args)?),
        Command::Demonstration(args) => demonstration::run(&args),
        Command::Detection(args) => {
            examples::run("detection", &["--kept", "scenarios/tally.jsonl"], &args)
        }
        Command::Dialing => dialing::run(),
        Command::Digests(args) => Ok(digests::run(&args)?),
        Command::Guided(args) => examples::run("guided", &[], &args),
        Command::Instructions => instructions::run(),
        Command::KillAndResume(args) => kill_and_resume::run(&args),
        Command::Minimizing(args) => examples::run("minimizing", &[], &args),
        Command::Mutants(args) => examples::mutants(&args),
        Command::Nightly(args) => nightly::run(&args),
        Command::Package(args) => package::run(&args),
        Command::Pages => pages::run(),
        Command::Parity(args) => parity::run(&args),
        Command::Program(args) => program::run(&args),
        Command::Queue(args) => queue::run(&args),
        Command::RealServers(args) => real_servers::run(&args),
        Command::Register(args) => register::run(&args),
        Command::Regressions(args) => regressions::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::SameInRelease => same_in_release::run(),
        Command::Suites => suites::run(),
        Command::SurvivesAChange => survives_a_change::run(),
        Command::Sweep(args) => examples::run("sweep", &[], &args),
        Command::Zoo(args) => examples::run("zoo", &["--kept", "scenarios/zoo.jsonl"], &args),
    }
}
