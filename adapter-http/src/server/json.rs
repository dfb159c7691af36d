//! JSON bodies, read strictly: of the right type, small, one value, no unknown or repeated field.

use poem::http::header;
use poem::{Body, IntoResponse, Request, RequestBody, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::problem::{Code, Problem};

/// The largest body that is read, in bytes.
const LARGEST_BODY: usize = 64 * 1024;
/// How much of a complaint is sent back: it may quote what was sent.
const LONGEST_COMPLAINT: usize = 300;

/// A value as JSON.
pub(super) struct Json<T>(pub(super) T);

/// A value as JSON, or no body.
pub(super) struct OptionalJson<T>(pub(super) Option<T>);

async fn bytes(request: &Request, body: &mut RequestBody) -> Result<Vec<u8>, Problem> {
    let too_large = || Problem::new(Code::RequestTooLarge, format!("the body is larger than {LARGEST_BODY} bytes"));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse().ok()).is_some_and(|length: usize| length > LARGEST_BODY) {
        return Err(too_large());
    }
    let body = body.take().map_err(|error| Problem::internal(error.to_string()))?;
    let bytes = body.into_bytes_limit(LARGEST_BODY).await.map_err(|error| Problem::from(poem::Error::from(error)))?;
    Ok(bytes.into())
}

fn check_content_type(request: &Request) -> Result<(), Problem> {
    let essence = request.content_type().and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Problem::new(Code::UnsupportedMediaType, "send JSON, with Content-Type: application/json"))
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let code = match error.classify() {
            Category::Data => Code::InvalidArgument,
            Category::Io | Category::Syntax | Category::Eof => Code::InvalidJson,
        };
        let complaint: String = error.to_string().chars().take(LONGEST_COMPLAINT).collect();
        Problem::new(code, complaint)
    })
}

fn request_meta<T: Type>(required: bool) -> MetaRequest {
    let content = vec![MetaMediaType { content_type: Json::<T>::CONTENT_TYPE, schema: T::schema_ref() }];
    MetaRequest { description: None, content, required }
}

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for Json<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(request_meta::<T>(true))
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        check_content_type(request)?;
        let bytes = bytes(request, body).await?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for OptionalJson<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(request_meta::<T>(false))
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let bytes = bytes(request, body).await?;
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        check_content_type(request)?;
        Ok(Self(Some(parse(&bytes)?)))
    }
}

impl<T: Type> Payload for Json<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Serialize + Send> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match Body::from_json(&self.0) {
            Ok(body) => Response::builder().header(header::CONTENT_TYPE, "application/json").body(body),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

impl<T: Type> ApiResponse for Json<T> {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: Self::CONTENT_TYPE, schema: T::schema_ref() }];
        let response =
            MetaResponse { description: "Done", status: Some(200), status_range: None, content, headers: Vec::new() };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
