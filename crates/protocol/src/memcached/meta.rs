//! The meta commands: `mg`, `ms`, `md`, `ma`, `mn`, `me`.

use super::{Head, Line, MAX_KEY_LEN, MAX_VALUE_LEN};
use crate::form::{Detail, Form, MemcachedForm};
use crate::message::{Asked, What, When};

/// Reads a command line.
pub(super) fn line(name: &str, args: &[&str]) -> Line {
    if name == "mn" {
        return Line::own(name, "MN", false);
    }
    let Some((key, args)) = args.split_first() else {
        return if name == "me" { Line::BAD_FORMAT } else { Line::ERROR };
    };
    if key.len() > MAX_KEY_LEN {
        return Line::BAD_FORMAT;
    }
    let (len, flags) = match (name, args) {
        ("ms", [len, flags @ ..]) => (Some(*len), flags),
        ("ms", []) => return Line::BAD_FORMAT,
        _ => (None, args),
    };
    let len = match len.map(str::parse::<i32>) {
        None => None,
        Some(Ok(len)) if len >= 0 => Some(len as usize),
        Some(_) => return Line::BAD_FORMAT,
    };
    let refused = |reason| Line::Refused(reason, len.map_or(0, |len| len + 2));
    let letters: Vec<u8> = flags.iter().map(|flag| flag.as_bytes()[0]).collect();
    if letters.iter().enumerate().any(|(nth, letter)| letters[..nth].contains(letter)) {
        return refused("CLIENT_ERROR duplicate flag");
    }
    let known = match name {
        "mg" => "bcfhklOqstvENRT",
        "ms" => "bcCEfFIkLMOqsTN",
        "md" => "bCEIkOqTx",
        _ => "bcCDEIJkMNOqtTv",
    };
    if letters.iter().any(|letter| !known.as_bytes().contains(letter)) {
        return refused("CLIENT_ERROR invalid flag");
    }
    let name_of_key =
        if letters.contains(&b'b') { from_base64(key) } else { Some((*key).to_owned()) };
    let Some(name_of_key) = name_of_key else { return refused("CLIENT_ERROR error decoding key") };
    if len.is_some_and(|len| len > MAX_VALUE_LEN) {
        return refused("SERVER_ERROR object too large for cache");
    }
    if name == "me" {
        return Line::own(name, "EN", false);
    }
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let quiet = letters.contains(&b'q');
    let argument = |letter: char| flags.iter().find_map(|flag| flag.strip_prefix(letter));
    let (what, value, when) = match name {
        "mg" => (What::Get, None, When::Always),
        "md" => (What::Delete, None, When::Always),
        "ma" => {
            let by = argument('D').unwrap_or("1");
            let Ok(by) = by.parse::<u64>() else {
                return refused("CLIENT_ERROR invalid or duplicate flag");
            };
            let down = matches!(argument('M'), Some("D" | "d" | "-" | "decr"));
            let value = format!("{}{by}", if down { "-" } else { "" });
            (What::Increment, Some(value), When::Present)
        }
        _ => match argument('M').unwrap_or("S") {
            "S" | "s" | "set" => (What::Set, None, When::Always),
            "E" | "e" | "add" => (What::Set, None, When::Absent),
            "A" | "a" | "P" | "p" | "R" | "r" => (What::Set, None, When::Present),
            _ => return refused("CLIENT_ERROR invalid mode for ms M token"),
        },
    };
    let form = MemcachedForm { is_meta: true, key: (*key).to_owned(), flags, with_version: false };
    let form = Form(Detail::Memcached(form));
    let asked = Asked { value, when, quiet, form, ..Asked::new(what, name).on(vec![name_of_key]) };
    match len {
        Some(len) => Line::Head(Head { asked, len, is_silent: false }),
        None => Line::asked(asked, false),
    }
}

/// Decodes Base64, in which a key with spaces is written.
fn from_base64(text: &str) -> Option<String> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        (bits, count) = ((bits << 6 | u32::from(value)) & 0xff_ffff, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
