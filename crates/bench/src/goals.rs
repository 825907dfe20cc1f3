//! The goals of the benchmark, compared with the measured values.

/// Prints a table of goals.
pub fn print(goals: &[Goal]) {
    println!("| goal | required | measured | |");
    println!("|---|--:|--:|---|");
    for Goal { what, asked, seen, reached } in goals {
        let reached = if *reached { "reached" } else { "not reached" };
        println!("| {what} | {asked} | {seen} | {reached} |");
    }
    println!();
}

/// One goal.
pub struct Goal {
    what: &'static str,
    asked: String,
    seen: String,
    reached: bool,
}

impl Goal {
    /// Requires that `seen` is at most `most`.
    pub fn at_most(what: &'static str, most: f64, seen: f64, unit: &str) -> Self {
        let (asked, shown) = (format!("≤ {most:.2}{unit}"), format!("{seen:.2}{unit}"));
        Self { what, asked, seen: shown, reached: seen <= most }
    }

    /// Requires that `seen` is at least `least`.
    pub fn at_least(what: &'static str, least: f64, seen: f64, unit: &str) -> Self {
        let (asked, shown) = (format!("≥ {least:.2}{unit}"), format!("{seen:.2}{unit}"));
        Self { what, asked, seen: shown, reached: seen >= least }
    }
}
