//! Measures the prose of comments: words that do not belong to engineering English, item docs that
//! begin with an indirect question, and lines that are too long.

use crate::sources::Source;
use regex_lite::Regex;
use std::fmt::Write;

/// The longest comment line, in columns.
pub const COLUMNS: usize = 100;

/// A habit of prose that makes a text read as if translated.
pub struct Marker {
    /// The name, as it is printed.
    pub name: &'static str,
    pattern: &'static str,
}

/// The habits that are counted.
pub const MARKERS: &[Marker] = &[
    Marker { name: "somebody, nobody", pattern: r"(?i)\b(some|no|any)body\b" },
    Marker { name: "whoever, whatever", pattern: r"(?i)\b(who|whom|what|which)(so)?ever\b" },
    Marker { name: "stands, stood", pattern: r"(?i)\b(stands?|stood)\b" },
    Marker { name: "told, tells of", pattern: r"(?i)\b(told|tells? of|telling of)\b" },
    Marker { name: "comes to", pattern: r"(?i)\b(comes?|came|coming) to\b" },
    Marker {
        name: "of its own",
        pattern: r"(?i)\bof (its|their|his|her|one's|our) own\b|\bof (ours|theirs)\b",
    },
    Marker { name: "so many, so much", pattern: r"(?i)\bso (many|much)\b" },
    Marker {
        name: "is to be done",
        pattern: r"(?i)\b(is|are|was|were) to be (told|kept|said|reached|seen|had|known|done|found|made|given|played)\b",
    },
    Marker { name: "is none", pattern: r"(?i)\b(is|are|was|were) none\b" },
    Marker {
        name: "made small",
        pattern: r"(?i)\bma[dk](e|es|ing) (it |them |runs? |plans? )?small(er)?\b",
    },
];

/// The words with which an indirect question begins.
const QUESTION: &str = r"^(What|Who|Whom|Whose|Whence|Where|When|Why|How|Whether|Which)\b";

/// A place that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file and the line, as `path:line`.
    pub at: String,
    /// The rule.
    pub rule: &'static str,
    /// The line.
    pub text: String,
}

/// The counts of some sources.
#[derive(Default)]
pub struct Prose {
    /// Comment lines.
    pub lines: usize,
    /// Docs of items and modules.
    pub docs: usize,
    /// The number of occurrences of each of [`MARKERS`].
    pub markers: Vec<usize>,
    /// Docs that begin with an indirect question.
    pub questions: usize,
    /// Comment lines of more than [`COLUMNS`] columns.
    pub long: usize,
    /// Every place that was counted.
    pub places: Vec<Place>,
}

impl Prose {
    /// Counts in some sources.
    ///
    /// # Panics
    /// If a pattern of ours is malformed.
    pub fn of(sources: &[Source]) -> Self {
        let regex = |pattern: &str| Regex::new(pattern).expect("a pattern of ours");
        let markers: Vec<_> = MARKERS.iter().map(|marker| regex(marker.pattern)).collect();
        let question = regex(QUESTION);
        let mut prose = Self { markers: vec![0; MARKERS.len()], ..Self::default() };
        for source in sources {
            let mut before = "";
            for (number, line) in source.text.lines().enumerate() {
                let kind = kind(line);
                let Some(kind) = kind else {
                    before = "";
                    continue;
                };
                let text = line.trim_start()[kind.len()..].trim();
                prose.lines += 1;
                let mut count = |rule| {
                    let at = format!("{}:{}", source.path.display(), number + 1);
                    prose.places.push(Place { at, rule, text: text.to_owned() });
                };
                if line.chars().count() > COLUMNS {
                    prose.long += 1;
                    count("over 100 columns");
                }
                for (nth, marker) in markers.iter().enumerate() {
                    let found = marker.find_iter(text).count();
                    prose.markers[nth] += found;
                    if found > 0 {
                        count(MARKERS[nth].name);
                    }
                }
                let begins = kind != "//" && before != kind;
                prose.docs += usize::from(begins);
                if begins && question.is_match(text) {
                    prose.questions += 1;
                    count("indirect question");
                }
                before = kind;
            }
        }
        prose
    }

    /// Returns how often the marker occurs in 1,000 comment lines.
    pub fn per_thousand(&self, marker: usize) -> f64 {
        1_000.0 * self.markers[marker] as f64 / self.lines.max(1) as f64
    }

    /// Returns the percentage of docs that begin with an indirect question.
    pub fn question_percentage(&self) -> f64 {
        100.0 * self.questions as f64 / self.docs.max(1) as f64
    }

    /// Returns the counts as lines of a table.
    pub fn table(&self) -> String {
        let mut out = String::new();
        for (nth, marker) in MARKERS.iter().enumerate() {
            let rate = self.per_thousand(nth);
            let count = self.markers[nth];
            let _ =
                writeln!(out, "| {} per 1,000 comment lines | {rate:.1} ({count}) |", marker.name);
        }
        let rate = self.question_percentage();
        let _ = writeln!(
            out,
            "| docs that begin with an indirect question | {rate:.1} % ({} of {}) |",
            self.questions, self.docs
        );
        let _ = writeln!(
            out,
            "| comment lines over {COLUMNS} columns | {} of {} |",
            self.long, self.lines
        );
        out
    }
}

/// Returns the marks with which a comment line begins; `None` for a line of code.
fn kind(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    ["//!", "///", "//"].into_iter().find(|kind| line.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn habits_are_counted_where_they_occur() {
        let text = "\
//! Whose relation a key names, as somebody is told.
//! How it comes to that.

/// Returns nothing.
///
/// Which is fine: only the first line of a doc begins it.
fn f() {} // what a trailing comment says is not counted, nor is somebody in it
// Somebody stands here, in so many words.
";
        let source = Source { path: "a.rs".into(), text: text.to_owned() };
        let prose = Prose::of(&[source]);
        let found: Vec<_> =
            prose.places.iter().map(|place| format!("{} {}", place.at, place.rule)).collect();
        insta::assert_snapshot!(found.join("\n"), @r"
        a.rs:1 somebody, nobody
        a.rs:1 told, tells of
        a.rs:1 indirect question
        a.rs:2 comes to
        a.rs:8 somebody, nobody
        a.rs:8 stands, stood
        a.rs:8 so many, so much
        ");
        assert_eq!((prose.lines, prose.docs, prose.questions, prose.long), (6, 2, 1, 0));
    }
}
