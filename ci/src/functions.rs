//! Measures functions: how long they are, and how many assertions they contain.

use crate::sources::Parsed;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The macros that state what must hold.
const ASSERTIONS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "panic",
    "unreachable",
];

/// The methods that do.
const EXPECTATIONS: &[&str] = &["expect", "expect_err"];

/// The counts of the code outside of tests.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    /// The lengths of functions, in lines, with their places.
    pub lengths: Vec<(usize, String)>,
    /// Assertions, panics and expectations.
    pub assertions: usize,
    /// Lines of code.
    pub lines: usize,
}

impl Functions {
    /// Counts in some sources, leaving out modules of tests.
    pub fn of<'a>(sources: impl IntoIterator<Item = &'a Parsed<'a>>) -> Self {
        let mut functions = Self::default();
        for Parsed { source, syntax } in sources {
            let path = source.path.display().to_string();
            functions.lines += source.code().count();
            Visitor { path: &path, functions: &mut functions }.visit_file(syntax);
        }
        functions.lengths.sort();
        functions
    }

    /// Returns the median length of a function, in lines.
    pub fn median(&self) -> usize {
        self.lengths.get(self.lengths.len() / 2).map_or(0, |(length, _)| *length)
    }

    /// Returns the number of functions with more lines than that.
    pub fn longer_than(&self, lines: usize) -> usize {
        self.lengths.iter().filter(|(length, _)| *length > lines).count()
    }

    /// Returns the number of assertions in 1,000 lines of code.
    pub fn assertions_per_thousand(&self) -> f64 {
        1_000.0 * self.assertions as f64 / self.lines.max(1) as f64
    }
}

struct Visitor<'a> {
    path: &'a str,
    functions: &'a mut Functions,
}

impl Visitor<'_> {
    fn measure(&mut self, name: &syn::Ident, block: &syn::Block) {
        let span = block.span();
        let (from, to) = (span.start().line, span.end().line);
        let place = format!("{}:{from} {name}", self.path);
        self.functions.lengths.push((to - from + 1, place));
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if is_test(&item.attrs) {
            return;
        }
        self.measure(&item.sig.ident, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig.ident, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let name = item.path.segments.last().map(|segment| segment.ident.to_string());
        if name.is_some_and(|name| ASSERTIONS.contains(&name.as_str())) {
            self.functions.assertions += 1;
        }
        visit::visit_macro(self, item);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if EXPECTATIONS.contains(&call.method.to_string().as_str()) {
            self.functions.assertions += 1;
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// Returns true for `#[test]` and `#[cfg(test)]`.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_cfg = attribute.path().is_ident("cfg");
        let tokens = match &attribute.meta {
            syn::Meta::List(list) => list.tokens.to_string(),
            _ => String::new(),
        };
        attribute.path().is_ident("test") || (is_cfg && tokens.trim() == "test")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::{Source, parse};

    #[test]
    fn functions_and_assertions_outside_of_tests_are_counted() {
        let text = r#"
fn one() {
    assert!(true, "it holds");
    let two = || panic!("never");
    Some(3).expect("three");
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_test() {
        assert_eq!(1, 1);
    }
}
"#;
        let sources = [Source { path: "a.rs".into(), text: text.to_owned() }];
        let functions = Functions::of(&parse(&sources));
        assert_eq!((functions.assertions, functions.lines), (3, 5));
        assert_eq!(functions.lengths, [(5, "a.rs:2 one".to_owned())]);
    }
}
