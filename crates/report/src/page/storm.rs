//! The storm on a page: the plots of a run above each other over one axis of time.
//!
//! Zooming widens what is in the scrolled box, so the browser's own scrolling is the pan. The names
//! of the values stay at the left edge.

mod canvas;
mod chart;

use crate::recording::{Band, Run};
use crate::storm::{Form, Grid, Plot, Storm};
use chart::{Drawing, PIXELS, number, times};
use crosswire_checker::{InvariantId, Violation};
use crosswire_output::format::{by_number, grouped, printable, seconds};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// The height of an invariant's line of marks, and of a line of names of faults, in pixels.
const LINE: usize = 26;

/// Returns the section with the storm of a run.
pub(super) fn section(run: &Run) -> Markup {
    let storm = Storm::of(run);
    let grid = storm.grid;
    let bands = Bands::of(run.recording.bands(), grid);
    let (plots, empty): (Vec<_>, Vec<_>) = storm.plots.iter().partition(|plot| has_values(plot));
    let empty: Vec<_> = empty.iter().map(|plot| plot.name.to_lowercase()).collect();
    html! {
        section #storm aria-labelledby="storm-name" {
            h2 #storm-name { "The storm" }
            p.about {
                "The whole run, in steps of " (seconds(grid.width_ms)) " s. Shaded: the faults of \
                 the plan. "
                @if !run.violations().is_empty() {
                    "Lines with a diamond: the violations; each diamond opens its diagram. "
                }
                "A click in a plot moves the list of entries to its time. "
                @if !empty.is_empty() { "Without values, and left out: " (empty.join(", ")) "." }
            }
            p.zoom hidden {
                button type="button" data-zoom="2" { "Zoom in" } " "
                button type="button" data-zoom="0.5" { "Zoom out" } " "
                button type="button" data-zoom="0" { "Whole run" } " "
                "or the keys +, − and 0 in the plots; the arrow keys pan"
            }
            div.plots tabindex="0" role="region" aria-label="plots over time" data-end=(grid.end_ms()) {
                div.wide {
                    (faults(&bands))
                    (marks(run, grid, &bands))
                    @for plot in &plots { (self::plot(plot, &bands, run)) }
                    (axis(grid))
                }
            }
        }
    }
}

/// Returns whether a plot has a value other than zero.
fn has_values(plot: &Plot) -> bool {
    plot.series.iter().any(|series| series.peak().is_some_and(|(_, most)| most > 0.0))
}

/// The faults of the plan as bands over the plots.
struct Bands<'a> {
    grid: Grid,
    /// The faults, each with its name and the line that this is written on.
    all: Vec<(&'a Band, String, usize)>,
    lines: usize,
}

/// The width of a letter of a fault's name, as a share of the width of the plots in a window of
/// usual width.
const LETTER: f64 = 0.0065;

impl<'a> Bands<'a> {
    /// Gives each fault a line: the first one that is free when it begins.
    fn of(bands: &'a [Band], grid: Grid) -> Self {
        let mut ordered: Vec<_> = bands.iter().collect();
        ordered.sort_by_key(|band| band.start_ms);
        let mut free: Vec<f64> = Vec::new();
        let mut all = Vec::new();
        for band in ordered {
            let name = printable(&band.name_and_target());
            let [from, to] = room(grid, band, &name);
            let line = free.iter().position(|free| *free <= from).unwrap_or(free.len());
            if line == free.len() {
                free.push(to);
            } else {
                free[line] = to;
            }
            all.push((band, name, line));
        }
        Self { grid, all, lines: free.len() }
    }

    /// Returns the left end and the width of a band, in per cent.
    fn place(&self, band: &Band) -> (String, String) {
        let left = share(self.grid, band.start_ms);
        let right = share(self.grid, band.end_ms.max(band.start_ms));
        (percent(left), percent((right - left).max(0.0008)))
    }

    /// Returns the bands behind a plot.
    fn behind(&self, height: usize) -> Markup {
        html! {
            @for (band, ..) in &self.all {
                @let (x, width) = self.place(band);
                rect.fault x=(x) y="0" width=(width) height=(height) {}
            }
        }
    }
}

/// Returns the part of the width that a band and its name take, from 0 to 1.
fn room(grid: Grid, band: &Band, name: &str) -> [f64; 2] {
    let [from, to] = [band.start_ms, band.end_ms.max(band.start_ms)].map(|ms| share(grid, ms));
    let wide = name.chars().count() as f64 * LETTER;
    if is_at_end(from, wide) { [from.min(to - wide), to] } else { [from, to.max(from + wide)] }
}

/// Returns whether a name that begins at `from` would leave the plots at their right end. Then it
/// ends where its band does.
fn is_at_end(from: f64, wide: f64) -> bool {
    from + wide > 1.0
}

/// Returns where a time is, from 0 to 1.
fn share(grid: Grid, at_ms: u64) -> f64 {
    at_ms.min(grid.end_ms()) as f64 / grid.end_ms() as f64
}

fn percent(share: f64) -> String {
    format!("{:.3}%", share * 100.0)
}

/// Returns a row of the box: what stays at the left edge, and what is scrolled.
fn row(name: &Markup, scale: &Markup, picture: &Markup) -> Markup {
    html! {
        div.plot {
            div.caption { (name) }
            div.side { (scale) }
            (picture)
        }
    }
}

/// Returns the faults, each on a line where there is room for its name.
fn faults(bands: &Bands) -> Markup {
    if bands.all.is_empty() {
        return html! {};
    }
    let height = bands.lines * LINE;
    let picture = html! {
        svg.faults width="100%" height=(height) role="group" aria-label="faults of the plan" {
            @for (band, name, line) in &bands.all {
                @let (x, width) = bands.place(band);
                @let times = format!("{} s to {} s", seconds(band.start_ms), seconds(band.end_ms));
                @let wide = name.chars().count() as f64 * LETTER;
                @let y = line * LINE + 17;
                g {
                    title { (name) ", " (times) ": " (printable(&band.about)) }
                    rect.fault x=(x) y=(line * LINE + 1) width=(width) height=(LINE - 2) {}
                    @if is_at_end(share(bands.grid, band.start_ms), wide) {
                        @let end = percent(share(bands.grid, band.end_ms));
                        text.fault-name.last x=(end) dx="-4" y=(y) { (name) }
                    } @else {
                        text.fault-name x=(x) dx="4" y=(y) { (name) }
                    }
                }
            }
        }
    };
    row(&html! { h3 { "Faults" } }, &html! {}, &picture)
}

/// Returns the marks of the violations: a line for each invariant.
fn marks(run: &Run, grid: Grid, bands: &Bands) -> Markup {
    let violated: BTreeSet<_> = run.violations().iter().map(|it| it.invariant).collect();
    let names = by_number(&violated);
    if names.is_empty() {
        return html! {};
    }
    let height = names.len() * LINE;
    let scale = html! {
        svg.scale width="100%" height=(height) aria-hidden="true" {
            @for (line, name) in names.iter().enumerate() {
                text x="100%" dx="-6" y=(line * LINE + 17) { (name) }
            }
        }
    };
    let picture = html! {
        svg.marks width="100%" height=(height) role="group" aria-label="violations" {
            (bands.behind(height))
            @for (nth, violation) in run.violations().iter().enumerate() {
                @let id = violation.invariant;
                @let line = names.iter().position(|name| *name == id.as_str());
                @let line = line.expect("each violated invariant has a line");
                @let before = &run.violations()[..nth];
                @let covered = before.iter().filter(|it| (it.invariant, it.at_ms) == (id, violation.at_ms));
                (mark((nth, violation), grid, (line, covered.count())))
            }
        }
    };
    row(&html! { h3 { "Violations" } span.about { " " (kept(run, &violated)) } }, &scale, &picture)
}

/// Says of how many violations there are marks.
fn kept(run: &Run, violated: &BTreeSet<InvariantId>) -> String {
    let mut parts = Vec::new();
    for id in by_number(violated) {
        let marks = run.violations().iter().filter(|it| it.invariant.as_str() == id).count() as u64;
        let all = run.findings.counts.iter().find(|(known, _)| known.as_str() == id);
        let all = all.map_or(marks, |(_, count)| *count);
        if all > marks {
            parts.push(format!("the first {marks} of {} of {id}", grouped(all)));
        }
    }
    parts.join(", ")
}

/// Returns the mark of a violation, a link to its section. It is moved to the right for each mark
/// that it would cover.
fn mark(
    (nth, violation): (usize, &Violation),
    grid: Grid,
    (line, covered): (usize, usize),
) -> Markup {
    let Violation { invariant, name, at_ms, .. } = violation;
    let title = printable(&format!("{invariant} {name} at {} s", seconds(*at_ms)));
    let x = percent(share(grid, *at_ms));
    html! {
        a.mark href={ "#violation-" (nth + 1) } data-violation=(nth + 1) aria-label=(title) {
            title { (title) }
            svg x=(x) y=(line * LINE) overflow="visible" {
                g transform={ "translate(" (covered * 10) ")" } {
                    path d="M-11 2h22v22h-22z" {}
                    path.sign d="M0 4l8 9l-8 9l-8-9z" {}
                }
            }
        }
    }
}

/// Returns a plot with its caption.
fn plot(plot: &Plot, bands: &Bands, run: &Run) -> Markup {
    let drawing = Drawing::of(plot, bands.grid);
    let caption = html! {
        h3 title=(plot.about) {
            (plot.name)
            @if !plot.unit.is_empty() { ", " (plot.unit) }
        }
        ul.legend {
            @for (nth, series) in plot.series.iter().enumerate() {
                @if is_shown(plot, nth) { li class={ "s" (nth) } { (series.name) } }
            }
        }
    };
    let picture = html! {
        svg width="100%" height=(PIXELS) role="img" aria-label=(said(plot, bands.grid)) {
            title { (plot.about) }
            (bands.behind(PIXELS as usize))
            (drawing.lines())
            (drawing.paths())
            @for violation in run.violations() {
                @let x = percent(share(bands.grid, violation.at_ms));
                line.violation x1=(x) x2=(x) y1="0" y2=(PIXELS) {}
            }
        }
    };
    row(&caption, &drawing.scale(), &picture)
}

/// Returns whether the legend has a series: of stacked ones, those that are not always zero.
fn is_shown(plot: &Plot, series: usize) -> bool {
    let rises = plot.series[series].peak().is_some_and(|(_, most)| most > 0.0);
    rises || plot.form == Form::Lines || plot.series.len() == 1
}

/// Returns the plot in words, for those who cannot see it.
fn said(plot: &Plot, grid: Grid) -> String {
    let mut text = format!("{} {}: {}", plot.name, plot.unit, plot.about);
    for (nth, series) in plot.series.iter().enumerate() {
        if !is_shown(plot, nth) {
            continue;
        }
        text.extend([" ", series.name, ": "]);
        if let Some((bucket, most)) = series.peak() {
            let at = seconds(bucket as u64 * grid.width_ms);
            text.extend(["at most ", &number(most), ", at ", &at, " s."]);
        } else {
            text += "nothing was measured.";
        }
    }
    text
}

/// Returns the axis of time.
fn axis(grid: Grid) -> Markup {
    let picture = html! {
        svg.axis width="100%" height=(LINE) aria-hidden="true" {
            @for (place, name) in times(grid) {
                @let x = percent(place);
                line.grid x1=(x) x2=(x) y1="0" y2="6" {}
                @let end = if place < 0.01 { "first" } else if place > 0.99 { "last" } else { "" };
                text class=(end) x=(x) y="20" { (name) }
            }
        }
    };
    row(&html! {}, &html! { span.unit { "seconds" } }, &picture)
}
