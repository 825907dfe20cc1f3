//! `crosswire matrix`: mechanisms by defences.

use super::args::MatrixArgs;
use super::failure::{Exit, Failure};
use super::progress;
use super::screen::Screen;
use crosswire::matrix::{Matrix, Question, matrix};
use crosswire::mechanisms::{MECHANISMS, Mechanism};
use crosswire::seedline::NONE;
use crosswire::{catalog, library};

/// Plays what is wanted and prints it.
pub(super) fn play(wanted: &MatrixArgs) -> Result<Exit, Failure> {
    let question = question(wanted)?;
    let cells = question.mechanisms.len() * question.defences.len();
    let all = cells as u64 * question.seeds;
    let played = progress::counted(all, "runs", |tick| matrix(&question, tick));
    Screen::Output.print(&printed(wanted, &played)?)?;
    Ok(Exit::Clean)
}

fn printed(wanted: &MatrixArgs, played: &Matrix) -> Result<String, Failure> {
    if wanted.json {
        let json = serde_json::to_string_pretty(played);
        return Ok(json.map_err(|error| Failure::Harness(error.to_string()))? + "\n");
    }
    Ok(match (wanted.markdown, wanted.csv) {
        (true, _) => played.to_markdown(),
        (_, true) => played.to_csv(),
        _ => played.to_text(),
    })
}

fn question(wanted: &MatrixArgs) -> Result<Question, Failure> {
    let mechanisms = match &wanted.mechanisms[..] {
        [] => MECHANISMS.iter().collect(),
        some => some.iter().map(|text| named(text)).collect::<Result<_, _>>()?,
    };
    let scenario = wanted.scenario.as_deref().map(library::scenario).transpose()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Question {
        mechanisms,
        defences: columns(&wanted.defences)?,
        scenario,
        from: wanted.from,
        seeds: wanted.seeds.get().into(),
        threads: wanted.jobs.map_or(cores, |jobs| jobs.get().into()),
    })
}

fn named(text: &str) -> Result<&'static Mechanism, Failure> {
    Mechanism::named(text).ok_or_else(|| catalog::unknown_mechanism(text).into())
}

/// Without any said: none, and each by itself. `a+b` is both together.
fn columns(said: &[String]) -> Result<Vec<Vec<String>>, Failure> {
    if said.is_empty() {
        let each = crosswire_cloud::defences().iter().map(|(name, _)| vec![(*name).to_owned()]);
        return Ok(std::iter::once(Vec::new()).chain(each).collect());
    }
    let sets = said.iter().map(|set| {
        let names = set.split('+').filter(|name| *name != NONE).map(str::to_owned);
        let names: Vec<_> = names.collect();
        names.iter().try_for_each(|name| catalog::defence(name))?;
        Ok(names)
    });
    sets.collect()
}
