//! The JSON Schema of everything that is printed for machines.

use crosswire::catalog::List;
use crosswire::certify::Certificate;
use crosswire::every_await::Told as EveryAwait;
use crosswire::matrix::Matrix;
use crosswire::replayed::Told as Replay;
use crosswire::report::Report;
use crosswire_hunt::finding::Told as Finding;
use crosswire_hunt::print::Summary;
use crosswire_hunt::progress::Status;
use crosswire_lockstep::machine::{Certificate as Lockstep, Replays};
use crosswire_output::machine::{Error, Object, schema};
use serde_json::Value;

/// Makes a schema.
type Make = fn() -> Value;

/// The types of what is printed for machines, what each is and its schema.
pub const TYPES: &[(&str, &str, Make)] = &[
    (Report::TYPE, "A run", schema::<Report>),
    (EveryAwait::TYPE, "A run for each await of a client", schema::<EveryAwait<'static>>),
    (Finding::TYPE, "A finding of a hunt", schema::<Finding<'static>>),
    (Summary::TYPE, "The summary of a hunt", schema::<Summary<'static>>),
    (Status::TYPE, "How far a shared hunt is", schema::<Status<'static>>),
    (Certificate::TYPE, "The certificate of a client", schema::<Certificate>),
    (Lockstep::TYPE, "The certificate of a library in lockstep", schema::<Lockstep<'static>>),
    (Replays::TYPE, "Schedules of lockstep that were replayed", schema::<Replays<'static>>),
    (Matrix::TYPE, "A matrix of mechanisms or clients and defences", schema::<Matrix>),
    (Replay::TYPE, "A saved run that was replayed", schema::<Replay<'static>>),
    (List::TYPE, "A list of names", schema::<List>),
    (Error::TYPE, "An error", schema::<Error>),
];

/// What a scenario file looks like, which is no output.
pub const SCENARIO: &str = "scenario";

/// Returns the schema of a type, or of a scenario file.
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
    fn the_schemas_that_are_kept_are_those_of_the_types() {
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
        assert_eq!(kept, TYPES.len(), "crates/cli/schema/ contains the schema of something else");
    }
}
