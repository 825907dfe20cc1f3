//! `crosswire certify CLIENT`: tests a client with the standard battery.

use super::{CertifyArgs, drawn::drawn, page_of_client, report, terminal, write_report};
use crate::failure::{Exit, Failure};
use crate::memory_check;
use crate::output::{CertificateDir, OBJECT, PAGE};
use crate::progress;
use crate::screen::Screen;
use crate::signals;
use crate::single_run::program_name;
use crosswire::catalog;
use crosswire::certify::battery::{self, BATTERY};
use crosswire::certify::{Certified, FindingFile, Question, certify as play, cost};
use crosswire::quiet;
use crosswire_output::format::quoted;
use crosswire_output::machine;
use crosswire_plan::Seed;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The wall time after which a run counts as hung.
const RUN_TIMEOUT: Duration = Duration::from_mins(5);

/// Runs the battery, and prints and writes the certificate.
pub(super) fn certify(client: &str, args: &CertifyArgs) -> Result<Exit, Failure> {
    let question = question(client, args)?;
    let out = match &args.out {
        Some(dir) => Some(CertificateDir::new(dir, &question.client.name, args.force)?),
        None => None,
    };
    let report = report(args)?;
    let stop = signals::stop()?;
    let stopped = || stop.load(Ordering::Relaxed);
    quiet::always();
    let seeds = question.all_seeds();
    let mut certified =
        progress::counted(seeds, ("run", "seeds"), |tick| play(&question, tick, &stopped));
    let kept = minimize(&mut certified, &question, args, &stopped);
    let mut certificate = certified.certificate;
    certificate.cost = progress::barred(2 * cost::seeds(&question), "runs for the cost", |tick| {
        cost::beside(&question, tick, &stopped)
    });
    if stopped() {
        certificate.interrupt(seeds);
    }
    let markdown = certificate.to_markdown(&command(client, args));
    let json = machine::page(&certificate)?;
    match &out {
        Some(dir) if stopped() && dir.has_certificate() => {
            let note = "interrupted: the certificate in the directory is left as it is";
            Screen::Error.print(&format!("{}: {note}\n", dir.name()))?;
        }
        Some(dir) => {
            let files = [(PAGE, &markdown), (OBJECT, &json)];
            let kept = kept.iter().map(|FindingFile { name, text }| (name.as_str(), text));
            dir.write(files.into_iter().chain(kept))?;
        }
        None => {}
    }
    let verdict = certificate.verdict;
    if args.json {
        Screen::Output.print(&json)?;
    } else {
        Screen::Output.print(&terminal::page(&markdown, verdict, Screen::Output.layout()))?;
    }
    if let Some(file) = &report {
        let diagrams = drawn(&kept, &question.client);
        let page = page_of_client::page(&certificate, &command(client, args), &diagrams);
        write_report(file, &page)?;
    }
    Ok(verdict.into())
}

fn question(client: &str, args: &CertifyArgs) -> Result<Question, Failure> {
    let (from, seeds) = (args.from_seed.0, u64::from(args.seeds.get()));
    if from.checked_add(seeds).is_none() {
        let most = u64::MAX - seeds;
        return Err(Failure::input(format!(
            "{seeds} seeds from {from} on go beyond the last seed; expected `--from-seed` of at most {most}"
        )));
    }
    let client = catalog::client(client)?;
    let threads = progress::threads(args.jobs);
    let scenarios = battery::scenarios();
    for (trial, scenario) in BATTERY.iter().zip(&scenarios) {
        memory_check::for_scenario(trial.scenario, scenario, threads)?;
    }
    Ok(Question { client, scenarios, from, seeds, threads, budget: RUN_TIMEOUT })
}

fn minimize(
    certified: &mut Certified,
    question: &Question,
    args: &CertifyArgs,
    stop: &dyn Fn() -> bool,
) -> Vec<FindingFile> {
    let (finds, minimizes) = (certified.finds() as u64, !args.no_minimize);
    if finds == 0 {
        return Vec::new();
    }
    progress::barred(finds, "findings minimized", |tick| {
        certified.small(minimizes, &question.client, tick, stop)
    })
}

/// Returns the command that prints this page again. The directory and the number of threads change
/// nothing on the page, so they are left out.
fn command(client: &str, args: &CertifyArgs) -> String {
    let (program, client) = (quoted(&program_name()), quoted(client));
    let from = match args.from_seed {
        Seed(0) => String::new(),
        from => format!(" --from-seed {from}"),
    };
    let minimize = if args.no_minimize { " --no-minimize" } else { "" };
    format!("{program} certify {client} --seeds {}{from}{minimize}", args.seeds)
}
