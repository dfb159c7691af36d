//! Everything that can be answered instead of what was asked: the only place that knows status codes.

mod code;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use flash_core::error::{Error, ErrorKind};
use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError, ResponseError};
use poem::http::{StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::error::{AuthorizationError, ContentTypeError};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

pub(super) use self::code::Code;
use self::code::code_of;
use crate::wire;

pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// A refusal, before it is known which request it answers.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) code: Code,
    detail: Cow<'static, str>,
    /// For the log only.
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Problem {
    pub(super) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), cause: None }
    }

    /// A failure of ours. What it was goes to the log, and nothing of it outside.
    pub(super) fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let detail = "something went wrong here; the operator finds it by the request id";
        Self { cause: Some(cause.into()), ..Self::new(Code::Internal, detail) }
    }

    fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let detail = "something we need does not answer; send the same request again later";
        Self { cause: Some(cause.into()), ..Self::new(Code::Unavailable, detail) }
    }

    /// A panic, told from what the hook has printed already.
    pub(super) fn panicked() -> Self {
        Self::internal("an operation panicked")
    }

    /// The answer to the request with this id.
    pub(super) fn answer(&self, request_id: &str) -> Response {
        if let Some(cause) = &self.cause {
            let source = cause.source();
            tracing::error!(request_id, code = self.code.word(), error = %cause, ?source, "request failed");
        }
        let status = self.code.status();
        let body = wire::Problem {
            kind: format!("/problems/{}", self.code.word().to_ascii_lowercase().replace('_', "-")),
            title: self.code.title().to_owned(),
            status: i32::from(status.as_u16()),
            detail: self.detail.clone().into_owned(),
            code: self.code.word().to_owned(),
            request_id: request_id.to_owned(),
        };
        let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, PROBLEM_JSON);
        if self.code == Code::Unauthorized {
            response = response.header(header::WWW_AUTHENTICATE, "Bearer");
        }
        if let Some(seconds) = self.code.retry_after() {
            response = response.header(header::RETRY_AFTER, seconds);
        }
        response.body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Internal => Self::internal(error),
            ErrorKind::Unavailable => Self::unavailable(error),
            ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Funds | ErrorKind::Capacity => {
                Self::new(code_of(&error), error.to_string())
            }
        }
    }
}

impl From<poem::Error> for Problem {
    fn from(error: poem::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(problem) => return problem,
            Err(error) => error,
        };
        if error.is::<NotFoundError>() {
            return Self::new(Code::NotFound, "there is no such path");
        }
        if error.is::<MethodNotAllowedError>() {
            return Self::new(Code::MethodNotAllowed, "the path knows other methods: see Allow");
        }
        if error.is::<AuthorizationError>() {
            return Self::new(Code::Unauthorized, "send a key: Authorization: Bearer <key>");
        }
        if error.is::<ContentTypeError>() {
            return Self::new(Code::UnsupportedMediaType, "send JSON, with Content-Type: application/json");
        }
        match error.downcast_ref::<ReadBodyError>() {
            Some(ReadBodyError::PayloadTooLarge) => Self::new(Code::RequestTooLarge, "the body is too large"),
            _ if error.status().is_client_error() => Self::new(Code::InvalidArgument, error.to_string()),
            _ => Self::internal(error.to_string()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.word(), self.detail)
    }
}

impl StdError for Problem {}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.code.status()
    }

    fn as_response(&self) -> Response {
        self.answer("")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.answer("")
    }
}

/// What an operation may answer instead, for the document.
impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        let described = |(status, description)| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content: vec![MetaMediaType { content_type: PROBLEM_JSON, schema: wire::Problem::schema_ref() }],
            headers: Vec::new(),
        };
        let responses = [
            (400, "The request cannot be understood, or asks for what is not sold"),
            (401, "No key, or one that is not known"),
            (402, "The balance does not suffice"),
            (403, "The key does not allow this"),
            (404, "There is no such thing"),
            (409, "It contradicts how things stand, or an earlier request"),
            (413, "The body is larger than 64 KiB"),
            (415, "The body is not application/json"),
            (422, "The receiver or wallet cannot be used"),
            (500, "The service failed"),
            (503, "Something that the service needs does not answer: try again after `Retry-After`"),
        ];
        MetaResponses { responses: responses.into_iter().map(described).collect() }
    }

    fn register(registry: &mut Registry) {
        wire::Problem::register(registry);
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use flash_core::store::StoreError;

    use super::*;

    #[test]
    fn every_code_is_one_word_of_its_own() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
    }

    /// Where a test's log goes.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_failed_inside_goes_to_the_log_and_not_outside() {
        let inner = "no route to db-7.internal";
        for error in [
            Error::Store(StoreError::Corrupt { what: inner.into() }),
            Error::Store(StoreError::Unavailable(inner.into())),
            Error::Store(StoreError::Unknown(inner.into())),
        ] {
            let problem = Problem::from(error);
            let log = Log::default();
            let writer = log.clone();
            let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
            let response = tracing::subscriber::with_default(subscriber, || problem.answer("request-1"));
            assert!(response.status().is_server_error());
            let outside = response.into_body().into_string().await.unwrap();
            assert!(!outside.contains("db-7") && outside.contains("request-1"), "{outside}");
            let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
            assert!(log.contains("db-7") && log.contains("request-1"), "{log}");
        }
    }

    #[test]
    fn what_waits_for_a_restored_store_says_when_to_come_back() {
        let response = Problem::from(Error::InQuarantine).answer("");
        assert_eq!((response.status(), response.header(header::RETRY_AFTER)), (StatusCode::CONFLICT, Some("60")));
    }

    #[test]
    fn no_code_for_an_input_is_a_server_error() {
        for code in Code::ALL {
            let own = matches!(code, Code::Unavailable | Code::Internal);
            assert_eq!(code.status().is_server_error(), own, "{code:?}");
        }
    }
}
