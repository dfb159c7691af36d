//! The HTTP face: each operation parses, makes one call of [`Flash`], and shows the answer.

mod api;
mod auth;
mod docs;
mod edge;
mod json;
pub(crate) mod keys;
mod param;
mod problem;
mod scalar;
mod show;
mod spec;
mod time;

use std::sync::Arc;

use flash_core::Flash;
use poem::{Endpoint, EndpointExt, Response, Route};
use poem_openapi::OpenApiService;

pub use self::api::health::Probe;
use self::edge::Edge;
use self::keys::Keys;

/// The routes of a flash, to serve or to mount among routes of your own (`Route::new().nest("/", app(flash, keys))`).
///
/// `/health`, `/ready`, `/docs` and `/openapi.json` are open; everything else asks for one of the keys.
#[must_use]
pub fn app(flash: Flash, keys: Keys) -> impl Endpoint<Output = Response> + use<> {
    app_with(flash, keys, Vec::new())
}

/// As [`app`], and `/ready` asks these parts as well.
#[must_use]
pub fn app_with(flash: Flash, keys: Keys, probes: Vec<Probe>) -> impl Endpoint<Output = Response> + use<> {
    let spec = spec::document();
    let service = OpenApiService::new(api::all(&flash, probes), spec::TITLE, spec::VERSION);
    let edge = Edge::new(&spec);
    let routes = Route::new()
        .at("/docs", docs::page(&spec))
        .at("/openapi.json", docs::document(&spec))
        .nest("/", service)
        .data(Arc::new(keys));
    edge.around(routes)
}

/// `/health` and `/ready` alone, for a process that runs the engine and answers nobody else.
#[must_use]
pub fn health(flash: Flash, probes: Vec<Probe>) -> impl Endpoint<Output = Response> + use<> {
    let service = OpenApiService::new(api::health::Health { flash, probes }, spec::TITLE, spec::VERSION);
    Edge::new(&spec::document()).around(Route::new().nest("/", service))
}

/// The OpenAPI document of [`app`].
#[must_use]
pub fn openapi() -> String {
    format!("{:#}\n", spec::document())
}
