//! What was asked of the benchmark, beside what was seen.

/// Prints a table of goals.
pub fn print(goals: &[Goal]) {
    println!("| goal | asked | seen | |");
    println!("|---|--:|--:|---|");
    for Goal { what, asked, seen, reached } in goals {
        let reached = if *reached { "reached" } else { "not reached" };
        println!("| {what} | {asked} | {seen} | {reached} |");
    }
    println!();
}

/// One of them.
pub struct Goal {
    what: &'static str,
    asked: String,
    seen: String,
    reached: bool,
}

impl Goal {
    /// `seen` should be no more than `most`.
    pub fn at_most(what: &'static str, most: f64, seen: f64, unit: &str) -> Self {
        let (asked, told) = (format!("≤ {most:.2}{unit}"), format!("{seen:.2}{unit}"));
        Self { what, asked, seen: told, reached: seen <= most }
    }

    /// `seen` should be no less than `least`.
    pub fn at_least(what: &'static str, least: f64, seen: f64, unit: &str) -> Self {
        let (asked, told) = (format!("≥ {least:.2}{unit}"), format!("{seen:.2}{unit}"));
        Self { what, asked, seen: told, reached: seen >= least }
    }
}
