//! The outermost layer: names each request, turns every error and panic into a problem, and sets the headers that every
//! answer has.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use poem::http::uri::PathAndQuery;
use poem::http::{HeaderName, HeaderValue, Uri, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use serde_json::Value;
use uuid::Uuid;

use super::problem::{Code, Problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest request id that is taken from a caller.
const LONGEST_ID: usize = 128;

/// What every request passes.
#[derive(Debug)]
pub(super) struct Edge {
    paths: Vec<PathMethods>,
    /// Tells this process from others in request ids.
    process: u64,
    requests: AtomicU64,
}

/// The methods of one path, for `Allow`.
#[derive(Debug)]
struct PathMethods {
    path: String,
    allow: HeaderValue,
}

/// An endpoint behind an [`Edge`].
pub(super) struct Edged<E> {
    edge: Edge,
    inner: E,
}

impl Edge {
    /// The edge of the service that this document describes.
    pub(super) fn new(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let methods = paths.into_iter().flatten().filter_map(|(path, operations)| {
            let mut methods: Vec<_> =
                operations.as_object()?.keys().map(|method| method.to_ascii_uppercase()).collect();
            methods.sort_unstable();
            let allow = HeaderValue::try_from(methods.join(", ")).ok()?;
            Some(PathMethods { path: path.clone(), allow })
        });
        let own = |path: &str| PathMethods { path: path.to_owned(), allow: HeaderValue::from_static("GET") };
        let paths = methods.chain([own("/docs"), own("/openapi.json")]).collect();
        Self { paths, process: Uuid::now_v7().as_u64_pair().1, requests: AtomicU64::new(0) }
    }

    /// Puts it around an endpoint.
    pub(super) fn around<E>(self, inner: E) -> Edged<E> {
        Edged { edge: self, inner }
    }

    /// The id that the caller gave the request, or a fresh one: the process, then a count.
    fn request_id(&self, request: &Request) -> HeaderValue {
        let given = request.headers().get(&REQUEST_ID).filter(|id| {
            let visible = id.as_bytes().iter().all(u8::is_ascii_graphic);
            visible && (1..=LONGEST_ID).contains(&id.len())
        });
        given.cloned().unwrap_or_else(|| {
            let count = self.requests.fetch_add(1, Ordering::Relaxed);
            let id = format!("{:016x}-{count:x}", self.process);
            HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("-"))
        })
    }

    /// The methods that a path knows.
    fn allow(&self, path: &str) -> HeaderValue {
        let fits = |known: &&PathMethods| {
            let (known, asked) = (known.path.split('/'), path.split('/'));
            known.clone().count() == asked.clone().count()
                && known.zip(asked).all(|(known, asked)| known.starts_with('{') || known == asked)
        };
        let found = self.paths.iter().find(fits);
        found.map_or(HeaderValue::from_static("GET"), |known| known.allow.clone())
    }
}

impl<E: Endpoint> Endpoint for Edged<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let request_id = self.edge.request_id(&request);
        trim_trailing_slash(&mut request);
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let outcome = AssertUnwindSafe(self.inner.call(request)).catch_unwind().await;
        let problem = match outcome {
            Ok(Ok(response)) => Ok(response.into_response()),
            Ok(Err(error)) if error.is_from_response() => Ok(error.into_response()),
            Ok(Err(error)) => Err(Problem::from(error)),
            Err(_) => Err(Problem::panicked()),
        };
        let mut response = problem.unwrap_or_else(|problem| {
            let mut response = problem.answer(request_id.to_str().unwrap_or_default());
            if problem.code == Code::MethodNotAllowed {
                response.headers_mut().insert(header::ALLOW, self.edge.allow(uri.path()));
            }
            response
        });
        tracing::debug!(?request_id, %method, path = uri.path(), status = response.status().as_u16(), "answered");
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, request_id);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

/// `/api/orders/` is `/api/orders`.
fn trim_trailing_slash(request: &mut Request) {
    let path = request.uri().path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() == path.len() || trimmed.is_empty() {
        return;
    }
    let trimmed = match request.uri().query() {
        Some(query) => format!("{trimmed}?{query}"),
        None => trimmed.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    if let Ok(path) = PathAndQuery::try_from(trimmed) {
        parts.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
}

#[cfg(test)]
mod tests {
    use poem::EndpointExt;
    use poem::endpoint::make;
    use poem::test::TestClient;
    use serde_json::json;

    use super::*;

    fn edge() -> Edge {
        Edge::new(&json!({ "paths": { "/a/{id}": { "get": {}, "put": {} }, "/a/{id}/b": { "post": {} } } }))
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        async fn panics(_: Request) -> Response {
            panic!("the secret of the house")
        }
        let response = TestClient::new(edge().around(make(panics).map_to_response())).get("/").send().await.0;
        assert_eq!(response.status().as_u16(), 500);
        let id = response.header("x-request-id").unwrap().to_owned();
        let body = response.into_body().into_string().await.unwrap();
        assert!(body.contains("\"INTERNAL\"") && body.contains(&id) && !body.contains("secret"), "{body}");
    }

    #[test]
    fn a_path_allows_the_methods_of_the_document() {
        let edge = edge();
        for (path, allow) in [("/a/7", "GET, PUT"), ("/a/7/b", "POST"), ("/docs", "GET")] {
            assert_eq!(edge.allow(path), allow, "{path}");
        }
    }

    #[test]
    fn slashes_at_the_end_do_not_count() {
        for (before, after) in [("/a/", "/a"), ("/a//?x=/", "/a?x=/"), ("/", "/"), ("//", "//"), ("/a", "/a")] {
            let mut request = Request::builder().uri_str(before).finish();
            trim_trailing_slash(&mut request);
            assert_eq!(request.uri().to_string(), after);
        }
    }
}
