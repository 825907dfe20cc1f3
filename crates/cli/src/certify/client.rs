//! A client that is listed, put through the battery.

use super::CertifyArgs;
use crate::failure::{Exit, Failure};
use crate::output::{CertificateDir, OBJECT, PAGE};
use crate::play::program_name;
use crate::progress;
use crate::room;
use crate::screen::{Screen, runs_panic_quietly};
use crate::signals;
use crosswire::catalog;
use crosswire::certify::battery::BATTERY;
use crosswire::certify::{Certified, Kept, Question, certify as play, cost};
use crosswire_output::machine;
use crosswire_output::text::quoted;
use crosswire_plan::Seed;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A run that takes longer is given up.
const BUDGET: Duration = Duration::from_mins(5);

/// Plays the battery, and prints and writes the certificate.
pub(super) fn certify(client: &str, wanted: &CertifyArgs) -> Result<Exit, Failure> {
    let question = question(client, wanted)?;
    let out = wanted.out.as_ref();
    let out = out.map(|dir| CertificateDir::new(dir, &question.client.name, wanted.force));
    let out = out.transpose()?;
    let stop = signals::stop()?;
    let stopped = || stop.load(Ordering::Relaxed);
    runs_panic_quietly();
    let seeds = question.all_seeds();
    let mut certified = progress::counted(seeds, "seeds", |tick| play(&question, tick, &stopped));
    let kept = small(&mut certified, &question, wanted, &stopped);
    let mut certificate = certified.certificate;
    certificate.cost = progress::barred(2 * cost::seeds(&question), "runs for the cost", |tick| {
        cost::beside(&question, tick, &stopped)
    });
    if stopped() {
        certificate.interrupt(seeds);
    }
    let markdown = certificate.to_markdown(&command(client, wanted));
    let json = machine::page(&certificate)?;
    if let Some(dir) = out.as_ref().filter(|dir| stopped() && dir.has_one()) {
        let told = "interrupted: the certificate that is in the directory stays";
        Screen::Error.print(&format!("{}: {told}\n", dir.name()))?;
    } else if let Some(dir) = &out {
        let files = [(PAGE, &markdown), (OBJECT, &json)];
        let kept = kept.iter().map(|Kept { name, text }| (name.as_str(), text));
        dir.write(files.into_iter().chain(kept))?;
    }
    Screen::Output.print(if wanted.json { &json } else { &markdown })?;
    Ok(certificate.verdict.into())
}

fn question(client: &str, wanted: &CertifyArgs) -> Result<Question, Failure> {
    let (from, seeds) = (wanted.from_seed.0, u64::from(wanted.seeds.get()));
    if from.checked_add(seeds).is_none() {
        let most = u64::MAX - seeds;
        return Err(Failure::input(format!(
            "{seeds} seeds from {from} on go beyond the last one; expected `--from-seed` of at most {most}"
        )));
    }
    let client = catalog::client(client)?;
    let threads = progress::threads(wanted.jobs);
    for trial in BATTERY {
        room::for_scenario(trial.scenario, &trial.scenario(), threads)?;
    }
    Ok(Question { client, from, seeds, threads, budget: BUDGET })
}

fn small(
    certified: &mut Certified,
    question: &Question,
    wanted: &CertifyArgs,
    stop: &dyn Fn() -> bool,
) -> Vec<Kept> {
    let (finds, shrunk) = (certified.finds() as u64, !wanted.no_shrink);
    if finds == 0 {
        return Vec::new();
    }
    progress::barred(finds, "findings made small", |tick| {
        certified.small(shrunk, &question.client, tick, stop)
    })
}

/// The command that prints this page again, whatever directory and number of threads it was given.
fn command(client: &str, wanted: &CertifyArgs) -> String {
    let (client, seeds) = (quoted(client), wanted.seeds);
    let from = (wanted.from_seed != Seed(0)).then(|| format!(" --from-seed {}", wanted.from_seed));
    let (from, whole) =
        (from.unwrap_or_default(), if wanted.no_shrink { " --no-shrink" } else { "" });
    let program = quoted(&program_name());
    format!("{program} certify {client} --seeds {seeds}{from}{whole}")
}
