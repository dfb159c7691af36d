//! One java-tron node over HTTP.
//!
//! Everything a node says is sorted here and nowhere else: no other file looks into the text of an answer.

mod broadcast;
mod error;

use std::fmt;
use std::time::Duration;

use flash_core::address::Address;
use flash_core::chain::{Answer, Height, SignedTx};
use flash_core::id::TxId;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url, redirect};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use self::error::{InvalidNode, NodeError};
use crate::json::{
    AccountAnswer, AccountResource, BlockAnswer, BlockList, CanDelegate, ChainParameters, DelegatedResources,
    TransactionAnswer, TransactionInfo,
};

/// The most blocks that a node gives at once.
pub const MAX_BLOCKS: u64 = 100;

/// java-tron's HTTP server hangs up after 30 idle seconds; we do before, so that no call meets a closing connection.
const IDLE: Duration = Duration::from_secs(20);

/// Which state of the chain is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The head, with what waits in this node's pool already applied (`/wallet`).
    Head,
    /// The solidified head (`/walletsolidity`).
    Solid,
}

/// How a node is reached.
#[derive(Clone)]
pub struct NodeConfig {
    /// Where it is, with a path in front of `/wallet` if there is one.
    pub url: String,
    /// The key of a hosted node (`TRON-PRO-API-KEY`).
    pub api_key: Option<ApiKey>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for a whole answer.
    pub timeout: Duration,
    /// The longest answer that is read, in bytes.
    pub max_body: usize,
}

/// The key of a hosted node; it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// A java-tron node. Clones share its connections.
#[derive(Clone)]
pub struct Node {
    client: Client,
    url: Url,
    max_body: usize,
}

impl NodeConfig {
    /// A node at this address, with 3 and 10 seconds to connect and to answer, and answers up to 32 MiB (twenty full
    /// blocks).
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            api_key: None,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            max_body: 32 << 20,
        }
    }
}

impl fmt::Debug for NodeConfig {
    /// Leaves the URL out: paths and user names of hosted nodes can be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url: _, api_key, connect_timeout, timeout, max_body } = self;
        f.debug_struct("NodeConfig")
            .field("api_key", api_key)
            .field("connect_timeout", connect_timeout)
            .field("timeout", timeout)
            .field("max_body", max_body)
            .finish_non_exhaustive()
    }
}

impl ApiKey {
    /// Wraps a key.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

impl Node {
    /// Prepares to talk to a node; nothing is sent.
    ///
    /// No proxy from the environment is used and no redirect is followed: signed bytes go where the configuration
    /// says, or nowhere.
    ///
    /// # Errors
    /// [`InvalidNode`] when the URL or the key cannot be used.
    pub fn try_new(config: &NodeConfig) -> Result<Self, InvalidNode> {
        let url: Url = config.url.parse().map_err(|_| InvalidNode::Url)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(InvalidNode::Url);
        }
        if url.scheme() == "https" && !cfg!(feature = "tls") {
            return Err(InvalidNode::Tls);
        }
        #[cfg(feature = "tls")]
        {
            // Refused when the program has chosen a provider of its own, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = Client::builder()
            .default_headers(headers(config.api_key.as_ref())?)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(config.connect_timeout)
            .timeout(config.timeout)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(InvalidNode::Client)?;
        Ok(Self { client, url, max_body: config.max_body })
    }

    /// The newest block's header.
    ///
    /// # Errors
    /// [`NodeError`], as every call here.
    pub async fn newest_header(&self, view: View) -> Result<BlockAnswer, NodeError> {
        self.post(view, "getblock", &json!({ "detail": false })).await
    }

    /// The newest block.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn newest_block(&self, view: View) -> Result<BlockAnswer, NodeError> {
        self.post(view, "getnowblock", &json!({})).await
    }

    /// The block at a height; no id when there is none.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn block(&self, view: View, height: Height) -> Result<BlockAnswer, NodeError> {
        self.post(view, "getblockbynum", &json!({ "num": height.0 })).await
    }

    /// The header of the block at a height; no id when there is none.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn header(&self, view: View, height: Height) -> Result<BlockAnswer, NodeError> {
        let body = json!({ "id_or_num": height.0.to_string(), "detail": false });
        self.post(view, "getblock", &body).await
    }

    /// The blocks from a height on, at most `count` and at most [`MAX_BLOCKS`]; fewer beyond the head.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn blocks(&self, view: View, from: Height, count: u64) -> Result<BlockList, NodeError> {
        let end = from.0.saturating_add(count.min(MAX_BLOCKS));
        self.post(view, "getblockbylimitnext", &json!({ "startNum": from.0, "endNum": end })).await
    }

    /// An account; no address when it was never activated.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn account(&self, view: View, address: &Address) -> Result<AccountAnswer, NodeError> {
        self.post(view, "getaccount", &json!({ "address": address, "visible": true })).await
    }

    /// What an account has of Bandwidth and Energy, and the network's totals; all zero for one never activated.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn account_resource(&self, address: &Address) -> Result<AccountResource, NodeError> {
        self.post(View::Head, "getaccountresource", &json!({ "address": address, "visible": true })).await
    }

    /// What one account has lent to another.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn delegated(&self, view: View, from: &Address, to: &Address) -> Result<DelegatedResources, NodeError> {
        let body = json!({ "fromAddress": from, "toAddress": to, "visible": true });
        self.post(view, "getdelegatedresourcev2", &body).await
    }

    /// The stake for Energy that an account can lend now; nothing below 1 TRX.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn can_delegate(&self, view: View, owner: &Address) -> Result<CanDelegate, NodeError> {
        let body = json!({ "owner_address": owner, "type": 1, "visible": true });
        self.post(view, "getcandelegatedmaxsize", &body).await
    }

    /// The network's parameters.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn chain_parameters(&self) -> Result<ChainParameters, NodeError> {
        self.post(View::Head, "getchainparameters", &json!({})).await
    }

    /// A transaction as it was signed; no id when this node has no such.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn transaction(&self, view: View, id: &TxId) -> Result<TransactionAnswer, NodeError> {
        self.post(view, "gettransactionbyid", &json!({ "value": id })).await
    }

    /// What came of a transaction; no id when it is in no block of this node.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn transaction_info(&self, view: View, id: &TxId) -> Result<TransactionInfo, NodeError> {
        self.post(view, "gettransactioninfobyid", &json!({ "value": id })).await
    }

    /// Sends a signed transaction. Whatever happens is an answer.
    pub async fn broadcast(&self, tx: &SignedTx) -> Answer {
        let body = json!({ "transaction": hex::encode(&tx.bytes) });
        broadcast::sorted(self.post(View::Head, "broadcasthex", &body).await, &tx.id)
    }

    async fn post<T: DeserializeOwned>(&self, view: View, method: &str, body: &Value) -> Result<T, NodeError> {
        let response = self.client.post(self.endpoint(view, method)).json(body).send().await;
        let mut response = response.map_err(NodeError::unreachable)?;
        let status = response.status();
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(NodeError::unreachable)? {
            if answer.len().saturating_add(chunk.len()) > self.max_body {
                return Err(NodeError::Malformed { what: format!("more than {} bytes", self.max_body) });
            }
            answer.extend_from_slice(&chunk);
        }
        error::sorted(status, &answer)
    }

    fn endpoint(&self, view: View, method: &str) -> Url {
        let folder = match view {
            View::Head => "wallet",
            View::Solid => "walletsolidity",
        };
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([folder, method]);
        }
        url
    }
}

fn headers(key: Option<&ApiKey>) -> Result<HeaderMap, InvalidNode> {
    let mut headers = HeaderMap::new();
    if let Some(ApiKey(key)) = key {
        let mut value = HeaderValue::from_str(key).map_err(|_| InvalidNode::ApiKey)?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static("tron-pro-api-key"), value);
    }
    Ok(headers)
}

impl fmt::Debug for Node {
    /// Shows the host only, for the same reason.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_tuple("Node").field(&format_args!("{host}:{}", self.url.port_or_known_default().unwrap_or(0))).finish()
    }
}
