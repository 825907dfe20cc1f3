//! Behaviour of the network with and without faults, as seen by a program that uses it.

use crosswire_history::sync::Mutex;
use crosswire_history::{NodeId, NodeKind};
use crosswire_net::{Arrival, Caller, DelaySource, LinkSpec, Net, Site, Stream};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::io::ErrorKind;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CLIENT: Site = Site(0);
const SERVER: Site = Site(1);

/// Runs `story` on a network with a client and a server.
fn on_a_network<F: Future<Output = ()>>(spec: LinkSpec, story: impl FnOnce(Net) -> F) {
    madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default()).block_on(async {
        let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(2)));
        for kind in [NodeKind::Gateway, NodeKind::Cache] {
            net.add_site(NodeId::new(kind, 0), |_| spec);
        }
        madsim::task::spawn(net.clone().drive(Vec::new()));
        story(net.clone()).await;
        net.close();
    });
}

fn ten_ms() -> LinkSpec {
    LinkSpec { latency_ms: 10, ..LinkSpec::default() }
}

async fn pair(net: &Net) -> (Stream, Stream) {
    let mut listener = net.listen(SERVER);
    let dialled = net.dial(CLIENT, SERVER).await.unwrap();
    (dialled, listener.accept().await.unwrap())
}

#[test]
fn a_round_trip_takes_two_latencies() {
    on_a_network(ten_ms(), async |net| {
        let (mut client, mut server) = pair(&net).await;
        let start = net.now_ms();
        client.write_all(b"ping").await.unwrap();
        let mut word = [0; 4];
        server.read_exact(&mut word).await.unwrap();
        server.write_all(b"pong").await.unwrap();
        client.read_exact(&mut word).await.unwrap();
        assert_eq!((&word, net.now_ms() - start), (b"pong", 20));
    });
}

#[test]
fn a_dial_without_a_listener_is_refused_after_a_round_trip() {
    on_a_network(ten_ms(), async |net| {
        let error = net.dial(CLIENT, SERVER).await.err().map(|error| error.kind());
        assert_eq!((error, net.now_ms()), (Some(ErrorKind::ConnectionRefused), 20));
    });
}

#[test]
fn a_dial_across_a_partition_hangs_until_the_diallers_timeout() {
    on_a_network(ten_ms(), async |net| {
        let _listener = net.listen(SERVER);
        net.cut(CLIENT, SERVER);
        assert!(net.timeout(5_000, net.dial(CLIENT, SERVER)).await.is_err());
        assert_eq!(net.now_ms(), 5_000);
    });
}

#[test]
fn bytes_held_back_by_a_partition_arrive_in_order_once_it_is_healed() {
    on_a_network(ten_ms(), async |net| {
        let (mut client, mut server) = pair(&net).await;
        net.cut(CLIENT, SERVER);
        for word in [b"one ", b"two "] {
            client.write_all(word).await.unwrap();
        }
        net.sleep(1_000).await;
        net.heal(CLIENT, SERVER);
        client.write_all(b"end.").await.unwrap();
        let mut text = [0; 12];
        server.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"one two end.");
    });
}

#[test]
fn a_one_way_partition_lets_the_other_way_through() {
    on_a_network(ten_ms(), async |net| {
        let (mut client, mut server) = pair(&net).await;
        net.cut(CLIENT, SERVER);
        server.write_all(b"news").await.unwrap();
        let mut word = [0; 4];
        client.read_exact(&mut word).await.unwrap();
        client.write_all(b"lost").await.unwrap();
        assert!(net.timeout(3_000, server.read_exact(&mut word)).await.is_err());
    });
}

#[test]
fn a_crash_resets_and_then_refuses() {
    on_a_network(ten_ms(), async |net| {
        let (mut client, server) = pair(&net).await;
        net.crash(SERVER);
        drop(server);
        let error = client.read_u8().await.unwrap_err().kind();
        assert_eq!(error, ErrorKind::ConnectionReset);
        let error = net.dial(CLIENT, SERVER).await.err().map(|error| error.kind());
        assert_eq!(error, Some(ErrorKind::ConnectionRefused));
    });
}

#[test]
fn a_reset_cuts_a_message_in_the_middle() {
    on_a_network(ten_ms(), async |net| {
        let (mut client, mut server) = pair(&net).await;
        server.write_all(b"whole message").await.unwrap();
        assert_eq!(net.reset_connections(SERVER, || true, |length| length / 2), 1);
        let mut got = Vec::new();
        let error = client.read_to_end(&mut got).await.unwrap_err().kind();
        assert_eq!((got.as_slice(), error), (&b"whole "[..], ErrorKind::ConnectionReset));
        assert!(server.read_u8().await.is_err());
    });
}

#[test]
fn a_half_open_connection_swallows_bytes_silently() {
    on_a_network(ten_ms(), async |net| {
        let (mut client, mut server) = pair(&net).await;
        net.half_open(SERVER, || true);
        client.write_all(b"into the void").await.unwrap();
        assert!(net.timeout(10_000, server.read_u8()).await.is_err());
        assert!(net.timeout(10_000, client.read_u8()).await.is_err());
    });
}

#[test]
fn half_close_ends_one_direction_only() {
    on_a_network(ten_ms(), async |net| {
        let (mut client, mut server) = pair(&net).await;
        client.write_all(b"bye").await.unwrap();
        client.shutdown().await.unwrap();
        let mut got = Vec::new();
        server.read_to_end(&mut got).await.unwrap();
        server.write_all(b"still here").await.unwrap();
        drop(server);
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert_eq!((got.as_slice(), answer.as_slice()), (&b"bye"[..], &b"still here"[..]));
        assert_eq!(client.write_all(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn closing_with_unread_bytes_resets_the_peer() {
    on_a_network(ten_ms(), async |net| {
        let (client, mut server) = pair(&net).await;
        server.write_all(b"unread").await.unwrap();
        net.sleep(20).await;
        drop(client);
        assert_eq!(server.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_full_window_makes_the_writer_wait() {
    on_a_network(LinkSpec { window_bytes: 8, ..ten_ms() }, async |net| {
        let (mut client, mut server) = pair(&net).await;
        assert!(net.timeout(1_000, client.write_all(&[7; 20])).await.is_err());
        let mut first = [0; 8];
        server.read_exact(&mut first).await.unwrap();
        client.write_all(&[9; 4]).await.unwrap();
    });
}

#[test]
fn bandwidth_is_time() {
    on_a_network(LinkSpec { bytes_per_ms: 10, ..ten_ms() }, async |net| {
        let (mut client, mut server) = pair(&net).await;
        let start = net.now_ms();
        client.write_all(&[1; 1_000]).await.unwrap();
        server.read_exact(&mut [0; 1_000]).await.unwrap();
        assert_eq!(net.now_ms() - start, 110);
    });
}

#[test]
fn a_call_is_answered_or_reset_but_never_forgotten() {
    on_a_network(ten_ms(), async |net| {
        let doubler = Caller::new(&net, SERVER, |n: u32, reply| {
            if n < 10 {
                reply.send(n * 2, 8);
            }
        });
        assert_eq!(doubler.call(CLIENT, 4, 8).await.unwrap(), 8);
        let dropped = doubler.call(CLIENT, 40, 8).await.unwrap_err().kind();
        assert_eq!(dropped, ErrorKind::ConnectionReset);
        net.crash(SERVER);
        let dead = doubler.call(CLIENT, 4, 8).await.unwrap_err().kind();
        assert_eq!(dead, ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_message_to_a_process_that_was_restarted_meanwhile_is_refused() {
    on_a_network(ten_ms(), async |net| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let note = seen.clone();
        net.post((CLIENT, SERVER), 1, DelaySource::Link, move |arrival| {
            note.lock().push(arrival);
        });
        net.crash(SERVER);
        net.revive(SERVER);
        net.sleep(50).await;
        assert_eq!(*seen.lock(), [Arrival::Refused]);
    });
}

#[test]
fn connections_that_are_over_are_forgotten() {
    on_a_network(ten_ms(), async |net| {
        let mut listener = net.listen(SERVER);
        for _ in 0..50 {
            let mut client = net.dial(CLIENT, SERVER).await.unwrap();
            let server = listener.accept().await.unwrap();
            client.write_all(b"x").await.unwrap();
            drop((client, server));
            net.sleep(100).await;
        }
        assert_eq!(net.connections_at(SERVER), 0);
    });
}

#[test]
fn bytes_written_before_a_reset_is_known_do_not_follow_the_cut() {
    on_a_network(ten_ms(), async |net| {
        let (mut client, mut server) = pair(&net).await;
        client.write_all(b"one two ").await.unwrap();
        net.reset_connections(SERVER, || true, |_| 3);
        client.write_all(b"three ").await.unwrap();
        net.sleep(1_000).await;
        let mut got = Vec::new();
        assert!(server.read_to_end(&mut got).await.is_err());
        assert_eq!(got, b"one");
    });
}

/// An event at a connection or at one of its ends.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Writes(usize),
    Reads(usize),
    Passes(u64),
    Cut,
    Healed,
    HalfOpen,
    Reset { keeps: usize },
    Crash,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (1_usize..40).prop_map(Happening::Writes),
        4 => (1_usize..40).prop_map(Happening::Reads),
        4 => (0_u64..15).prop_map(Happening::Passes),
        1 => Just(Happening::Cut),
        1 => Just(Happening::Healed),
        1 => Just(Happening::HalfOpen),
        2 => (0_usize..40).prop_map(|keeps| Happening::Reset { keeps }),
        1 => Just(Happening::Crash),
    ]
}

/// Lets a client write the bytes 0, 1, 2 … and returns how many it wrote and which the server read.
fn through(happenings: Vec<Happening>) -> (usize, Vec<u8>) {
    let (got, sent) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
    let (into, count) = (got.clone(), sent.clone());
    on_a_network(LinkSpec { window_bytes: 100, ..ten_ms() }, async move |net| {
        let (mut client, mut server) = pair(&net).await;
        let mut read = async |most: usize| {
            let mut bytes = vec![0; most];
            let read = net.timeout(200, server.read(&mut bytes)).await;
            let read = read.unwrap_or(Ok(0)).unwrap_or(0);
            into.lock().extend_from_slice(&bytes[..read]);
            read
        };
        let mut cuts = 0;
        for happening in happenings {
            match happening {
                Happening::Writes(most) => {
                    let sent = *count.lock();
                    let bytes: Vec<u8> = (sent..sent + most).map(|byte| byte as u8).collect();
                    if let Ok(Ok(written)) = net.timeout(1, client.write(&bytes)).await {
                        *count.lock() += written;
                    }
                }
                Happening::Reads(most) => drop(read(most).await),
                Happening::Passes(ms) => net.sleep(ms).await,
                Happening::Cut => {
                    net.cut(CLIENT, SERVER);
                    cuts += 1;
                }
                Happening::Healed if cuts == 0 => {}
                Happening::Healed => {
                    net.heal(CLIENT, SERVER);
                    cuts -= 1;
                }
                Happening::HalfOpen => drop(net.half_open(SERVER, || true)),
                Happening::Reset { keeps } => {
                    net.reset_connections(SERVER, || true, |_| keeps);
                }
                Happening::Crash => net.crash(CLIENT),
            }
        }
        for _ in 0..cuts {
            net.heal(CLIENT, SERVER);
        }
        while read(1_000).await > 0 {}
    });
    let got = std::mem::take(&mut *got.lock());
    (*sent.lock(), got)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// In every case, the reader of a connection gets a prefix of the bytes written.
    #[test]
    fn a_stream_may_end_early_but_never_has_a_hole(
        happenings in prop::collection::vec(happening(), 0..40),
    ) {
        let (sent, got) = through(happenings);
        prop_assert!(got.len() <= sent);
        let beginning: Vec<u8> = (0..got.len()).map(|byte| byte as u8).collect();
        prop_assert_eq!(got, beginning);
    }
}
