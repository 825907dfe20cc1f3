//! Hostile text: no key, story or title becomes markup, or steers a terminal.

use crate::tables::pages;
use crosswire_checker::{Bounds, InvariantId, Judge, Violation};
use crosswire_history::{
    CacheOp, CallId, CallOutcome, CommandId, ConnId, Fact, History, Journal, NodeId, NodeKind, Op,
    Principal, RequestId, Returned, Sent, Subject, UserId,
};
use crosswire_report::perfetto::messages::Trace;
use crosswire_report::{Band, Recording, Run, diagram, page, perfetto, svg, text};
use proptest::prelude::*;
use prost::Message;
use quick_xml::events::Event;

const GATEWAY: NodeId = NodeId::new(NodeKind::Gateway, 0);
const CACHE: NodeId = NodeId::new(NodeKind::Cache, 0);

/// Writes a call that is dropped, and a second one that is handed its reply.
fn crossed(journal: &Journal, key: &[u8]) -> Vec<RequestId> {
    let key = journal.key(key);
    let mut requests = Vec::new();
    for nth in 1..=2 {
        let (request, call) = (journal.next_request(), journal.next_call());
        requests.push(request);
        let by = Principal::User(UserId(nth));
        let subject = Subject::Oneself;
        let at_ms = u64::from(nth) * 10;
        let phones = NodeId::new(NodeKind::Phones, 0);
        let issued = Fact::Issued { by, op: Op::List, gateway: 0, deadline_ms: 99, subject };
        journal.record_for(at_ms, phones, request, issued);
        let arrived = Fact::Arrived { by, op: Op::List, deadline_ms: 99 };
        journal.record_for(at_ms + 1, GATEWAY, request, arrived);
        let (op, keys, about) = (CacheOp::Get, 1, None);
        let began = Fact::CallBegan { call, op, key, keys, deadline_ms: 99, about };
        journal.record_for(at_ms + 2, GATEWAY, request, began);
    }
    let (first, conn) = (CallId(1), ConnId(1));
    let outcome = CallOutcome::Cancelled { unread: 1, conn };
    journal.record_for(23, GATEWAY, requests[0], Fact::CallEnded { call: first, outcome });
    let (command, op, db, hit) = (CommandId(1), CacheOp::Get, 0, true);
    let executed = Fact::Executed { command, conn, call: first, op, key, db, hit };
    journal.record_for(24, CACHE, requests[0], executed);
    let (answered, sent) = (first, Sent::Before);
    let returned = Returned { written_for: Some(key), command, answered, sent, ..<_>::default() };
    let value = Fact::Value { call: CallId(2), asked: key, returned };
    journal.record_for(25, GATEWAY, requests[1], value);
    requests
}

/// Returns a run whose keys, story, title and faults contain hostile text.
fn run(hostile: &[u8]) -> Run {
    let text = String::from_utf8_lossy(hostile).into_owned();
    let band = Band {
        name: text.clone(),
        target: text.clone(),
        about: format!("about {text}"),
        is_silent: true,
        start_ms: 0,
        end_ms: 90,
    };
    let history = History::new(Recording::new(vec![band]));
    crossed(&history.journal(), hostile);
    let (recording, past) = history.close();
    let mut findings = Judge::new(Bounds::default()).finish(99, &past);
    let violation = Violation {
        invariant: InvariantId::I4,
        name: text.clone(),
        at_ms: 25,
        user: None,
        device: None,
        event: None,
        causes: vec![text.clone()],
        story: vec![
            format!("0.012 gateway-0 looks up \"{text}\": call-1 on conn-1"),
            format!("0.025 call-2 is handed the reply to call-1: \"{text}\""),
            format!("0.025 {text}"),
        ],
    };
    findings.violations = vec![violation];
    let title = vec![("scenario".to_owned(), text.clone()), (text.clone(), text)];
    let about = title.iter().map(|(_, name)| (name.clone(), format!("about {name}"))).collect();
    Run { title, about, recording, findings }
}

/// Text that is meant to break out of a page or to steer a terminal.
fn attacks() -> Vec<&'static str> {
    vec![
        "<img src=x onerror=alert(1)>",
        "<a href=javascript:alert(1)>x</a>",
        "</script><script>alert(1)</script>",
        "</style><style>*{display:none}",
        "<script>alert(1)</script>",
        "]]>",
        "</text></svg>",
        "\" onload=\"x",
        "'",
        "&lt;",
        "-->",
        "\u{1b}[2J",
        "\u{1b}]0;x\u{7}",
        "\u{202e}",
        "\u{9b}31m",
        "\u{ffff}",
        "\r\n",
        "\0",
        " call-1 conn-1 9999999999999.999 ",
        "\"",
        "e\u{301}",
        "字",
    ]
}

/// Attacks and any bytes, one after the other.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let attack = prop::sample::select(attacks()).prop_map(|text| text.as_bytes().to_vec());
    let bytes = prop::collection::vec(any::<u8>(), 0..9);
    let parts = prop::collection::vec(prop_oneof![attack, bytes], 0..8);
    parts.prop_map(|parts| parts.concat())
}

/// Asserts that text has no character that steers a terminal.
fn assert_tame(text: &str) {
    for line in text.lines() {
        assert_eq!(crosswire_output::format::printable(line), line);
    }
    assert!(!text.contains('\r'));
}

/// Asserts that the data of a page is JSON whose text is tame, with the words of every entry.
fn assert_data(page: &str) {
    let (_, rest) = page.split_once(" id=\"history\">").expect("the page has data");
    let (data, _) = rest.split_once("</script>").expect("the data ends");
    assert!(!data.contains(['<', '>']), "no markup is in the data: {data}");
    let data: serde_json::Value = serde_json::from_str(data).expect("the data is JSON");
    let rows = data["entries"].as_str().expect("rows").matches(';').count();
    assert_eq!(rows, 9, "each entry of the history is there");
    let templates = data["templates"].as_array().expect("templates");
    for template in templates {
        assert_tame(template.as_str().expect("a text"));
    }
}

proptest! {
    #[test]
    fn hostile_text_stays_text(hostile in hostile()) {
        let run = run(&hostile);
        let diagram = diagram(&run, &run.violations()[0]);
        assert_tame(&text(&diagram));
        let svg = svg(&diagram);
        assert_tame(&svg);
        let mut reader = quick_xml::Reader::from_str(&svg);
        loop {
            match reader.read_event().expect("the picture is well-formed") {
                Event::Eof => break,
                Event::Start(tag) | Event::Empty(tag) => {
                    let known = [
                        "svg", "title", "desc", "style", "rect", "line", "g", "text", "polygon",
                        "circle", "path",
                    ];
                    let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
                    prop_assert!(known.contains(&name.as_str()), "<{}>", name);
                    for attribute in tag.attributes() {
                        let key = attribute.expect("an attribute").key;
                        prop_assert!(!key.as_ref().starts_with(b"on"));
                    }
                }
                Event::CData(_) | Event::Comment(_) | Event::PI(_) => prop_assert!(false),
                _ => {}
            }
        }
        let page = page(&run, None);
        assert_tame(&page);
        let tame = crosswire_report::page(&self::run(b"usr:1:cams"), None);
        for element in ["<script", "</script", "<style", "<svg", "<section", "<a ", "<tr", "<li"] {
            let expected = tame.matches(element).count();
            prop_assert_eq!(page.matches(element).count(), expected, "{}", element);
        }
        prop_assert!(!page.contains("<![CDATA[") && !page.contains("alert(1)</"));
        assert_data(&page);
        let trace = Trace::decode(&perfetto(&run)[..]).expect("a trace");
        for packet in trace.packet {
            let names = packet.interned_data.unwrap_or_default();
            let events = names.event_names.into_iter().chain(names.event_categories);
            let track = packet.track_descriptor.and_then(|track| track.name);
            events.filter_map(|name| name.name).chain(track).for_each(|name| assert_tame(&name));
        }
    }
}

/// Returns the tags of a page with the names of their attributes, and its links.
fn tags(page: &str) -> (Vec<String>, Vec<String>) {
    let (mut tags, mut links) = (Vec::new(), Vec::new());
    for part in page.split('<').skip(1) {
        let tag = part.split('>').next().unwrap_or_default();
        let names: Vec<_> = tag.split('"').step_by(2).collect();
        let values = tag.split('"').skip(1).step_by(2);
        for (name, value) in names.iter().zip(values) {
            if name.ends_with("href=") {
                links.push(value.to_owned());
            }
        }
        tags.push(names.concat());
    }
    (tags, links)
}

proptest! {
    #[test]
    fn hostile_text_in_a_table_stays_text(hostile in hostile()) {
        // Empty text leaves out what it would be in.
        let text = format!("x{}", String::from_utf8_lossy(&hostile));
        for (page, plain) in pages(&text).iter().zip(pages("text")) {
            assert_tame(page);
            let ((found, links), (expected, _)) = (tags(page), tags(&plain));
            prop_assert_eq!(found, expected);
            for link in links {
                let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./%".contains(c);
                prop_assert!(link.starts_with("./") && !link.starts_with(".//"), "{}", link);
                prop_assert!(link.chars().all(is_plain), "{}", link);
            }
        }
    }
}

#[test]
fn the_reply_crosses_in_a_history_that_no_run_wrote() {
    use crosswire_report::diagram::Way;
    let run = run(b"usr:1:cams");
    let diagram = diagram(&run, &run.violations()[0]);
    let ways: Vec<_> = diagram.messages.iter().map(|message| message.way).collect();
    let expected = [Way::Request, Way::Request, Way::Request, Way::Unread, Way::Crossed];
    assert_eq!(ways, expected, "{}", text(&diagram));
    let sentences: Vec<_> = diagram.rows.iter().filter_map(|row| row.sentence).collect();
    assert_eq!(sentences, [0, 1, 2]);
}

/// `ci/pages` opens these pages in a browser.
#[test]
fn every_byte_and_every_attack_stays_text() {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let texts = attacks().into_iter().map(str::as_bytes).chain([&every_byte[..]]);
    for (nth, hostile) in texts.enumerate() {
        let page = page(&run(hostile), None);
        assert_tame(&page);
        if let Some(directory) = std::env::var_os("CROSSWIRE_HOSTILE") {
            let file = std::path::Path::new(&directory).join(format!("hostile-{nth}.html"));
            std::fs::write(file, page).expect("the page is written");
        }
    }
}
