//! `crosswire replay`: seed lines and saved runs.

use crate::support::{Place, TINY, crosswire, refused};

fn digest(out: &str) -> &str {
    out.lines()
        .find(|line| line.contains(" s of simulated time") && !line.contains("length"))
        .expect("a digest")
}

#[test]
fn a_seed_line_replays_the_run() {
    let run = crosswire(&["run", "calm", "--seed", "5", "--client", "sharded-mget"]);
    let again = crosswire(&["replay", "calm:5:sharded-mget:none"]);
    assert_eq!(again.status, 0);
    assert!(run.out == again.out);
    let short = crosswire(&["replay", "calm:5:sharded-mget"]);
    assert!(run.out == short.out);
}

#[test]
fn a_seed_line_may_name_a_file_whose_path_a_shell_would_split() {
    let place = Place::new();
    let file = place.file("my tiny:storm.toml", TINY);
    let run = crosswire(&["run", &file, "--seed", "5"]);
    let line = format!("{file}:5:pooled:none");
    assert!(run.out.contains(&format!("  crosswire replay '{line}'\n")), "{}", run.out);
    let again = crosswire(&["replay", &line]);
    assert_eq!(digest(&run.out), digest(&again.out));
}

#[test]
fn a_saved_run_reproduces() {
    let place = Place::new();
    let file = place.name("run.toml");
    let run = crosswire(&["run", "calm", "--seed", "5", "--save", &file]);
    assert!(run.out.contains(&format!("saved: crosswire replay {file}")), "{}", run.out);
    let again = crosswire(&["replay", &file]);
    assert_eq!(again.status, run.status);
    assert_eq!(digest(&run.out), digest(&again.out));
    assert!(again.out.ends_with("\nreproduces: same verdict, same digest\n"));
    refused(&["run", &file], &["this is a saved run; use `crosswire replay /"]);
    // Saving it over itself changes nothing.
    let before = std::fs::read(&file).expect("a file");
    crosswire(&["replay", &file, "--save", &file]);
    assert!(before == std::fs::read(&file).expect("a file"));
}

#[test]
fn a_violated_run_is_saved_with_its_story_and_reproduces() {
    let place = Place::new();
    let file = place.name("leak.toml");
    let client = "pooled-cancel-desync";
    let found = (0..20).find(|seed| {
        let args = ["run", "notification-mix-up", "--client", client, "--save", &file, "--seed"];
        crosswire(&[&args[..], &[&seed.to_string()]].concat()).status == 1
    });
    assert!(found.is_some());
    let text = std::fs::read_to_string(&file).expect("a file");
    assert!(text.contains("\n# I"), "{text}");
    let again = crosswire(&["replay", &file]);
    assert_eq!(again.status, 0, "it is violated, as expected");
    assert!(again.out.contains("\nreproduces: "), "{}", again.out);
    let twin = place.file("twin.toml", text.replace(client, "pooled"));
    let fixed = crosswire(&["replay", &twin]);
    assert_eq!(fixed.status, 1, "{}", fixed.out);
    assert!(fixed.out.contains("\nfixed: the violation no longer occurs"), "{}", fixed.out);
    // A bad file does not keep the others from being replayed.
    place.file("broken.toml", "version = 9");
    let all = crosswire(&["replay", &place.name("")]);
    assert_eq!((all.status, all.out.matches(".toml: ").count()), (2, 2), "{}", all.out);
    assert!(all.out.ends_with("1 of 3 are as expected\n"), "{}", all.out);
    assert!(all.err.contains("unknown `version` 9"), "{}", all.err);
}

/// A minimized case requires situations that a correct client does not reach in it.
#[test]
fn a_fixed_run_holds_although_it_reaches_less() {
    let place = Place::new();
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/regressions");
    let kept = std::fs::read_to_string(format!("{kept}/pooled-cancel-desync.toml")).expect("kept");
    let fixed = kept.replace("\"pooled-cancel-desync\"", "\"pooled\"");
    let fixed = fixed.replace("expect = \"violated\"", "expect = \"clean\"");
    let holds = crosswire(&["replay", &place.file("fixed.toml", fixed)]);
    assert_eq!(holds.status, 0, "{}", holds.out);
    assert!(
        holds
            .out
            .ends_with("\nholds: nothing was violated, but a required situation did not occur\n"),
        "{}",
        holds.out
    );
    let not_fixed = kept.replace("expect = \"violated\"", "expect = \"clean\"");
    let broken = crosswire(&["replay", &place.file("broken.toml", not_fixed)]);
    assert_eq!(broken.status, 1, "{}", broken.out);
    assert!(broken.out.ends_with("the verdict is violated, expected clean\n"), "{}", broken.out);
    // The run must show the signature of the file, even if the digest matches.
    let signature = kept.lines().find(|line| line.starts_with("signature")).expect("a signature");
    let other = kept.replace(signature, "signature = \"I9 nothing\"");
    let differs = crosswire(&["replay", &place.file("other.toml", other)]);
    assert_eq!(differs.status, 1, "{}", differs.out);
    assert!(differs.out.contains("\ndiffers: it shows `I"), "{}", differs.out);
}

#[test]
fn a_file_with_the_client_of_another_program_says_so() {
    let place = Place::new();
    let file = place.name("run.toml");
    crosswire(&["run", "calm", "--seed", "5", "--save", &file]);
    let text = std::fs::read_to_string(&file).expect("a file");
    let ours = place.file("ours.toml", text.replace("name = \"pooled\"", "name = \"ours\""));
    refused(&["replay", &ours], &["unknown client `ours`", "replay the file with that program"]);
}

#[test]
fn a_tampered_file_differs_or_is_refused() {
    let place = Place::new();
    let file = place.name("run.toml");
    crosswire(&["run", "calm", "--seed", "5", "--save", &file]);
    let text = std::fs::read_to_string(&file).expect("a file");
    let corrupt = |valid: &str, invalid: &str| {
        assert!(text.contains(valid), "{valid} is not in {text}");
        place.file("corrupt.toml", text.replacen(valid, invalid, 1))
    };

    let other_plan = crosswire(&["replay", &corrupt("seed = 5", "seed = 6")]);
    assert_eq!(other_plan.status, 0, "{}", other_plan.out);
    assert!(other_plan.out.ends_with("different digest\n"), "{}", other_plan.out);
    let other_end = crosswire(&["replay", &corrupt("expect = \"clean\"", "expect = \"violated\"")]);
    assert_eq!(other_end.status, 1);
    assert!(other_end.out.contains("\nfixed: "), "{}", other_end.out);

    refused(&["replay", &corrupt("version = 2", "version = 9")], &["unknown `version` 9"]);
    refused(
        &["replay", &corrupt("version = 2", "extra = 1\nversion = 2")],
        &["unknown field `extra`"],
    );
    refused(&["replay", &corrupt("cameras = 40", "cameras = 4_000_000_000")], &["`cast.cameras`"]);
    refused(&["replay", &corrupt("cameras = 40", "cameras = \"many\"")], &["corrupt.toml:"]);
    refused(
        &["replay", &corrupt("read_ms = [", "read_ms = [9, 1] # [")],
        &["`directory.read_ms` is a range from 9 down to 1"],
    );
    refused(&["replay", &corrupt("\"pooled\"", "\"poled\"")], &["did you mean `pooled`?"]);
}

#[test]
fn a_run_saved_for_a_panic_or_a_hang() {
    let place = Place::new();
    let file = place.name("run.toml");
    crosswire(&["run", "calm", "--seed", "5", "--save", &file]);
    let text = std::fs::read_to_string(&file).expect("a file");
    let digest = text.lines().find(|line| line.starts_with("digest")).expect("a digest");
    let kept_for = |name: &str, expect: &str, signature: &str| {
        let signature = format!("signature = \"{signature}\"");
        let text = text.replacen(digest, &signature, 1);
        place.file(name, text.replacen("\"clean\"", &format!("\"{expect}\""), 1))
    };
    let panicked = kept_for("panicked.toml", "panicked", "panicked: slot # is taken");
    let hung = kept_for("hung.toml", "hung", "hung");

    let fixed = crosswire(&["replay", &panicked]);
    assert_eq!(fixed.status, 1, "{}", fixed.err);
    assert!(!fixed.err.contains("panicked"), "{}", fixed.err);
    assert!(fixed.out.ends_with(": fixed: it no longer panics\n"), "{}", fixed.out);
    // No run ends within a millisecond.
    let hangs = crosswire(&["replay", &hung, "--run-timeout", "1ms"]);
    assert_eq!(hangs.status, 0, "{}", hangs.err);
    assert!(hangs.out.ends_with(": reproduces: it hung, as in the file\n"), "{}", hangs.out);
    let over = crosswire(&["replay", &hung, "--json"]);
    assert_eq!(over.status, 1);
    assert!(
        over.out.contains(r#""outcome":"fixed","told":"fixed: it no longer hangs""#),
        "{}",
        over.out
    );
    refused(&["replay", &hung, "--log"], &["this one was saved because it hung"]);
    refused(
        &["minimize", &hung],
        &["saved because it hung; expected one that is violated or panics"],
    );
    refused(&["replay", &hung, "--run-timeout", "soon"], &["expected a time such as 90s"]);
}

#[test]
fn files_that_are_not_saved_runs() {
    let place = Place::new();
    refused(&["replay", &place.name("")], &["there is no saved run in this directory"]);
    refused(&["replay", &place.file("binary", [0, 0xFF, 0])], &["not text"]);
    refused(&["replay", &place.file("empty", "")], &["the file is empty"]);
    refused(
        &["replay", &place.file("storm.toml", TINY)],
        &["storm.toml: this is a scenario; use `crosswire run /"],
    );
    refused(&["replay", &place.file("deep", format!("a = {}", "[".repeat(9_999)))], &["not TOML"]);
    let schedules = concat!(env!("CARGO_MANIFEST_DIR"), "/../../adapters/schedules");
    let all = crosswire(&["replay", schedules]);
    assert_eq!(all.status, 2, "{}", all.err);
    // A wrapped error has a bar before each line.
    let words = all.err.split_whitespace().filter(|word| *word != "│");
    let words = words.collect::<Vec<_>>().join(" ");
    assert!(words.contains("this is a schedule of `certify --adapter`"), "{}", all.err);
    let large = place.file("large", vec![b'#'; (4 << 20) + 1]);
    refused(&["replay", &large], &["the file is too large"]);
    refused(&["replay", &place.name("none.toml")], &["there is no such file"]);
}
