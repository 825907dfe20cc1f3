//! The cost of the bare executors under a storm: one task and one stream per client, and a server
//! that echoes.

use crosswire::sim::on_fresh_thread;
use crosswire_bench::cpu_ms;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SIMULATED: Duration = Duration::from_mins(1);
const MESSAGE: usize = 64;

/// Echoes over madsim's TCP.
pub fn bare_madsim(seed: u64, clients: u64, round_trips: u64) {
    let run = on_fresh_thread(move || {
        let runtime =
            madsim::runtime::Runtime::with_seed_and_config(seed, madsim::Config::default());
        runtime.block_on(async move {
            let handle = madsim::runtime::Handle::current();
            let server = handle.create_node().ip([10, 0, 0, 1].into()).build();
            server.spawn(madsim_echo());
            let node = handle.create_node().ip([10, 0, 0, 2].into()).build();
            let pause = SIMULATED / (round_trips / clients).max(1) as u32;
            let tasks: Vec<_> = (0..clients)
                .map(|client| {
                    let extra = u64::from(client < round_trips % clients);
                    node.spawn(madsim_client(client, round_trips / clients + extra, pause))
                })
                .collect();
            for task in tasks {
                task.await.expect("a client ends");
            }
        });
    });
    run.expect("no panic");
}

async fn madsim_echo() {
    let listener = madsim::net::TcpListener::bind("10.0.0.1:1").await.expect("a free port");
    loop {
        let (mut stream, _) = listener.accept().await.expect("a client");
        madsim::task::spawn(async move {
            let mut bytes = [0; MESSAGE];
            while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                stream.write_all(&bytes[..count]).await.expect("the client is there");
                stream.flush().await.expect("the client is there");
            }
        });
    }
}

async fn madsim_client(client: u64, round_trips: u64, pause: Duration) {
    madsim::time::sleep(Duration::from_millis(10 + client % 1_000)).await;
    let mut stream = madsim::net::TcpStream::connect("10.0.0.1:1").await.expect("the server");
    let mut bytes = [0; MESSAGE];
    for _ in 0..round_trips {
        stream.write_all(&bytes).await.expect("the server is there");
        stream.flush().await.expect("the server is there");
        stream.read_exact(&mut bytes).await.expect("the server answers");
        madsim::time::sleep(pause).await;
    }
}

/// Finds the number of clients that turmoil can run in ten seconds of CPU time, at one round trip a
/// second.
pub fn turmoil() {
    let (mut clients, mut done) = (5_u32, None);
    loop {
        let ms = cpu_ms(|| turmoil_echo(clients));
        if ms > 10_000.0 {
            break;
        }
        done = Some((clients, ms));
        clients += clients.div_ceil(2);
    }
    match done {
        Some((clients, ms)) => {
            let round_trips = f64::from(clients) * SIMULATED.as_secs_f64();
            println!(
                "turmoil: {clients} clients in {:.1} s of CPU (more take over 10 s), {:.0} µs a round trip",
                ms / 1_000.0,
                ms * 1_000.0 / round_trips
            );
        }
        None => println!("turmoil: not even 5 clients in 10 s of CPU"),
    }
}

fn turmoil_echo(clients: u32) {
    let mut sim = turmoil::Builder::new().simulation_duration(SIMULATED * 2).build();
    sim.host("server", || async {
        let listener = turmoil::net::TcpListener::bind("0.0.0.0:1").await?;
        loop {
            let (mut stream, _) = listener.accept().await?;
            real_tokio::spawn(async move {
                let mut bytes = [0; MESSAGE];
                while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                    if stream.write_all(&bytes[..count]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    for client in 0..clients {
        sim.client(format!("client-{client}"), async {
            let mut stream = turmoil::net::TcpStream::connect("server:1").await?;
            let mut bytes = [0; MESSAGE];
            for _ in 0..SIMULATED.as_secs() {
                stream.write_all(&bytes).await?;
                stream.read_exact(&mut bytes).await?;
                real_tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        });
    }
    sim.run().expect("the echo ends");
}
