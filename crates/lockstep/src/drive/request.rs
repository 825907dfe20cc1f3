//! A request of a schedule: the line for the adapter, and the commands that should arrive.

use crate::schedule::{CallId, Request, Single};
use crate::trace::Asked;
use serde_json::{Value, json};

/// Returns the commands that a request sends. Each call sets its keys to another value.
pub(super) fn expected(call: CallId, request: &Request) -> Vec<Asked> {
    let one = |single: &Single| match single {
        Single::Get(key) => Some(Asked::Get(key.clone())),
        Single::Set(key) => Some(Asked::Set(key.clone(), value_of(call))),
        Single::Increment(key) => Some(Asked::Increment(key.clone())),
        Single::Unencodable(_) => None,
    };
    match request {
        Request::Mget(keys) => vec![Asked::Mget(keys.clone())],
        Request::Transaction(singles) => {
            Asked::exec(singles.iter().filter_map(one).collect()).into_iter().collect()
        }
        _ => request.singles().iter().filter_map(one).collect(),
    }
}

/// Returns the value that a call sets its keys to.
fn value_of(call: CallId) -> String {
    format!("set-by-call-{call}")
}

/// Returns the request line for the adapter.
pub(super) fn request_line(call: CallId, request: &Request) -> Value {
    let value = value_of(call);
    match request {
        Request::One(Single::Get(key)) => json!({ "op": "get", "key": key }),
        Request::One(Single::Set(key)) => json!({ "op": "set", "key": key, "value": value }),
        Request::One(Single::Increment(key)) => json!({ "op": "incr", "key": key }),
        Request::One(Single::Unencodable(key)) => {
            json!({ "op": "set", "key": key, "unencodable": true })
        }
        Request::Mget(keys) => json!({ "op": "mget", "keys": keys }),
        Request::Pipeline(singles) | Request::Transaction(singles) => {
            let op =
                if matches!(request, Request::Pipeline(_)) { "pipeline" } else { "transaction" };
            let commands = singles.iter().map(|single| match single {
                Single::Get(key) => json!(["get", key]),
                Single::Set(key) => json!(["set", key, value]),
                Single::Increment(key) => json!(["incr", key]),
                Single::Unencodable(key) => json!(["set", key, null]),
            });
            json!({ "op": op, "commands": commands.collect::<Vec<_>>() })
        }
    }
}
