//! Runs the clients of the zoo. `ci/zoo` runs it.
//!
//! ```text
//! zoo                     everything, in full: hours
//! zoo --correct           only the correct clients
//! zoo --faulty            only the faulty clients
//! zoo --only NAME         only one client
//! zoo --seeds N           seeds of `swarm` for a correct client (2000); longest search (200)
//! zoo --others N          seeds of every other scenario for a correct client (200)
//! zoo --from N            starting points of a search (10)
//! zoo --scenario NAME     only this scenario for correct clients
//! zoo --kept FILE         keeps the results of correct clients in FILE, and resumes from it
//! zoo --told              prints the results of correct clients in FILE, and runs nothing
//! zoo --jobs N            concurrent runs (all cores)
//! zoo --small             minimizes the first violation of each faulty client
//! zoo --stories           prints the first story of each faulty client, even if it names the cause
//! zoo --write FILE        also writes the tables into FILE, between their marks
//! ```

use crosswire::minimize::{Minimize, Shows};
use crosswire_allocator as _;
use crosswire_claims::page;
use crosswire_claims::tally::{Kept, in_all};
use crosswire_claims::zoo::{HEAD, Search, client, look_for, row_of, rows, storm};
use crosswire_output::format::by_number;
use crosswire_zoo::{Specimen, correct, faulty};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The options of the command line.
#[expect(clippy::struct_excessive_bools, reason = "the switches of a command line")]
struct Wanted {
    correct: bool,
    faulty: bool,
    only: Option<String>,
    scenario: Option<String>,
    seeds: Option<u64>,
    others: u64,
    from: u64,
    jobs: usize,
    small: bool,
    stories: bool,
    write: Option<String>,
    kept: Option<PathBuf>,
    told: bool,
}

fn wanted() -> Option<Wanted> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut wanted = Wanted {
        correct: false,
        faulty: false,
        only: None,
        scenario: None,
        seeds: None,
        others: 200,
        from: 10,
        jobs: cores,
        small: false,
        stories: false,
        write: None,
        kept: None,
        told: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--correct" => wanted.correct = true,
            "--faulty" => wanted.faulty = true,
            "--small" => wanted.small = true,
            "--stories" => wanted.stories = true,
            "--kept" => wanted.kept = Some(args.next()?.into()),
            "--told" => (wanted.correct, wanted.told) = (true, true),
            "--only" => wanted.only = Some(args.next()?),
            "--scenario" => wanted.scenario = Some(args.next()?),
            "--write" => wanted.write = Some(args.next()?),
            "--seeds" => wanted.seeds = Some(above_zero(args.next())?),
            "--others" => wanted.others = args.next()?.parse().ok()?,
            "--from" => wanted.from = above_zero(args.next())?,
            "--jobs" => wanted.jobs = above_zero(args.next())? as usize,
            _ => return None,
        }
    }
    if !wanted.correct && !wanted.faulty {
        (wanted.correct, wanted.faulty) = (true, true);
    }
    Some(wanted)
}

fn above_zero(text: Option<String>) -> Option<u64> {
    text?.parse().ok().filter(|number| *number > 0)
}

fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!(
            "zoo: expected --correct, --faulty, --only NAME, --scenario NAME, --seeds N, --others N, --from N, --jobs N, --small, --stories, --kept FILE, --told, --write FILE, or nothing"
        );
        return ExitCode::from(2);
    };
    match played(&wanted) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("zoo: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs what was asked for. Returns whether all goals are met.
fn played(wanted: &Wanted) -> Result<bool, String> {
    let picked = |all: &'static [Specimen]| -> Vec<&'static Specimen> {
        let only = wanted.only.as_deref();
        all.iter().filter(|specimen| only.is_none_or(|only| only == specimen.name)).collect()
    };
    if let Some(only) = &wanted.only
        && picked(correct()).is_empty()
        && picked(faulty()).is_empty()
    {
        return Err(format!("no client `{only}` in the zoo"));
    }
    let mut well = true;
    if wanted.correct {
        let mut text = String::new();
        well &= play_correct(wanted, &picked(correct()), &mut text)?;
        wanted.put("zoo-correct", &text)?;
    }
    if wanted.faulty {
        let mut text = String::new();
        well &= play_faulty(wanted, &picked(faulty()), &mut text);
        wanted.put("zoo-faulty", &text)?;
    }
    Ok(well)
}

impl Wanted {
    /// Writes a table into the page, if one was named.
    fn put(&self, name: &str, text: &str) -> Result<(), String> {
        match &self.write {
            Some(file) => page::write(file, name, text),
            None => Ok(()),
        }
    }
}

/// Prints a line, and appends it to the page.
fn say(page: &mut String, line: &str) {
    println!("{line}");
    let _ = writeln!(page, "{line}");
}

/// Runs the correct clients. Returns whether each is clean in the required number of seeds.
fn play_correct(
    wanted: &Wanted,
    picked: &[&'static Specimen],
    page: &mut String,
) -> Result<bool, String> {
    let mut asked = rows(picked, wanted.seeds.unwrap_or(2_000), wanted.others);
    if let Some(only) = &wanted.scenario {
        asked.retain(|row| row.scenario == only);
    }
    let every_client: Vec<_> = correct().iter().collect();
    // The results of clients that were not asked for are kept, too.
    let mut kept = Kept::from(wanted.kept.as_deref(), &rows(&every_client, 1, 1))?;
    let wanted_now = if wanted.told { &[][..] } else { &asked[..] };
    let played = kept.play(wanted_now, wanted.jobs, |row, seed, ids| {
        eprintln!("    {} is accused in {}: seed {seed}: {ids}", row.client, row.scenario);
    });
    played.map_err(|error| error.to_string())?;
    say(page, HEAD);
    let tallies: Vec<_> = asked.iter().map(|row| kept.tally(row)).collect();
    for specimen in picked {
        say(page, &row_of(specimen, &tallies));
    }
    say(page, &in_all(&tallies));
    Ok(tallies.iter().all(|tally| tally.is_clean() && tally.is_whole()))
}

/// Searches for the faulty clients. Returns whether each is found.
fn play_faulty(wanted: &Wanted, picked: &[&Specimen], page: &mut String) -> bool {
    let most = wanted.seeds.unwrap_or(200);
    let (from, jobs) = (wanted.from, wanted.jobs);
    say(
        page,
        "| client | mistake | home | home: found | median seeds | swarm: found | median seeds | violated | cause named | requests |",
    );
    say(page, "|---|---|---|--:|--:|--:|--:|---|---|--:|");
    let (mut found, mut named, mut medians) = (0, 0, Vec::new());
    for specimen in picked {
        let Specimen { name, summary, home, .. } = specimen;
        let swarm = look_for(specimen, "swarm", (from, most), jobs);
        let own = (*home != "swarm").then(|| look_for(specimen, home, (from, most), jobs));
        let searches = || own.iter().chain([&swarm]);
        let violated: BTreeSet<_> = searches().flat_map(|search| &search.violated).collect();
        let violated = by_number(violated);
        let cells = |search: &Search| {
            let median = search.median().map_or("-".to_owned(), |median| median.to_string());
            format!("{} of {} | {median}", search.seeds.len(), search.from)
        };
        let own_cells = own.as_ref().map_or("- | -".to_owned(), cells);
        let story = searches().map(|search| &search.story[..]).find(|story| !story.is_empty());
        let cause = cause(specimen, story, wanted.stories);
        named += u64::from(cause == "yes");
        let requests = small(wanted, specimen, own.as_ref(), &swarm);
        say(
            page,
            &format!(
                "| `{name}` | {summary} | `{home}` | {own_cells} | {} | {} | {cause} | {requests} |",
                cells(&swarm),
                violated.join(" ")
            ),
        );
        if let Some((seed, story)) = searches().find_map(|search| search.first.as_ref()) {
            eprintln!("    {name}: seed {seed}: {story}");
        }
        if let Some(best) = searches().filter_map(Search::median).min() {
            medians.push(best);
        }
        found += u64::from(searches().any(|search| !search.seeds.is_empty()));
    }
    medians.sort_unstable();
    let median = medians.get(medians.len() / 2).map_or("-".to_owned(), u64::to_string);
    let (count, halves) = (picked.len(), medians.len());
    say(
        page,
        &format!(
            "\n{found} of {count} found within {most} seeds, {halves} of them from half of the starting points; the median of these medians is {median}. The first story names the cause for {named} of {found}."
        ),
    );
    found == count as u64
}

/// Returns whether a story names the cause. Prints it on standard error if not, or if `every` is
/// set.
fn cause(specimen: &Specimen, story: Option<&[String]>, every: bool) -> &'static str {
    let Some(story) = story else { return "-" };
    let lacking = specimen.lacking_in(story);
    if lacking.is_empty() && !every {
        return "yes";
    }
    let name = specimen.name;
    for words in &lacking {
        eprintln!("    {name}: the story contains none of: {}", words.join(" | "));
    }
    eprintln!("    {name}: its story:\n{}", story.join("\n"));
    if lacking.is_empty() { "yes" } else { "no" }
}

/// Minimizes the first violation, if asked to, and returns its number of requests.
fn small(wanted: &Wanted, specimen: &Specimen, own: Option<&Search>, swarm: &Search) -> String {
    let home = own.and_then(|own| Some((specimen.home, own.first.as_ref()?.0)));
    let found = home.or_else(|| Some(("swarm", swarm.first.as_ref()?.0)));
    let (true, Some((scenario, seed))) = (wanted.small, found) else { return "-".to_owned() };
    let storm = storm(specimen, scenario);
    let (plan, client) = (storm.plan(seed), client(specimen));
    let Ok(run) = storm.play(seed) else { return "-".to_owned() };
    let Some(shows) = Shows::of(&run.findings) else { return "-".to_owned() };
    let budget = Duration::from_mins(1);
    let minimize = Minimize { plan: &plan, client: &client, shows: &shows, budget };
    let (_, progress) = minimize.run(|_| true);
    format!("{} (of {})", progress.size.requests, run.findings.requests)
}
