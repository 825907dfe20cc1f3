//! The JSON Schemas of all objects that `--json` prints.

use crosswire::catalog::List;
use crosswire::certify::Certificate;
use crosswire::every_await::EveryAwaitReport as EveryAwait;
use crosswire::matrix::Matrix;
use crosswire::replay::ReplayReport as Replay;
use crosswire::report::Report;
use crosswire_hunt::finding::FindingObject as Finding;
use crosswire_hunt::report::print::Summary;
use crosswire_hunt::shared::progress::Status;
use crosswire_lockstep::machine::{Certificate as Lockstep, Replays};
use crosswire_output::machine::{Error, Object, schema};
use serde_json::Value;

/// A function that makes a schema.
type Make = fn() -> Value;

/// The types of objects that `--json` prints: name, title and schema.
pub const TYPES: &[(&str, &str, Make)] = &[
    (Report::TYPE, "A run", schema::<Report>),
    (EveryAwait::TYPE, "A run for each await of a client", schema::<EveryAwait<'static>>),
    (Finding::TYPE, "A finding of a hunt", schema::<Finding<'static>>),
    (Summary::TYPE, "The summary of a hunt", schema::<Summary<'static>>),
    (Status::TYPE, "The progress of a shared hunt", schema::<Status<'static>>),
    (Certificate::TYPE, "The certificate of a client", schema::<Certificate>),
    (Lockstep::TYPE, "The certificate of a library in lockstep", schema::<Lockstep<'static>>),
    (Replays::TYPE, "Replayed lockstep schedules", schema::<Replays<'static>>),
    (Matrix::TYPE, "A matrix of mechanisms or clients and defences", schema::<Matrix>),
    (Replay::TYPE, "A replayed saved run", schema::<Replay<'static>>),
    (List::TYPE, "A list of names", schema::<List>),
    (Error::TYPE, "An error", schema::<Error>),
];

/// The name of the scenario file's schema, which describes input.
pub const SCENARIO: &str = "scenario";

/// Returns the schema of a type or of a scenario file; `None` for an unknown name.
pub fn named(name: &str) -> Option<Value> {
    if name == SCENARIO {
        return Some(crosswire_plan::json_schema());
    }
    let (_, title, make) = TYPES.iter().find(|(known, ..)| *known == name)?;
    let mut schema = make();
    schema["title"] = format!("{title}, as Crosswire prints it").into();
    Some(schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_schema_files_are_up_to_date() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
        let bless = std::env::var_os("CROSSWIRE_BLESS").is_some();
        for (name, ..) in TYPES {
            let path = dir.join(format!("{name}.json"));
            let fresh = serde_json::to_string_pretty(&named(name)).expect("JSON") + "\n";
            if bless {
                std::fs::write(&path, &fresh).expect("the schema can be written");
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                kept == fresh,
                "crates/cli/schema/{name}.json is out of date; rewrite it with: \
                 CROSSWIRE_BLESS=1 cargo test -p crosswire-cli schema"
            );
        }
        let kept = std::fs::read_dir(dir).expect("a directory").count();
        assert_eq!(kept, TYPES.len(), "crates/cli/schema/ contains a schema of no type");
    }
}
