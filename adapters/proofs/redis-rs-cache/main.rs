//! redis-rs 1.8.1 with its cache, without Crosswire: a value whose invalidation arrives right behind
//! the reply stays in the cache.

use redis::caching::CacheConfig;
use redis::{AsyncCommands, AsyncConnectionConfig, Client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const HELLO: &str = "%2\r\n+server\r\n+redis\r\n+proto\r\n:3\r\n";
const CHANGED: &str = ">2\r\n+invalidate\r\n*1\r\n+a\r\n";

/// A Redis with one value, which changes as soon as it was read the first time.
async fn serve(listener: TcpListener) {
    let (mut socket, _) = listener.accept().await.expect("a client");
    let (mut read, mut input) = (0, [0; 4096]);
    loop {
        let count = socket.read(&mut input).await.expect("a socket");
        let text = String::from_utf8_lossy(&input[..count]).into_owned();
        let mut out = String::new();
        for command in text.split('*').skip(1) {
            let word = |word: &str| command.contains(&format!("\r\n{word}\r\n"));
            if word("HELLO") {
                out += HELLO;
            } else if word("PTTL") {
                out += ":-1\r\n";
            } else if word("GET") {
                read += 1;
                out += &format!("+value {read}\r\n");
                out += if read == 1 { CHANGED } else { "" };
            } else {
                out += "+OK\r\n";
            }
        }
        if socket.write_all(out.as_bytes()).await.is_err() || count == 0 {
            return;
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(serve(listener));
    let client = Client::open(format!("redis://127.0.0.1:{port}/?protocol=3")).expect("a client");
    let config = AsyncConnectionConfig::new().set_cache_config(CacheConfig::new());
    let made = client.get_multiplexed_async_connection_with_config(&config).await;
    let mut connection = made.expect("a connection");
    for _ in 0..3 {
        let value: String = connection.get("a").await.expect("a value");
        println!("get a: {value}");
    }
    println!("the server said that it changed after `value 1`");
}
