//! What is started ends when the program does, however that is.

use crate::support::{Place, begun, crosswire, signal, until};

/// Whether a process is there and is no zombie.
fn lives(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

/// An adapter that starts a process of its own, writes the numbers of both into a file, says `hello` and
/// goes on for long.
fn adapter(place: &Place, name: &str, hello: &str) -> String {
    let file = place.name(name);
    let body = format!(
        "sleep 777 >/dev/null 2>&1 & echo $$ $! >{file}.part; mv {file}.part {file}; {hello} wait"
    );
    format!("sh -c '{body}'")
}

/// The numbers of an adapter and of the process that it has started.
fn numbers(place: &Place, name: &str) -> Vec<String> {
    until("the adapter runs", || place.path(name).exists());
    let text = std::fs::read_to_string(place.path(name)).expect("numbers");
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn an_adapter_ends_with_all_that_it_started_however_the_program_ends() {
    let place = Place::new();
    for how in ["TERM", "INT", "HUP", "KILL"] {
        let child = begun(&["certify", "--adapter", &adapter(&place, how, "")]);
        let started = numbers(&place, how);
        assert!(started.iter().all(|id| lives(id)), "{how}: {started:?}");
        signal(child.id(), how);
        drop(child.wait_with_output());
        for id in &started {
            until(&format!("{how}: {id} has ended"), || !lives(id));
        }
    }
    // An error, with the adapter still there.
    let failed = crosswire(&["certify", "--adapter", &adapter(&place, "error", "echo nonsense;")]);
    assert_eq!(failed.status, 2, "{}", failed.err);
    for id in numbers(&place, "error") {
        until(&format!("after an error: {id} has ended"), || !lives(&id));
    }
    // The leader has ended, and what it started has not.
    let body = adapter(&place, "orphan", "exit 3;");
    let failed = crosswire(&["certify", "--adapter", &body]);
    assert_eq!(failed.status, 2, "{}", failed.err);
    for id in numbers(&place, "orphan") {
        until(&format!("an orphan: {id} has ended"), || !lives(&id));
    }
}
