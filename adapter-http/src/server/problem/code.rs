//! The stable words, what each means, and which of them an error of the core is.

use flash_core::error::{Error, ErrorKind, ReceiverFault, Reused, WalletFault};
use flash_core::price::NoPrice;
use poem::http::StatusCode;

macro_rules! codes {
    ($($name:ident $word:literal $status:ident $title:literal;)*) => {
        /// What went wrong, as a stable word with one status and one meaning each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::server) enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$name,)*];

            pub(super) const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            pub(super) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            pub(super) const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    InvalidJson "INVALID_JSON" BAD_REQUEST "The body is not JSON";
    InvalidArgument "INVALID_ARGUMENT" BAD_REQUEST "An argument cannot be used";
    InvalidCursor "INVALID_CURSOR" BAD_REQUEST "The cursor is none of ours";
    InvalidAddress "INVALID_ADDRESS" BAD_REQUEST "The address is not a TRON address";
    InvalidReceiverAddress "INVALID_RECEIVER_ADDRESS" BAD_REQUEST "The receiver is not a TRON address";
    InvalidDuration "INVALID_DURATION" BAD_REQUEST "The duration is not sold";
    InvalidEnergyAmount "INVALID_ENERGY_AMOUNT" BAD_REQUEST "The amount of Energy is not sold";
    InvalidAmount "INVALID_AMOUNT" BAD_REQUEST "The amount of money cannot be used";
    QuoteMismatch "QUOTE_MISMATCH" BAD_REQUEST "The quote is for something else";
    Unauthorized "UNAUTHORIZED" UNAUTHORIZED "A key is needed";
    InsufficientBalance "INSUFFICIENT_BALANCE" PAYMENT_REQUIRED "The balance does not suffice";
    Forbidden "FORBIDDEN" FORBIDDEN "The key does not allow this";
    NotFound "NOT_FOUND" NOT_FOUND "There is nothing here";
    OrderNotFound "ORDER_NOT_FOUND" NOT_FOUND "There is no such order";
    QuoteNotFound "QUOTE_NOT_FOUND" NOT_FOUND "There is no such quote";
    WalletNotFound "WALLET_NOT_FOUND" NOT_FOUND "There is no such supplier wallet";
    AddressNotFound "ADDRESS_NOT_FOUND" NOT_FOUND "The address is not in the address book";
    MethodNotAllowed "METHOD_NOT_ALLOWED" METHOD_NOT_ALLOWED "The method is not for this path";
    IdempotencyConflict "IDEMPOTENCY_CONFLICT" CONFLICT "The key was used for another request";
    ClientOrderIdConflict "CLIENT_ORDER_ID_CONFLICT" CONFLICT "The client order id is of another order";
    QuoteUsed "QUOTE_USED" CONFLICT "The quote was used for another order";
    QuoteExpired "QUOTE_EXPIRED" CONFLICT "The quote has expired";
    PriceChanged "PRICE_CHANGED" CONFLICT "The price is above the maximum given";
    NoCapacity "NO_CAPACITY" CONFLICT "There is no capacity now";
    NotCancellable "NOT_CANCELLABLE" CONFLICT "The order cannot be cancelled any more";
    NotCancellableYet "NOT_CANCELLABLE_YET" CONFLICT "The order cannot be cancelled for some minutes";
    AddressBookFull "ADDRESS_BOOK_FULL" CONFLICT "The address book is full";
    RequestTooLarge "REQUEST_TOO_LARGE" PAYLOAD_TOO_LARGE "The body is too large";
    UnsupportedMediaType "UNSUPPORTED_MEDIA_TYPE" UNSUPPORTED_MEDIA_TYPE "The body must be application/json";
    ReceiverNotActivated "RECEIVER_NOT_ACTIVATED" UNPROCESSABLE_ENTITY "The receiver is not activated";
    ReceiverIsContract "RECEIVER_IS_CONTRACT" UNPROCESSABLE_ENTITY "The receiver is a contract";
    ReceiverIsSupplier "RECEIVER_IS_SUPPLIER" UNPROCESSABLE_ENTITY "The receiver is a supplier wallet";
    WalletHasNoKey "WALLET_HAS_NO_KEY" UNPROCESSABLE_ENTITY "The signer has no key for the wallet";
    WalletNotActivated "WALLET_NOT_ACTIVATED" UNPROCESSABLE_ENTITY "The wallet is not activated";
    WalletIsContract "WALLET_IS_CONTRACT" UNPROCESSABLE_ENTITY "The wallet is a contract";
    Unavailable "UNAVAILABLE" SERVICE_UNAVAILABLE "The service cannot answer now";
    Internal "INTERNAL" INTERNAL_SERVER_ERROR "The service failed";
}

impl Code {
    /// After how many seconds it is worth asking again, for what goes away by itself.
    pub(super) fn retry_after(self) -> Option<&'static str> {
        match self.status() {
            StatusCode::SERVICE_UNAVAILABLE => Some("5"),
            _ if matches!(self, Self::NoCapacity | Self::NotCancellableYet) => Some("60"),
            _ => None,
        }
    }
}

/// The code of what the core says.
pub(super) fn code_of(error: &Error) -> Code {
    match error {
        Error::EnergyOutOfRange { .. } => Code::InvalidEnergyAmount,
        Error::NoPrice(NoPrice::Term(_)) => Code::InvalidDuration,
        Error::NoPrice(_) => Code::InvalidEnergyAmount,
        Error::Receiver { fault, .. } => match fault {
            ReceiverFault::NotActivated => Code::ReceiverNotActivated,
            ReceiverFault::Contract => Code::ReceiverIsContract,
            ReceiverFault::Supplier => Code::ReceiverIsSupplier,
        },
        Error::AmountNotPositive | Error::Overflow(_) => Code::InvalidAmount,
        Error::Wallet { fault, .. } => match fault {
            WalletFault::NoKey => Code::WalletHasNoKey,
            WalletFault::NotActivated => Code::WalletNotActivated,
            WalletFault::Contract => Code::WalletIsContract,
        },
        Error::UnknownOrder(_) => Code::OrderNotFound,
        Error::UnknownWallet(_) => Code::WalletNotFound,
        Error::UnknownQuote(_) => Code::QuoteNotFound,
        Error::UnknownAddress(_) => Code::AddressNotFound,
        Error::IdReused { what } => match what {
            Reused::IdempotencyKey | Reused::OrderId | Reused::TransferId => Code::IdempotencyConflict,
            Reused::ClientOrderId => Code::ClientOrderIdConflict,
            Reused::Quote => Code::QuoteUsed,
        },
        Error::AddressBookFull { .. } => Code::AddressBookFull,
        Error::IllegalMove(_) => Code::NotCancellable,
        Error::InQuarantine => Code::NotCancellableYet,
        Error::PriceMoved { .. } => Code::PriceChanged,
        Error::QuoteExpired => Code::QuoteExpired,
        Error::QuoteMismatch { .. } => Code::QuoteMismatch,
        Error::InsufficientFunds { .. } => Code::InsufficientBalance,
        Error::NoCapacity { .. } => Code::NoCapacity,
        Error::Contended | Error::Store(_) | Error::Chain(_) => by_kind(error.kind()),
        _ => by_kind(error.kind()),
    }
}

/// The code of an error that is newer than this crate.
fn by_kind(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Invalid => Code::InvalidArgument,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::Conflict => Code::IdempotencyConflict,
        ErrorKind::Funds => Code::InsufficientBalance,
        ErrorKind::Capacity => Code::NoCapacity,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::Internal => Code::Internal,
    }
}
