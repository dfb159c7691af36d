//! Over a real socket, what HTTP framing can do.

use poem::Server;
use poem::listener::{Acceptor, Listener, TcpListener};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{USER_7, World, keys, wish};

/// Serves a world; gives the port.
pub(crate) async fn serve(world: &World) -> u16 {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let port = acceptor.local_addr()[0].as_socket_addr().unwrap().port();
    tokio::spawn(Server::new_with_acceptor(acceptor).run(flash_adapter_http::app(world.flash.clone(), keys())));
    port
}

/// Sends bytes and reads all that comes back.
async fn talk(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request).await.unwrap();
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(headers: &str, body: &str) -> Vec<u8> {
    let head = "POST /api/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json";
    format!("{head}\r\nAuthorization: Bearer {USER_7}\r\n{headers}\r\n\r\n{body}").into_bytes()
}

fn chunked(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

#[tokio::test]
async fn a_chunked_body_is_read_and_one_that_is_too_large_is_refused() {
    let world = World::new().await;
    let port = serve(&world).await;
    let answer = talk(port, &post("Transfer-Encoding: chunked", &chunked(&wish().to_string()))).await;
    assert!(answer.starts_with("HTTP/1.1 402"), "{answer}");
    let answer = talk(port, &post("Transfer-Encoding: chunked", &chunked(&" ".repeat(70_000)))).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("REQUEST_TOO_LARGE"), "{answer}");
}

#[tokio::test]
async fn a_body_announced_too_large_is_refused_before_it_is_sent() {
    let world = World::new().await;
    let port = serve(&world).await;
    let answer = talk(port, &post("Content-Length: 1000000000", "{")).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("REQUEST_TOO_LARGE"), "{answer}");
}

#[tokio::test]
async fn broken_framing_never_gives_a_5xx() {
    let world = World::new().await;
    let port = serve(&world).await;
    let body = wish().to_string();
    for request in [
        b"GARBAGE\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /api/orders/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET http://other/api/orders/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /api/orders/?%ff=%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        post("Content-Length: 5", &body),
        post("Content-Length: 5000", &body),
        post("Content-Length: -1", &body),
        post("Content-Length: 99999999999999999999", &body),
        post("Content-Length: 10\r\nTransfer-Encoding: chunked", &chunked(&body)),
        post("Transfer-Encoding: chunked", "zz\r\n"),
        post("Transfer-Encoding: chunked", "ffffffffffffffff\r\n"),
        post("Transfer-Encoding: chunked", &format!("{:x}\r\n{body}", body.len())),
        post("Idempotency-Key: \u{fc}\r\nContent-Length: 2", "{}"),
    ] {
        let answer = talk(port, &request).await;
        assert!(!answer.starts_with("HTTP/1.1 5"), "{} gave {answer}", String::from_utf8_lossy(&request));
    }
    assert!(talk(port, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.contains("200 OK"));
}
