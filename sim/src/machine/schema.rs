//! The JSON Schema of everything that is printed for machines.

use super::{Envelope, Error, Object, VERSION};
use crate::catalog::List;
use crate::certify::Certificate;
use crate::every_await::Told as EveryAwait;
use crate::hunt::finding::Told as Finding;
use crate::hunt::print::Summary;
use crate::hunt::progress::Status;
use crate::lockstep::machine::{Certificate as Lockstep, Replays};
use crate::matrix::Matrix;
use crate::replayed::Told as Replay;
use crate::report::Report;
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};

/// Makes a schema.
type Make = fn() -> Value;

/// The types of what is printed for machines, what each is and its schema.
pub const TYPES: &[(&str, &str, Make)] = &[
    (Report::TYPE, "A run", of::<Report>),
    (EveryAwait::TYPE, "A run for each await of a client", of::<EveryAwait<'static>>),
    (Finding::TYPE, "A finding of a hunt", of::<Finding<'static>>),
    (Summary::TYPE, "The summary of a hunt", of::<Summary<'static>>),
    (Status::TYPE, "How far a shared hunt is", of::<Status<'static>>),
    (Certificate::TYPE, "The certificate of a client", of::<Certificate>),
    (Lockstep::TYPE, "The certificate of a library in lockstep", of::<Lockstep<'static>>),
    (Replays::TYPE, "Schedules of lockstep that were replayed", of::<Replays<'static>>),
    (Matrix::TYPE, "A matrix of mechanisms or clients and defences", of::<Matrix>),
    (Replay::TYPE, "A saved run that was replayed", of::<Replay<'static>>),
    (List::TYPE, "A list of names", of::<List>),
    (Error::TYPE, "An error", of::<Error>),
];

/// What a scenario file looks like, which is no output.
pub const SCENARIO: &str = "scenario";

/// Returns the schema of a type, or of a scenario file.
pub fn named(name: &str) -> Option<Value> {
    if name == SCENARIO {
        return Some(crosswire_plan::json_schema());
    }
    let (name, title, make) = TYPES.iter().find(|(known, ..)| *known == name)?;
    let mut schema = make();
    schema["title"] = format!("{title}, as Crosswire prints it").into();
    schema["properties"]["type"] = json!({ "const": name });
    schema["properties"]["version"] = json!({ "const": VERSION });
    Some(schema)
}

fn of<T: Object + JsonSchema>() -> Value {
    schema_for!(Envelope<T>).to_value()
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
                "sim/schema/{name}.json is out of date; rewrite it with: \
                 CROSSWIRE_BLESS=1 cargo test -p crosswire schema"
            );
        }
        let kept = std::fs::read_dir(dir).expect("a directory").count();
        assert_eq!(kept, TYPES.len(), "sim/schema/ contains the schema of something else");
    }
}
