//! Tables that can be sorted and filtered, and read without either.
//!
//! The script puts a button into each column head. Without script the table is whole and in its
//! given order.

use maud::{Markup, html};

/// The script of a page whose tables can be sorted and filtered.
pub(super) const SCRIPT: &str = include_str!("tables.js");

/// Returns a table in a frame that scrolls and can be reached with Tab. The heading with the same
/// `id` names it.
pub(super) fn frame(id: &str, class: &str, content: &Markup) -> Markup {
    html! {
        div.frame role="region" aria-labelledby=(id) tabindex="0" {
            table.(class) id={ (id) "-table" } data-sortable aria-labelledby=(id) { (content) }
        }
    }
}

/// Returns the fields that filter the table of this `id`: one for text, and one for each name and
/// its values, which rows state as `data-NAME`. Without script they are hidden.
pub(super) fn filters(id: &str, choices: &[(&'static str, &[&'static str])]) -> Markup {
    html! {
        form.filters data-of={ (id) "-table" } hidden {
            label { "Show rows with " input type="search" name="words" autocomplete="off"; }
            @for (name, values) in choices {
                label {
                    (name) " "
                    select data-key=(name) {
                        option value="" { "all" }
                        @for value in *values { option value=(value) { (value) } }
                    }
                }
            }
            output role="status" {}
        }
    }
}
