//! Names that many events of a trace share: each is in the trace once, under a number.
//!
//! Ids of requests, calls and commands would make most names unique, so they are taken out of the
//! names and noted beside them.

use super::messages::{DebugAnnotation, InternedData, Name};
use std::collections::BTreeMap;

/// The kinds of ids that are taken out of names.
const KINDS: [&str; 3] = ["request", "call", "command"];

/// The word before the number of a commit, which is taken out as well.
const COMMIT: &str = "commit";

/// Texts with their numbers, which count from 1.
#[derive(Default)]
struct Numbered(BTreeMap<String, u64>);

impl Numbered {
    fn number(&mut self, text: &str) -> u64 {
        if let Some(number) = self.0.get(text) {
            return *number;
        }
        let number = self.0.len() as u64 + 1;
        self.0.insert(text.to_owned(), number);
        number
    }

    fn names(self) -> Vec<Name> {
        let name = |(name, iid)| Name { iid: Some(iid), name: Some(name) };
        let mut names: Vec<_> = self.0.into_iter().map(name).collect();
        names.sort_by_key(|name| name.iid);
        names
    }
}

/// The names of a trace.
#[derive(Default)]
pub(super) struct Names {
    categories: Numbered,
    events: Numbered,
    ids: Numbered,
}

impl Names {
    /// Returns the number of a category.
    pub(super) fn category(&mut self, category: &str) -> u64 {
        self.categories.number(category)
    }

    /// Returns the number of a name without its ids, and the ids.
    pub(super) fn event(&mut self, name: &str) -> (u64, Vec<DebugAnnotation>) {
        let (name, ids) = without_ids(name);
        let note = |(nth, (kind, id)): (usize, &(&str, u64))| {
            // Of two calls, the second is the other one.
            let earlier = ids[..nth].iter().any(|(known, _)| known == kind);
            let kind = if earlier { format!("other {kind}") } else { (*kind).to_owned() };
            DebugAnnotation { name_iid: Some(self.ids.number(&kind)), uint_value: Some(*id) }
        };
        let notes = ids.iter().enumerate().map(note).collect();
        (self.events.number(&name), notes)
    }

    /// Returns every name, for the beginning of the trace.
    pub(super) fn data(self) -> InternedData {
        InternedData {
            event_categories: self.categories.names(),
            event_names: self.events.names(),
            debug_annotation_names: self.ids.names(),
        }
    }
}

/// Splits words into themselves without the numbers of ids, and the ids with their kinds. What is
/// in quotation marks is a key and stays as it is.
fn without_ids(words: &str) -> (String, Vec<(&'static str, u64)>) {
    let (mut name, mut ids) = (String::with_capacity(words.len()), Vec::new());
    for (nth, part) in words.split('"').enumerate() {
        if nth > 0 {
            name.push('"');
        }
        if nth % 2 == 1 {
            name.push_str(part);
            continue;
        }
        let mut before = "";
        for (nth, word) in part.split(' ').enumerate() {
            if before == COMMIT
                && let Ok(commit) = word.parse()
            {
                ids.push((COMMIT, commit));
                continue;
            }
            before = word;
            if nth > 0 {
                name.push(' ');
            }
            match id(word) {
                Some((kind, id, rest)) => {
                    name.extend([kind, rest]);
                    ids.push((kind, id));
                }
                None => name.push_str(word),
            }
        }
    }
    (name, ids)
}

/// Returns the kind and the number of the id that a word begins with, and the rest of the word.
fn id(word: &str) -> Option<(&'static str, u64, &str)> {
    let (kind, number) = word.split_once('-')?;
    let kind = KINDS.into_iter().find(|known| *known == kind)?;
    let rest = number.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let number = number[..number.len() - rest.len()].parse().ok()?;
    Some((kind, number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_out_of_names_and_keys_stay() {
        let words = "sends call-7 on conn-4, reply to call-5: GET \"call-9 x\" for request-x";
        let (name, ids) = without_ids(words);
        let expected = "sends call on conn-4, reply to call: GET \"call-9 x\" for request-x";
        assert_eq!(name, expected);
        assert_eq!(ids, [("call", 7), ("call", 5)]);
        let (name, ids) = without_ids("decides for user-8 as of commit 21");
        assert_eq!(
            (&name[..], &ids[..]),
            ("decides for user-8 as of commit", &[("commit", 21)][..])
        );
    }

    #[test]
    fn equal_names_have_one_number() {
        let mut names = Names::default();
        let (first, notes) = names.event("begins request-1");
        assert_eq!((names.event("begins request-2").0, notes.len()), (first, 1));
        assert_ne!(names.event("begins").0, first);
        let data = names.data();
        let texts: Vec<_> = data.event_names.iter().filter_map(|it| it.name.as_deref()).collect();
        assert_eq!(texts, ["begins request", "begins"]);
    }
}
