//! `crosswire matrix`: runs mechanisms or clients behind defences and prints what leaks.

mod heat;

use super::args::MatrixArgs;
use super::defences::defences;
use super::failure::{Exit, Failure};
use super::memory_check;
use super::output::{FileKind, OutputFile};
use super::progress;
use super::screen::Screen;
use super::signals;
use super::single_run::program_name;
use crosswire::catalog;
use crosswire::matrix::{Matrix, Question, Row, matrix_until};
use crosswire::mechanisms::{Mechanism, forms};
use crosswire::scenarios::Scenarios;
use crosswire_output::format::{self, quoted};
use crosswire_output::machine;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs every cell and prints the matrix.
pub(super) fn matrix(args: &MatrixArgs) -> Result<Exit, Failure> {
    let report = match &args.report {
        Some(path) => Some(OutputFile::new(path, FileKind::Page, args.force)?),
        None => None,
    };
    let question = question(args)?;
    let cells = question.rows.len() * question.defences.len();
    let all = cells as u64 * question.seeds;
    let stop = signals::stop()?;
    let done = AtomicU64::new(0);
    let matrix = progress::counted(all, ("run", "runs"), |tick| {
        let tick = |runs| {
            done.store(runs, Ordering::Relaxed);
            tick(runs);
        };
        matrix_until(&question, &tick, &|| stop.load(Ordering::Relaxed))
    });
    let done = done.into_inner();
    Screen::Output.print(&printed(args, &matrix)?)?;
    if let Some(file) = &report {
        file.write(heat::page(&matrix, &command()).as_bytes())?;
        Screen::Error.print(&format!("page: {}\n", file.shown()))?;
    }
    if done < all {
        let how = signals::interrupted(done, Some(all), "runs");
        let rows = "incomplete rows are left out";
        return Err(Failure::Interrupted(format!("{how}; {rows}")));
    }
    match matrix.cells.iter().map(|cell| cell.panicked).sum() {
        0 => Ok(Exit::Clean),
        panicked => Err(Failure::Harness(format!("{} panicked", format::counted(panicked, "run")))),
    }
}

fn printed(args: &MatrixArgs, matrix: &Matrix) -> Result<String, Failure> {
    if args.json {
        return Ok(machine::page(matrix)?);
    }
    Ok(match (args.markdown, args.csv) {
        (true, _) => matrix.to_markdown(&command()),
        (_, true) => matrix.to_csv(),
        _ => matrix.to_text(Screen::Output.layout()),
    })
}

/// Returns the command as it was typed, without the directory of the program.
fn command() -> String {
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| {
        let word = word.to_string_lossy();
        word.strip_prefix("--").map_or_else(|| quoted(&word), |flag| format!("--{}", quoted(flag)))
    });
    std::iter::once(program_name()).chain(words).collect::<Vec<_>>().join(" ")
}

fn question(args: &MatrixArgs) -> Result<Question, Failure> {
    let mut scenarios = Scenarios::default();
    if let Some(name) = &args.scenario {
        scenarios.load(name)?;
    }
    let threads = progress::threads(args.jobs);
    let mut rows = rows(args)?;
    for row in &mut rows {
        if let Some(name) = &args.scenario {
            row.scenario.clone_from(name);
        }
        memory_check::for_scenario(&row.scenario, scenarios.load(&row.scenario)?, threads)?;
    }
    Ok(Question {
        rows,
        defences: columns(&args.defences)?,
        scenarios,
        from: first_seed(args)?,
        seeds: args.seeds.get().into(),
        threads,
    })
}

/// Returns the named mechanisms and then the named clients; without any names, all mechanisms.
fn rows(args: &MatrixArgs) -> Result<Vec<Row>, Failure> {
    let mechanisms = match &args.mechanisms[..] {
        [] if args.clients.is_empty() => forms().collect(),
        some => once_each(some.iter().flat_map(|text| named(text)), |mechanism| mechanism.faulty)?,
    };
    let clients = args.clients.iter().map(|name| Ok(catalog::client(name)?));
    let clients = once_each(clients, |client| client.name.clone())?;
    let mechanisms = mechanisms.into_iter().map(Row::from);
    Ok(mechanisms.chain(clients.into_iter().map(Row::of_client)).collect())
}

/// Returns the first seed if the last one is still a seed.
fn first_seed(args: &MatrixArgs) -> Result<u64, Failure> {
    let last = u64::MAX - u64::from(args.seeds.get() - 1);
    let (from, seeds) = (args.from_seed.0, format::counted(args.seeds.get().into(), "seed"));
    if from > last {
        return Err(Failure::input(format!(
            "{seeds} from {from} on go beyond the last seed, 2^64-1; expected `--from-seed` of at most \
             {last}"
        )));
    }
    Ok(from)
}

/// Removes repeated items; the first of each stays.
fn once_each<T, K: PartialEq>(
    all: impl Iterator<Item = Result<T, Failure>>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, Failure> {
    let mut once: Vec<T> = Vec::new();
    for item in all {
        let next = item?;
        if once.iter().all(|other| key(other) != key(&next)) {
            once.push(next);
        }
    }
    Ok(once)
}

fn named(text: &str) -> Vec<Result<&'static Mechanism, Failure>> {
    let found: Vec<_> = Mechanism::named(text).map(Ok).collect();
    if found.is_empty() { vec![Err(catalog::unknown_mechanism(text).into())] } else { found }
}

/// Returns the sets of defences: a set for each value of `--defence` or, without any, the empty set
/// and each defence by itself.
fn columns(values: &[String]) -> Result<Vec<Vec<String>>, Failure> {
    if values.is_empty() {
        let each = crosswire_cloud::defences().iter().map(|(name, _)| vec![(*name).to_owned()]);
        return Ok(std::iter::once(Vec::new()).chain(each).collect());
    }
    once_each(values.iter().map(|set| defences(std::slice::from_ref(set))), |set| {
        let mut names = set.clone();
        names.sort_unstable();
        names
    })
}
