//! Descriptions of proxies, good and bad.

use crate::adapter::Connections;
use crate::proxy::{Description, GivesUp};
use crosswire_protocol::Dialect;

const GOOD: &str = r#"
name = "Pool"
version = "1.2"
protocol = "postgres"
gives_up = "request"
command = ["pool", "{folder}/pool.conf"]

[files]
"pool.conf" = """
listen {listen}
server {server}
map { a: b }
"""
"#;

#[test]
fn a_description_has_the_usual_of_its_protocol() {
    let pool = Description::parse("pool.toml", GOOD).expect("a description");
    assert_eq!((pool.name.as_str(), pool.protocol), ("Pool", Dialect::Postgres));
    assert_eq!((pool.connections, pool.gives_up), (Connections::Exclusive, GivesUp::Request));
    let cache = GOOD.replace("postgres", "resp2").replace("\"request\"", "\"close\"");
    let cache = Description::parse("cache.toml", &cache).expect("a description");
    assert_eq!((cache.connections, cache.pipelines), (Connections::Shared, true));
}

#[test]
fn a_bad_description_is_one_error_with_its_place() {
    let bad = |from: &str, to: &str| {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from}");
        Description::parse("pool.toml", &text).expect_err("a bad description").to_string()
    };
    let errors = [
        bad("postgres", "postgre"),
        bad("postgres", "mysql"),
        bad("postgres", "memcached"),
        bad("{server}", "{serve}"),
        bad("{server}", "6432"),
        bad("\"pool.conf\" =", "\"../pool.conf\" ="),
        bad("[\"pool\", \"{folder}/pool.conf\"]", "[]"),
        bad("version = \"1.2\"", "version = 1.2"),
        bad("version = \"1.2\"", ""),
        bad("gives_up", "give_up"),
        bad("\"request\"", "\"ask\""),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}
