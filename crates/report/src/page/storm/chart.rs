//! One plot as SVG that can be stretched: its paths are in an inner picture, and everything else
//! has its place in per cent of the width.

use super::canvas::{Canvas, HEIGHT, Path, WIDTH, style};
use crate::storm::{Form, Grid, Plot};
use crosswire_output::format::{grouped, seconds};
use maud::{Markup, html};
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{BoldPoints, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::series::{AreaSeries, LineSeries};

/// The height of a plot, in pixels.
pub(super) const PIXELS: u32 = 76;

type Chart<'a, 'b> = ChartContext<'a, Canvas<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// A plot, ready to be put into a page.
pub(super) struct Drawing {
    paths: Vec<Path>,
    /// The ticks of the values: how far from the top they are, in pixels, and their numbers.
    ticks: Vec<(f64, String)>,
}

impl Drawing {
    /// Draws a plot.
    pub(super) fn of(plot: &Plot, grid: Grid) -> Self {
        let sums = match plot.form {
            Form::Stacked => stacked(plot, grid),
            Form::Lines => plot.series.iter().map(|series| series.values.clone()).collect(),
        };
        let most = sums.iter().flatten().flatten().fold(0.0, |most: f64, value| most.max(*value));
        let top = if most > 0.0 { most * 1.08 } else { 1.0 };
        let mut paths = Vec::new();
        let area = Canvas(&mut paths).into_drawing_area();
        draw(&area, (plot.form, grid, top), &sums);
        drop(area);
        Self { paths, ticks: ticks(top) }
    }

    /// Returns the names of the values beside the plot.
    pub(super) fn scale(&self) -> Markup {
        html! {
            svg.scale width="100%" height=(PIXELS) aria-hidden="true" {
                @for (y, name) in &self.ticks {
                    text x="100%" dx="-6" y=(format!("{y:.1}")) dy="0.32em" { (name) }
                }
            }
        }
    }

    /// Returns the lines across the plot at its values.
    pub(super) fn lines(&self) -> Markup {
        html! {
            @for (y, _) in &self.ticks {
                line.grid x1="0" x2="100%" y1=(format!("{y:.1}")) y2=(format!("{y:.1}")) {}
            }
        }
    }

    /// Returns the paths.
    pub(super) fn paths(&self) -> Markup {
        let view = format!("0 0 {WIDTH} {HEIGHT}");
        html! {
            svg viewBox=(view) width="100%" height=(PIXELS) preserveAspectRatio="none" {
                @for path in &self.paths {
                    path class={ @if path.filled { "area" } @else { "line" } " s" (path.class) }
                        d=(path.d) {}
                }
            }
        }
    }
}

/// Draws the series of a plot whose values reach up to `top`.
fn draw(
    area: &DrawingArea<Canvas<'_>, Shift>,
    (form, grid, top): (Form, Grid, f64),
    sums: &[Vec<Option<f64>>],
) {
    const DRAWN: &str = "a canvas accepts any path";
    let end = grid.end_ms() as f64;
    let chart = ChartBuilder::on(area).build_cartesian_2d(0.0..end, 0.0..top);
    let mut chart: Chart = chart.expect(DRAWN);
    // The largest sum first: each area covers the lower part of the one before.
    for (nth, values) in sums.iter().enumerate().rev() {
        let class = nth as u8;
        for run in steps(values, grid) {
            let drawn = match form {
                Form::Stacked => {
                    chart.draw_series(AreaSeries::new(run, 0.0, style(class))).map(drop)
                }
                Form::Lines => chart.draw_series(LineSeries::new(run, style(class))).map(drop),
            };
            drawn.expect(DRAWN);
        }
    }
}

/// Returns the sums of each series and those below it.
fn stacked(plot: &Plot, grid: Grid) -> Vec<Vec<Option<f64>>> {
    let mut below = vec![0.0; grid.buckets];
    let mut sums = Vec::new();
    for series in &plot.series {
        for (sum, value) in below.iter_mut().zip(&series.values) {
            *sum += value.unwrap_or(0.0);
        }
        sums.push(below.iter().copied().map(Some).collect());
    }
    sums
}

/// Returns the corners of the steps of a series: a line of them for each part without a gap.
fn steps(values: &[Option<f64>], grid: Grid) -> Vec<Vec<(f64, f64)>> {
    let mut lines = Vec::new();
    let mut line: Vec<(f64, f64)> = Vec::new();
    for (bucket, value) in values.iter().enumerate() {
        let at = |bucket: usize| bucket as f64 * grid.width_ms as f64;
        let Some(value) = *value else {
            lines.extend((!line.is_empty()).then(|| std::mem::take(&mut line)));
            continue;
        };
        // A step that goes on at the same height has no corner.
        match line.last_mut() {
            Some((end, height)) if height.to_bits() == value.to_bits() => *end = at(bucket + 1),
            _ => line.extend([(at(bucket), value), (at(bucket + 1), value)]),
        }
    }
    lines.extend((!line.is_empty()).then_some(line));
    lines
}

/// Returns the ticks of the values up to `top`.
fn ticks(top: f64) -> Vec<(f64, String)> {
    let values = RangedCoordf64::from(0.0..top).key_points(BoldPoints(4));
    let place = |value: f64| (1.0 - value / top) * f64::from(PIXELS);
    values.into_iter().map(|value| (place(value), number(value))).collect()
}

/// Returns the ticks of the time, as a share of the width and as a text.
pub(super) fn times(grid: Grid) -> Vec<(f64, String)> {
    let end = grid.end_ms() as f64;
    let times = RangedCoordf64::from(0.0..end).key_points(BoldPoints(13));
    let tick = |at_ms: f64| {
        let time = seconds(at_ms as u64);
        let time = time.trim_end_matches('0').trim_end_matches('.').to_owned();
        (at_ms / end, if time.is_empty() { "0".to_owned() } else { time })
    };
    times.into_iter().map(tick).collect()
}

/// Formats a value with as many decimals as it needs, at most two.
pub(super) fn number(value: f64) -> String {
    if value >= 100.0 || value.fract() == 0.0 {
        return grouped(value.round() as u64);
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { width_ms: 100, buckets: 4 };

    #[test]
    fn a_step_goes_on_and_a_gap_ends_a_line() {
        let values = [Some(1.0), Some(1.0), None, Some(2.0)];
        let expected = [vec![(0.0, 1.0), (200.0, 1.0)], vec![(300.0, 2.0), (400.0, 2.0)]];
        assert_eq!(steps(&values, GRID), expected);
    }

    #[test]
    fn ticks_are_round_numbers_within_the_plot() {
        let names: Vec<_> = ticks(1_080.0).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["0", "500", "1,000"]);
        assert!(ticks(0.7).iter().all(|(y, _)| (0.0..=f64::from(PIXELS)).contains(y)));
        let names: Vec<_> = times(GRID).into_iter().map(|(_, name)| name).collect();
        assert!(names.contains(&"0.2".to_owned()), "{names:?}");
    }
}
