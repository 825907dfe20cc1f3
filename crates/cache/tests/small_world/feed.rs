//! Conversations over the simulated wire. Publish and subscribe: the recipients, the order, and
//! closed connections. An attack gets no answer.

use crate::{CACHE, far, on_a_world};
use bytes::BytesMut;
use crosswire_cache::resp::{Reply, decode_reply, encode_command};
use crosswire_cache::server::CacheNode;
use crosswire_cache::{CacheStream, Dialer};
use crosswire_net::Net;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Runs a story with a cache that serves, 5 ms away.
fn with_a_cache(story: impl AsyncFnOnce(Net, Dialer, CacheNode)) {
    on_a_world(far(5), (), async |world| {
        world.net.sleep(1).await;
        story(world.net.clone(), world.dialer.clone(), world.cache.clone()).await;
    });
}

/// A connection; commands are lines of words, replies are left as they are.
struct Line(CacheStream, BytesMut);

impl Line {
    async fn dial(dialer: &Dialer) -> Self {
        Self(dialer.dial(0).await.unwrap(), BytesMut::new())
    }

    async fn send(&mut self, words: &str) {
        let args: Vec<_> = words.split(' ').map(str::as_bytes).collect();
        let mut out = BytesMut::new();
        encode_command(&mut out, &args);
        self.0.write_all(&out).await.unwrap();
    }

    async fn hear(&mut self) -> Reply {
        loop {
            if let Some(reply) = decode_reply(&mut self.1).unwrap() {
                return reply;
            }
            assert_ne!(self.0.read_buf(&mut self.1).await.unwrap(), 0, "the cache hung up");
        }
    }

    async fn ask(&mut self, words: &str) -> Reply {
        self.send(words).await;
        self.hear().await
    }
}

fn words(reply: &Reply) -> String {
    let Reply::Array(parts) = reply else { return format!("{reply:?}") };
    let parts = parts.iter().map(|part| match part {
        Reply::Bulk(text) => String::from_utf8_lossy(text).into_owned(),
        Reply::Int(number) => number.to_string(),
        other => format!("{other:?}"),
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_published_comes_unasked_and_in_order() {
    with_a_cache(async |_, dialer, _| {
        let (mut listener, mut speaker) = (Line::dial(&dialer).await, Line::dial(&dialer).await);
        assert_eq!(words(&listener.ask("SUBSCRIBE news").await), "subscribe news 1");
        for text in ["one", "two"] {
            assert_eq!(speaker.ask(&format!("PUBLISH news {text}")).await, Reply::Int(1));
        }
        assert_eq!(words(&listener.hear().await), "message news one");
        assert_eq!(words(&listener.hear().await), "message news two");
    });
}

/// So the answer to a ping proves that no earlier message is still to come.
#[test]
fn an_answer_never_overtakes_what_was_published_before() {
    with_a_cache(async |net, dialer, cache| {
        let (mut listener, mut speaker) = (Line::dial(&dialer).await, Line::dial(&dialer).await);
        listener.ask("SUBSCRIBE news").await;
        cache.slow_down(100);
        listener.send("PING").await;
        net.sleep(20).await;
        cache.slow_down(0);
        assert_eq!(speaker.ask("PUBLISH news first").await, Reply::Int(1));
        assert_eq!(words(&listener.hear().await), "message news first");
        assert_eq!(words(&listener.hear().await), "pong ");
    });
}

#[test]
fn a_closed_connection_gets_no_message() {
    with_a_cache(async |net, dialer, _| {
        let (mut listener, mut speaker) = (Line::dial(&dialer).await, Line::dial(&dialer).await);
        listener.ask("SUBSCRIBE news").await;
        drop(listener);
        net.sleep(20).await;
        assert_eq!(speaker.ask("PUBLISH news gone").await, Reply::Int(0));
    });
}

#[test]
fn a_half_open_connection_counts_and_hears_nothing() {
    with_a_cache(async |net, dialer, _| {
        let mut listener = Line::dial(&dialer).await;
        listener.ask("SUBSCRIBE news").await;
        net.half_open(CACHE, || true);
        let mut speaker = Line::dial(&dialer).await;
        assert_eq!(speaker.ask("PUBLISH news lost").await, Reply::Int(1));
        assert!(net.timeout(60_000, listener.hear()).await.is_err());
    });
}

/// Redis frees such a client at once; replies not yet on their way are lost.
#[test]
fn an_attack_gets_no_answer_and_loses_what_was_not_sent() {
    with_a_cache(async |_, dialer, _| {
        let mut line = Line::dial(&dialer).await;
        line.0.write_all(b"PING\r\nPOST / HTTP/1.1\r\nPING\r\n").await.unwrap();
        assert_eq!(line.0.read_buf(&mut line.1).await.unwrap(), 0);
        assert_eq!(line.1, "");
    });
}
