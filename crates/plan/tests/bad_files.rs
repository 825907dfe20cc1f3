//! The errors of files that are no scenarios at all.

use crosswire_plan::{LARGEST_FILE, Vocabulary, load, read};
use insta::assert_snapshot;

#[test]
fn files_that_are_not_scenarios() {
    let dir = std::env::temp_dir().join(format!("crosswire-plan-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(dir.join(name), bytes).expect("a file");
        let error =
            read(&dir.join(name), &Vocabulary::default()).expect_err("no scenario").to_string();
        error.replace(&dir.display().to_string(), "DIR")
    };
    let errors = [
        file("empty.toml", b""),
        file("blank.toml", b" \n\t\n"),
        file("binary.toml", b"\x7fELF\x02\x01\xff\xfe"),
        file("zeros.toml", &[0; 64]),
        file("zero-first.toml", b"\x7fE\x00\xff"),
        file("large.toml", &vec![b'#'; LARGEST_FILE + 1]),
        file("comment.toml", b"# nothing\n"),
        read(&dir.join("gone.toml"), &Vocabulary::default()).expect_err("gone").to_string(),
        read(&dir.join("lareg.toml"), &Vocabulary::default()).expect_err("misspelt").to_string(),
        read(&dir, &Vocabulary::default()).expect_err("a directory").to_string(),
    ];
    let errors = errors.join("\n").replace(&dir.display().to_string(), "DIR");
    std::fs::remove_dir_all(&dir).expect("removed");
    assert_snapshot!(errors, @r#"
    DIR/empty.toml: the file is empty; expected a scenario, with at least `name`, `summary`, `duration_ms` and `[cast]`
    DIR/blank.toml: the file is empty; expected a scenario, with at least `name`, `summary`, `duration_ms` and `[cast]`
    DIR/binary.toml: this is not UTF-8 text (byte 6 is invalid); expected a scenario in TOML
    DIR/zeros.toml: this is not UTF-8 text (byte 0 is NUL); expected a scenario in TOML
    DIR/zero-first.toml: this is not UTF-8 text (byte 3 is invalid); expected a scenario in TOML
    DIR/large.toml: the file is too large; expected at most 1_048_576 bytes
    DIR/comment.toml:1:1: `name`, `summary`, `duration_ms`, `cast` are missing
    DIR/gone.toml: there is no such file
    DIR/lareg.toml: there is no such file; did you mean `DIR/large.toml`?
    DIR: this is a directory; expected a scenario file
    "#);
}

#[test]
fn missing_fields_are_reported_together_with_other_problems() {
    let text = "#:schema ./schema.json\nsummry = \"three\"\ncast = { cameras = 1 }\n\n[[fault]]\n\
         kind = \"cache-slow\"\n";
    let all = load("storm.toml", text, &Vocabulary::default()).expect_err("a bad scenario");
    assert_snapshot!(all.to_string(), @r"
    storm.toml:1:1: `name`, `duration_ms` are missing
    storm.toml:2:1: unknown field `summry`; did you mean `summary`?
    storm.toml:3:8: `phones`, `gateways` are missing in `cast`
    storm.toml:5:1: `start_ms`, `length_ms` are missing in `fault`
    ");
}
