//! Whether the server is well. Open to everyone, and says nothing about the business.

use flash_core::Flash;
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
        let store = self.0.events(0, 1).await.is_ok();
        let parts = vec![wire::Part { name: "store".to_owned(), ready: store }];
        let readiness = Json(wire::Readiness { ready: parts.iter().all(|part| part.ready), parts });
        if readiness.0.ready { Readiness::Ready(readiness) } else { Readiness::NotReady(readiness) }
    }
}
