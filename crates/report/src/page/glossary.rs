//! The words of a page that a reader cannot know: a list of those that occur on it, and the
//! explanations that appear over them.

use crate::diagram::Diagram;
use crate::recording::Run;
use crosswire_output::format::{by_number, printable};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// A word and its meaning.
struct Word {
    example: &'static str,
    about: &'static str,
    /// Returns whether a text has the word.
    is_in: fn(&str) -> bool,
}

/// The words of diagrams and stories.
const WORDS: [Word; 10] = [
    Word {
        example: "camera-7/2",
        about: "The second event that camera-7 recorded.",
        is_in: |text| text.split("camera-").skip(1).any(|rest| number(rest).starts_with('/')),
    },
    Word {
        example: "epoch-1",
        about: "The time of a camera's first owner. When the camera changes hands, epoch-2 begins.",
        is_in: |text| text.contains("epoch-"),
    },
    Word {
        example: "directory",
        about: "The service's database: it knows who owns each camera and who may watch it.",
        is_in: |text| text.contains("directory"),
    },
    Word {
        example: "replica",
        about: "A copy of the directory, which learns of changes a little later.",
        is_in: |text| text.contains("replica"),
    },
    Word {
        example: "commit 2",
        about: "The directory's second change. An answer as of commit 2 knows that change and none \
                after it.",
        is_in: |text| text.contains("commit "),
    },
    Word {
        example: "gateway-1",
        about: "A server of the service: devices send their requests to it.",
        is_in: |text| text.contains("gateway-"),
    },
    Word {
        example: "request-7",
        about: "A request of a device to a gateway, or a job of a gateway's own.",
        is_in: |text| text.contains("request-"),
    },
    Word {
        example: "call-8",
        about: "A call of the caching client in a gateway. It sends commands such as GET to a cache \
                node.",
        is_in: |text| text.contains("call-"),
    },
    Word {
        example: "conn-3",
        about: "A connection of a gateway's caching client to a cache node.",
        is_in: |text| text.contains("conn-"),
    },
    Word {
        example: "\"usr:8:cams\"",
        about: "A key: the name under which the cache keeps something, such as whose cameras user-8 \
                may watch.",
        is_in: |text| text.contains('"'),
    },
];

/// Returns what follows the number that a text begins with.
fn number(text: &str) -> &str {
    text.trim_start_matches(|letter: char| letter.is_ascii_digit())
}

/// Explains the words of a text, in a line each.
pub(super) fn explained(text: &str) -> String {
    let words = WORDS.iter().filter(|word| (word.is_in)(text));
    words.map(|it| format!("{}: {}", it.example, it.about)).collect::<Vec<_>>().join("\n")
}

/// Returns the meaning of a name of the title; empty if it is not known.
pub(super) fn name(run: &Run, name: &str) -> String {
    let about = run.about.iter().find(|(known, _)| known == name);
    about.map_or_else(String::new, |(_, about)| printable(about))
}

/// Says what a row of the title is about.
pub(super) fn kind(name: &str) -> &'static str {
    match name {
        "scenario" => "the storm: its devices, its load and its faults",
        "seed" => "the number that the whole run follows from",
        "client" => "the caching client under test",
        "service" => "the service that uses it, under test as well",
        "case" => "minimized: everything that the violation does not need was taken out",
        _ => "",
    }
}

/// Returns a word as a link to the list, with its explanation as a tooltip.
pub(super) fn link(word: &str, about: &str) -> Markup {
    html! { a.term href="#words" title=(about) { (word) } }
}

/// Returns the list of the words that occur in a run's diagrams and in its title.
pub(super) fn section(run: &Run, diagrams: &[Option<Diagram>]) -> Markup {
    let mut texts = Vec::new();
    for diagram in diagrams.iter().flatten() {
        texts.extend(diagram.steps.iter().map(|step| &step.text));
        texts.extend(diagram.rows.iter().map(|row| &row.label));
        texts.extend(diagram.lanes.iter().map(|lane| &lane.name));
    }
    let words: Vec<_> =
        WORDS.iter().filter(|word| texts.iter().any(|text| (word.is_in)(text))).collect();
    let invariants: BTreeSet<_> = run.violations().iter().map(|it| it.invariant).collect();
    let mut promises = Vec::new();
    for id in by_number(&invariants) {
        let about = invariants.iter().find(|it| it.as_str() == id).map(|it| it.about());
        promises.extend(about.map(|it| (format!("{id} {}", it.name), it.summary)));
    }
    let mut faults = BTreeSet::new();
    for band in run.recording.bands() {
        faults.insert((printable(&band.name), printable(&band.about)));
    }
    faults.retain(|(_, about)| !about.is_empty());
    let names: Vec<_> =
        run.about.iter().map(|(name, about)| [name, about].map(|it| printable(it))).collect();
    html! {
        section #words aria-labelledby="words-name" {
            h2 #words-name { "Words on this page" }
            dl.words {
                @for [name, about] in &names { dt { (name) } dd { (about) } }
                @for (name, about) in &promises { dt { (name) } dd { (about) } }
                @for (name, about) in &faults { dt { (name) } dd { "a fault: " (about) } }
                @for word in words { dt { (word.example) } dd { (word.about) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_sentence_are_explained() {
        let text = "camera-12, user-12's in epoch-1, records camera-12/1";
        let explained = explained(text);
        let words: Vec<_> = explained.lines().filter_map(|line| line.split_once(':')).collect();
        assert_eq!(
            words.iter().map(|(word, _)| *word).collect::<Vec<_>>(),
            ["camera-7/2", "epoch-1"]
        );
        assert_eq!(super::explained("user-8 may no longer watch camera-12"), "");
    }
}
