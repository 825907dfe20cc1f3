//! Selects the parts of the kit that a mutant needs a copy of. Copying the whole kit for each of
//! hundreds of mutants would take most of the build time.

use std::collections::BTreeSet;

/// The kit's sources by name; `mod` names the parts.
pub(crate) type Kit = [(String, String)];

/// Returns a kit with one part changed and everything that `client` needs of it. Parts that do not
/// depend on the changed one remain the zoo's, unless the kit's module depends on it, too.
pub(crate) fn with(kit: &Kit, changed: (&str, &str), client: &str) -> Vec<(String, String)> {
    let whole: Vec<_> = kit
        .iter()
        .map(|(name, text)| {
            let text = if name == changed.0 { changed.1 } else { text };
            (name.clone(), text.to_owned())
        })
        .collect();
    let touched = closed(BTreeSet::from([changed.0.to_owned()]), |found| {
        whole.iter().filter(|(_, text)| !uses(text, kit).is_disjoint(found)).map(named).collect()
    });
    let needed = closed(uses(client, kit), |found| {
        let used = whole.iter().filter(|(name, _)| name == "mod" || found.contains(name));
        used.flat_map(|(_, text)| uses(text, kit)).collect()
    });
    let copied =
        |name: &str| needed.contains(name) && (touched.contains("mod") || touched.contains(name));
    let module = module(&whole, touched.contains("mod"), copied);
    let parts = whole.iter().filter(|(name, _)| copied(name)).cloned();
    [("mod".to_owned(), module)].into_iter().chain(parts).collect()
}

fn named((name, _): &(String, String)) -> String {
    name.clone()
}

/// Adds to a set what `more` finds for it until there is nothing new.
fn closed(
    mut found: BTreeSet<String>,
    more: impl Fn(&BTreeSet<String>) -> BTreeSet<String>,
) -> BTreeSet<String> {
    loop {
        let before = found.len();
        found.extend(more(&found));
        if found.len() == before {
            return found;
        }
    }
}

/// Returns the kit's module with the lines of the copied parts. The rest comes from the module
/// itself or from the zoo.
fn module(whole: &Kit, own: bool, copied: impl Fn(&str) -> bool) -> String {
    let text = source(whole, "mod");
    let wanted = |line: &&str| part_of(line).map_or(own, &copied);
    let mut lines: Vec<_> = text.lines().filter(wanted).collect();
    if !own {
        lines.push("pub use crosswire_zoo::kit::*;");
    }
    lines.join("\n") + "\n"
}

/// Returns the part that a line of the module declares or re-exports.
fn part_of(line: &str) -> Option<&str> {
    let declared = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
    let public = || line.strip_prefix("pub use ")?.split_once("::").map(|(part, _)| part);
    declared.or_else(public)
}

/// Returns the parts of which a text uses a public name.
fn uses(text: &str, kit: &Kit) -> BTreeSet<String> {
    let code = text.lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("//") && part_of(line).is_none()
    });
    let words: BTreeSet<&str> = code.flat_map(words).collect();
    let lines = source(kit, "mod").lines();
    let public = lines.filter_map(|line| line.strip_prefix("pub use ")?.split_once("::"));
    let used = public.filter(|(_, names)| self::words(names).any(|name| words.contains(name)));
    used.map(|(part, _)| part.to_owned()).collect()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    let parts = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    parts.filter(|word| !word.is_empty())
}

fn source<'k>(kit: &'k Kit, name: &str) -> &'k str {
    let found = kit.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit() -> Vec<(String, String)> {
        let module = "mod line;\nmod near;\nmod pool;\n\npub use line::{Line, frame};\n\
                      pub use near::Near;\npub use pool::Desk;\n\nfn ask(_: &Desk) {}\n";
        [
            ("line", "pub struct Line;"),
            ("mod", module),
            ("near", "use super::Desk;\npub struct Near(Desk);"),
            ("pool", "use super::Line;\npub struct Desk(Line);"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .to_vec()
    }

    fn names(kit: &Kit) -> Vec<&str> {
        kit.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_part_without_dependents_is_copied_alone() {
        let kit = with(&kit(), ("near", "changed"), "use crate::kit::Near;");
        assert_eq!(names(&kit), ["mod", "near"]);
        assert_eq!(kit[0].1, "mod near;\npub use near::Near;\npub use crosswire_zoo::kit::*;\n");
        assert_eq!(kit[1].1, "changed");
    }

    #[test]
    fn a_part_that_the_module_depends_on_is_copied_with_all_that_the_client_needs() {
        let kit = with(&kit(), ("line", "changed"), "use crate::kit::Desk;");
        assert_eq!(names(&kit), ["mod", "line", "pool"]);
        assert!(!kit[0].1.contains("near") && kit[0].1.contains("fn ask"), "{}", kit[0].1);
    }
}
