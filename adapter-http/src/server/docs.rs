//! The document and a page to read and try it, which asks no other host for anything.

use poem::http::{HeaderValue, header};
use poem::{Endpoint, IntoEndpoint, Response, RouteMethod};
use poem_openapi::OpenApiService;
use serde_json::Value;

use super::spec;

/// The page is one HTML file with everything in it, so this is all it needs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document.
pub(super) fn document(
    document: &Value,
) -> impl IntoEndpoint<Endpoint = impl Endpoint<Output = Response> + use<>> + use<> {
    fixed("application/json", document.to_string())
}

/// The page.
pub(super) fn page(document: &Value) -> impl IntoEndpoint<Endpoint = impl Endpoint<Output = Response> + use<>> + use<> {
    let empty = OpenApiService::new((), "", "");
    // A `</script>` in a description must not end the script that the document stands in.
    let safe = document.to_string().replace("</", "<\\/");
    fixed(
        "text/html; charset=utf-8",
        empty
            .swagger_ui_html()
            .replace(&empty.spec(), &safe)
            .replace("<title>Swagger UI", &format!("<title>{}", spec::TITLE)),
    )
}

fn fixed(content_type: &'static str, body: String) -> RouteMethod {
    let answer = move |_| {
        let body = body.clone();
        async move {
            let headers = [
                (header::CONTENT_TYPE, content_type),
                (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
                (header::X_FRAME_OPTIONS, "DENY"),
                (header::REFERRER_POLICY, "no-referrer"),
            ];
            let mut response = Response::builder().body(body);
            response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
            response
        }
    };
    RouteMethod::new().get(poem::endpoint::make(answer))
}
