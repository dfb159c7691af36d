//! Whether the server is well. Open to everyone, and says nothing about the business.

use std::fmt;
use std::sync::Arc;

use flash_core::Flash;
use futures_util::future::join;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use crate::server::json::Json;
use crate::wire;

/// A part of a server that flash knows nothing of, and how to tell whether it is ready.
#[derive(Clone)]
pub struct Probe {
    name: String,
    is_ready: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Probe {
    /// A part of this name. It is asked at each `GET /ready` and must answer at once.
    #[must_use]
    pub fn new(name: impl Into<String>, is_ready: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { name: name.into(), is_ready: Arc::new(is_ready) }
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("name", &self.name).finish_non_exhaustive()
    }
}

pub(in crate::server) struct Health {
    pub(in crate::server) flash: Flash,
    pub(in crate::server) probes: Vec<Probe>,
}

/// Whether the server can do its work.
#[derive(ApiResponse)]
enum Readiness {
    /// Every part is ready.
    #[oai(status = 200)]
    Ready(Json<wire::Readiness>),
    /// Some part is not.
    #[oai(status = 503)]
    NotReady(Json<wire::Readiness>),
}

#[OpenApi(tag = "Tag::Health")]
impl Health {
    /// Tells that the process is alive. Asks nothing of any other part.
    #[oai(path = "/health", method = "get", operation_id = "health")]
    async fn health(&self) -> Json<wire::Health> {
        Json(wire::Health { status: "ok".to_owned() })
    }

    /// Tells whether the server can do its work, part by part.
    #[oai(path = "/ready", method = "get", operation_id = "ready")]
    async fn ready(&self) -> Readiness {
        let (store, chain) = join(self.flash.events(0, 1), self.flash.tips()).await;
        let part = |name: &str, ready| wire::Part { name: name.to_owned(), ready };
        let mut parts =
            vec![part("store", store.is_ok()), part("chain", chain.is_ok_and(|tips| self.flash.trusts(&tips.head)))];
        parts.extend(self.probes.iter().map(|probe| part(&probe.name, (probe.is_ready)())));
        let readiness = Json(wire::Readiness { ready: parts.iter().all(|part| part.ready), parts });
        if readiness.0.ready { Readiness::Ready(readiness) } else { Readiness::NotReady(readiness) }
    }
}
