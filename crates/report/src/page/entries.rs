//! The entries of the history on a page: filters, the list of violations, and a list of entries of
//! which the script draws what is visible.

mod pack;
mod select;
mod words;

use crate::diagram::Diagram;
use crate::named::{Named, in_sentence};
use crate::recording::{Recording, Run};
use crosswire_checker::{InvariantId, Violation};
use crosswire_history::{Entry, Fact, NodeKind, Principal};
use crosswire_output::format::{by_number, printable, seconds};
use maud::{Markup, PreEscaped, html};
use pack::{Rows, Templates, json};
use select::{Selection, select};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use words::{Senders, words};

/// The most entries of a page, and the most bytes that they may take. With the plots and a diagram
/// for each signature, a page of that many stays below 4 MB.
const MOST: (usize, usize) = (64_000, 2_500_000);

/// The diagrams of a run's violations: of each signature, the first has one.
pub(super) type Diagrams = [Option<Diagram>];

/// The entries as the script reads them.
#[derive(Serialize)]
struct Data {
    /// For each entry: milliseconds since the one before, node, request, template and numbers.
    entries: String,
    templates: Vec<String>,
    /// The names of the nodes.
    nodes: Vec<String>,
    /// For each request: its number less that of the one before, its sender, its gateway.
    requests: String,
    /// For each violation with a diagram, from 1: its invariant and its entries.
    chains: BTreeMap<usize, (InvariantId, Vec<usize>)>,
}

/// Returns the section with the violations and the entries of a run.
pub(super) fn section(run: &Run, diagrams: &Diagrams) -> Markup {
    let (data, said) = data(run, diagrams);
    html! {
        section #entries aria-labelledby="entries-name" {
            h2 #entries-name { "Violations and entries" }
            (filters(run, &data.nodes))
            @if !run.violations().is_empty() {
                nav aria-label="violations" {
                    ul.violations {
                        @for (nth, violation) in run.violations().iter().enumerate() {
                            (listed(run, diagrams, (nth, violation)))
                        }
                    }
                }
            }
            p { (said) }
            noscript { p { "The list of entries needs the script of this page." } }
            p.shown role="status" {}
            div.entries tabindex="0" role="region" aria-label="entries of the history" hidden {
                table {
                    thead {
                        tr { th { "s" } th { "where" } th { "for" } th { "what" } }
                    }
                    tbody {}
                }
            }
        }
        script type="application/json" id="history" { (PreEscaped(json(&data))) }
    }
}

/// Returns the form with the filters, which the script shows.
fn filters(run: &Run, nodes: &[String]) -> Markup {
    let violated: BTreeSet<_> = run.violations().iter().map(|it| it.invariant).collect();
    let mut people: BTreeSet<Named> = BTreeSet::new();
    for violation in run.violations() {
        people.extend(violation.story.iter().flat_map(|line| in_sentence(line)));
    }
    let users = people.iter().filter(|named| matches!(named, Named::User(_)));
    let cameras = people.iter().filter(|named| matches!(named, Named::Device(_)));
    html! {
        form.filters aria-label="filters" hidden {
            (field("user", "User", users))
            (field("camera", "Camera", cameras))
            label {
                "Gateway "
                select name="gateway" {
                    option value="" { "any" }
                    @for node in nodes.iter().filter(|node| node.starts_with("gateway-")) {
                        option { (node) }
                    }
                }
            }
            label {
                "Invariant "
                select name="invariant" {
                    option value="" { "any" }
                    @for id in by_number(&violated) {
                        @let about = violated.iter().find(|it| it.as_str() == id);
                        option value=(id) { (id) " " (about.map_or("", |it| it.about().name)) }
                    }
                }
            }
            label {
                "From second "
                input name="from" type="number" min="0" step="any" size="8";
            }
            button type="reset" { "No filter" }
        }
    }
}

/// Returns a field for a name, with those of the violations as suggestions.
fn field<'a>(name: &str, title: &str, suggested: impl Iterator<Item = &'a Named>) -> Markup {
    let list = format!("{name}s");
    html! {
        label {
            (title) " "
            input name=(name) list=(list) size="12" autocomplete="off" placeholder="any";
        }
        datalist id=(list) {
            @for named in suggested {
                @if let Some(name) = name_of(named) { option value=(name) {} }
            }
        }
    }
}

/// Returns the name of a user, a camera or a gateway.
fn name_of(named: &Named) -> Option<String> {
    Some(match named {
        Named::User(user) => user.to_string(),
        Named::Device(device) => device.to_string(),
        Named::Event(event) => event.device.to_string(),
        Named::Node(node) if node.kind == NodeKind::Gateway => node.to_string(),
        _ => return None,
    })
}

/// Returns a violation of the list: a link to its diagram or, if an earlier one has the same
/// signature, its story.
fn listed(run: &Run, diagrams: &Diagrams, (nth, violation): (usize, &Violation)) -> Markup {
    let Violation { invariant, name, at_ms, story, .. } = violation;
    let title = printable(&format!("{invariant} {name} at {} s", seconds(*at_ms)));
    let id = format!("violation-{}", nth + 1);
    let mut of = BTreeSet::from([invariant.to_string()]);
    for line in story {
        of.extend(in_sentence(line).iter().filter_map(name_of));
    }
    let of = of.into_iter().collect::<Vec<_>>().join(" ");
    if let Some(diagram) = &diagrams[nth] {
        return html! {
            li data-of=(of) data-violation=(nth + 1) {
                a href={ "#" (id) } { (title) }
                @if !diagram.verdict.is_empty() { ": " (diagram.verdict) }
            }
        };
    }
    let signature = violation.signature();
    let first = run.violations().iter().position(|it| it.signature() == signature).unwrap_or(nth);
    html! {
        li id=(id) tabindex="-1" data-of=(of) data-violation=(nth + 1) {
            details {
                summary { (title) }
                ol { @for line in story { li { (printable(line)) } } }
            }
            " in the same way as "
            a href={ "#violation-" (first + 1) } { "violation " (first + 1) }
        }
    }
}

/// Returns as many entries as there is room for, and a sentence that says which they are.
fn data(run: &Run, diagrams: &Diagrams) -> (Data, String) {
    let senders = Senders::of(run.recording.entries());
    let mut chains = BTreeSet::new();
    for row in diagrams.iter().flatten().flat_map(|diagram| &diagram.rows) {
        chains.extend(row.entries.iter().copied());
    }
    let (mut limit, room) = MOST;
    loop {
        let Selection { places, said } = select(run, &senders, &chains, limit);
        let data = packed(run, diagrams, (&senders, &places));
        let size: usize = data.templates.iter().map(String::len).sum();
        if data.entries.len() + data.requests.len() + size <= room || limit < 100 {
            return (data, said);
        }
        limit /= 2;
    }
}

/// Packs the entries of these places.
fn packed(run: &Run, diagrams: &Diagrams, (senders, places): (&Senders, &[usize])) -> Data {
    let entries = run.recording.entries();
    let (mut rows, mut templates) = (Rows::default(), Templates::default());
    let mut nodes = BTreeMap::new();
    let mut requests = BTreeSet::new();
    let mut last_ms = 0;
    for place in places {
        let entry = &entries[*place];
        let known = nodes.len() as u64;
        let node = *nodes.entry(entry.node).or_insert(known);
        rows.field(entry.at_ms - last_ms);
        rows.field(node);
        rows.field(u64::from(entry.request.0));
        templates.add(&words(entry, &run.recording), &mut rows);
        rows.end();
        requests.insert(entry.request);
        last_ms = entry.at_ms;
    }
    let mut sent = Rows::default();
    let mut last = 0;
    for request in requests {
        let Some((by, gateway)) = senders.get(request) else { continue };
        sent.field(u64::from(request.0 - last));
        match by {
            Principal::User(user) => sent.tagged('u', u64::from(user.0)),
            Principal::Device(device) => sent.tagged('c', u64::from(device.0)),
            Principal::Gateway => sent.tagged('g', 0),
        }
        sent.field(u64::from(gateway));
        sent.end();
        last = request.0;
    }
    let mut names: Vec<_> = nodes.into_iter().collect();
    names.sort_by_key(|(_, number)| *number);
    Data {
        entries: rows.finish(),
        templates: templates.finish(),
        nodes: names.into_iter().map(|(node, _)| node.to_string()).collect(),
        requests: sent.finish(),
        chains: chains(run, diagrams, places),
    }
}

/// Returns the entries of the chains, by their indices in the list of `places`.
fn chains(
    run: &Run,
    diagrams: &Diagrams,
    places: &[usize],
) -> BTreeMap<usize, (InvariantId, Vec<usize>)> {
    let mut chains = BTreeMap::new();
    for (nth, diagram) in diagrams.iter().enumerate() {
        let Some(diagram) = diagram else { continue };
        let mut rows = BTreeSet::new();
        for place in diagram.rows.iter().flat_map(|row| &row.entries) {
            rows.extend(places.binary_search(place).ok());
        }
        chains.insert(nth + 1, (run.violations()[nth].invariant, rows.into_iter().collect()));
    }
    chains
}

/// Returns the entries behind a diagram as a table, each with the rows that it is behind.
pub(super) fn behind(diagram: &Diagram, recording: &Recording) -> Markup {
    let mut rows: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (row, at) in diagram.rows.iter().enumerate() {
        for place in &at.entries {
            rows.entry(*place).or_default().push(row.to_string());
        }
    }
    let mut senders = BTreeMap::new();
    for place in rows.keys() {
        let entry = &recording.entries()[*place];
        if let Fact::Issued { by, .. } = entry.what {
            senders.insert(entry.request, by);
        }
    }
    html! {
        details.behind {
            summary { "History entries of this diagram" }
            p.count hidden {
                span.said role="status" {} " "
                button type="button" { "All entries" }
            }
            div.table {
                table {
                    thead {
                        tr { th { "s" } th { "where" } th { "request" } th { "what" } th { "fact" } }
                    }
                    tbody {
                        @for (place, rows) in &rows {
                            @let entry = &recording.entries()[*place];
                            tr data-rows=(rows.join(" ")) {
                                (cells(entry, senders.get(&entry.request), recording))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the cells of an entry whose request has this sender.
fn cells(entry: &Entry, sender: Option<&Principal>, recording: &Recording) -> Markup {
    let at_devices = matches!(entry.node.kind, NodeKind::Phones | NodeKind::Cameras);
    html! {
        td { (seconds(entry.at_ms)) }
        td {
            @match sender {
                Some(by) if at_devices => (by),
                _ => (entry.node),
            }
        }
        td { @if entry.request.0 > 0 { (entry.request) } }
        td { (words(entry, recording)) }
        td { code { (printable(&format!("{:?}", entry.what))) } }
    }
}
