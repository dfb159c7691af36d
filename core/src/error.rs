//! What a use case can answer instead of doing what was asked, sorted by who can do something about it.

use crate::address::Address;
use crate::chain::ChainError;
use crate::id::{OrderId, QuoteId};
use crate::order::IllegalMove;
use crate::price::{NoPrice, Term};
use crate::store::StoreError;
use crate::units::{Amount, Energy, Overflow, Sun};

/// Why a use case did not do what was asked. Nothing has changed then, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The amount of Energy is not sold.
    #[error("the amount must be from {smallest} to {largest} Energy")]
    EnergyOutOfRange {
        /// The smallest order.
        smallest: Energy,
        /// The largest order.
        largest: Energy,
    },
    /// There is no price for the amount and term.
    #[error(transparent)]
    NoPrice(#[from] NoPrice),
    /// Energy cannot be delegated to the receiver.
    #[error("{receiver} cannot receive Energy: {fault}")]
    Receiver {
        /// The receiver.
        receiver: Address,
        /// Why.
        fault: ReceiverFault,
    },
    /// An amount of money is not more than zero.
    #[error("the amount must be more than zero")]
    AmountNotPositive,
    /// A number left the range that the books can hold.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// The wallet cannot lend: there is no key for it, or it is no ordinary account.
    #[error("{wallet} cannot be a supplier wallet: {fault}")]
    Wallet {
        /// The wallet.
        wallet: Address,
        /// Why.
        fault: WalletFault,
    },
    /// There is no such order.
    #[error("there is no order {0}")]
    UnknownOrder(OrderId),
    /// There is no such wallet in the pool.
    #[error("there is no supplier wallet {0}")]
    UnknownWallet(Address),
    /// There is no such quote for this user.
    #[error("there is no quote {0}")]
    UnknownQuote(QuoteId),
    /// The address is not in the user's address book.
    #[error("{0} is not in the address book")]
    UnknownAddress(Address),
    /// The id, key or client order id was used for something else.
    #[error("the {what} was used for something else")]
    IdReused {
        /// What was reused.
        what: Reused,
    },
    /// The address book is full.
    #[error("an address book holds at most {most} addresses")]
    AddressBookFull {
        /// How many.
        most: usize,
    },
    /// The order does not allow this as it stands.
    #[error(transparent)]
    IllegalMove(#[from] IllegalMove),
    /// The store went back in time, and what it may have forgotten about the order is not settled yet.
    #[error("the service was restored; this is possible again in some minutes")]
    InQuarantine,
    /// The price is higher than the most that the customer would pay.
    #[error("the price is {price} TRX, more than the maximum given")]
    PriceMoved {
        /// The price now.
        price: Sun,
    },
    /// The quote has expired.
    #[error("the quote has expired")]
    QuoteExpired,
    /// The quote is for another amount or term.
    #[error("the quote is for {energy} Energy for {term}")]
    QuoteMismatch {
        /// The amount that was quoted.
        energy: Energy,
        /// The term that was quoted.
        term: Term,
    },
    /// The customer's money does not suffice.
    #[error("{needed} needed, {available} available")]
    InsufficientFunds {
        /// What is needed.
        needed: Amount,
        /// What there is.
        available: Amount,
    },
    /// The pool's stake does not suffice.
    #[error("there is no capacity for {wanted} Energy now")]
    NoCapacity {
        /// What was wanted.
        wanted: Energy,
    },
    /// Others kept changing the same thing. Try again.
    #[error("too much contention, try again")]
    Contended,
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain could not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Why Energy cannot be delegated to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiverFault {
    /// It was never activated.
    #[error("the address is not activated; send it some TRX first")]
    NotActivated,
    /// It is a contract.
    #[error("it is a contract")]
    Contract,
    /// It is a wallet of ours.
    #[error("it is a supplier wallet")]
    Supplier,
}

/// Why an address cannot be a supplier wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalletFault {
    /// The signer has no key for it.
    #[error("the signer has no key for it")]
    NoKey,
    /// It was never activated.
    #[error("the address is not activated")]
    NotActivated,
    /// It is a contract.
    #[error("it is a contract")]
    Contract,
}

/// What was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reused {
    /// An order id.
    OrderId,
    /// An idempotency key.
    IdempotencyKey,
    /// A client order id.
    ClientOrderId,
    /// A quote.
    Quote,
    /// A transfer id.
    TransferId,
}

impl std::fmt::Display for Reused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OrderId => "order id",
            Self::IdempotencyKey => "idempotency key",
            Self::ClientOrderId => "client order id",
            Self::Quote => "quote",
            Self::TransferId => "transfer id",
        })
    }
}

/// What the caller can do about an [`Error`]. Exhaustive on purpose: whoever maps it must look at a new kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Ask for something else.
    Invalid,
    /// Name something that exists.
    NotFound,
    /// Look at how things stand, then decide again.
    Conflict,
    /// Pay in.
    Funds,
    /// Wait for stake to come home.
    Capacity,
    /// Wait for a store or node to come back.
    Unavailable,
    /// Tell the operator.
    Internal,
}

impl Error {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::EnergyOutOfRange { .. }
            | Self::NoPrice(_)
            | Self::Receiver { .. }
            | Self::AmountNotPositive
            | Self::Overflow(_)
            | Self::QuoteMismatch { .. }
            | Self::AddressBookFull { .. }
            | Self::Wallet { .. } => ErrorKind::Invalid,
            Self::UnknownOrder(_) | Self::UnknownWallet(_) | Self::UnknownQuote(_) | Self::UnknownAddress(_) => {
                ErrorKind::NotFound
            }
            Self::IdReused { .. }
            | Self::IllegalMove(_)
            | Self::InQuarantine
            | Self::PriceMoved { .. }
            | Self::QuoteExpired => ErrorKind::Conflict,
            Self::InsufficientFunds { .. } => ErrorKind::Funds,
            Self::NoCapacity { .. } => ErrorKind::Capacity,
            Self::Contended
            | Self::Store(StoreError::Unavailable(_) | StoreError::Unknown(_))
            | Self::Chain(ChainError::Unavailable(_)) => ErrorKind::Unavailable,
            Self::Store(StoreError::Corrupt { .. })
            | Self::Chain(ChainError::Malformed { .. } | ChainError::SigningRefused { .. }) => ErrorKind::Internal,
        }
    }
}
