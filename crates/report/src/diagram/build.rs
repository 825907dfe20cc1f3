//! Draws up a diagram from a causal chain.

use super::lanes::{Lanes, Parties, Party};
use super::messages::{Draft, Lying, Wires};
use super::rows::{Moment, mark, moments};
use super::tags::Tags;
use super::words::label;
use super::{Diagram, End, Mark, Message, Row, Step, Wait, Way};
use crate::chain::{Chain, Delivery};
use crate::recording::Run;
use crosswire_checker::Violation;
use crosswire_history::Fact;
use crosswire_output::format::{printable, seconds};

/// Draws up the diagram of a violation and its chain.
pub(super) fn build(run: &Run, violation: &Violation, chain: &Chain) -> Diagram {
    let entries = chain.links.iter().map(|link| &link.entry);
    let parties = Parties::new(chain.delivery.map(|delivery| delivery.user), entries);
    let moments = moments(chain, &parties);
    let mut tags = Tags::of(chain);
    let wrong = wrong_row(&moments, chain);
    let wires = Wires::of(&moments, &parties, &mut tags, wrong);
    let (drafts, lying) = (wires.drafts, wires.lying);
    let lanes = lanes(&moments, &drafts, &lying);
    let colours = colours(&moments, &drafts, &parties, &mut tags);
    // Steps are numbered in the order of their rows.
    let order: Vec<_> = moments.iter().filter_map(|moment| moment.sentence).collect();
    let row = |(nth, moment): (usize, &Moment)| Row {
        at_ms: moment.at_ms,
        lane: moment.party.and_then(|party| lanes.index(party)),
        label: printable(&words((nth, moment), &moments, run)),
        mark: if wrong == Some(nth) {
            Some(Mark::WrongScreen)
        } else {
            moment.entry.as_ref().and_then(mark)
        },
        tag: colours[nth],
        sentence: order.iter().position(|nth| moment.sentence == Some(*nth)),
        entries: moment.places.clone(),
    };
    let step = |sentence: &crate::chain::Sentence| Step {
        at_ms: sentence.at_ms,
        text: printable(&sentence.text),
        decisive: sentence.decisive,
    };
    Diagram {
        title: title(violation),
        run: printable(&run.headline()),
        timed: true,
        verdict: chain.delivery.map_or_else(String::new, verdict),
        faults: faults(run, violation.at_ms),
        lanes: lanes.all(),
        rows: moments.iter().enumerate().map(row).collect(),
        messages: drafts.into_iter().map(|draft| message(draft, &lanes)).collect(),
        waits: lying.into_iter().map(|lying| wait(&lying, &lanes)).collect(),
        tags: tags.into_all(),
        steps: order.iter().map(|nth| step(&chain.sentences[*nth])).collect(),
    }
}

/// Returns what happens in a row, in a few words.
fn words((nth, moment): (usize, &Moment), moments: &[Moment], run: &Run) -> String {
    let Some(entry) = moment.entry else { return String::new() };
    let label = label(&entry, &run.recording);
    match entry.what {
        Fact::Fault { index, .. } => match run.recording.bands().get(usize::from(index)) {
            Some(band) if band.about.is_empty() => format!("may go dead: {label}"),
            Some(band) => format!("may go dead: {}, {}", band.name, band.about),
            None => label,
        },
        Fact::Published { .. } => match moment.dead_before(&moments[..nth]) {
            Some(conn) => format!("{label}, probably lost on {conn}"),
            None => label,
        },
        _ => label,
    }
}

/// Returns the row of the wrong delivery: the last one that shows the user the event.
fn wrong_row(moments: &[Moment], chain: &Chain) -> Option<usize> {
    let delivery = chain.delivery?;
    moments.iter().rposition(|moment| match moment.entry.map(|entry| entry.what) {
        Some(Fact::Delivered { user, named, .. }) => {
            (user, named) == (delivery.user, delivery.named)
        }
        _ => false,
    })
}

fn lanes(moments: &[Moment], drafts: &[Draft], lying: &[Lying]) -> Lanes {
    let of_rows = moments.iter().filter_map(|moment| moment.party);
    let of_messages = drafts.iter().flat_map(|draft| [draft.from.0, draft.to.0]);
    let of_waits = lying.iter().map(|lying| lying.conn);
    Lanes::of(of_rows.chain(of_messages).chain(of_waits).collect::<Vec<Party>>())
}

/// Returns the colour of each row. A crossed reply has that of the call that it was for.
fn colours(moments: &[Moment], drafts: &[Draft], parties: &Parties, tags: &mut Tags) -> Vec<usize> {
    let mut colours = Vec::new();
    for (row, moment) in moments.iter().enumerate() {
        let crossed = drafts.iter().find(|draft| {
            (draft.to.1 == row && draft.way.is_wrong())
                || (draft.from.1 == row && draft.way == Way::Wrong)
        });
        colours.push(match moment.entry {
            _ if crossed.is_some() => crossed.map_or(0, |draft| draft.tag),
            Some(entry) => match entry.what {
                Fact::Captured { event, .. } => tags.event(event),
                Fact::Delivered { named, origin, .. } => {
                    tags.event(origin.map_or(named, |origin| origin.event))
                }
                _ => tags.request(entry.request, parties),
            },
            None => tags.request(crosswire_history::fact::NO_REQUEST, parties),
        });
    }
    colours
}

fn message(draft: Draft, lanes: &Lanes) -> Message {
    let Draft { from, to, label, tag, way } = draft;
    let end = |(party, row)| End {
        lane: lanes.index(party).expect("each party of a message has a lane"),
        row,
    };
    Message { from: end(from), to: end(to), label: printable(&label), tag, way }
}

fn wait(lying: &Lying, lanes: &Lanes) -> Wait {
    let lane = lanes.index(lying.conn).expect("each connection with a reply has a lane");
    Wait { lane, from: lying.from, to: lying.to, tag: lying.tag }
}

fn title(violation: &Violation) -> String {
    let Violation { invariant, name, at_ms, .. } = violation;
    printable(&format!("{invariant} {name} at {} s", seconds(*at_ms)))
}

/// Says who was shown whose event.
fn verdict(delivery: Delivery) -> String {
    let Delivery { user, owner, .. } = delivery;
    let event = delivery.shown();
    match owner {
        Some(owner) if owner == user => format!("{user} is shown {event} of another time"),
        Some(owner) => format!("{user} is shown {owner}'s {event}"),
        None => format!("{user} is shown {event}"),
    }
}

/// Returns the faults that were under way at a time.
fn faults(run: &Run, at_ms: u64) -> Vec<String> {
    let bands = run.recording.bands().iter();
    let now = bands.filter(|band| band.start_ms <= at_ms && at_ms < band.end_ms);
    now.map(|band| printable(&band.name_and_target())).collect()
}
