//! A client that is listed, put through the battery.

use super::CertifyArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::play::{may_be_a_directory, program_name};
use crate::cli::progress;
use crate::cli::screen::{Screen, runs_panic_quietly};
use crosswire::catalog;
use crosswire::certify::{Certified, Kept, Question, certify as play, cost};
use crosswire::machine;
use crosswire::text::quoted;
use crosswire_plan::Seed;
use serde::Deserialize;
use std::io;
use std::path::Path;
use std::time::Duration;

/// A run that takes longer is given up.
const BUDGET: Duration = Duration::from_mins(5);

/// Plays the battery, and prints and writes the certificate.
pub(super) fn certify(client: &str, wanted: &CertifyArgs) -> Result<Exit, Failure> {
    let question = question(client, wanted)?;
    if let Some(dir) = &wanted.out {
        may_be_a_directory(dir)?;
    }
    runs_panic_quietly();
    let seeds = question.all_seeds();
    let mut certified = progress::counted(seeds, "seeds", |tick| play(&question, tick));
    let kept = small(&mut certified, &question, wanted);
    let mut certificate = certified.certificate;
    // Of a client that panics there is no cost to be told.
    certificate.cost = progress::barred(2 * cost::seeds(&question), "runs for the cost", |tick| {
        cost::beside(&question, tick).ok()
    });
    let markdown = certificate.to_markdown(&command(client, wanted));
    let json = machine::page(&certificate)?;
    if let Some(dir) = &wanted.out {
        let files = [("certificate.md", &markdown), ("certificate.json", &json)];
        let kept = kept.iter().map(|Kept { name, text }| (name.as_str(), text));
        forget(dir);
        write(dir, files.into_iter().chain(kept))?;
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
    Ok(Question { client, from, seeds, threads, budget: BUDGET })
}

fn small(certified: &mut Certified, question: &Question, wanted: &CertifyArgs) -> Vec<Kept> {
    let (finds, shrunk) = (certified.finds() as u64, !wanted.no_shrink);
    if finds == 0 {
        return Vec::new();
    }
    progress::barred(finds, "findings made small", |tick| {
        certified.small(shrunk, &question.client, tick)
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

/// What is read of an older certificate, of any version.
#[derive(Deserialize)]
struct Older {
    findings: Vec<OlderFinding>,
}

#[derive(Deserialize)]
struct OlderFinding {
    file: Option<String>,
}

/// Runs that an older certificate in the directory speaks of would be taken for this one's.
fn forget(dir: &Path) {
    let old = std::fs::read_to_string(dir.join("certificate.json")).ok();
    let old = old.and_then(|text| serde_json::from_str::<Older>(&text).ok());
    let files = old.into_iter().flat_map(|old| old.findings).filter_map(|finding| finding.file);
    for file in files.filter(|file| Path::new(file).file_name() == Some(file.as_ref())) {
        // One that is not there any more is none.
        drop(std::fs::remove_file(dir.join(file)));
    }
}

fn write<'a>(
    dir: &Path,
    files: impl Iterator<Item = (&'a str, &'a String)>,
) -> Result<(), Failure> {
    for (name, text) in files {
        let path = dir.join(name);
        let unwritable = |error: io::Error| {
            Failure::Harness(format!("{}: cannot be written: {error}", path.display()))
        };
        std::fs::write(&path, text).map_err(unwritable)?;
    }
    Ok(())
}
