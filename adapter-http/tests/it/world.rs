//! A whole flash in memory behind its HTTP face, and short words to call it.

use std::sync::Arc;

use flash_adapter_http::{Keys, Scope, app};
use flash_core::address::Address;
use flash_core::flash::NewWallet;
use flash_core::id::{UserId, WorkerId};
use flash_core::store::Priority;
use flash_core::testing::{FakeChain, ManualClock};
use flash_core::time::{Span, Timestamp};
use flash_core::units::Sun;
use flash_core::{Config, Flash};
use flash_storage_memory::MemoryStore;
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, Method};
use poem::test::TestClient;
use poem::{EndpointExt, Response};
use serde_json::{Value, json};

pub(crate) const OPERATOR: &str = "operator-secret-0123456789";
pub(crate) const SERVICE: &str = "service-secret-0123456789";
/// Acts for users 7 and 8 only.
pub(crate) const SHOP: &str = "shop-secret-0123456789";
/// Acts for user 7.
pub(crate) const USER_7: &str = "user-seven-secret-0123456789";

pub(crate) struct World {
    pub(crate) flash: Flash,
    pub(crate) chain: Arc<FakeChain>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) endpoint: Arc<BoxEndpoint<'static, Response>>,
    pub(crate) http: TestClient<Arc<BoxEndpoint<'static, Response>>>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The status and code, for tables.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub(crate) fn user(id: i64) -> UserId {
    UserId::try_from(id).unwrap()
}

/// Any number's own address.
pub(crate) fn address(n: u8) -> Address {
    Address::from_body([n; 20])
}

/// An activated address that is not ours.
pub(crate) fn receiver() -> Address {
    address(1)
}

/// The one supplier wallet.
pub(crate) fn supplier() -> Address {
    address(100)
}

pub(crate) fn keys() -> Keys {
    let shop = Scope::ServiceOf([user(7), user(8)].into());
    let all = [
        ("ops", OPERATOR, Scope::Operator),
        ("bot", SERVICE, Scope::Service),
        ("shop", SHOP, shop),
        ("ann", USER_7, Scope::User(user(7))),
    ];
    Keys::new(all).unwrap()
}

/// An order of user 7 that costs 1.95 TRX.
pub(crate) fn wish() -> Value {
    json!({ "user_id": 7, "receive_address": receiver().to_string(), "energy_amount": 65_000, "duration": "1h" })
}

impl World {
    /// One supplier wallet with plenty of stake, and nobody has money.
    pub(crate) async fn new() -> Self {
        Self::with_stake(10_000_000).await
    }

    pub(crate) async fn with_stake(trx: i64) -> Self {
        let now = Timestamp::from_millis(1_795_350_687_004);
        let chain = Arc::new(FakeChain::new(now));
        let clock = Arc::new(ManualClock::new(now));
        chain.activate(receiver());
        chain.supply(supplier(), Sun::from_trx(trx).unwrap());
        let flash = Flash::new(Arc::new(MemoryStore::new()), chain.clone(), clock.clone(), Config::default());
        flash.add_wallet(NewWallet { address: supplier(), priority: Priority(0) }).await.unwrap();
        let endpoint = Arc::new(app(flash.clone(), keys()).boxed());
        Self { flash, chain, clock, http: TestClient::new(endpoint.clone()), endpoint }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, key: &str, body: Option<Value>) -> Answer {
        self.call_with(method, path, key, &[], body).await
    }

    pub(crate) async fn call_with(
        &self,
        method: Method,
        path: &str,
        key: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.http.request(method, path);
        if !key.is_empty() {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.content_type("application/json").body(body.to_string());
        }
        let response = request.send().await.0;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.into_body().into_string().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    pub(crate) async fn call_owned(&self, method: Method, path: String, key: &str) -> Answer {
        self.call(method, &path, key, None).await
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> Answer {
        self.call(Method::GET, path, key, None).await
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: Value) -> Answer {
        self.call(Method::POST, path, key, Some(body)).await
    }

    /// Sends bytes as they are, as JSON.
    pub(crate) async fn post_raw(&self, path: &str, key: &str, content_type: &str, body: Vec<u8>) -> Answer {
        let request = self.http.post(path).header("Authorization", format!("Bearer {key}"));
        let response = request.content_type(content_type).body(body).send().await.0;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.into_body().into_string().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&body).unwrap_or_default() }
    }

    pub(crate) async fn pay_in(&self, user: i64, amount: &str) {
        let body = json!({ "amount": amount, "reason": "test" });
        assert_eq!(self.post(&format!("/api/users/{user}/deposit"), OPERATOR, body).await.status, 200);
    }

    /// Lets time pass, block by block, and the engine work.
    pub(crate) async fn run(&self, blocks: usize) {
        let worker: WorkerId = "test".parse().unwrap();
        for _ in 0..blocks {
            self.chain.tick();
            self.clock.advance(Span::from_secs(3));
            let _ = self.flash.work(&worker, 100).await.unwrap();
        }
    }

    pub(crate) async fn is_clean(&self) -> bool {
        self.get("/api/verify", OPERATOR).await.body["clean"] == true
    }
}
