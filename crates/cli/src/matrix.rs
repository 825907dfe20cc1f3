//! `crosswire matrix`: mechanisms by defences.

use super::args::MatrixArgs;
use super::failure::{Exit, Failure};
use super::play::program_name;
use super::progress;
use super::screen::Screen;
use super::{room, sets, signals};
use crosswire::matrix::{Matrix, Question, Row, matrix_until};
use crosswire::mechanisms::{Mechanism, forms};
use crosswire::{catalog, library};
use crosswire_output::machine;
use crosswire_output::text::{self, quoted};
use crosswire_plan::Scenario;
use std::sync::atomic::{AtomicU64, Ordering};

/// Plays what is wanted and prints it.
pub(super) fn play(wanted: &MatrixArgs) -> Result<Exit, Failure> {
    let question = question(wanted)?;
    let cells = question.rows.len() * question.defences.len();
    let all = cells as u64 * question.seeds;
    let stop = signals::stop()?;
    let done = AtomicU64::new(0);
    let played = progress::counted(all, "runs", |tick| {
        let tick = |runs| {
            done.store(runs, Ordering::Relaxed);
            tick(runs);
        };
        matrix_until(&question, &tick, &|| stop.load(Ordering::Relaxed))
    });
    let done = done.into_inner();
    Screen::Output.print(&printed(wanted, &played)?)?;
    if done < all {
        let how = signals::interrupted(done, Some(all), "runs");
        let rows = "mechanisms that were not played behind all defences are left out";
        return Err(Failure::Interrupted(format!("{how}; {rows}")));
    }
    match played.cells.iter().map(|cell| cell.panicked).sum() {
        0 => Ok(Exit::Clean),
        panicked => Err(Failure::Harness(format!("{} panicked", text::counted(panicked, "run")))),
    }
}

fn printed(wanted: &MatrixArgs, played: &Matrix) -> Result<String, Failure> {
    if wanted.json {
        return Ok(machine::page(played)?);
    }
    Ok(match (wanted.markdown, wanted.csv) {
        (true, _) => played.to_markdown(&command()),
        (_, true) => played.to_csv(),
        _ => played.to_text(),
    })
}

/// What was typed, without the path of the program.
fn command() -> String {
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| {
        let word = word.to_string_lossy();
        word.strip_prefix("--").map_or_else(|| quoted(&word), |flag| format!("--{}", quoted(flag)))
    });
    std::iter::once(program_name()).chain(words).collect::<Vec<_>>().join(" ")
}

fn question(wanted: &MatrixArgs) -> Result<Question, Failure> {
    let scenario = wanted
        .scenario
        .as_deref()
        .map(|name| library::scenario(name).map(|scenario| (name.to_owned(), scenario)));
    let scenario = scenario.transpose()?;
    let threads = progress::threads(wanted.jobs);
    let rows = rows(wanted)?;
    has_room(&rows, scenario.as_ref(), threads)?;
    Ok(Question {
        rows,
        defences: columns(&wanted.defences)?,
        scenario,
        from: first_seed(wanted)?,
        seeds: wanted.seeds.get().into(),
        threads,
    })
}

/// The mechanisms that are named, and behind them the clients; all mechanisms if nothing is.
fn rows(wanted: &MatrixArgs) -> Result<Vec<Row>, Failure> {
    let mechanisms = match &wanted.mechanisms[..] {
        [] if wanted.clients.is_empty() => forms().collect(),
        some => once_each(some.iter().flat_map(|text| named(text)), |mechanism| mechanism.wrong)?,
    };
    let clients = wanted.clients.iter().map(|name| Ok(catalog::client(name)?));
    let clients = once_each(clients, |client| client.name.clone())?;
    let mechanisms = mechanisms.into_iter().map(Row::from);
    Ok(mechanisms.chain(clients.into_iter().map(Row::of_client)).collect())
}

/// Whether there is the memory for runs of the scenario for all, or of each row's own.
fn has_room(rows: &[Row], all: Option<&(String, Scenario)>, threads: usize) -> Result<(), Failure> {
    if let Some((name, scenario)) = all {
        return room::for_scenario(name, scenario, threads);
    }
    for row in rows {
        let name = row.scenario();
        room::for_scenario(name, &library::scenario(name)?, threads)?;
    }
    Ok(())
}

/// The last seed must be one too.
fn first_seed(wanted: &MatrixArgs) -> Result<u64, Failure> {
    let last = u64::MAX - u64::from(wanted.seeds.get() - 1);
    let (from, seeds) = (wanted.from.0, text::counted(wanted.seeds.get().into(), "seed"));
    if from > last {
        return Err(Failure::input(format!(
            "{seeds} from {from} on go beyond the last one, 2^64-1; expected `--from` of at most \
             {last}"
        )));
    }
    Ok(from)
}

/// What is named twice is played once, where it was named first.
fn once_each<T, K: PartialEq>(
    all: impl Iterator<Item = Result<T, Failure>>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, Failure> {
    let mut once: Vec<T> = Vec::new();
    for said in all {
        let next = said?;
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

/// Without any said: none, and each by itself. `a+b` is both together.
fn columns(said: &[String]) -> Result<Vec<Vec<String>>, Failure> {
    if said.is_empty() {
        let each = crosswire_cloud::defences().iter().map(|(name, _)| vec![(*name).to_owned()]);
        return Ok(std::iter::once(Vec::new()).chain(each).collect());
    }
    once_each(said.iter().map(|set| sets::defences(std::slice::from_ref(set))), |set| {
        let mut names = set.clone();
        names.sort_unstable();
        names
    })
}
