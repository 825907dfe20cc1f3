//! The demonstration: one storm three times, with a client that is wrong, with its right twin,
//! and with the wrong one behind the defences that were published.

use super::failure::{Exit, Failure};
use super::play::{Played, perform, program};
use super::run::{plan_of, scenario};
use super::screen::Screen;
use crate::incident::{Column, side_by_side};
use crate::summary::{story, verdict};
use crosswire::catalog;
use crosswire::seedline::SeedLine;
use crosswire_checker::Verdict;
use crosswire_output::text::{Paint, counted, grouped, quoted, wrapped};
use crosswire_plan::Seed;
use std::sync::Arc;

/// What is played.
const SCENARIO: &str = "wyze-2024";
/// A seed near the middle: seeds 1 to 10 expose 7 to 20 people, half of them 12 or more; the published
/// share would be 13.
const SEED: Seed = Seed(2);
const WRONG: &str = "pooled-cancel-desync";
const RIGHT: &str = "pooled";
const DEFENCES: [&str; 2] = ["verify-at-delivery", "bypass-relation-cache"];

const OPENING: &str = "\
On Friday 16 February 2024 a cloud outage took the cameras of a home security company offline. As \
they came back all at once, a caching client library mixed up who owns what: about 13,000 people \
were shown thumbnails from cameras of strangers, and 1,504 of them tapped one.";

const SHOWN: &str = "\
You will see that storm at 1:1000, three times with the same seed: with a caching client that has \
a published mistake, with the same client done right, and with the wrong one behind the two \
defences that the company published. The library of that day and its mistake were never \
published; this is a mistake that produces figures like the published ones.";

const SCALE: &str = "\
The cast is 1:1000, so 13 users of 5,200 accounts are the published share. The published share of taps is of the people who \
were shown a thumbnail, ours of the thumbnails.";

/// Plays the three and says whether they showed what they are to show.
pub(super) fn demonstrate() -> Result<Exit, Failure> {
    // Whether there is the memory for it is to be known before it opens.
    scenario(SCENARIO)?;
    let paint = Screen::Output.paint();
    say(&format!("{}\n\n", paint.strong("Crosswire")))?;
    say(&format!("{}\n{}", wrapped("", OPENING), wrapped("", SHOWN)))?;

    let wrong =
        act(1, WRONG, &[], "a cancelled call leaves its reply behind, for the next", paint)?;
    say(&wrong_told(&wrong, paint))?;
    let right = act(2, RIGHT, &[], "the same client, which closes such a connection", paint)?;
    say(&right_told(&right))?;
    let title = "the wrong client, behind both published defences";
    let defended = act(3, WRONG, &DEFENCES, title, paint)?;
    say(&defended_told(&wrong, &defended))?;

    say(&format!("\n{}\n", paint.strong("Incident summary")))?;
    say(&side_by_side(&columns(&wrong, &right, &defended)))?;
    say(&format!("\n{}", wrapped("  ", SCALE)))?;
    say(&format!("\n{}\n{}", paint.strong("Play them again"), commands()))?;
    let missed = missed(&wrong, &right, &defended);
    if missed.is_empty() {
        return Ok(Exit::Clean);
    }
    Err(Failure::Harness(format!("the demonstration did not show {}", missed.join(", nor "))))
}

fn say(text: &str) -> Result<(), Failure> {
    Screen::Output.print(text)
}

fn seed_line(client: &str, defences: &[&str]) -> SeedLine {
    SeedLine {
        scenario: SCENARIO.to_owned(),
        seed: SEED,
        client: client.to_owned(),
        service: "standard".to_owned(),
        defences: defences.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// Plays one of the three and gives its verdict.
fn act(
    number: u32,
    client: &str,
    defences: &[&str],
    title: &str,
    paint: Paint,
) -> Result<Played, Failure> {
    say(&format!("\n{}\n", paint.strong(&format!("{number}. {client}: {title}"))))?;
    let plan = Arc::new(plan_of(&seed_line(client, defences))?);
    let client = catalog::client(client)?;
    let (played, _) = perform(&plan, &client, Vec::new(), false)?;
    say(&verdict(&played.report, paint))?;
    Ok(played)
}

fn wrong_told(wrong: &Played, paint: Paint) -> String {
    let leak = wrong.report.violations.iter().find(|violation| violation.invariant == "I1");
    let Some(leak) = leak else { return String::new() };
    let more = wrong.report.counts.get("I1").map_or(0, |all| all.saturating_sub(1));
    format!("\n{}", story(leak, more, paint))
}

fn right_told(right: &Played) -> String {
    let (report, cancelled) = (&right.report, "cancel-in-flight");
    let cancelled = report.reached.get(cancelled).copied().unwrap_or(0);
    let told = format!(
        "In the same storm {} were dropped with a reply in flight. Of {} to people, {} the wrong \
         person.",
        counted(cancelled, "call"),
        grouped(report.deliveries) + " deliveries",
        if report.exposure.first_leak_ms.is_none() { "none reached" } else { "some reached" },
    );
    wrapped("", &told)
}

fn defended_told(wrong: &Played, defended: &Played) -> String {
    let crossed = defended.report.counts.get("I7").copied().unwrap_or(0);
    let wires = if crossed == 0 {
        "The gateways read from the directory who may see what, so no reply of the cache could go \
         astray. What the scenario wants to see happen to the client did not happen either: where \
         that makes a run inconclusive, it says so and does not call the client clean."
            .to_owned()
    } else {
        let times = counted(crossed, "time");
        format!("The wires were crossed all the same: a connection was used {times} too soon.")
    };
    let users = [wrong, defended].map(|played| grouped(played.report.exposure.users));
    let [before, after] = users;
    let told = format!(
        "{wires} Of {before} people who saw what was not theirs without the defences, {after} do \
         with them. What that costs stands below: the directory's load."
    );
    wrapped("", &told)
}

fn columns(wrong: &Played, right: &Played, defended: &Played) -> [Column; 4] {
    let of = |head: &[&str], played: &Played| Column::of_run(head, &played.report, played.cost);
    [
        Column::published(),
        of(&["1. wrong", "client"], wrong),
        of(&["2. right", "client"], right),
        of(&["3. wrong,", "defended"], defended),
    ]
}

fn commands() -> String {
    let lines = [seed_line(WRONG, &[]), seed_line(RIGHT, &[]), seed_line(WRONG, &DEFENCES)];
    let lines = lines
        .map(|line| format!("  {} replay {}\n", quoted(&program()), quoted(&line.to_string())));
    lines.concat()
}

/// What was to be seen and was not.
fn missed(wrong: &Played, right: &Played, defended: &Played) -> Vec<&'static str> {
    let leaked = |played: &Played| played.report.exposure.users > 0;
    let wanted = [
        (leaked(wrong), "a leak with the wrong client"),
        (right.report.verdict == Verdict::Clean, "a clean run with the right one"),
        (!leaked(defended), "the defences stop the leak"),
    ];
    wanted.into_iter().filter(|(seen, _)| !seen).map(|(_, what)| what).collect()
}
