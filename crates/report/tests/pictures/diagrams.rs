//! Diagrams of several mechanisms.

use crate::runs::{first, run};
use crosswire_report::diagram::{Mark, Message, Role, Way};
use crosswire_report::{Diagram, diagram, svg, text};

/// Compares both drawings with their snapshots. They are also written to the directory that
/// `CROSSWIRE_PICTURES` names, to be looked at.
fn draw_both(name: &str, diagram: &Diagram) {
    let (svg, text) = (svg(diagram), text(diagram));
    if let Some(dir) = std::env::var_os("CROSSWIRE_PICTURES") {
        let file = std::path::Path::new(&dir).join(name);
        std::fs::write(file.with_extension("svg"), &svg).expect("the picture is written");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    insta::assert_snapshot!(format!("{name}.txt"), text);
    insta::assert_snapshot!(format!("{name}.svg"), svg);
}

#[test]
fn a_reply_that_nobody_read_is_shown_to_the_wrong_phone() {
    let run = run("reconnect-storm", 41, "pooled-cancel-desync", "standard");
    let diagram = first(&run, "I1");
    let crossed = diagram.messages.iter().find(|message| message.way == Way::Crossed);
    let crossed = crossed.expect("an arrow crosses");
    let screen = diagram.messages.iter().find(|message| message.way == Way::Wrong);
    let screen = screen.expect("an arrow ends at the wrong phone");
    assert_eq!(diagram.lanes[crossed.from.lane].role, Role::Connection);
    assert_eq!(crossed.to.lane, screen.from.lane, "the gateway passes it on");
    assert_eq!(diagram.lanes[screen.to.lane].role, Role::WrongPhone);
    assert_eq!(diagram.rows[screen.to.row].mark, Some(Mark::WrongScreen));
    assert_eq!((crossed.tag, screen.tag), (0, 0), "the exposed data has one colour");
    let marks = [Mark::Cancelled, Mark::Reused, Mark::Crossed];
    for mark in marks {
        assert!(diagram.rows.iter().any(|row| row.mark == Some(mark)), "{mark:?}");
    }
    assert_eq!(diagram.waits.len(), 1, "one reply lies unread");
    draw_both("cancel-desync", &diagram);
    draw_both("unread-reply", &first(&run, "I7"));
}

#[test]
fn a_multi_get_mixes_up_its_values() {
    let run = run("reconnect-storm", 7, "sharded-mget-zip", "standard");
    draw_both("multiget-misalignment", &first(&run, "I1"));
}

#[test]
fn two_keys_have_one_name() {
    let run = run("reconnect-storm", 7, "short-keys-collision", "standard");
    draw_both("key-collision", &first(&run, "I1"));
}

#[test]
fn a_waiter_keeps_its_place_on_the_next_connection() {
    let run = run("notification-mix-up", 7, "multiplexed-replay-skew", "standard");
    draw_both("replay-skew", &first(&run, "I1"));
}

#[test]
fn an_answer_is_given_to_the_next_who_asks() {
    let run = run("emergency-cache", 7, "pooled", "edge-cache-by-path");
    draw_both("edge-cache", &first(&run, "I1"));
}

#[test]
fn a_guest_stays_after_the_camera_was_passed_on() {
    let run = run("resale", 7, "pooled", "stepwise-transfer");
    let diagram = diagram(&run, &run.violations()[0]);
    assert!(diagram.rows.iter().any(|row| row.mark == Some(Mark::WrongScreen)));
    draw_both("revoked-right", &diagram);
}

/// Every sentence of every story has a row, every sentence with ids an entry of the history, and
/// every delivery ends at the wrong phone.
#[test]
fn every_violation_has_a_diagram() {
    let run = run("notification-mix-up", 7, "multiplexed-replay-skew", "standard");
    let (mut sentences, mut found) = (0, 0);
    for violation in run.violations() {
        let diagram = diagram(&run, violation);
        assert!(diagram.rows.len() <= crosswire_report::MAX_LINKS + violation.story.len());
        for nth in 0..diagram.steps.len() {
            let rows: Vec<_> =
                diagram.rows.iter().filter(|row| row.sentence == Some(nth)).collect();
            assert_eq!(rows.len(), 1, "{}", diagram.steps[nth].text);
            sentences += 1;
            found += usize::from(!rows[0].label.is_empty());
        }
        let order: Vec<_> = diagram.rows.iter().filter_map(|row| row.sentence).collect();
        assert!(order.is_sorted(), "steps are numbered as time runs: {order:?}");
        if diagram.rows.iter().any(|row| row.mark == Some(Mark::WrongScreen)) {
            let wrong = |message: &&Message| message.way == Way::Wrong;
            assert_eq!(diagram.messages.iter().filter(wrong).count(), 1, "{}", diagram.title);
        }
    }
    assert!(found * 100 >= sentences * 90, "{found} of {sentences} sentences have an entry");
}
