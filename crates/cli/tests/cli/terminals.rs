//! Colour, width and progress, on a terminal and in a pipe.

use crate::support::{Place, Ran, command, crosswire, ran, scenario};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

/// A violated run that takes a moment, with stories.
const VIOLATED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/regressions/pooled-cancel-desync.toml");

/// Runs the binary with standard output, and standard error unless `command` has it elsewhere, on a
/// pseudo terminal of this many columns. Everything that the terminal gets is in `out`.
fn on_terminal(columns: u16, mut command: Command, stderr_too: bool) -> Ran {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo terminal");
    grantpt(&terminal).expect("it can be used");
    unlockpt(&terminal).expect("it can be opened");
    let name = ptsname(&terminal, Vec::new()).expect("it has a name");
    let side = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty());
    let side = side.expect("its other side opens");
    let window = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&side, window).expect("it has a size");
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    if stderr_too {
        command.stderr(Stdio::from(side.try_clone().expect("a copy")));
    }
    let child = command.stdout(Stdio::from(side)).spawn().expect("the binary runs");
    // The terminal ends when its other side is closed.
    drop(command);
    let mut bytes = Vec::new();
    let end = File::from(terminal).read_to_end(&mut bytes);
    assert_eq!(end.map_err(|error| error.raw_os_error()).err(), Some(Some(5)), "it hangs up");
    let out = String::from_utf8(bytes).expect("text").replace("\r\n", "\n");
    Ran { out, ..ran(child) }
}

/// Returns the command with these variables, on a terminal that can do everything.
fn with(set: &[(&str, &str)], args: &[&str]) -> Command {
    let mut command = command(args);
    command.env("TERM", "xterm-256color").envs(set.iter().copied());
    command
}

fn in_pipe(set: &[(&str, &str)], args: &[&str]) -> Ran {
    let mut command = with(set, args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    ran(command.spawn().expect("the binary runs"))
}

/// Removes colours from a text.
fn bare(text: &str) -> String {
    let mut out = String::new();
    for (nth, part) in text.split("\u{1b}[").enumerate() {
        match part.split_once('m') {
            Some((_, rest)) if nth > 0 => out += rest,
            _ => out += part,
        }
    }
    out
}

#[test]
fn a_terminal_shows_verdict_invariants_and_decisive_step_in_colour() {
    let on = on_terminal(100, with(&[], &["replay", VIOLATED]), true);
    assert_eq!(on.status, 0, "{}", on.out);
    for coloured in ["\u{1b}[31mviolated\u{1b}[0m: ", "\u{1b}[36mI4\u{1b}[0m ", "\n\u{1b}[31m>   "]
    {
        assert!(on.out.contains(coloured), "{coloured:?} is not in {:?}", on.out);
    }
    let plain = in_pipe(&[], &["replay", VIOLATED]);
    assert_eq!(bare(&on.out), plain.out, "colour changes nothing else");
    assert!(plain.out.contains("\n>   4.128 call-8 "), "{}", plain.out);
    for (set, args) in [
        (&[("NO_COLOR", "1")][..], &["replay", VIOLATED][..]),
        (&[("CLICOLOR", "0")], &["replay", VIOLATED]),
        (&[("TERM", "dumb")], &["replay", VIOLATED]),
        (&[("CLICOLOR_FORCE", "1")], &["--color", "never", "replay", VIOLATED]),
        (&[], &["replay", VIOLATED, "--color=never"]),
    ] {
        assert_eq!(on_terminal(100, with(set, args), true).out, plain.out, "{set:?} {args:?}");
    }
}

#[test]
fn a_pipe_is_coloured_on_request() {
    let plain = in_pipe(&[], &["replay", VIOLATED]).out;
    for (set, args) in [
        (&[][..], &["replay", VIOLATED, "--color", "always"][..]),
        (&[("NO_COLOR", "1")], &["--color=always", "replay", VIOLATED]),
        (&[("CLICOLOR_FORCE", "1")], &["replay", VIOLATED]),
    ] {
        let coloured = in_pipe(set, args).out;
        assert!(coloured.contains("\u{1b}[31mviolated"), "{set:?} {args:?}: {coloured}");
        assert_eq!(bare(&coloured), plain, "{set:?} {args:?}");
    }
    let neither = in_pipe(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &["replay", VIOLATED]);
    assert_eq!(neither.out, plain);
    let json = in_pipe(&[], &["replay", VIOLATED, "--json", "--color", "always"]);
    assert!(!json.out.contains('\u{1b}') && json.out.contains("violated"), "{}", json.out);
    assert!(json.err.contains('\u{1b}'), "the text for people is coloured: {}", json.err);
}

#[test]
fn each_stream_has_its_own_colour() {
    let on = on_terminal(100, with(&[], &["replay", VIOLATED]), false);
    assert!(on.out.contains("\u{1b}[31mviolated"), "{}", on.out);
    let json = on_terminal(100, with(&[], &["replay", VIOLATED, "--json"]), false);
    assert!(json.err.contains("pooled-cancel-desync"), "{}", json.err);
    assert!(!json.out.contains('\u{1b}') && !json.err.contains('\u{1b}'), "{}", json.err);
}

#[test]
fn help_and_errors_follow_the_same_choice() {
    let help = ["run", "--help"];
    let plain = in_pipe(&[], &help).out;
    assert!(!plain.contains('\u{1b}') && plain.contains("--color <WHEN>"), "{plain}");
    let coloured = in_pipe(&[], &["run", "--help", "--color", "always"]).out;
    assert!(coloured.contains("\u{1b}[1mOptions:\u{1b}[0m\n"), "{coloured}");
    assert_eq!(bare(&coloured), plain);
    assert_eq!(bare(&on_terminal(100, with(&[], &help), true).out), plain);
    for args in [&["frobnicate"][..], &["run", "no-such-scenario"], &["run", "calm", "--jobs", "x"]]
    {
        let plain = in_pipe(&[], args);
        assert_eq!(plain.status, 2, "{}", plain.err);
        assert!(!plain.err.contains('\u{1b}'), "{}", plain.err);
        let coloured = in_pipe(&[], &[args, &["--color", "always"]].concat()).err;
        assert!(coloured.contains("\u{1b}[31m"), "{args:?}: {coloured:?}");
        assert_eq!(bare(&coloured), plain.err);
    }
    let sometimes = crosswire(&["--color", "sometimes", "list", "clients"]);
    assert_eq!(sometimes.status, 2, "{}", sometimes.err);
    assert!(sometimes.err.contains("[possible values: auto, always, never]"), "{}", sometimes.err);
}

#[test]
fn names_cannot_steer_a_terminal_that_is_coloured() {
    let hostile = "\u{1b}[32mclean\u{1b}]0;title\u{7}\u{1b}[2J";
    for args in [
        &["run", hostile][..],
        &["run", "calm", "--client", hostile],
        &["run", "calm", "--defence", hostile],
        &["replay", hostile],
        &[hostile],
        &["schema", hostile],
    ] {
        let on = on_terminal(100, with(&[("CLICOLOR_FORCE", "1")], args), true);
        assert_eq!(on.status, 2, "{args:?}: {:?}", on.out);
        for sequence in ["\u{1b}[32mclean", "\u{1b}]", "\u{7}", "\u{1b}[2J"] {
            assert!(!on.out.contains(sequence), "{args:?}: {:?}", on.out);
        }
    }
}

/// Checks that only a word by itself is wider than the terminal.
#[track_caller]
fn fits(columns: usize, text: &str) {
    for line in text.lines() {
        let fits = line.chars().count() <= columns;
        assert!(fits || line.split_whitespace().count() == 1, "{columns} columns:\n{line}\n{text}");
    }
}

#[test]
fn text_is_as_wide_as_the_terminal() {
    let no_colour = [("NO_COLOR", "1")];
    let wide = |columns: u16, args: &[&str]| on_terminal(columns, with(&no_colour, args), true).out;
    for columns in [40, 60, 80] {
        for kind in ["clients", "invariants", "defences", "faults"] {
            fits(columns.into(), &wide(columns, &["list", kind]));
        }
        fits(columns.into(), &wide(columns, &["run", "no-such-scenario"]));
        // The command at the end is one line, so that it can be copied.
        let run = wide(columns, &["replay", VIOLATED]);
        let (text, _) = run.split_once("\nReplay\n").expect("a summary");
        fits(columns.into(), text);
        assert!(run.contains(&format!("crosswire replay {VIOLATED}\n")), "{run}");
    }
    let help = wide(60, &["--help"]);
    let (help, _) = help.split_once("\nExamples:\n").expect("examples");
    fits(60, help);
    // No wider than a page, and as in a pipe.
    let page = in_pipe(&[], &["list", "clients"]).out;
    assert!(page.lines().any(|line| line.chars().count() > 80), "{page}");
    assert_eq!(wide(250, &["list", "clients"]), page);
    assert_eq!(wide(100, &["list", "clients"]), page);
    assert_eq!(wide(0, &["list", "clients"]), wide(80, &["list", "clients"]), "an unknown width");
    // COLUMNS is the width of a terminal, and not of a pipe.
    let columns = [("COLUMNS", "60"), ("NO_COLOR", "1")];
    let told = on_terminal(100, with(&columns, &["list", "clients"]), true).out;
    assert_eq!(told, wide(60, &["list", "clients"]));
    assert_eq!(in_pipe(&columns, &["list", "clients"]).out, page);
}

/// Returns what a terminal shows in the end: the lines, after all that was overwritten.
fn shown(text: &str) -> Vec<String> {
    let (mut lines, mut row, mut column) = (vec![Vec::new()], 0, 0);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\r' => column = 0,
            '\n' => {
                (row, column) = (row + 1, 0);
                if row == lines.len() {
                    lines.push(Vec::new());
                }
            }
            '\u{1b}' => {
                assert_eq!(chars.next(), Some('['), "a sequence of another kind in {text:?}");
                let mut number = String::new();
                let action = loop {
                    match chars.next().expect("the rest of the sequence") {
                        c if c.is_ascii_alphabetic() => break c,
                        c => number.push(c),
                    }
                };
                match action {
                    'K' if number == "2" => lines[row].clear(),
                    'K' => lines[row].truncate(column),
                    'A' => row -= number.parse::<usize>().unwrap_or(1),
                    'm' => {}
                    other => panic!("`{other}` in {text:?}"),
                }
            }
            c => {
                let line: &mut Vec<char> = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = c;
                column += 1;
            }
        }
    }
    lines.into_iter().map(|line| String::from_iter(line).trim_end().to_owned()).collect()
}

/// The arguments of a hunt that finds the same over and over for some seconds.
fn hunt<'a>(scenario: &'a str, out: &'a str, time: &'a str) -> Vec<&'a str> {
    let client = "pooled-cancel-desync";
    vec![
        "hunt",
        scenario,
        "--client",
        client,
        "--for",
        time,
        "--out",
        out,
        "--no-minimize",
        "--json",
    ]
}

#[test]
fn a_bar_appears_on_a_terminal_and_leaves_nothing_behind() {
    let place = Place::new();
    let (scenario, out) = (scenario(&place), place.name("out"));
    let on = on_terminal(90, with(&[], &hunt(&scenario, &out, "3s")), true);
    assert_eq!(on.status, 1, "{}", on.out);
    let bar = on.out.split(['\r', '\n']).find(|line| line.contains(", 2 s of 3 s, "));
    assert!(bar.is_some_and(|bar| bar.contains(" runs, ")), "{:?}", on.out);
    assert!(!on.out.contains(", 1 s of 3 s"), "a bar appears after two seconds: {:?}", on.out);
    let lines = shown(&on.out);
    let (objects, other): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.starts_with('{'));
    assert!(objects.len() > 2, "{objects:?}");
    for object in objects {
        let parsed = serde_json::from_str::<serde_json::Value>(object);
        assert!(parsed.is_ok(), "mixed with something else: {object}");
    }
    let other: Vec<_> = other.iter().filter(|line| !line.is_empty()).collect();
    assert_eq!(other.len(), 3, "{other:?}");
    assert!(other[0].starts_with("compared with nothing"), "{other:?}");
    assert!(other[1].starts_with("pages: "), "{other:?}");
    assert!(other[2].contains(" runs in "), "{other:?}");
}

#[test]
fn a_pipe_gets_a_line_now_and_then() {
    let place = Place::new();
    let (scenario, out) = (scenario(&place), place.name("out"));
    let piped = in_pipe(&[], &hunt(&scenario, &out, "6s"));
    assert_eq!(piped.status, 1, "{}", piped.err);
    let lines: Vec<_> = piped.err.lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].contains(" runs, ") && lines[0].contains(", 5 s of 6 s, "), "{lines:?}");
    assert!(lines[1].starts_with("compared with nothing"), "{lines:?}");
    assert!(lines[2].starts_with("pages: "), "{lines:?}");
    assert!(lines[3].contains(" runs in "), "{lines:?}");
    assert!(!piped.err.contains(['\r', '\u{1b}']), "{:?}", piped.err);
    assert_eq!(in_pipe(&[], &["replay", VIOLATED]).err, "", "what is over soon needs no progress");
}
