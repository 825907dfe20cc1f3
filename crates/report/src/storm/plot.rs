//! Quantities over time, as plain data.

/// The form in which the series of a plot are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Areas on top of each other: the upper edge is the sum.
    Stacked,
    /// A line each.
    Lines,
}

/// The values of one quantity over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The name, as in `timed out`.
    pub name: &'static str,
    /// The value of each bucket, finite and not negative; `None` where nothing was measured.
    pub values: Vec<Option<f64>>,
}

impl Series {
    /// Returns the largest value and the index of its first bucket.
    pub fn peak(&self) -> Option<(usize, f64)> {
        let mut peak: Option<(usize, f64)> = None;
        for (bucket, value) in self.values.iter().enumerate() {
            if let Some(value) = *value
                && peak.is_none_or(|(_, most)| value > most)
            {
                peak = Some((bucket, value));
            }
        }
        peak
    }
}

/// Quantities of one unit over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// The name, as in `Requests`.
    pub name: &'static str,
    /// The unit, as in `per second`; empty if the name says it.
    pub unit: &'static str,
    /// An exact description of what is drawn, in a sentence.
    pub about: &'static str,
    /// The form in which the series are drawn.
    pub form: Form,
    /// The series.
    pub series: Vec<Series>,
}
