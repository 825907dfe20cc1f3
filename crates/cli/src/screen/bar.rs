//! The progress bar on the terminal, and what is printed while it is there.

use crosswire_history::sync::{Mutex, MutexGuard};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar on the terminal, if there is one.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn shown() -> MutexGuard<'static, Option<ProgressBar>> {
    SHOWN.lock()
}

/// Writes something with the bar hidden. Nothing else is written meanwhile.
pub(super) fn aside<T>(write: impl FnOnce() -> T) -> T {
    let shown = shown();
    match &*shown {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// A bar on standard error, which must be a terminal. The bar disappears when it is dropped.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// Shows a bar of `all` steps or, without their number, a spinner, on a terminal of this width.
    ///
    /// # Panics
    /// If a bar is shown already.
    pub(crate) fn show(all: Option<u64>, columns: usize) -> Self {
        let template = match (all, columns) {
            (Some(_), 80..) => "  {bar:30} {wide_msg}",
            (Some(_), 50..) => "  {bar:10} {wide_msg}",
            _ => "  {spinner} {wide_msg}",
        };
        let style = ProgressStyle::with_template(template).expect("a template that is valid");
        let bar = ProgressBar::with_draw_target(all, ProgressDrawTarget::stderr());
        let bar = bar.with_style(style);
        let other = shown().replace(bar.clone());
        assert!(other.is_none(), "two progress bars at a time would overwrite each other");
        Self(bar)
    }

    /// Moves the bar and sets the text beside it.
    pub(crate) fn update(&self, done: u64, text: String) {
        self.0.set_message(text);
        self.0.set_position(done);
        self.0.tick();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        let mut shown = shown();
        self.0.finish_and_clear();
        *shown = None;
    }
}
