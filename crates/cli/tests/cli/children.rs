//! Adapters end with the program, however it ends.

use crate::support::{Place, begun, crosswire, has_python, signal, until};
use std::io::{BufRead, BufReader};

/// Returns whether a process exists and is not a zombie.
fn lives(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

/// Returns an adapter that starts three processes, one in its group, one in another session
/// and a daemon, writes all process ids into a file, and then runs `rest` of a shell script.
fn adapter(place: &Place, name: &str, rest: &str) -> String {
    let file = place.name(name);
    let script = format!(
        "sleep 777 >/dev/null 2>&1 &
        echo $$ $! >{file}.part
        setsid sh -c 'echo $$ >>{file}.part; exec sleep 777' >/dev/null 2>&1 &
        (setsid sh -c 'echo $$ >>{file}.part; exec sleep 777' >/dev/null 2>&1 &)
        while [ $(wc -w <{file}.part) -lt 4 ]; do :; done
        mv {file}.part {file}
        {rest}"
    );
    format!("sh {}", place.file(&format!("{name}.sh"), script))
}

/// A library with one connection whose calls never end.
const NEVER_ENDS: &str = r#"
import json, socket, sys
print(json.dumps({"crosswire": 1, "library": "l", "version": "1", "client": "c",
                  "connections": "shared", "calls": "many", "cancel": "never"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "connect":
        client = socket.create_connection((request["host"], request["port"]))
    elif request["op"] not in ("barrier", "close"):
        client.sendall(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n")
        continue
    print(json.dumps({"id": request["id"], "value": True}), flush=True)
"#;

/// Returns the process ids of an adapter and of what it started.
fn process_ids(place: &Place, name: &str) -> Vec<String> {
    until("the adapter runs", || place.path(name).exists());
    let text = std::fs::read_to_string(place.path(name)).expect("process ids");
    text.split_whitespace().map(str::to_owned).collect()
}

fn have_ended(what: &str, ids: &[String]) {
    for id in ids {
        until(&format!("{what}: {id} has ended"), || !lives(id));
    }
}

#[test]
fn an_adapter_and_its_children_end_however_the_program_ends() {
    let place = Place::new();
    let library = place.file("library.py", NEVER_ENDS);
    let python = format!("python3 {library}; wait");
    let schedule = place.file("one.toml", "version = 1\nsteps = [\"call 1: get a\"]\n");
    // The hello never comes; a barrier is never answered; a violation is being minimized.
    let hello = "echo '{\"crosswire\": 1, \"library\": \"l\", \"version\": \"1\", \"client\": \"c\", \
                 \"connections\": \"shared\", \"calls\": \"many\", \"cancel\": \"never\"}'; wait";
    let phases: [(&str, &str, &[&str]); 4] = [
        ("hello", "wait", &[]),
        ("run", hello, &["--patience", "200"]),
        ("replay", hello, &["--patience", "200", "--schedule", &schedule]),
        ("minimizing", &python, &["--patience", "2", "--seeds", "1", "--log"]),
    ];
    for (phase, rest, args) in phases {
        if phase == "minimizing" && !has_python("an end while minimizing") {
            continue;
        }
        for how in ["TERM", "INT", "HUP", "KILL"] {
            let what = format!("{phase}-{how}");
            let command = adapter(&place, &what, rest);
            let mut child = begun(&[&["certify", "--adapter", &command], args].concat());
            let started = process_ids(&place, &what);
            assert!(started.iter().all(|id| lives(id)), "{what}: {started:?}");
            if phase == "minimizing" {
                let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
                let mut line = String::new();
                out.read_line(&mut line).expect("the log of the one schedule");
                // It is restarted for every schedule in which a call never ends.
                signal(child.id(), how);
                let _ = std::io::copy(&mut out, &mut std::io::sink());
            } else {
                signal(child.id(), how);
            }
            drop(child.wait_with_output());
            have_ended(&what, &started);
            have_ended(&what, &process_ids(&place, &what));
        }
    }
}

#[test]
fn an_adapter_and_its_children_end_after_an_error_and_in_the_end() {
    let place = Place::new();
    // An error while the adapter is still running.
    let failed =
        crosswire(&["certify", "--adapter", &adapter(&place, "error", "echo nonsense; wait")]);
    assert_eq!(failed.status, 2, "{}", failed.err);
    have_ended("after an error", &process_ids(&place, "error"));
    // The adapter has ended, and its child has not.
    let body = adapter(&place, "orphan", "exit 3");
    let failed = crosswire(&["certify", "--adapter", &body]);
    assert_eq!(failed.status, 2, "{}", failed.err);
    have_ended("an orphan", &process_ids(&place, "orphan"));
}
