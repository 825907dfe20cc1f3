//! Certificates and stories of lockstep on a terminal: wrapped at its width, and coloured. In a
//! file or a pipe, each line is what it was.

use crosswire_checker::Verdict;
use crosswire_lockstep::judge::TraceInvariant;
use crosswire_output::format::Layout;

/// The beginnings of a code block that holds a story, and of any code block.
const STORY: &str = "```text";
const FENCE: &str = "```";

/// Lays out a certificate in Markdown whose sentence begins with its verdict. A block of code that
/// is no story remains as it is, so that it can be copied.
pub(super) fn page(markdown: &str, verdict: Verdict, layout: Layout) -> String {
    let word = format!("{verdict}:");
    let (mut out, mut block) = (String::new(), None);
    for line in markdown.lines() {
        block = match block {
            None if line.starts_with(FENCE) => Some(line),
            Some(_) if line == FENCE => None,
            block => block,
        };
        let line = match (block, line.strip_prefix(&word)) {
            (Some(STORY), _) => told("", line, layout),
            (Some(_), _) => line.to_owned() + "\n",
            (None, Some(rest)) => layout.line("", &(layout.verdict(verdict, &word) + rest)),
            (None, None) if line.starts_with('#') => layout.line("", &layout.strong(line)),
            (None, None) => layout.line("", &invariant_between("| ", line, " ", layout)),
        };
        out += &line;
    }
    out
}

/// Lays out a story, each line after an indent.
pub(super) fn story(lines: &[String], layout: Layout) -> String {
    lines.iter().map(|line| told("  ", line, layout)).collect()
}

/// Lays out a line of a story; the id of an invariant that it violates is coloured.
fn told(indent: &str, line: &str, layout: Layout) -> String {
    layout.line(indent, &invariant_between("", line, ": ", layout))
}

/// Colours the id of an invariant if the line begins with it between these texts.
fn invariant_between(before: &str, line: &str, after: &str, layout: Layout) -> String {
    for invariant in TraceInvariant::ALL {
        let id = invariant.id();
        if let Some(rest) = line.strip_prefix(&format!("{before}{id}"))
            && rest.starts_with(after)
        {
            return format!("{before}{}{rest}", layout.invariant(id));
        }
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# x 1.2.3 (a pool)

violated: 542 of 2,000 schedules violated I3, I4, I7

| invariant | tested |
|---|--:|
| I3 provenance | 553 × |

```toml
    \"call 1: pipeline get a, get b, get c, get a\",
```

```text
GET c of call 2 arrives on connection 1 (reply 2 will answer it)
I7: GET c is sent on connection 1, where the reply to GET a of call 1 is still to come
```
";

    #[test]
    fn a_pipe_gets_the_page_as_it_is() {
        assert_eq!(page(PAGE, Verdict::Violated, Layout::PLAIN), PAGE);
        assert_eq!(page("", Verdict::Clean, Layout::PLAIN), "");
    }

    #[test]
    fn a_terminal_gets_lines_of_its_width_and_code_as_it_is() {
        let set = page(PAGE, Verdict::Violated, Layout::of_terminal(40));
        let code = "    \"call 1: pipeline get a, get b, get c, get a\",";
        for line in set.lines() {
            assert!(line.chars().count() <= 40 || line == code, "{line:?} is wider");
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&set), words(PAGE));
    }

    #[test]
    fn title_verdict_and_violated_invariants_are_coloured() {
        let set = page(PAGE, Verdict::Violated, Layout::PLAIN.coloured(true));
        let coloured: Vec<_> = set.lines().filter(|line| line.contains('\u{1b}')).collect();
        let expected = [
            "\u{1b}[1m# x 1.2.3 (a pool)\u{1b}[0m",
            "\u{1b}[1m\u{1b}[31mviolated:\u{1b}[0m 542 of 2,000 schedules violated I3, I4, I7",
            "| \u{1b}[36mI3\u{1b}[0m provenance | 553 × |",
            "\u{1b}[36mI7\u{1b}[0m: GET c is sent on connection 1, where the reply to GET a of call 1 \
             is still to come",
        ];
        assert_eq!(coloured, expected);
    }
}
