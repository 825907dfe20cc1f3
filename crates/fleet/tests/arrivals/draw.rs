//! The page of arrival curves, and its picture.

use crate::Fleet;
use crate::formula::Outage;
use std::fmt::Write as _;

const WIDTH: f64 = 250.0;
const HEIGHT: f64 = 120.0;
const GAP: f64 = 62.0;
const COLUMNS: usize = 2;

/// Returns the files and their names within docs.
pub fn pages(fleets: &[Fleet], outage: Outage) -> [(&'static str, String); 2] {
    [("arrivals.md", page(fleets, outage)), ("arrivals.svg", picture(fleets, outage))]
}

fn page(fleets: &[Fleet], outage: Outage) -> String {
    let seconds = outage.end_ms / 1_000;
    let mut page = format!(
        "# How a fleet comes back

Written by `ci/arrivals`. Each fleet is switched on in the middle of an outage of {seconds} s and tries to
connect with one back-off family (base 0.5 s, cap 8 s) until it succeeds. The gateway accepts
connections all the time but authenticates no camera before the outage is over. The curves show the
share of the fleet that is back, by seconds after the end of the outage. The broad grey line is the
formula, computed from its definition by propagating probability; the thin line is the simulated
fleet.

![The share of each fleet that is back, by seconds after the outage](arrivals.svg)

*Distance* is the greatest difference between the two lines (Kolmogorov-Smirnov), ignoring shifts of
up to 12 ms; chance alone exceeds the *bound* once in a thousand times. The last columns compare the
fleet with the formulas of the other families: the nearest one must be at a distance of more than
one and a half times the bound. The columns *half* and *99 of 100* give the time in milliseconds
after which that share of the fleet is back.

| family | cameras | half | 99 of 100 | distance | bound | nearest other formula | its distance |
|---|--:|--:|--:|--:|--:|---|--:|
"
    );
    for fleet in fleets {
        let back = |share: f64| fleet.back_ms[(share * (fleet.back_ms.len() - 1) as f64) as usize];
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {:.3} | {:.3} | `{}` | {:.3} |",
            fleet.name,
            fleet.cameras,
            back(0.5),
            back(0.99),
            fleet.distance,
            fleet.bound,
            fleet.nearest.0,
            fleet.nearest.1,
        );
    }
    page.push_str(
        "
Without jitter a fleet comes back as closely together as it went away: cameras that failed together
return together, spread only by the 1.5 s in which they first tried. `reset-on-connect` draws like
`full-jitter`, but its count of failures restarts with each connection that is made. When
connections are made and no camera authenticates, it never backs off, and the whole fleet is back
within half a second: the very storm that back-off is meant to prevent.
",
    );
    page
}

fn picture(fleets: &[Fleet], outage: Outage) -> String {
    let rows = fleets.len().div_ceil(COLUMNS) as f64;
    let (width, height) = (COLUMNS as f64 * (WIDTH + GAP) + GAP / 2.0, rows * (HEIGHT + GAP) + 8.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (number, fleet) in fleets.iter().enumerate() {
        let left = GAP * 0.75 + (number % COLUMNS) as f64 * (WIDTH + GAP);
        let top = GAP * 0.5 + (number / COLUMNS) as f64 * (HEIGHT + GAP);
        let _ = writeln!(svg, "<g transform=\"translate({left:.0},{top:.0})\">");
        panel(&mut svg, fleet, outage.watched_ms as f64);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, fleet: &Fleet, watched_ms: f64) {
    let x = |at_ms: f64| at_ms / watched_ms * WIDTH;
    let y = |share: f64| (1.0 - share) * HEIGHT;
    let _ = writeln!(svg, "<text x=\"0\" y=\"-8\" font-weight=\"bold\">{}</text>", fleet.name);
    for percent in [0, 50, 100] {
        let at = y(f64::from(percent) / 100.0);
        let _ = writeln!(
            svg,
            "<line x1=\"0\" x2=\"{WIDTH}\" y1=\"{at}\" y2=\"{at}\" stroke=\"#e4e4e4\"/>\
             <text x=\"-6\" y=\"{:.0}\" text-anchor=\"end\" fill=\"#606060\">{percent} %</text>",
            at + 4.0
        );
    }
    for second in (0..=watched_ms as u64 / 1_000).step_by(3) {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#606060\">{second} s</text>",
            x(second as f64 * 1_000.0),
            HEIGHT + 16.0
        );
    }
    // One point per pixel is fine enough.
    let grain = (watched_ms / WIDTH) as usize;
    let formula = fleet.formula.iter().enumerate().step_by(grain.max(1));
    let formula = formula.map(|(at_ms, share)| (x(at_ms as f64), y(*share)));
    line(svg, formula, "#b8b8b8", 4.5);
    let count = fleet.back_ms.len() as f64;
    let simulated = (0..fleet.formula.len()).step_by(grain.max(1)).map(|at_ms| {
        let back = fleet.back_ms.partition_point(|back_ms| *back_ms <= at_ms as u64);
        (x(at_ms as f64), y(back as f64 / count))
    });
    line(svg, simulated, "#c2410c", 1.4);
}

/// Draws a line through points, leaving out those that change nothing.
fn line(svg: &mut String, points: impl Iterator<Item = (f64, f64)>, colour: &str, width: f64) {
    let mut path = format!("0,{HEIGHT}");
    let mut last = HEIGHT;
    let mut waiting = None;
    for (x, y) in points {
        if (y - last).abs() < 0.05 {
            waiting = Some(x);
            continue;
        }
        if let Some(before) = waiting.take() {
            let _ = write!(path, " {before:.1},{last:.1}");
        }
        let _ = write!(path, " {x:.1},{y:.1}");
        last = y;
    }
    if let Some(end) = waiting {
        let _ = write!(path, " {end:.1},{last:.1}");
    }
    let _ = writeln!(
        svg,
        "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" \
         stroke-linejoin=\"round\"/>"
    );
}
