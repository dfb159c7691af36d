//! Answers: JSON with status 200 for nearly everything, as java-tron does, and connections cut on purpose.

use poem::Response;
use poem::http::StatusCode;
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// What a client gets.
#[derive(Debug)]
pub(super) enum Answer {
    /// Status 200.
    Json(Value),
    /// A control route was called wrongly: status 400, and what to do.
    Wrong(String),
    /// No such route.
    NotFound,
    /// Nothing but a status.
    Status(StatusCode),
    /// The connection is closed without an answer.
    Cut,
}

/// An error as java-tron prints it, with status 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    class: &'static str,
    text: String,
}

impl ApiError {
    pub(super) const VALIDATE: &'static str = "org.tron.core.exception.ContractValidateException";
    pub(super) const EXECUTE: &'static str = "org.tron.core.exception.ContractExeException";
    pub(super) const JSON: &'static str = "com.alibaba.fastjson.JSONException";
    pub(super) const NUMBER: &'static str = "java.lang.NumberFormatException";
    pub(super) const ARGUMENT: &'static str = "java.lang.IllegalArgumentException";
    pub(super) const NULL: &'static str = "java.lang.NullPointerException";
    pub(super) const HEX: &'static str = "org.bouncycastle.util.encoders.DecoderException";
    pub(super) const PROTOBUF: &'static str = "com.google.protobuf.InvalidProtocolBufferException";
    pub(super) const PARSE: &'static str = "org.tron.core.services.http.JsonFormat$ParseException";

    pub(super) fn new(class: &'static str, text: impl Into<String>) -> Self {
        Self { class, text: text.into() }
    }

    /// Java's answer to something that was not there.
    pub(super) fn null() -> Self {
        Self::new(Self::NULL, "null")
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Validate(why) => Self::new(Self::VALIDATE, why),
            Refusal::Execute(why) => Self::new(Self::EXECUTE, why),
            other @ (Refusal::Signature(_)
            | Refusal::Bandwidth
            | Refusal::Duplicate
            | Refusal::Known
            | Refusal::Tapos
            | Refusal::TooBig
            | Refusal::Expired
            | Refusal::Busy
            | Refusal::Other(_)
            | Refusal::Scripted { .. }) => Self::new(Self::VALIDATE, other.to_string()),
        }
    }
}

impl From<ApiError> for Answer {
    fn from(ApiError { class, text }: ApiError) -> Self {
        Self::Json(json!({ "Error": format!("class {class} : {text}") }))
    }
}

impl Answer {
    pub(super) fn into_response(self) -> Response {
        let json = |status, value: &Value| {
            Response::builder().status(status).content_type("application/json").body(value.to_string())
        };
        match self {
            Self::Json(value) => json(StatusCode::OK, &value),
            Self::Wrong(error) => json(StatusCode::BAD_REQUEST, &json!({ "error": error })),
            Self::NotFound => Response::builder().status(StatusCode::NOT_FOUND).finish(),
            Self::Status(status) => Response::builder().status(status).finish(),
            // Nothing of it arrives: the line is cut.
            Self::Cut => Response::builder().finish(),
        }
    }
}
