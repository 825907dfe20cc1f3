//! The position of each value in the text of a file, so that errors can point at it.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys and list indices, from 0, from the top of a file down to a value.
pub(crate) type Path = Vec<String>;

/// The path, span and kind of every value in a parsed file.
pub(crate) struct Outline {
    entries: Vec<Entry>,
    by_path: BTreeMap<Path, usize>,
}

/// One value.
pub(crate) struct Entry {
    pub(crate) path: Path,
    /// Position of the key; in a list, of the value.
    pub(crate) key: Range<usize>,
    pub(crate) span: Range<usize>,
    pub(crate) leaf: Leaf,
    pub(crate) is_table: bool,
}

/// The part of a value that the limits need.
#[derive(Debug, PartialEq)]
pub(crate) enum Leaf {
    /// A whole number; `None` if it does not even fit into 128 bits.
    Whole(Option<i128>),
    Real(f64),
    /// Any other value.
    Other,
}

impl Outline {
    pub(crate) fn of(file: &Spanned<DeTable<'_>>) -> Self {
        let mut outline = Self { entries: Vec::new(), by_path: BTreeMap::new() };
        outline.table(&mut Vec::new(), file.get_ref());
        outline
    }

    /// Returns all values; those of a table follow the table.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the position of the value at a dotted path. If the file has no such value, returns
    /// that of the nearest enclosing one, or the beginning of the file.
    pub(crate) fn span(&self, path: &str) -> Range<usize> {
        let path: Path = path.split('.').map(str::to_owned).collect();
        let known = (1..=path.len()).rev().find_map(|length| self.entry(&path[..length]));
        known.map_or(0..0, |entry| entry.span.clone())
    }

    /// Returns the position of the key at a path.
    pub(crate) fn key(&self, path: &[&str]) -> Range<usize> {
        let path: Path = path.iter().map(|&step| step.to_owned()).collect();
        self.entry(&path).map_or(0..0, |entry| entry.key.clone())
    }

    /// Returns the value that an error at `span` is about: the one exactly there, or else the one
    /// whose key is there.
    pub(crate) fn at(&self, span: &Range<usize>) -> Option<&Entry> {
        let here = |entry: &&Entry| entry.span == *span;
        let named = |entry: &&Entry| entry.key == *span;
        let entries = &self.entries;
        entries.iter().rev().find(here).or_else(|| entries.iter().find(named))
    }

    /// Returns whether the table at a path has a field.
    pub(crate) fn has(&self, path: &[String], field: &str) -> bool {
        let path: Path =
            path.iter().map(String::as_str).chain([field]).map(str::to_owned).collect();
        self.entry(&path).is_some()
    }

    fn entry(&self, path: &[String]) -> Option<&Entry> {
        self.by_path.get(path).map(|&place| &self.entries[place])
    }

    fn table(&mut self, path: &mut Path, table: &DeTable<'_>) {
        for (key, value) in table {
            path.push(key.get_ref().to_string());
            self.value(path, key.span(), value);
            path.pop();
        }
    }

    fn value(&mut self, path: &mut Path, key: Range<usize>, value: &Spanned<DeValue<'_>>) {
        let leaf = match value.get_ref() {
            DeValue::Integer(number) => {
                Leaf::Whole(i128::from_str_radix(number.as_str(), number.radix()).ok())
            }
            DeValue::Float(number) => Leaf::Real(number.as_str().parse().unwrap_or(f64::NAN)),
            _ => Leaf::Other,
        };
        self.by_path.insert(path.clone(), self.entries.len());
        let is_table = matches!(value.get_ref(), DeValue::Table(_));
        self.entries.push(Entry { path: path.clone(), key, span: value.span(), leaf, is_table });
        match value.get_ref() {
            DeValue::Table(table) => self.table(path, table),
            DeValue::Array(list) => {
                for (place, item) in list.iter().enumerate() {
                    path.push(place.to_string());
                    self.value(path, item.span(), item);
                    path.pop();
                }
            }
            _ => {}
        }
    }
}
