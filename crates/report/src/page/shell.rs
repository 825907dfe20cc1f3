//! The frame of every page: its head, its content security policy, its style sheet and script.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

/// Text near the beginning of each page, by which one is recognized.
pub const MARK: &str = "<meta name=\"generator\" content=\"crosswire\">";

/// The style sheet of every page, with those of tables, diagrams and plots.
const STYLE: &str = concat!(
    include_str!("style.css"),
    include_str!("twin.css"),
    include_str!("tables.css"),
    include_str!("../svg/style.css"),
    include_str!("storm.css")
);

/// The markup between [`MARK`] and the policy of each page.
pub(super) const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"";

/// Returns a page with a title, which may contain anything, and a body. Only the style sheet and
/// this script, which may be empty, have an effect: the policy names them by their hashes.
pub(super) fn document(title: &str, body: &Markup, script: &str) -> String {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(script)
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                (PreEscaped(MARK))
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { (body) }
                @if !script.is_empty() { script { (PreEscaped(script)) } }
            }
        }
    };
    page.into_string()
}

/// Returns the hash of a text as a policy names it.
///
/// # Panics
///
/// Panics if the text would end its element.
fn hash(text: &str) -> String {
    assert!(!text.contains("</") && !text.contains("<!--"), "no markup ends the element");
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}
