//! A tiny HTTP server on the loopback interface that answers as a test tells it to.
#![allow(dead_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How to answer a request.
pub(crate) enum Reply {
    /// Status 200 and a JSON body.
    Json(Value),
    /// A status, further header lines, and a body.
    Raw(u16, &'static str, String),
    /// Headers that promise more than comes before the connection is closed.
    Cut(String),
    /// The connection is closed without a word.
    Hangup,
    /// Nothing, for longer than anybody waits.
    Silence,
    /// A body without an end.
    Endless,
}

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Value,
}

pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (requests.clone(), Arc::new(answer));
        let connections = Arc::new(AtomicUsize::new(0));
        let accepted = connections.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::Relaxed);
                let (log, answer) = (log.clone(), answer.clone());
                tokio::spawn(async move { serve(stream, &log, &*answer).await });
            }
        });
        Self { url, requests, connections }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.path).collect()
    }
}

async fn serve(mut stream: TcpStream, log: &Mutex<Vec<Request>>, answer: &(impl Fn(&Request) -> Reply + Send + Sync)) {
    while let Some(request) = read(&mut stream).await {
        log.lock().unwrap().push(request.clone());
        let written = match answer(&request) {
            Reply::Json(body) => write(&mut stream, 200, "content-type: application/json\r\n", &body.to_string()).await,
            Reply::Raw(status, headers, body) => write(&mut stream, status, headers, &body).await,
            Reply::Cut(body) => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len() + 1);
                let _ = stream.write_all((head + &body).as_bytes()).await;
                return;
            }
            Reply::Hangup => return,
            Reply::Silence => return tokio::time::sleep(Duration::from_secs(3_600)).await,
            Reply::Endless => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{").await;
                while stream.write_all(&[b' '; 4_096]).await.is_ok() {}
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    while bytes.len() < end + length.unwrap_or(0) {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let path = head.split(' ').nth(1)?.to_owned();
    Some(Request { path, head, body: serde_json::from_slice(&bytes[end..]).unwrap_or_default() })
}

async fn write(stream: &mut TcpStream, status: u16, headers: &str, body: &str) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} Any\r\n{headers}content-length: {}\r\n\r\n", body.len());
    stream.write_all((head + body).as_bytes()).await
}
