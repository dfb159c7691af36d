//! What went wrong with a node, read from HTTP statuses and from the words of its answers.

use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A node cannot be talked to as configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNode {
    /// Not an `http` or `https` URL with a host.
    #[error("the node's url is not an http url")]
    Url,
    /// HTTPS, in a build without it.
    #[error("https takes the feature `tls` of flash-tron")]
    Tls,
    /// The key does not fit into a header.
    #[error("the node's api key has characters that no header can carry")]
    ApiKey,
    /// The HTTP client cannot be set up.
    #[error("the http client cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// A node did not give what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// No answer in time, or only a part of one. What was sent may have arrived.
    #[error("the node cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It took nothing, because it has too much to do.
    #[error("the node is overloaded: {words}")]
    Overloaded {
        /// Its words.
        words: String,
    },
    /// It, or something in front of it, answered with an HTTP error: most often a rate limit.
    #[error("the node answered {status}: {words}")]
    Status {
        /// The status.
        status: u16,
        /// Its words.
        words: String,
    },
    /// It answered that it will not, or cannot.
    #[error("the node refused: {words}")]
    Refused {
        /// Its words.
        words: String,
    },
    /// It has not got as far as what it was asked about.
    #[error("the node is behind")]
    Behind,
    /// What no java-tron node answers.
    #[error("the node answered nonsense: {what}")]
    Malformed {
        /// What was wrong.
        what: String,
    },
}

impl NodeError {
    /// Leaves the URL out of the error: it can hold a secret.
    pub(super) fn unreachable(source: reqwest::Error) -> Self {
        Self::Unreachable(source.without_url())
    }
}

/// The one shape of java-tron's and TronGrid's errors, whatever the status.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "Error", alias = "error")]
    error: String,
}

/// An error is short; a long answer is not parsed twice to find out that it is none.
const LONGEST_REFUSAL: usize = 16 << 10;
const LONGEST_WORDS: usize = 300;

/// Sorts a whole answer.
pub(super) fn sorted<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, NodeError> {
    let short = body.len() <= LONGEST_REFUSAL;
    let refusal = short.then(|| serde_json::from_slice::<Refusal>(body).ok()).flatten();
    match refusal {
        Some(Refusal { error }) if error.contains("lack of computing resources") => {
            Err(NodeError::Overloaded { words: words(&error) })
        }
        Some(Refusal { error }) if status.is_success() => Err(NodeError::Refused { words: words(&error) }),
        Some(Refusal { error }) => Err(NodeError::Status { status: status.as_u16(), words: words(&error) }),
        None if status.is_success() => parsed(body),
        None => Err(NodeError::Status { status: status.as_u16(), words: words(&String::from_utf8_lossy(body)) }),
    }
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, NodeError> {
    // Every answer is an object, and serde would read an empty list as one without fields.
    let object = body.trim_ascii_start().first() == Some(&b'{');
    let why = match object.then(|| serde_json::from_slice(body)) {
        Some(Ok(answer)) => return Ok(answer),
        Some(Err(why)) => why.to_string(),
        None => "not an object".to_owned(),
    };
    let text = String::from_utf8_lossy(body);
    if text.contains("this node is a lite fullnode") {
        return Err(NodeError::Refused { words: words(&text) });
    }
    Err(NodeError::Malformed { what: format!("{why}: {}", words(&text)) })
}

/// As much of a foreign text as fits into a log line.
pub(super) fn words(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{AccountAnswer, BlockList};

    fn account(status: u16, body: &str) -> Result<AccountAnswer, NodeError> {
        sorted(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn an_empty_object_is_an_answer() {
        assert_eq!(account(200, "{}").unwrap(), AccountAnswer::default());
    }

    #[test]
    fn errors_come_with_status_200() {
        let refused = r#"{"Error":"class java.lang.NullPointerException : null"}"#;
        assert!(matches!(account(200, refused), Err(NodeError::Refused { words }) if words.contains("NullPointer")));
        let busy = r#"{"Error":"class java.lang.IllegalAccessException : lack of computing resources"}"#;
        assert!(matches!(account(200, busy), Err(NodeError::Overloaded { .. })));
    }

    #[test]
    fn limits_of_hosted_nodes_are_told_by_status() {
        let body = r#"{"Success":false,"Error":"The key exceeds the frequency limit(15)","StatusCode":403}"#;
        for (status, body) in [(403, body), (429, "slow down"), (503, "<html>busy</html>"), (302, "")] {
            match account(status, body) {
                Err(NodeError::Status { status: told, .. }) => assert_eq!(told, status),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_node_without_history_says_so_in_plain_text() {
        let body = "this API is closed because this node is a lite fullnode";
        assert!(matches!(account(200, body), Err(NodeError::Refused { .. })));
    }

    #[test]
    fn html_and_cut_json_are_nonsense() {
        for body in ["<html></html>", "", "{\"balance\":", "[]", "{\"balance\":1.5}"] {
            assert!(matches!(account(200, body), Err(NodeError::Malformed { .. })), "{body}");
        }
        let blocks = sorted::<BlockList>(StatusCode::OK, br#"{"block":[{"blockID":"xyz"}]}"#);
        assert!(matches!(blocks, Err(NodeError::Malformed { .. })));
    }
}
