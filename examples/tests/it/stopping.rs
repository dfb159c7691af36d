//! Stopping: in time, whatever is connected, and with the ports free afterwards.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::programs::{Dir, Program, ready};
use crate::world::World;

/// What a stop may take when nothing is under way, on a busy machine.
const PROMPTLY: Duration = Duration::from_secs(4);
/// What it may take when a request never comes to its end.
const AFTER_GRACE: Duration = Duration::from_secs(9);

fn address(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// A connection that has had an answer and stays open.
async fn kept_alive(at: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    stream
}

/// Whether the other side has closed it, or cut it off: either way it ends.
async fn is_closed(mut stream: TcpStream) -> bool {
    timeout(PROMPTLY, stream.read_to_end(&mut Vec::new())).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_open_connections_stops_promptly_and_frees_its_ports() {
    let world = World::at_speed(20).await;
    let (http, devnet) = (address(&world.ready().http), address(&world.ready().devnet));
    world.place(65_000).await;
    let idle = [
        kept_alive(http, "/health").await,
        kept_alive(devnet, "/devnet/clock").await,
        TcpStream::connect(http).await.unwrap(),
        TcpStream::connect(devnet).await.unwrap(),
    ];
    let asked = Instant::now();
    world.stop().await;
    assert!(asked.elapsed() < PROMPTLY, "{:?}", asked.elapsed());
    for stream in idle {
        assert!(is_closed(stream).await);
    }
    for port in [http, devnet] {
        TcpListener::bind(port).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_ends_holds_a_stop_up_for_its_grace_and_no_longer() {
    let world = World::at_speed(20).await;
    let (http, key) = (address(&world.ready().http), &world.ready().user_key);
    let head = format!("POST /api/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n");
    let mut stuck = TcpStream::connect(http).await.unwrap();
    let body = "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    stuck.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    // One that came after it has been answered, so it is under way.
    kept_alive(http, "/health").await;
    let asked = Instant::now();
    world.stop().await;
    assert!(asked.elapsed() < AFTER_GRACE, "{:?}", asked.elapsed());
    TcpListener::bind(http).await.unwrap();
}

/// Starts a program, checks its ready file, and stops it with a signal while a connection is open.
async fn runs_until(signal: &str, path: &str, args: &[&str], fields: &[&str], probe: (&str, &str)) {
    let name = Path::new(path).file_name().unwrap().to_str().unwrap();
    let dir = Dir::new(&format!("stopping-{name}{signal}"));
    let file = dir.path("ready.json");
    let mut program = Program::start(path, &[args, &["--ready-file", &file]].concat());
    let said = ready(&file).await;
    let given: BTreeSet<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(given, fields.iter().copied().collect());
    let empty = |value: &Value| matches!(value.as_str(), Some("")) || value.as_array().is_some_and(Vec::is_empty);
    assert!(said.as_object().unwrap().values().all(|value| !empty(value)), "{said}");
    let at = address(said[probe.0].as_str().unwrap());
    let open = kept_alive(at, probe.1).await;
    let asked = Instant::now();
    program.signal(signal);
    let status = program.ended().await;
    assert!(asked.elapsed() < PROMPTLY, "{:?}", asked.elapsed());
    let (_, _, stderr) = program.output().await;
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
    assert!(is_closed(open).await);
    TcpListener::bind(at).await.unwrap();
}

async fn server_runs_until(signal: &str) {
    let args = ["--listen", "127.0.0.1:0", "--devnet-listen", "127.0.0.1:0", "--devnet-speed", "20"];
    let fields =
        ["http", "devnet", "operator_key", "service_key", "user_key", "user_id", "supplier_addresses", "receivers"];
    runs_until(signal, env!("CARGO_BIN_EXE_server"), &args, &fields, ("http", "/health")).await;
}

#[tokio::test]
async fn the_server_ends_well_on_sigterm() {
    server_runs_until("-TERM").await;
}

#[tokio::test]
async fn the_server_ends_well_on_ctrl_c() {
    server_runs_until("-INT").await;
}

#[tokio::test]
async fn the_devnet_ends_well_on_sigterm() {
    let args = ["--listen", "127.0.0.1:0"];
    let fields = ["devnet", "receivers"];
    runs_until("-TERM", env!("CARGO_BIN_EXE_devnet"), &args, &fields, ("devnet", "/devnet/clock")).await;
}
