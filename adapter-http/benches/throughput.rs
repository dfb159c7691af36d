//! Orders a second over 64 kept-alive connections, beside an empty handler that reads and writes JSON of the same size.
//!
//! `cargo bench -p flash-adapter-http`

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use flash_adapter_http::{Keys, Scope, app, wire};
use flash_core::address::Address;
use flash_core::flash::{Adjustment, AdjustmentKind, NewWallet};
use flash_core::id::{TransferId, UserId};
use flash_core::store::Priority;
use flash_core::testing::{FakeChain, ManualClock};
use flash_core::time::Timestamp;
use flash_core::units::{Amount, Asset, Sun};
use flash_core::{Config, Flash};
use flash_storage_memory::MemoryStore;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::Json;
use poem::{Endpoint, EndpointExt, Response, Route, Server, handler, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CONNECTIONS: usize = 64;
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);
const KEY: &str = "benchmark-secret-0123456789";

/// The empty handler: parses an order, answers one.
#[handler]
fn echo(Json(wish): Json<wire::PlaceOrder>) -> Json<wire::Order> {
    Json(wire::Order {
        id: "0192f0c1-2b3c-7d4e-8f50-61728394a5b6".to_owned(),
        user_id: wish.user_id,
        status: wire::OrderStatus::Pending,
        cost_trx: "1.950000".to_owned(),
        energy_amount: wish.energy_amount,
        duration: wish.duration,
        receive_address: wish.receive_address,
        created_at: "2026-11-22T12:31:27.004Z".to_owned(),
        expires_at: None,
        finality: wire::Finality::None,
        client_order_id: None,
        failure: None,
        delegations: vec![wire::Delegation {
            wallet: Address::from_body([2; 20]).to_string(),
            tx_id: None,
            stake_sun: 6_867_972_224,
            status: wire::DelegationStatus::Reserved,
            reclaim_tx_id: None,
        }],
    })
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let empty = measure(Route::new().at("/api/orders", post(echo)).map_to_response(), "200").await?;
    println!("empty handler: {empty} requests/s");
    let keys = Keys::new([("bench", KEY, Scope::Operator)])?;
    let orders = measure(app(flash().await?, keys), "201").await?;
    println!("placed orders: {orders} requests/s");
    Ok(())
}

/// A flash in memory where user 7 can pay for anything.
async fn flash() -> Outcome<Flash> {
    let now = Timestamp::from_millis(1_795_350_687_004);
    let chain = Arc::new(FakeChain::new(now));
    chain.activate(Address::from_body([1; 20]));
    let flash =
        Flash::new(Arc::new(MemoryStore::new()), chain.clone(), Arc::new(ManualClock::new(now)), Config::default());
    for n in 100..110 {
        let address = Address::from_body([n; 20]);
        chain.supply(address, Sun::new(i64::MAX / 100));
        flash.add_wallet(NewWallet { address, priority: Priority(0) }).await?;
    }
    let id = TransferId::derived(&[b"benchmark"]);
    let (user, amount, reason) = (UserId::try_from(7)?, Amount::new(i64::MAX / 2), "benchmark".parse()?);
    flash.adjust(Adjustment { id, user, asset: Asset::Trx, amount, kind: AdjustmentKind::Deposit, reason }).await?;
    Ok(flash)
}

/// How many requests a second an endpoint answers with this status.
async fn measure(endpoint: impl Endpoint<Output = Response> + 'static, status: &'static str) -> Outcome<u64> {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await?;
    let address = acceptor.local_addr().first().and_then(|addr| addr.as_socket_addr().copied());
    let address = address.ok_or("no address")?;
    let server = tokio::spawn(Server::new_with_acceptor(acceptor).run(endpoint));
    let answered = Arc::new(AtomicU64::new(0));
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let answered = Arc::clone(&answered);
            tokio::spawn(async move { call(TcpStream::connect(address).await?, status, &answered).await })
        })
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let (before, began) = (answered.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(MEASURED).await;
    let count = answered.load(Ordering::Relaxed).saturating_sub(before);
    let millis = u64::try_from(began.elapsed().as_millis())?;
    for caller in callers {
        if caller.is_finished() {
            caller.await??;
        } else {
            caller.abort();
        }
    }
    server.abort();
    Ok(count.saturating_mul(1_000).checked_div(millis).unwrap_or_default())
}

/// Sends the same order again and again over one connection, each as soon as the one before is answered.
async fn call(mut stream: TcpStream, status: &str, answered: &AtomicU64) -> Outcome<()> {
    stream.set_nodelay(true)?;
    let body = serde_json::to_string(&wire::PlaceOrder {
        user_id: 7,
        receive_address: Address::from_body([1; 20]).to_string(),
        energy_amount: 65_000,
        duration: "1h".to_owned(),
        client_order_id: None,
        max_price_trx: None,
        quote_id: None,
    })?;
    let head = "POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json";
    let request = format!("{head}\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let expected = format!("HTTP/1.1 {status}");
    let mut buffer = Vec::with_capacity(4_096);
    loop {
        stream.write_all(request.as_bytes()).await?;
        buffer.clear();
        while !is_whole(&buffer) {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("the connection was closed".into());
            }
        }
        if !buffer.starts_with(expected.as_bytes()) {
            return Err(String::from_utf8_lossy(&buffer).into());
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether the head and as much of a body as it announces are there.
fn is_whole(answer: &[u8]) -> bool {
    let whole = || {
        let head = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let text = std::str::from_utf8(answer.get(..head)?).ok()?.to_ascii_lowercase();
        let length: usize = text.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse().ok()?;
        Some(answer.len() >= head.checked_add(4)?.checked_add(length)?)
    };
    whole().unwrap_or(false)
}
