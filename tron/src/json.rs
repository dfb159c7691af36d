//! java-tron's JSON: transactions in both directions, and of the answers what flash reads.
//!
//! java-tron leaves out every field that has its default value. So every field of an answer has a default here, and
//! `{}` reads as an empty answer: whether that means "not there" or "nothing" is for the caller of the endpoint to know.

mod account;
mod block;
mod outcome;
mod parameters;
mod transaction;
mod value;

pub use self::account::{
    AccountAnswer, AccountKind, AccountResource, CanDelegate, DelegatedResource, DelegatedResources, EnergyHoldings,
    FrozenV1, FrozenV2, ResourceTotals,
};
pub use self::block::{
    BlockAnswer, BlockHeader, BlockHeaderRaw, BlockList, ContractOutcome, ContractParameter, DelegationFields,
    PlainContract, PlainTransaction, TransactionAnswer, TransactionRaw,
};
pub use self::outcome::{BroadcastAnswer, InfoReceipt, TransactionInfo, TransactionLog};
pub use self::parameters::{ChainParameter, ChainParameters};
pub use self::transaction::{
    AddressForm, ParseJsonError, parse_contract, parse_raw, parse_transaction, print_contract, print_raw,
    print_transaction,
};
