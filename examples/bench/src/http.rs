//! The HTTP face under 64 connections, against a poem handler that parses and answers JSON of the same size and does
//! nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use flash_adapter_http::{Keys, Scope};
use poem::listener::TcpAcceptor;
use poem::web::Json;
use poem::{Endpoint, EndpointExt, Route, Server, handler, post};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::measure::versus;
use crate::place::{business, receiver};

const CONNECTIONS: u64 = 64;
const ROUND: Duration = Duration::from_millis(1_500);
const SECRET: &str = "bench-key-0123456789";

/// Our throughput in that of the empty handler.
pub(crate) fn http_vs_empty() -> f64 {
    let (ours, sample) = {
        let runtime = single_thread();
        let flash = runtime.block_on(business());
        let keys = Keys::new([("bench", SECRET, Scope::Service)]).unwrap();
        let address = serve(flash_adapter_http::app(flash, keys));
        (address, runtime.block_on(one_answer(address)))
    };
    println!("an order on the wire: {} bytes", sample.to_string().len());
    let theirs = serve(Route::new().at("/api/orders", post(empty)).data(Arc::new(sample)));
    let [ours, theirs, ratio] = versus(5, || throughput(ours), || throughput(theirs));
    println!("POST /api/orders at {CONNECTIONS} connections: {ours:.0} a second, an empty handler {theirs:.0}");
    ratio
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed, not used")]
struct Wish {
    user_id: i64,
    receive_address: String,
    energy_amount: i64,
    duration: String,
}

#[handler]
fn empty(Json(_wish): Json<Wish>, answer: poem::web::Data<&Arc<Value>>) -> Json<Value> {
    Json(Value::clone(&answer))
}

/// Serves as a server does, with a worker a core, and gives the address. The runtime lives as long as the process.
fn serve<E: Endpoint + 'static>(endpoint: E) -> SocketAddr {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async { Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap()).run(endpoint).await });
    std::mem::forget(runtime);
    address
}

/// Requests a second over keep-alive connections.
fn throughput(address: SocketAddr) -> f64 {
    single_thread().block_on(async {
        let answered = Arc::new(AtomicU64::new(0));
        let start = Instant::now();
        let connections = (0..CONNECTIONS).map(|n| {
            let answered = answered.clone();
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let request = request(i64::try_from(n).unwrap() + 1);
                let mut buffer = vec![0; 16 * 1024];
                while start.elapsed() < ROUND {
                    exchange(&mut stream, &request, &mut buffer).await;
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        for connection in connections.collect::<Vec<_>>() {
            connection.await.unwrap();
        }
        answered.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
    })
}

fn request(user: i64) -> Vec<u8> {
    let body =
        format!(r#"{{"user_id":{user},"receive_address":"{}","energy_amount":1000,"duration":"1h"}}"#, receiver());
    format!(
        "POST /api/orders HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {SECRET}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends a request and reads its answer; gives where the body begins and ends.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut [u8]) -> std::ops::Range<usize> {
    stream.write_all(request).await.unwrap();
    let mut read = 0;
    loop {
        let n = stream.read(&mut buffer[read..]).await.unwrap();
        assert!(n > 0, "the server hung up");
        read += n;
        let Some(head) = buffer[..read].windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head]).unwrap();
        assert!(text.starts_with("HTTP/1.1 20"), "{text}");
        let length =
            text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let length: usize = length.unwrap();
        if read >= head + 4 + length {
            return head + 4..head + 4 + length;
        }
    }
}

async fn one_answer(address: SocketAddr) -> Value {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut buffer = vec![0; 16 * 1024];
    let body = exchange(&mut stream, &request(1), &mut buffer).await;
    serde_json::from_slice(&buffer[body]).unwrap()
}

fn single_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
