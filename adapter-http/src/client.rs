//! A typed client of the HTTP face.

mod customer;
mod operator;

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::customer::{LedgerFilter, OrderFilter, Placed};
use crate::wire;

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A client with one key. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    key: String,
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server refused, and says why.
    #[error("{}: {}", .0.code, .0.detail)]
    Refused(Box<wire::Problem>),
    /// No answer came. Whether the request was carried out is unknown: send it again with the same key.
    #[error("no answer from the server")]
    NoAnswer(#[source] reqwest::Error),
    /// An answer came that is none of flash.
    #[error("the server answered {status} with something that is no answer of flash")]
    Malformed {
        /// Its status.
        status: u16,
    },
    /// The address of the server cannot be used.
    #[error("{0:?} is no HTTP address of a server")]
    Base(String),
}

impl ClientError {
    /// The stable word of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(problem) => Some(&problem.code),
            Self::NoAnswer(_) | Self::Malformed { .. } | Self::Base(_) => None,
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the server at this address, such as `http://127.0.0.1:8080`, with this key.
    ///
    /// # Errors
    /// [`ClientError::Base`] or, when no client can be made on this machine, [`ClientError::NoAnswer`].
    pub fn new(base: &str, key: impl Into<String>) -> Result<Self, ClientError> {
        #[cfg(feature = "tls")]
        {
            // Refused when the program has chosen a provider of its own, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let http = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(ClientError::NoAnswer)?;
        Self::with_http(http, base, key)
    }

    /// As [`Client::new`] over an HTTP client of your own, with its TLS, proxies and time limits.
    ///
    /// # Errors
    /// [`ClientError::Base`].
    pub fn with_http(http: reqwest::Client, base: &str, key: impl Into<String>) -> Result<Self, ClientError> {
        let url = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = url.ok_or_else(|| ClientError::Base(base.to_owned()))?;
        Ok(Self { http, base, key: key.into() })
    }

    async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &impl Serialize) -> Result<T, ClientError> {
        Ok(answer(self.request(Method::GET, path).query(query)).await?.1)
    }

    async fn post<T: DeserializeOwned>(&self, path: &[&str], body: &impl Serialize) -> Result<T, ClientError> {
        Ok(answer(self.request(Method::POST, path).json(body)).await?.1)
    }

    async fn act<T: DeserializeOwned>(&self, method: Method, path: &[&str]) -> Result<T, ClientError> {
        Ok(answer(self.request(method, path)).await?.1)
    }

    /// A request to the path of these parts, each escaped.
    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        self.http.request(method, url).bearer_auth(&self.key)
    }
}

fn keyed(request: RequestBuilder, key: Option<&str>) -> RequestBuilder {
    match key {
        Some(key) => request.header("Idempotency-Key", key),
        None => request,
    }
}

/// Sends a request; an answer that is no success is an error.
async fn sent(request: RequestBuilder) -> Result<reqwest::Response, ClientError> {
    let response = request.send().await.map_err(ClientError::NoAnswer)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = response.bytes().await.map_err(ClientError::NoAnswer)?;
    let problem = serde_json::from_slice(&body).map_err(|_| ClientError::Malformed { status: status.as_u16() })?;
    Err(ClientError::Refused(Box::new(problem)))
}

async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<(StatusCode, T), ClientError> {
    let response = sent(request).await?;
    let status = response.status();
    let body = response.bytes().await.map_err(ClientError::NoAnswer)?;
    let value = serde_json::from_slice(&body).map_err(|_| ClientError::Malformed { status: status.as_u16() })?;
    Ok((status, value))
}
