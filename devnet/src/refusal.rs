//! Why a node does not take a transaction, in java-tron's codes and words.

use std::fmt;

use flash_core::units::Overflow;

/// The code of an answer to a broadcast, by java-tron's name and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are java-tron's; its documentation says what they mean")]
pub enum Code {
    Success,
    SigError,
    ContractValidateError,
    ContractExeError,
    BandwithError,
    DupTransactionError,
    TaposError,
    TooBigTransactionError,
    TransactionExpirationError,
    ServerBusy,
    NoConnection,
    NotEnoughEffectiveConnection,
    BlockUnsolidified,
    OtherError,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 14] = [
        Self::Success,
        Self::SigError,
        Self::ContractValidateError,
        Self::ContractExeError,
        Self::BandwithError,
        Self::DupTransactionError,
        Self::TaposError,
        Self::TooBigTransactionError,
        Self::TransactionExpirationError,
        Self::ServerBusy,
        Self::NoConnection,
        Self::NotEnoughEffectiveConnection,
        Self::BlockUnsolidified,
        Self::OtherError,
    ];

    /// The name as it stands in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::SigError => "SIGERROR",
            Self::ContractValidateError => "CONTRACT_VALIDATE_ERROR",
            Self::ContractExeError => "CONTRACT_EXE_ERROR",
            Self::BandwithError => "BANDWITH_ERROR",
            Self::DupTransactionError => "DUP_TRANSACTION_ERROR",
            Self::TaposError => "TAPOS_ERROR",
            Self::TooBigTransactionError => "TOO_BIG_TRANSACTION_ERROR",
            Self::TransactionExpirationError => "TRANSACTION_EXPIRATION_ERROR",
            Self::ServerBusy => "SERVER_BUSY",
            Self::NoConnection => "NO_CONNECTION",
            Self::NotEnoughEffectiveConnection => "NOT_ENOUGH_EFFECTIVE_CONNECTION",
            Self::BlockUnsolidified => "BLOCK_UNSOLIDIFIED",
            Self::OtherError => "OTHER_ERROR",
        }
    }

    /// The code of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A transaction was not taken, and left no trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The signatures do not carry the permission.
    #[error("Validate signature error: {0}")]
    Signature(String),
    /// The contract is not valid in this state.
    #[error("Contract validate error : {0}")]
    Validate(String),
    /// The contract is valid and cannot be carried out.
    #[error("Contract execute error : {0}")]
    Execute(String),
    /// Neither bandwidth nor TRX to burn for it.
    #[error("Account resource insufficient error.")]
    Bandwidth,
    /// Pending here, or in a block here.
    #[error("Dup transaction.")]
    Duplicate,
    /// In the cache of ids that is filled before validation.
    #[error("Transaction already exists.")]
    Known,
    /// The reference block is not on this chain.
    #[error("Tapos check error.")]
    Tapos,
    /// More than 500 KiB.
    #[error("Transaction size is too big.")]
    TooBig,
    /// Expired, or more than 24 hours ahead.
    #[error("Transaction expired")]
    Expired,
    /// The pool is full.
    #[error("Server busy.")]
    Busy,
    /// Anything else.
    #[error("Error: {0}.")]
    Other(String),
    /// Refused because a fault was switched on.
    #[error("{message}")]
    Scripted {
        /// The code to answer.
        code: Code,
        /// The text to answer.
        message: String,
    },
}

impl Refusal {
    /// A contract that is not valid, for this reason.
    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self::Validate(why.into())
    }

    /// The code that goes with it.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Signature(_) => Code::SigError,
            Self::Validate(_) => Code::ContractValidateError,
            Self::Execute(_) => Code::ContractExeError,
            Self::Bandwidth => Code::BandwithError,
            Self::Duplicate | Self::Known => Code::DupTransactionError,
            Self::Tapos => Code::TaposError,
            Self::TooBig => Code::TooBigTransactionError,
            Self::Expired => Code::TransactionExpirationError,
            Self::Busy => Code::ServerBusy,
            Self::Other(_) => Code::OtherError,
            Self::Scripted { code, .. } => *code,
        }
    }
}

impl From<Overflow> for Refusal {
    fn from(_: Overflow) -> Self {
        Self::Execute("long overflow".to_owned())
    }
}
