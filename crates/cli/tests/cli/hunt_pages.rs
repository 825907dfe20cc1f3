//! The pages that a hunt writes into its directory.

use crate::support::{Place, crosswire, refused, scenario};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Returns the pages of a directory by their names.
fn pages(dir: &Path) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "html") {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            pages.insert(name, fs::read_to_string(path).expect("a page"));
        }
    }
    pages
}

/// Hunts with two faulty clients, each of which fails with a signature.
fn hunt(place: &Place, out: &str, more: &[&str]) -> String {
    let file = scenario(place);
    let clients = ["--client", "pooled-cancel-desync", "--client", "slotted-double-free"];
    let args = [&["hunt", &file, "--seeds", "12", "--out", out], &clients[..]].concat();
    let ran = crosswire(&[&args[..], more].concat());
    assert_eq!(ran.status, 1, "{}", ran.err);
    ran.err
}

#[test]
fn a_hunt_has_an_index_and_a_page_for_each_signature() {
    let place = Place::new();
    let out = place.name("hunt");
    let err = hunt(&place, &out, &["--minimize", "1s"]);
    assert!(err.contains(&format!("pages: {out}/index.html\n")), "{err}");
    let pages = pages(&place.path("hunt"));
    let index = &pages["index.html"];
    assert!(index.contains("<h1 class=\"violated\">violated: "), "{index}");
    assert_eq!(pages.len(), 1 + index.matches("<tr data-state=\"new\">").count(), "{index}");
    assert!(pages.len() > 2, "two signatures: {:?}", pages.keys());
    for (name, page) in pages.iter().filter(|(name, _)| *name != "index.html") {
        assert!(index.contains(&format!("href=\"./{name}\"")), "{name}");
        let saved = name.replace(".html", ".toml");
        assert!(index.contains(&format!("href=\"./{saved}\"")), "{saved}");
        // The heading is red if something was exposed.
        assert!(page.contains("<h1") && page.contains(">violated: "), "{name}");
    }
    assert!(index.contains("<span class=\"also\">minimized</span>"), "{index}");
    assert!(!index.contains("Continue the hunt"), "its work is done");
}

#[test]
fn a_resumed_hunt_has_the_pages_of_an_undisturbed_one() {
    let place = Place::new();
    let whole = place.name("whole");
    hunt(&place, &whole, &["--no-minimize"]);
    let expected = pages(&place.path("whole"));
    // As after a kill: the journal ends early, pages are missing, and one is cut off.
    let dir = place.path("killed");
    fs::create_dir(&dir).expect("a directory");
    let journal = fs::read_to_string(place.path("whole/hunt.jsonl")).expect("a journal");
    let first = journal.lines().position(|line| line.contains("\"finding\"")).expect("a finding");
    let lines: Vec<_> = journal.lines().take(first + 1).collect();
    fs::write(dir.join("hunt.jsonl"), lines.join("\n") + "\n{\"line").expect("a journal");
    for name in expected.keys().filter(|name| *name != "index.html").take(1) {
        let saved = name.replace(".html", ".toml");
        fs::copy(place.path("whole").join(&saved), dir.join(saved)).expect("a saved run");
    }
    let killed = place.name("killed");
    hunt(&place, &killed, &["--no-minimize", "--resume"]);
    let found = pages(&dir);
    assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
    for (name, page) in &expected {
        assert_eq!(&found[name], page, "{name}");
    }
}

#[test]
fn a_page_of_another_program_is_not_overwritten() {
    let place = Place::new();
    let out = place.name("hunt");
    hunt(&place, &out, &["--no-minimize"]);
    fs::write(place.path("hunt/index.html"), "dear diary").expect("a file");
    let args = ["hunt", "--resume", "--out", &out];
    refused(&args, &["index.html: the file exists and is not a page of Crosswire"]);
    assert_eq!(fs::read_to_string(place.path("hunt/index.html")).expect("a file"), "dear diary");
}
