//! Makes foreign text safe for a terminal, and for a file that a person reads.

use crosswire_plan::steers;
use std::fmt::{self, Write};

/// The replacement for a character that could steer a terminal.
const REPLACEMENT: char = '\u{FFFD}';

/// Returns foreign text on one line, with every character replaced that could steer a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if steers(c) { REPLACEMENT } else { c }).collect()
}

/// Returns foreign text as at most twelve printable lines, the limit of a story.
pub fn twelve_lines(said: &impl fmt::Display) -> Vec<String> {
    said.to_string().lines().take(12).map(printable).collect()
}

/// Returns text of several lines that is safe for a terminal. If it is `coloured`, its colour
/// sequences remain, and no other escape sequences.
pub fn tame(text: &str, coloured: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = if coloured { colour_length(rest) } else { None };
        let length = colour.unwrap_or(c.len_utf8());
        let stays = colour.is_some() || c == '\n' || c == '\t' || !steers(c);
        if stays {
            out.push_str(&rest[..length]);
        } else {
            out.push(REPLACEMENT);
        }
        rest = &rest[length..];
    }
    out
}

/// Returns the length of the colour sequence at the beginning of the text, if there is one.
pub(super) fn colour_length(text: &str) -> Option<usize> {
    let digits = text.strip_prefix("\u{1b}[")?;
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    if digits.as_bytes()[end] == b'm' { Some(2 + end + 1) } else { None }
}

/// Quotes a word for a shell, so that it can be pasted into a terminal. Characters that could steer
/// the terminal become escapes between `$'` and `'`, which bash, zsh and ksh understand.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:+=@,".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('-') {
        return word.to_owned();
    }
    if !word.chars().any(steers) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut out = "$'".to_owned();
    for c in word.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            c if steers(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Three octal digits are complete, even if digits follow.
                    write!(out, "\\{byte:03o}").expect("writing to a string cannot fail");
                }
            }
            c => out.push(c),
        }
    }
    out + "'"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    /// Text with many characters that could steer a terminal.
    fn hostile() -> impl Strategy<Value = String> {
        let evil = prop::sample::select(vec![
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{e0041}',
            '\r',
            '\n',
            '\t',
            '\'',
            '\\',
            '$',
            '[',
            'm',
            '3',
            '1',
            ';',
            'é',
        ]);
        prop::collection::vec(prop_oneof![evil, any::<char>()], 0..24)
            .prop_map(|chars| chars.into_iter().filter(|c| *c != '\0').collect())
    }

    proptest! {
        #[test]
        fn nothing_that_is_printable_steers(text in hostile()) {
            let safe = printable(&text);
            prop_assert!(!safe.chars().any(steers), "{safe:?}");
            prop_assert_eq!(safe.chars().count(), text.chars().count());
            prop_assert_eq!(printable(&safe), safe.clone());
            for (was, is) in text.chars().zip(safe.chars()) {
                prop_assert!(was == is || steers(was));
            }
        }

        #[test]
        fn only_lines_and_colours_remain_on_a_screen(text in hostile()) {
            let plain = tame(&text, false);
            prop_assert!(!plain.chars().any(|c| steers(c) && c != '\n' && c != '\t'), "{plain:?}");
            let coloured = tame(&text, true);
            for (at, _) in coloured.match_indices('\u{1b}') {
                prop_assert!(colour_length(&coloured[at..]).is_some(), "{coloured:?}");
            }
            prop_assert_eq!(tame(&coloured, false).contains('\u{1b}'), false);
        }

        #[test]
        fn a_quoted_word_does_not_steer(text in hostile()) {
            prop_assert!(!quoted(&text).chars().any(steers));
        }
    }

    #[test]
    fn a_shell_reads_a_quoted_word_as_the_original() {
        let words = ["", "a b", "it's", "-x", "a\u{1b}[31m7", "\u{202e}'\\\n$x", "é\u{200b}1"];
        let quoted: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        let script = format!("printf '%s\\0' {}", quoted.join(" "));
        let Ok(bash) = Command::new("bash").args(["-c", &script]).output() else { return };
        let expected = words.join("\0") + "\0";
        assert_eq!(String::from_utf8(bash.stdout).expect("text"), expected, "{script}");
    }

    #[test]
    fn colours_remain_only_in_coloured_text() {
        let text = "\u{1b}[1m\u{1b}[38;5;2mred\u{1b}[0m\u{1b}]0;title\u{7}\n";
        assert_eq!(
            tame(text, true),
            "\u{1b}[1m\u{1b}[38;5;2mred\u{1b}[0m\u{FFFD}]0;title\u{FFFD}\n"
        );
        assert_eq!(tame("\u{1b}[1mred", false), "\u{FFFD}[1mred");
    }
}
