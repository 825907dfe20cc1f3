//! The steps of a story, with a mark at the decisive one.

use super::layout::Layout;
use super::safe::printable;
use crosswire_checker::story::decisive;
use std::fmt::Write;

/// Formats the steps of a story, each after its time, with a `>` before the decisive step. A line
/// without a time, such as one of a panic's message, is indented.
pub fn story(steps: &[String], layout: Layout) -> String {
    let decisive = decisive(steps);
    let mut out = String::new();
    for (nth, step) in steps.iter().enumerate() {
        let step = printable(step);
        let (time, text) = timed(&step);
        let mark = if decisive == Some(nth) { ">" } else { " " };
        let mut first = format!("{mark} ");
        if let Some(time) = time {
            write!(first, "{time:>7} ").expect("writing to a string cannot fail");
        }
        let lines = layout.wrapped(&first, text);
        out += &if decisive == Some(nth) { layout.decisive(&lines) } else { lines };
    }
    out
}

/// Splits a step into its time and its text.
fn timed(step: &str) -> (Option<&str>, &str) {
    match step.split_once(' ') {
        Some((time, text)) if time.parse::<f64>().is_ok() => (Some(time), text),
        _ => (None, step),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps() -> Vec<String> {
        let steps = [
            "2.896 camera-52, user-9's in epoch-1, records camera-52/1",
            "17.760 call-57 is handed the reply to call-56",
            "17.834 user-0 sees user-9's camera-52/1 in the list",
        ];
        steps.map(str::to_owned).to_vec()
    }

    #[test]
    fn the_decisive_step_is_marked_also_without_colour() {
        let expected = "    2.896 camera-52, user-9's in epoch-1, records camera-52/1\n\
                        >  17.760 call-57 is handed the reply to call-56\n\
                        \x20  17.834 user-0 sees user-9's camera-52/1 in the list\n";
        assert_eq!(story(&steps(), Layout::PLAIN), expected);
    }

    #[test]
    fn every_line_of_the_decisive_step_is_coloured_and_no_other() {
        let layout = Layout::of_terminal(40).coloured(true);
        let set = story(&steps(), layout);
        let coloured: Vec<_> = set.lines().filter(|line| line.contains('\u{1b}')).collect();
        let expected = [
            "\u{1b}[31m>  17.760 call-57 is handed the reply to\u{1b}[0m",
            "          \u{1b}[31mcall-56\u{1b}[0m",
        ];
        assert_eq!(coloured, expected);
    }

    #[test]
    fn a_panic_has_no_times_and_cannot_steer_a_terminal() {
        let lines = ["it is 7".to_owned(), "7 \u{1b}[31mup".to_owned()];
        let set = story(&lines, Layout::PLAIN.coloured(true));
        assert!(set.starts_with("  it is 7\n"), "{set}");
        assert!(!set.contains("\u{1b}[31mup") && set.contains("\u{FFFD}[31mup"), "{set:?}");
    }
}
