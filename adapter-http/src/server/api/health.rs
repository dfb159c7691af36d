//! Whether the server is well. Open to everyone, and says nothing about the business.

use flash_core::Flash;
use futures_util::future::join;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use crate::server::json::Json;
use crate::wire;

pub(in crate::server) struct Health(pub(super) Flash);

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
        let (store, chain) = join(self.0.events(0, 1), self.0.tips()).await;
        let part = |name: &str, ready| wire::Part { name: name.to_owned(), ready };
        let parts =
            vec![part("store", store.is_ok()), part("chain", chain.is_ok_and(|tips| self.0.trusts(&tips.head)))];
        let readiness = Json(wire::Readiness { ready: parts.iter().all(|part| part.ready), parts });
        if readiness.0.ready { Readiness::Ready(readiness) } else { Readiness::NotReady(readiness) }
    }
}
