//! The progress bar on the terminal, and what is printed while it is there.

use crosswire_history::sync::Mutex;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar on the terminal, if there is one.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Writes something with the bar hidden. Nothing else is written meanwhile.
pub(super) fn aside<T>(write: impl FnOnce() -> T) -> T {
    let shown = SHOWN.lock();
    match &*shown {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// A bar on standard error, which must be a terminal. The bar disappears when it is dropped.
pub(crate) struct Bar {
    bar: ProgressBar,
    /// The number of columns for the text.
    room: usize,
}

impl Bar {
    /// Shows a bar of `all` steps or, without their number, a spinner, on a terminal of this width.
    ///
    /// # Panics
    /// If a bar is shown already.
    pub(crate) fn show(all: Option<u64>, columns: usize) -> Self {
        let (template, beside) = match (all, columns) {
            (Some(_), 110..) => ("  {bar:30} {wide_msg}", 33),
            (Some(_), 50..) => ("  {bar:10} {wide_msg}", 13),
            _ => ("  {spinner} {wide_msg}", 4),
        };
        let style = ProgressStyle::with_template(template).expect("a template that is valid");
        let bar = ProgressBar::with_draw_target(all, ProgressDrawTarget::stderr());
        let bar = bar.with_style(style);
        let other = SHOWN.lock().replace(bar.clone());
        assert!(other.is_none(), "two progress bars at a time would overwrite each other");
        Self { bar, room: columns.saturating_sub(beside) }
    }

    /// Moves the bar and sets the text beside it, without the last parts if they do not fit.
    pub(crate) fn update(&self, done: u64, text: &str) {
        self.bar.set_message(fitting(text, self.room).to_owned());
        self.bar.set_position(done);
        self.bar.tick();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        let mut shown = SHOWN.lock();
        self.bar.finish_and_clear();
        *shown = None;
    }
}

/// Returns as many of the first parts of a text, which commas separate, as fit into `room` columns,
/// and at least one.
fn fitting(text: &str, room: usize) -> &str {
    let mut rest = text;
    while rest.chars().count() > room
        && let Some((first, _)) = rest.rsplit_once(", ")
    {
        rest = first;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn a_text_that_is_too_long_loses_whole_parts() {
        let text = "1,000 of 5,000 runs, 100 a second, 2 findings, 1 signature";
        let shown = [99, text.len(), text.len() - 1, 34, 33, 3].map(|room| fitting(text, room));
        let expected = [
            text,
            text,
            "1,000 of 5,000 runs, 100 a second, 2 findings",
            "1,000 of 5,000 runs, 100 a second",
            "1,000 of 5,000 runs, 100 a second",
            "1,000 of 5,000 runs",
        ];
        assert_eq!(shown, expected);
    }
}
