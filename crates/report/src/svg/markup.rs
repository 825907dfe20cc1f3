//! Writes XML whose text and attributes are escaped by construction.

use std::fmt::{self, Write};

/// A document under construction.
#[derive(Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Returns the document.
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// Opens an element, adds what `inside` adds, and closes it.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &dyn fmt::Display)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        self.0.push('>');
        inside(self);
        let _ = write!(self.0, "</{name}>");
    }

    /// Adds an element without content.
    pub(super) fn empty(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &dyn fmt::Display)],
    ) {
        self.open(name, attributes);
        self.0.push_str("/>");
    }

    /// Adds an element that contains text alone.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &dyn fmt::Display)],
        text: &str,
    ) {
        self.element(name, attributes, |markup| markup.escaped(text));
    }

    /// Begins a new line, for those who read the source.
    pub(super) fn line(&mut self) {
        self.0.push('\n');
    }

    /// Adds a style sheet of the program's own.
    pub(super) fn style(&mut self, css: &'static str) {
        assert!(!css.contains(['<', '&']) && !css.contains("]]>"), "a style sheet has no markup");
        self.element("style", &[], |markup| markup.0.push_str(css));
    }

    fn open(&mut self, name: &'static str, attributes: &[(&'static str, &dyn fmt::Display)]) {
        let _ = write!(self.0, "<{name}");
        for (key, value) in attributes {
            let _ = write!(self.0, " {key}=\"");
            self.escaped(&value.to_string());
            self.0.push('"');
        }
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // XML has no way to write these.
                '\u{fffe}' | '\u{ffff}' => self.0.push('\u{fffd}'),
                c if c.is_control() => self.0.push('\u{fffd}'),
                c => self.0.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let mut markup = Markup::default();
        markup.text("text", &[("class", &"a\"b'c")], "<script>&]]>\u{1b}\u{ffff}");
        let expected =
            "<text class=\"a&quot;b&#39;c\">&lt;script&gt;&amp;]]&gt;\u{fffd}\u{fffd}</text>";
        assert_eq!(markup.finish(), expected);
    }
}
