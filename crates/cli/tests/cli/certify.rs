//! `crosswire certify --adapter`: errors of adapters and schedules.

use crate::support::{Place, crosswire, has_python, refused};

const HELLO: &str = r#"{"crosswire": 1, "library": "x", "version": "1", "client": "y", "connections": "shared", "calls": "many", "cancel": "never"}"#;

/// Returns an adapter made of a shell script.
fn shell(script: &str) -> String {
    format!("sh -c '{script}'")
}

#[track_caller]
fn no_adapter(adapter: &str, words: &[&str]) {
    refused(&["certify", "--adapter", adapter], words);
}

#[test]
fn commands_that_start_nothing() {
    refused(&["certify"], &["nothing to certify; expected a CLIENT", "or --adapter CMD"]);
    no_adapter("", &["--adapter is empty; expected a program", "Did the command in `$( )` fail?"]);
    for option in ["--single", " --single", "-x"] {
        no_adapter(option, &[option, "begins with an option", "Did the command in `$( )` fail?"]);
    }
    no_adapter(" /no/such", &["`/no/such` cannot be started", "Did the command in `$( )` fail?"]);
    no_adapter("\"", &["expected a program and its arguments"]);
    no_adapter("python 'x", &["with all quotes closed"]);
    no_adapter("/no/such/program --single", &["`/no/such/program` cannot be started"]);
}

#[test]
fn adapters_that_say_no_hello() {
    no_adapter(&shell("exit 3"), &["ended before its hello (exit status: 3)"]);
    let dies = shell("echo there is no redis >&2; exit 1");
    no_adapter(
        &dies,
        &["ended before its hello", "its standard error ended with:", "there is no redis"],
    );
    no_adapter(&shell("echo hello; cat"), &["first line is `hello`", "docs/adapter-protocol.md"]);
    let other = format!("printf \"%s\\n\" \"{}\"", HELLO.replace("1,", "7,").replace('"', "\\\""));
    no_adapter(&shell(&other), &["speaks version 7 of the protocol; this build speaks 1"]);
}

#[test]
fn adapters_that_go_wrong_later() {
    let hello = format!("printf \"%s\\n\" \"{}\"", HELLO.replace('"', "\\\""));
    let garbage = shell(&format!("{hello}; read line; echo nonsense; cat"));
    no_adapter(&garbage, &["the adapter wrote `nonsense`, which is not an answer"]);
    let both = "{\\\"id\\\": 1, \\\"value\\\": 1, \\\"error\\\": \\\"no\\\"}";
    let both = shell(&format!("{hello}; read line; echo \"{both}\"; cat"));
    no_adapter(&both, &["exactly one of `value`, `error` and `cancelled`"]);
    let unknown =
        shell(&format!("{hello}; read line; echo \"{{\\\"id\\\": 9, \\\"value\\\": 1}}\"; cat"));
    no_adapter(&unknown, &["answered request 9, which does not exist"]);
    let done = "echo \"{\\\"id\\\": $id, \\\"value\\\": true}\"";
    let twice = shell(&format!("{hello}; read line; id=1; {done}; {done}; cat >/dev/null"));
    no_adapter(&twice, &["answered request 1 twice"]);
    let dies = shell(&format!("{hello}; read line; echo boom >&2; exit 4"));
    no_adapter(&dies, &["the adapter ended (exit status: 4)", "boom"]);
    let cannot = shell(&format!(
        "{hello}; read line; echo \"{{\\\"id\\\": 1, \\\"error\\\": \\\"no route\\\"}}\"; cat"
    ));
    no_adapter(&cannot, &[r#"the adapter answered `connect` with the error "no route""#]);
    let one_call = hello.replace("many", "one");
    let alone =
        shell(&format!("{one_call}; id=0; while read line; do id=$((id + 1)); {done}; done"));
    let args = ["certify", "--adapter", &alone, "--seeds", "5"];
    refused(&args, &["never connected to the server named in `connect`"]);
    let silent = shell(&format!("{hello}; cat >/dev/null"));
    let args = ["certify", "--adapter", &silent, "--patience", "1"];
    refused(&args, &["has not answered `connect`, request 1, for 1 s"]);
}

#[test]
fn the_error_of_an_adapter_names_request_and_schedule_and_is_an_object() {
    let hello = format!("printf \"%s\\n\" \"{}\"", HELLO.replace('"', "\\\""));
    let garbage = shell(&format!("{hello}; read line; echo nonsense; cat"));
    let args = ["certify", "--adapter", &garbage, "--from-seed", "7", "--seeds", "1"];
    let words = ["The last request was {\"host\":", "The schedule was seed 7: call 1: "];
    for more in [&["--log"][..], &["--json"], &["--json", "--log"]] {
        let failed = crosswire(&[&args[..], more].concat());
        let text = failed.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(failed.status == 2 && text.contains(words[1]), "{more:?}: {text}");
        if more.contains(&"--json") {
            let object: serde_json::Value = serde_json::from_str(&failed.out).expect("JSON");
            let message = object["message"].as_str().expect("a text");
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
        }
    }
}

#[test]
fn schedules_that_cannot_be_played() {
    let place = Place::new();
    let with = |file: &str, words: &[&str]| {
        refused(&["certify", "--adapter", "cat", "--schedule", file], words);
    };
    with(&place.name("none.toml"), &["none.toml: there is no such file"]);
    with(&place.name(""), &["this directory has no schedule", "files that end in .toml"]);
    with(&place.file("binary.toml", [0, 0xFF]), &["this is not text"]);
    let steps = "version = 1\nsteps = [\n  \"call 1: get a\",\n  \"cancl 1\",\n]\n";
    let words =
        ["bad.toml:4: unknown step `cancl`; did you mean `cancel`?", "known: call, cancel,"];
    with(&place.file("bad.toml", steps), &words);
}

#[test]
fn every_schedule_of_a_directory_is_read() {
    let place = Place::new();
    place.file("a.toml", "version = 1\nsteps = [\"call 1: get a\"]\n");
    let bad = place.file("b.toml", "version = 1\nsteps = []\n");
    place.file("notes.txt", "no schedule");
    let args = ["certify", "--adapter", "false", "--schedule", &place.name("")];
    refused(&args, &["b.toml: `steps` is empty"]);
    std::fs::remove_file(bad).expect("a file");
    refused(&args, &["the adapter ended before its hello"]);
}

#[test]
fn numbers_and_files_that_make_no_sense() {
    refused(&["certify", "--adapter", "cat", "--seeds", "0"], &["`0` is below 1"]);
    for (number, word) in [("9", "`9` is too large"), ("abc", "`abc` is not a whole number")] {
        refused(&["certify", "--adapter", "cat", "--enumerate", number], &[word, "from 2 to 5"]);
    }
    let one = ["certify", "--adapter", "cat", "--enumerate", "1"];
    refused(&one, &["`1` is below 2", "from 2 to 5, because every client passes"]);
    let impatient = ["certify", "--adapter", "cat", "--patience", "soon"];
    refused(&impatient, &["`soon` is not a whole number; expected a whole number from 1 to 255"]);
    let both = ["certify", "--adapter", "cat", "--seeds", "3", "--enumerate", "2"];
    refused(&both, &["cannot be used with"]);
    let place = Place::new();
    let file = place.file("mine.txt", "dear diary");
    refused(
        &["certify", "--adapter", "cat", "--save", &file],
        &["exists and is not a saved schedule"],
    );
}

#[test]
fn a_saved_schedule_is_no_run() {
    let place = Place::new();
    let file =
        place.file("desync.toml", "version = 1\nbroken = [\"I3\"]\nsteps = [\"call 1: get a\"]\n");
    for command in ["replay", "minimize", "run", "hunt"] {
        refused(
            &[command, &file],
            &["this is a schedule", "crosswire certify --adapter CMD --schedule", "desync.toml"],
        );
    }
}

#[test]
fn a_library_with_an_adapter_is_no_client() {
    refused(
        &["certify", "redis-py"],
        &["it runs in lockstep", "--adapter \"$(adapters/make redis-py newest)\""],
    );
}

/// The example of a blocking adapter, without its mistake.
const EXAMPLE: &str =
    concat!("python3 ", env!("CARGO_MANIFEST_DIR"), "/../../adapters/blocking-socket.py --fixed");

#[test]
fn adapters_that_share_the_schedules_print_the_same_certificate() {
    if !has_python("certify --jobs") {
        return;
    }
    let certificate = |jobs: &str| {
        let args =
            ["certify", "--adapter", EXAMPLE, "--seeds", "12", "--words", "plain", "--jobs", jobs];
        crosswire(&args).out
    };
    let alone = certificate("1");
    assert!(alone.contains("12 schedules of the seeds 0 to 11"), "{alone}");
    assert_eq!(certificate("3"), alone);
}

#[test]
fn a_budget_ends_the_search() {
    if !has_python("certify --budget") {
        return;
    }
    let args = ["certify", "--adapter", EXAMPLE, "--seeds", "4000000", "--budget", "1", "--json"];
    let ran = crosswire(&args);
    assert_eq!(ran.status, 3, "{}", ran.err);
    let certificate: serde_json::Value = serde_json::from_str(&ran.out).expect("an object");
    let sentence = certificate["sentence"].as_str().expect("a sentence");
    let (interrupted, ran) = (&certificate["stopped"], certificate["schedules"].as_u64());
    assert!(sentence.contains("of 4,000,000 schedules"), "{sentence}");
    assert!(ran.is_some_and(|ran| ran > 0) && *interrupted == true, "{sentence}");
}

#[test]
fn a_word_that_does_not_exist_is_refused_with_the_nearest() {
    let args = ["certify", "--adapter", "cat", "--words", "idle-los"];
    refused(&args, &["unknown word `idle-los`", "did you mean `idle-loss`?"]);
}

#[test]
fn an_adapter_is_tried() {
    if !has_python("certify --check") {
        return;
    }
    let ran = crosswire(&["certify", "--adapter", EXAMPLE, "--check"]);
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(ran.out);
    refused(&["certify", "--adapter", "cat", "--check", "--json"], &["cannot be used with"]);
}

/// An adapter whose library turns errors into `false`, and which never looks at what is stored.
const WRONG: &str = r#"
import json, sys
hello = {"crosswire": 1, "library": "wrong", "version": "1", "client": "none"}
print(json.dumps({**hello, "connections": "shared", "calls": "many", "cancel": "never"}), flush=True)
for request in map(json.loads, sys.stdin):
    values = {"get": False, "set": "stored", "mget": [], "pipeline": None}
    print(json.dumps({"id": request["id"], "value": values.get(request["op"], True)}), flush=True)
"#;

#[test]
fn what_an_adapter_does_wrong_is_explained() {
    if !has_python("certify --check") {
        return;
    }
    let place = Place::new();
    let adapter = format!("python3 {}", place.file("wrong.py", WRONG));
    let ran = crosswire(&["certify", "--adapter", &adapter, "--check"]);
    assert_eq!(ran.status, 1, "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(ran.out);
}
