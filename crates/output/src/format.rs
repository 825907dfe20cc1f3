//! Formats text: numbers, tables, wrapped lines, stories, and colour for terminals.

mod layout;
mod safe;
mod story;
mod table;

pub use layout::{Layout, WIDTH};
pub use safe::{printable, quoted, tame, twelve_lines};
pub use story::story;
pub use table::{Align, Table};

use crosswire_checker::InvariantId;

/// Formats a number with separated thousands: `5,200`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Formats a number and its noun, with an `s` unless the number is 1: `1 camera`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// Formats a share in per cent with two decimals; `-` if `whole` is 0.
pub fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "-".to_owned(),
        _ => format!("{:.2} %", part as f64 * 100.0 / whole as f64),
    }
}

/// Sorts ids such as `I9` and `I10` by their numbers, and returns their texts.
pub fn by_number<'a>(ids: impl IntoIterator<Item = &'a InvariantId>) -> Vec<&'static str> {
    let mut ids: Vec<_> = ids.into_iter().copied().collect();
    ids.sort_by_key(|id| id.number());
    ids.into_iter().map(InvariantId::as_str).collect()
}

/// Formats milliseconds as seconds with three decimals.
pub fn seconds(ms: u64) -> String {
    crosswire_checker::story::seconds(ms)
}

/// Formats `text` after `first`, wrapped at [`WIDTH`] for a file: see [`Layout::wrapped`].
pub fn wrapped(first: &str, text: &str) -> String {
    Layout::PLAIN.wrapped(first, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0, 999, 1_000, 5_200_000].map(grouped), ["0", "999", "1,000", "5,200,000"]);
        assert_eq!([counted(1, "camera"), counted(2, "camera")], ["1 camera", "2 cameras"]);
        assert_eq!([percent(13, 5_200), percent(1, 0)], ["0.25 %", "-"]);
    }

    #[test]
    fn ids_are_sorted_by_number() {
        let ids = [InvariantId::I11, InvariantId::I3, InvariantId::I1];
        assert_eq!(by_number(&ids), ["I1", "I3", "I11"]);
    }
}
