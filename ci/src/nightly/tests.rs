use super::announced::{Announced, parse};
use super::{duration, end};

#[test]
fn times_have_a_unit() {
    assert_eq!(
        ["90s", "10m", "8h"].map(|text| duration(text).ok().map(|time| time.as_secs())),
        [Some(90), Some(600), Some(28_800)]
    );
    for bad in ["", "s", "8", "0s", "8ms", "-1h", "99999999999999999999h", "8µ"] {
        assert!(duration(bad).is_err(), "{bad}");
    }
}

#[test]
fn announced_signatures_are_read() {
    let text = r"I1 authorised delivery, pushed
  new
  notification-mix-up, pooled-cancel-desync, standard, seed 3: violated
    7.461 gateway-1 looks up cam:11:1:acl, seed 9: it has none
  replay: crosswire replay notification-mix-up:3:pooled-cancel-desync:none
  file: n/clients/001-pooled-cancel-desync-i1-authorised-delivery-pushed.toml

I2 stale
  known: scenarios/regressions/b.toml
  scenarios/own.toml, pooled, near-cache, seed 4: violated
  file: n/clients/002-pooled-i2-stale.toml

violated: 6 of 12 runs failed, with 2 signatures, 1 new

Signatures, with their files in n/clients/
          4  I1 authorised delivery, pushed
";
    let [new, known] = &parse(text)[..] else { panic!("two signatures") };
    assert_eq!(new.signature, "I1 authorised delivery, pushed");
    assert_eq!(new.known, None);
    assert_eq!(new.lines.len(), 4);
    let saved = "notification-mix-up-pooled-cancel-desync-i1-authorised-delivery-pushed.toml";
    assert_eq!(new.saved_as(), saved);
    assert_eq!(known.known.as_deref(), Some("scenarios/regressions/b.toml"));
    assert_eq!(known.place, "scenarios/own.toml-pooled-near-cache");
    assert_eq!(known.saved_as(), "own-toml-pooled-near-cache-i2-stale.toml");
}

#[test]
fn names_have_no_repeated_hyphens() {
    let signature = "I1  a,_b".to_owned();
    let announced = Announced { place: "swarm-p".to_owned(), signature, ..Announced::default() };
    assert_eq!(announced.saved_as(), "swarm-p-i1-a-b.toml");
}

#[test]
fn the_end_of_a_text_is_whole_lines() {
    assert_eq!(end("a\nb\nc\n", 2), "b\nc\n");
    assert_eq!(end("a\n", 3), "a\n");
}
