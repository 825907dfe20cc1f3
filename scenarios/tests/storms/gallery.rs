//! The gallery: the diagram of each saved run, as docs/reports/gallery.md shows it.

use crate::regressions::kept;
use crosswire::catalog;
use crosswire::mechanisms::MECHANISMS;
use crosswire::pictures::recorded;
use crosswire::saved::SavedRun;
use crosswire_report::{Diagram, diagram, svg};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const REPORTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reports");

const HEAD: &str = "\
# What a leak looks like

The diagrams of the saved runs in `scenarios/regressions`, one for each known mechanism, minimized.
[How to read one](../pictures.md). This command writes the page and its pictures:

```sh
CROSSWIRE_BLESS=1 cargo test --release -p crosswire-scenarios -p crosswire-cli --test storms gallery
```
";

/// Returns the diagram of the violation that a run was saved for.
fn drawn(saved: SavedRun) -> Diagram {
    let shows = saved.shows().expect("it was saved for a violation");
    let plan = Arc::new(saved.plan);
    let client = catalog::client(&plan.client.name).expect("a known client");
    let run = recorded(&plan, &client).expect("the run ends");
    let violation = run.first(Some(&shows.0));
    diagram(&run, violation.expect("the run shows what it was saved for"))
}

/// Says which mechanism a saved run is of, and how it works.
fn about(name: &str) -> String {
    let mechanism = MECHANISMS.iter().find(|mechanism| mechanism.faulty == name);
    match mechanism {
        Some(it) => format!("Mechanism {}: {}. {}.", it.number, it.name, it.how),
        None => "A real library, known bad.".to_owned(),
    }
}

/// Returns every file of the gallery with its text.
fn gallery() -> Vec<(PathBuf, String)> {
    let reports = Path::new(REPORTS);
    let mut page = HEAD.to_owned();
    let mut files = Vec::new();
    for (file, saved) in kept() {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let diagram = drawn(saved);
        let alt = if diagram.verdict.is_empty() { &diagram.title } else { &diagram.verdict };
        let about = about(&name);
        let _ = write!(page, "\n## {name}\n\n{about}\n\n![{alt}](gallery/{name}.svg)\n");
        files.push((reports.join("gallery").join(name).with_extension("svg"), svg(&diagram)));
    }
    files.push((reports.join("gallery.md"), page));
    files
}

#[test]
fn the_gallery_shows_the_saved_runs() {
    let mut stale = Vec::new();
    for (path, text) in gallery() {
        if std::env::var_os("CROSSWIRE_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("it is made");
            std::fs::write(&path, text).expect("the file can be written");
        } else if std::fs::read_to_string(&path).ok() != Some(text) {
            stale.push(path.display().to_string());
        }
    }
    assert!(stale.is_empty(), "out of date; CROSSWIRE_BLESS=1 writes them: {}", stale.join(", "));
}
