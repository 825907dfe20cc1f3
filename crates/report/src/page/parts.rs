//! The parts that several pages share: facts, commands, stories, bars and links.
//!
//! Every part replaces characters that could steer a terminal, because a page may be printed there,
//! and leaves it to the markup writer to escape the rest.

use crosswire_checker::Verdict;
use crosswire_output::format::printable;
use maud::{Markup, html};
use std::fmt::Write;

/// The width of a bar's drawing.
const BAR: u32 = 100;

/// Returns a heading that begins with the verdict.
pub(super) fn heading(verdict: Option<Verdict>, text: &str) -> Markup {
    html! {
        h1 class=[(verdict == Some(Verdict::Violated)).then_some("violated")] {
            (printable(text))
        }
    }
}

/// Returns names with their values.
pub(super) fn facts(facts: &[(String, String)]) -> Markup {
    html! {
        dl {
            @for (name, value) in facts {
                dt { (printable(name)) }
                dd { (printable(value)) }
            }
        }
    }
}

/// Returns a command under the words that say what it does.
pub(super) fn command(words: &str, command: &str) -> Markup {
    html! {
        p.command { (words) ": " code { (printable(command)) } }
    }
}

/// Returns the lines of a story.
pub(super) fn story(lines: &[String]) -> Markup {
    html! {
        pre.story tabindex="0" {
            @for line in lines { (printable(line)) "\n" }
        }
    }
}

/// Returns a bar that repeats a number beside it: `share` of the width, from 0 to 1.
pub(super) fn bar(share: f64) -> Markup {
    let width = share.clamp(0.0, 1.0) * f64::from(BAR);
    // Whatever is more than nothing can be seen.
    let width = if width > 0.0 { width.max(1.0) } else { 0.0 };
    html! {
        svg.bar viewBox={ "0 0 " (BAR) " 8" } preserveAspectRatio="none" aria-hidden="true" {
            rect width=(BAR) height="8" {}
            rect.filled width={ (format!("{width:.1}")) } height="8" {}
        }
    }
}

/// Returns a relative link to a path of several names, in which every character is plain.
pub(super) fn href(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    // A path such as `//host` would lead to another host.
    format!("./{}", out.trim_start_matches('/'))
}

/// Returns the class of an outcome.
pub(super) fn class_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Violated => "outcome-violated",
        Verdict::Clean => "outcome-clean",
        Verdict::Inconclusive => "outcome-inconclusive",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_on_its_host() {
        assert_eq!(href("001-pooled-i1.html"), "./001-pooled-i1.html");
        assert_eq!(href("a night/clients/index.html"), "./a%20night/clients/index.html");
        assert_eq!(href("//evil/x"), "./evil/x");
        assert_eq!(href("javascript:alert(1)"), "./javascript%3Aalert%281%29");
        assert_eq!(href("ü\"<"), "./%C3%BC%22%3C");
    }

    #[test]
    fn a_bar_is_within_its_frame() {
        for (share, width) in
            [(0.0, "0.0"), (0.000_1, "1.0"), (0.5, "50.0"), (7.0, "100.0"), (-1.0, "0.0")]
        {
            let bar = bar(share).into_string();
            assert!(bar.contains(&format!("class=\"filled\" width=\"{width}\"")), "{bar}");
        }
        assert!(bar(f64::NAN).into_string().contains("width=\"0.0\""));
    }
}
