//! The colours of help and of errors.

use crosswire_checker::Verdict;
use crosswire_output::format::Layout;

/// Returns the help, or an error in clap's words, with its headings and the word `error` set.
pub(super) fn with_headings(text: &str, layout: Layout) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        out += &heading(line, layout);
    }
    out
}

fn heading(line: &str, layout: Layout) -> String {
    const ERROR: &str = "error:";
    const USAGE: &str = "Usage:";
    if let Some(rest) = line.strip_prefix(ERROR) {
        return layout.verdict(Verdict::Violated, ERROR) + rest;
    }
    if let Some(rest) = line.strip_prefix(USAGE) {
        return layout.strong(USAGE) + rest;
    }
    match line.strip_suffix(":\n") {
        Some(words) if !words.starts_with(' ') => layout.strong(&format!("{words}:")) + "\n",
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "error: bad\n\nUsage: crosswire run\n\nOptions:\n      --json\n  a list:\nend";

    #[test]
    fn only_headings_are_set() {
        let layout = Layout::PLAIN.coloured(true);
        let [error, usage, options] = [
            layout.verdict(Verdict::Violated, "error:"),
            layout.strong("Usage:"),
            layout.strong("Options:"),
        ];
        let expected = format!(
            "{error} bad\n\n{usage} crosswire run\n\n{options}\n      --json\n  a list:\nend"
        );
        assert_eq!(with_headings(TEXT, layout), expected);
    }

    #[test]
    fn nothing_changes_without_colour() {
        assert_eq!(with_headings(TEXT, Layout::PLAIN), TEXT);
    }
}
