//! Adapters end with the program, however it ends.

use crate::support::{Place, begun, crosswire, signal, until};

/// Returns whether a process exists and is not a zombie.
fn lives(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

/// Returns an adapter that starts a child, writes both process ids into a file, prints `hello` and
/// keeps running.
fn adapter(place: &Place, name: &str, hello: &str) -> String {
    let file = place.name(name);
    let body = format!(
        "sleep 777 >/dev/null 2>&1 & echo $$ $! >{file}.part; mv {file}.part {file}; {hello} wait"
    );
    format!("sh -c '{body}'")
}

/// Returns the process ids of an adapter and its child.
fn process_ids(place: &Place, name: &str) -> Vec<String> {
    until("the adapter runs", || place.path(name).exists());
    let text = std::fs::read_to_string(place.path(name)).expect("process ids");
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn an_adapter_and_its_children_end_however_the_program_ends() {
    let place = Place::new();
    for how in ["TERM", "INT", "HUP", "KILL"] {
        let child = begun(&["certify", "--adapter", &adapter(&place, how, "")]);
        let started = process_ids(&place, how);
        assert!(started.iter().all(|id| lives(id)), "{how}: {started:?}");
        signal(child.id(), how);
        drop(child.wait_with_output());
        for id in &started {
            until(&format!("{how}: {id} has ended"), || !lives(id));
        }
    }
    // An error while the adapter is still running.
    let failed = crosswire(&["certify", "--adapter", &adapter(&place, "error", "echo nonsense;")]);
    assert_eq!(failed.status, 2, "{}", failed.err);
    for id in process_ids(&place, "error") {
        until(&format!("after an error: {id} has ended"), || !lives(&id));
    }
    // The adapter has ended, and its child has not.
    let body = adapter(&place, "orphan", "exit 3;");
    let failed = crosswire(&["certify", "--adapter", &body]);
    assert_eq!(failed.status, 2, "{}", failed.err);
    for id in process_ids(&place, "orphan") {
        until(&format!("an orphan: {id} has ended"), || !lives(&id));
    }
}
