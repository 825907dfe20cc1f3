//! A diagram on a page.

use super::glossary;
use crate::diagram::{Diagram, Mark, Way};
use crate::svg;
use maud::{Markup, PreEscaped, html};

/// The most rows of a diagram that is readable on one printed page.
const ON_ONE_PAGE: usize = 34;

/// The name of a diagram for those who cannot see it.
const NAME: &str = "who sent what to whom; the steps follow as a list";

/// Returns a diagram in a frame that scrolls and can be reached with Tab. Ids in it begin with
/// `id`.
pub(super) fn figure(diagram: &Diagram, id: &str) -> Markup {
    let is_tall = diagram.rows.len() > ON_ONE_PAGE;
    html! {
        figure.tall[is_tall] tabindex="0" aria-label=(NAME) {
            (PreEscaped(svg::inline(diagram, id, &glossary::explained)))
        }
    }
}

/// Explains the signs of a diagram that occur in it.
pub(super) fn signs(diagram: &Diagram) -> Markup {
    let has = |wanted: &[Mark]| {
        diagram.rows.iter().any(|row| row.mark.is_some_and(|mark| wanted.contains(&mark)))
    };
    let any = |wanted: Way| diagram.messages.iter().any(|message| message.way == wanted);
    let mut signs = Vec::new();
    if diagram.messages.iter().any(|message| message.way.is_wrong()) {
        signs.push("thick arrow on a glow: an answer that was for someone else");
    }
    if any(Way::Unread) {
        signs.push("dashed arrow: an answer or a message that reached no call that waited for it");
    }
    if !diagram.waits.is_empty() {
        signs.push("thick line on a connection: a reply that nobody has read");
    }
    if has(&[Mark::Cancelled, Mark::Lost]) {
        signs.push("cross: dropped, given up or lost");
    }
    if has(&[Mark::Reused]) {
        signs.push("open ring: sent behind an unread reply");
    }
    if has(&[Mark::Crossed, Mark::WrongScreen]) {
        signs.push("ring with a dot: takes what is not for it");
    }
    signs.push("number in a box: the decisive step");
    html! {
        p.about {
            "Time runs down; each colour is one owner's data"
            @for sign in signs { "; " (sign) }
            "."
        }
    }
}
