//! The progress bar of a hunt, on a terminal.

use crate::screen::Screen;
use crosswire_hunt::{Hunt, Tally};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::time::Duration;

const OVER_SEEDS: &str = "  {bar:30} {pos} of {len} runs, {rate}, {msg}";
const FOR_A_TIME: &str = "  {spinner} {pos} runs, {rate}, {elapsed} of {prefix}, {msg}";

const HERE: &str = "  {spinner} {pos} runs here, {rate}, {elapsed}, {msg}";

/// The number of unreached situations that the bar names.
const MAX_NAMED: usize = 3;

/// Writes the runs per second.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    // The bar ignores text that cannot be written.
    let _ = write!(out, "{:.1} a second", state.per_sec());
}

/// A progress bar on standard error, if that is a terminal.
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// Creates the bar of a hunt with `before` runs already done.
    pub(super) fn new(hunt: &Hunt, before: u64, time: Option<Duration>) -> Self {
        if !Screen::Error.is_terminal() {
            return Self(None);
        }
        let all = hunt.runs();
        let bar = ProgressBar::with_draw_target(all, ProgressDrawTarget::stderr());
        let template = match (all, time) {
            (Some(_), _) => OVER_SEEDS,
            (None, Some(_)) => FOR_A_TIME,
            (None, None) => HERE,
        };
        let style = ProgressStyle::with_template(template);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = bar.with_style(style.with_key("rate", rate));
        bar.set_prefix(humantime::format_duration(time.unwrap_or_default()).to_string());
        bar.set_position(before);
        bar.reset_eta();
        Self(Some(bar))
    }

    /// Updates the bar after a run.
    pub(super) fn tick(&self, tally: &Tally) {
        let Some(bar) = &self.0 else { return };
        bar.set_position(tally.runs());
        let (found, distinct) = (tally.found(), tally.sightings.len());
        let reached = tally.reached.map_or(String::new(), |reached| {
            format!(", {} features, {} plans to breed from", reached.features, reached.corpus)
        });
        let missing = tally.not_reached();
        let yet = if missing.is_empty() { "" } else { ", not reached yet: " };
        let more = if missing.len() > MAX_NAMED { ", …" } else { "" };
        let names = missing.into_iter().take(MAX_NAMED).collect::<Vec<_>>().join(", ");
        bar.set_message(format!(
            "{found} findings, {distinct} signatures{reached}{yet}{names}{more}"
        ));
    }

    /// Runs `print` with the bar hidden.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Removes the bar from the terminal.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
