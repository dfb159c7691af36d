//! What a node's word about a broadcast is worth.

use flash_core::chain::Answer;
use flash_core::id::TxId;

use super::NodeError;
use super::error::words;
use crate::json::BroadcastAnswer;

/// Sorts an answer to a broadcast by the node's code, and by its words where the code does not tell.
pub(super) fn sorted(answer: Result<BroadcastAnswer, NodeError>, sent: &TxId) -> Answer {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error @ NodeError::Overloaded { .. }) => return Answer::Busy { reason: error.to_string() },
        Err(
            error @ (NodeError::Unreachable(_)
            | NodeError::Status { .. }
            | NodeError::Refused { .. }
            | NodeError::Behind
            | NodeError::Malformed { .. }),
        ) => return Answer::Unknown { reason: error.to_string() },
    };
    if answer.txid.is_some_and(|id| id != *sent) {
        return Answer::Unknown { reason: "the node answered about another transaction".to_owned() };
    }
    let reason = words(&format!("{} {}", answer.code, answer.message));
    match (answer.code.as_str(), answer.message.as_str()) {
        ("SUCCESS" | "", _) if answer.result => Answer::Accepted,
        ("DUP_TRANSACTION_ERROR", "Dup transaction.") => Answer::Known,
        (
            "SIGERROR"
            | "CONTRACT_VALIDATE_ERROR"
            | "CONTRACT_EXE_ERROR"
            | "BANDWITH_ERROR"
            | "TAPOS_ERROR"
            | "TOO_BIG_TRANSACTION_ERROR"
            | "TRANSACTION_EXPIRATION_ERROR",
            _,
        ) => Answer::Refused { reason },
        ("SERVER_BUSY" | "NO_CONNECTION" | "BLOCK_UNSOLIDIFIED", _) => Answer::Busy { reason },
        ("NOT_ENOUGH_EFFECTIVE_CONNECTION", text) if text.starts_with("Effective connection:") => {
            Answer::Busy { reason }
        }
        // "P2P broadcast failed." comes after pooling, "Transaction already exists." from a cache that is filled
        // before anything is checked, and OTHER_ERROR from anywhere.
        _ => Answer::Unknown { reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: TxId = TxId::from_bytes([7; 32]);

    #[derive(Debug, PartialEq)]
    enum Kind {
        Accepted,
        Known,
        Refused,
        Busy,
        Unknown,
    }

    fn kind(answer: &Answer) -> Kind {
        match answer {
            Answer::Accepted => Kind::Accepted,
            Answer::Known => Kind::Known,
            Answer::Refused { .. } => Kind::Refused,
            Answer::Busy { .. } => Kind::Busy,
            Answer::Unknown { .. } => Kind::Unknown,
            other => panic!("{other:?}"),
        }
    }

    fn of(body: &str) -> Kind {
        kind(&sorted(super::super::error::sorted(reqwest::StatusCode::OK, body.as_bytes()), &SENT))
    }

    #[test]
    fn every_row_of_the_table_of_codes() {
        for (code, message, expected) in [
            ("SIGERROR", "Validate signature error: miss sig or contract", Kind::Refused),
            ("CONTRACT_VALIDATE_ERROR", "Contract validate error : No contract!", Kind::Refused),
            ("CONTRACT_EXE_ERROR", "", Kind::Refused),
            ("BANDWITH_ERROR", "Account resource insufficient error.", Kind::Refused),
            ("TAPOS_ERROR", "Tapos check error.", Kind::Refused),
            ("TOO_BIG_TRANSACTION_ERROR", "Transaction size is too big.", Kind::Refused),
            ("TRANSACTION_EXPIRATION_ERROR", "Transaction expired", Kind::Refused),
            ("SERVER_BUSY", "Server busy.", Kind::Busy),
            ("NO_CONNECTION", "No connection.", Kind::Busy),
            ("BLOCK_UNSOLIDIFIED", "Block unsolidified.", Kind::Busy),
            ("NOT_ENOUGH_EFFECTIVE_CONNECTION", "Effective connection:0 lt minEffectiveConnection:1", Kind::Busy),
            ("NOT_ENOUGH_EFFECTIVE_CONNECTION", "P2P broadcast failed.", Kind::Unknown),
            ("DUP_TRANSACTION_ERROR", "Dup transaction.", Kind::Known),
            ("DUP_TRANSACTION_ERROR", "Transaction already exists.", Kind::Unknown),
            ("OTHER_ERROR", "Error: null", Kind::Unknown),
            ("A_CODE_OF_THE_FUTURE", "", Kind::Unknown),
        ] {
            let body = serde_json::json!({ "result": false, "code": code, "message": message }).to_string();
            assert_eq!(of(&body), expected, "{body}");
            let without_result = serde_json::json!({ "code": code, "message": message }).to_string();
            assert_eq!(of(&without_result), expected, "{without_result}");
        }
    }

    #[test]
    fn success_has_two_shapes() {
        assert_eq!(of(r#"{"result":true,"code":"SUCCESS","message":"","transaction":"{}"}"#), Kind::Accepted);
        assert_eq!(of(&format!(r#"{{"result":true,"txid":"{SENT}"}}"#)), Kind::Accepted);
    }

    #[test]
    fn what_contradicts_itself_proves_nothing() {
        assert_eq!(of("{}"), Kind::Unknown);
        assert_eq!(of(r#"{"result":false,"code":"SUCCESS"}"#), Kind::Unknown);
        assert_eq!(of(&format!(r#"{{"result":true,"txid":"{}"}}"#, "00".repeat(32))), Kind::Unknown);
    }

    #[test]
    fn only_a_lack_of_resources_says_that_nothing_was_taken() {
        let error = |text: &str| of(&serde_json::json!({ "Error": text }).to_string());
        assert_eq!(error("class java.lang.IllegalAccessException : lack of computing resources"), Kind::Busy);
        assert_eq!(error("class java.lang.NullPointerException : null"), Kind::Unknown);
        for status in [403, 429, 500, 503] {
            let status = reqwest::StatusCode::from_u16(status).unwrap();
            assert_eq!(kind(&sorted(super::super::error::sorted(status, b"no"), &SENT)), Kind::Unknown);
        }
    }
}
