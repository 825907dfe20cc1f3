//! Certificates, and stories of lockstep, on a terminal: sentences wrapped at its width, tables
//! aligned, and both coloured. In a file or a pipe, each line is what it was.

use crosswire_checker::{InvariantId, Verdict};
use crosswire_output::format::{Align, Layout, Table};

/// The beginnings of a code block that holds a story, and of any code block.
const STORY: &str = "```text";
const FENCE: &str = "```";

/// Lays out a certificate in Markdown that has a sentence beginning with its verdict. A block of
/// code that is no story remains as it is, so that it can be copied.
pub(super) fn page(markdown: &str, verdict: Verdict, layout: Layout) -> String {
    let (mut out, mut block, mut rows) = (String::new(), None, Vec::new());
    for line in markdown.lines() {
        block = match block {
            None if line.starts_with(FENCE) => Some(line),
            Some(_) if line == FENCE => None,
            block => block,
        };
        if block.is_none() && line.starts_with('|') && layout.is_terminal() {
            rows.push(line);
            continue;
        }
        out += &table(&std::mem::take(&mut rows), layout);
        out += &match block {
            Some(STORY) => told("", line, layout),
            Some(_) => line.to_owned() + "\n",
            None if line.starts_with('#') => layout.line("", &layout.strong(line)),
            None => layout.line("", &sentence(line, verdict, layout)),
        };
    }
    out + &table(&rows, layout)
}

/// Colours the verdict that begins a sentence, also one set in bold, and the id of an invariant
/// that begins a row.
fn sentence(line: &str, verdict: Verdict, layout: Layout) -> String {
    let (stars, words) = match line.strip_prefix("**") {
        Some(words) => ("**", words),
        None => ("", line),
    };
    let word = format!("{verdict}:");
    match words.split_at_checked(word.len()) {
        Some((first, rest)) if first.eq_ignore_ascii_case(&word) => {
            format!("{stars}{}{rest}", layout.verdict(verdict, first))
        }
        _ => invariant_between("| ", line, " ", layout),
    }
}

/// Aligns the rows of a table: a head, a line of dashes with a colon at the end for numbers, and
/// the cells.
fn table(rows: &[&str], layout: Layout) -> String {
    let cells = |row: &str| -> Vec<String> {
        let inner = row.trim_start_matches('|').trim_end_matches('|');
        inner.split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    if rows.is_empty() {
        return String::new();
    }
    let [head, dashes, rows @ ..] = rows else {
        panic!("a table of a certificate has a head and a line of dashes")
    };
    let align = |dashes: &str| if dashes.ends_with(':') { Align::Right } else { Align::Left };
    let align: Vec<_> = dashes.trim_matches('|').split('|').map(align).collect();
    let mut table = Table::new(&align);
    table.row(cells(head).iter().map(|cell| layout.faint(cell)));
    for row in rows {
        table.row(cells(&invariant_between("| ", row, " ", layout)));
    }
    table.set(layout, "  ")
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
    for id in InvariantId::ALL {
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
        let words = |text: &str| -> Vec<String> {
            let words = text.split_whitespace().filter(|word| !word.starts_with('|'));
            words.map(str::to_owned).collect()
        };
        assert_eq!(words(&set), words(PAGE));
    }

    #[test]
    fn a_terminal_gets_aligned_tables() {
        let page_of_client = "\
**Violated: 3 of 20 seeds**

## Invariants

|  | invariant | verdict | tested |
|---|---|---|--:|
| I1 | authorised delivery | violated | 6,069,029 |
| I11 | nothing lost | clean | 17 |

The end.
";
        let layout = Layout::of_terminal(60);
        insta::assert_snapshot!(page(page_of_client, Verdict::Violated, layout), @r"
        **Violated: 3 of 20 seeds**

        ## Invariants

               invariant            verdict      tested
          I1   authorised delivery  violated  6,069,029
          I11  nothing lost         clean            17

        The end.
        ");
        let coloured = page(page_of_client, Verdict::Violated, layout.coloured(true));
        assert!(coloured.starts_with("**\u{1b}[1m\u{1b}[31mViolated:\u{1b}[0m 3 of"));
        assert!(coloured.contains("\u{1b}[36mI11\u{1b}[0m"));
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
