//! Entries as compact text, which the script of a page takes apart again.
//!
//! The words of an entry are a template, with a `#` in the place of each number, and the numbers.
//! Each template is on the page once. Numbers have base 36.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Rows of fields: `,` between fields and `;` after each row.
#[derive(Default)]
pub(super) struct Rows {
    text: String,
    begun: bool,
}

impl Rows {
    /// Returns the rows as text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Adds a field to the row. Nothing is written for 0.
    pub(super) fn field(&mut self, number: u64) {
        self.separate();
        if number > 0 {
            push_base36(&mut self.text, number);
        }
    }

    /// Adds a field that begins with a letter to the row.
    pub(super) fn tagged(&mut self, tag: char, number: u64) {
        self.separate();
        self.text.push(tag);
        push_base36(&mut self.text, number);
    }

    /// Adds a field without a number.
    fn sign(&mut self) {
        self.separate();
        self.text.push('#');
    }

    fn separate(&mut self) {
        if self.begun {
            self.text.push(',');
        }
        self.begun = true;
    }

    /// Ends the row.
    pub(super) fn end(&mut self) {
        self.text.push(';');
        self.begun = false;
    }
}

fn push_base36(text: &mut String, mut number: u64) {
    let mut digits = [0; 13];
    let mut first = digits.len();
    while number > 0 || first == digits.len() {
        first -= 1;
        digits[first] = b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize];
        number /= 36;
    }
    text.push_str(str::from_utf8(&digits[first..]).expect("digits are text"));
}

/// The most digits of a number: a script keeps it exactly.
const MOST_DIGITS: usize = 15;

/// The templates of a page, by their numbers.
#[derive(Default)]
pub(super) struct Templates {
    numbers: BTreeMap<String, u64>,
    scratch: String,
    arguments: Vec<Option<u64>>,
}

impl Templates {
    /// Adds the template of some words and its numbers to the row.
    pub(super) fn add(&mut self, words: &str, rows: &mut Rows) {
        self.split(words);
        let number = if let Some(number) = self.numbers.get(&self.scratch) {
            *number
        } else {
            let number = self.numbers.len() as u64;
            self.numbers.insert(self.scratch.clone(), number);
            number
        };
        rows.field(number);
        for argument in &self.arguments {
            match argument {
                Some(number) => rows.field(*number),
                None => rows.sign(),
            }
        }
    }

    /// Splits words into a template and its arguments. A `#` of the words is an argument without a
    /// number. Leading zeros stay in the template, and so do the last digits of very long numbers.
    fn split(&mut self, words: &str) {
        self.scratch.clear();
        self.arguments.clear();
        let bytes = words.as_bytes();
        let (mut copied, mut at) = (0, 0);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'#' => {
                    at += 1;
                    self.arguments.push(None);
                }
                b'1'..=b'9' => {
                    self.scratch.push_str(&words[copied..at]);
                    self.scratch.push('#');
                    let mut number = 0;
                    let end = bytes.len().min(at + MOST_DIGITS);
                    while at < end && bytes[at].is_ascii_digit() {
                        number = number * 10 + u64::from(bytes[at] - b'0');
                        at += 1;
                    }
                    copied = at;
                    self.arguments.push(Some(number));
                }
                _ => at += 1,
            }
        }
        self.scratch.push_str(&words[copied..]);
    }

    /// Returns the templates in the order of their numbers.
    pub(super) fn finish(self) -> Vec<String> {
        let mut all: Vec<_> =
            self.numbers.into_iter().map(|(text, number)| (number, text)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, text)| text).collect()
    }
}

/// Returns data as the content of a `script` element that is not run: no text in it ends it.
///
/// # Panics
///
/// Panics if the data cannot be written as JSON, which is so for none of a page.
pub(super) fn json(data: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(data).expect("a page's data can be written as JSON");
    let mut safe = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find(['<', '>', '&']) {
        let sign = rest.as_bytes()[at];
        write!(safe, "{}\\u{sign:04x}", &rest[..at]).expect("a string accepts any text");
        rest = &rest[at + 1..];
    }
    safe + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Puts words together again, as the script does.
    fn joined(template: &str, fields: &[&str]) -> String {
        let mut fields = fields.iter();
        let mut words = String::new();
        for c in template.chars() {
            if c != '#' {
                words.push(c);
                continue;
            }
            match fields.next().copied() {
                Some("#") | None => words.push('#'),
                Some(field) => words += &u64::from_str_radix(field, 36).unwrap_or(0).to_string(),
            }
        }
        words
    }

    fn there_and_back(words: &str) -> (String, String) {
        let (mut templates, mut rows) = (Templates::default(), Rows::default());
        templates.add(words, &mut rows);
        rows.end();
        let (templates, rows) = (templates.finish(), rows.finish());
        let fields: Vec<_> = rows.trim_end_matches(';').split(',').collect();
        (joined(&templates[0], &fields[1..]), rows)
    }

    #[test]
    fn words_become_a_template_and_its_numbers() {
        let (words, row) = there_and_back("sends call-2544: GET \"usr:007#0\"");
        assert_eq!(words, "sends call-2544: GET \"usr:007#0\"");
        assert_eq!(row, ",1yo,7,#;");
        let long = "of 1000000000000000000000012";
        assert_eq!(there_and_back(long).0, long);
    }

    #[test]
    fn no_text_ends_its_element() {
        let text = json(&["</script><!--&"]);
        assert_eq!(text, "[\"\\u003c/script\\u003e\\u003c!--\\u0026\"]");
    }

    proptest! {
        #[test]
        fn words_come_back(words in "[a-c#0-9,;\u{fffd}\"]{0,40}") {
            let (back, _) = there_and_back(&words);
            prop_assert_eq!(back, words);
        }
    }
}
