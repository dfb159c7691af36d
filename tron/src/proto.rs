//! TRON's protobuf messages, only those flash reads or writes.
//!
//! Field numbers and names are those of the network. These are the bytes as they are, nothing checked: what a
//! transaction *means* is a [`Contract`](crate::contract::Contract).

use std::collections::BTreeMap;

use prost::Message;

/// A transaction as it goes over the wire and into blocks.
#[derive(Clone, PartialEq, Message)]
pub struct Transaction {
    /// What is signed.
    #[prost(message, optional, tag = "1")]
    pub raw_data: Option<Raw>,
    /// Signatures of 65 bytes (r, s, v) over the SHA-256 of `raw_data`.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub signature: Vec<Vec<u8>>,
    /// Results, written by block producers.
    #[prost(message, repeated, tag = "5")]
    pub ret: Vec<TransactionResult>,
}

/// A transaction whose raw data is left as bytes, so that reading and writing it cannot change them.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Envelope {
    /// The encoded [`Raw`].
    #[prost(bytes = "vec", tag = "1")]
    pub raw_data: Vec<u8>,
    /// See [`Transaction::signature`].
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub signature: Vec<Vec<u8>>,
}

/// The signed part of a transaction.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Raw {
    /// The low 16 bits of the reference block's number.
    #[prost(bytes = "vec", tag = "1")]
    pub ref_block_bytes: Vec<u8>,
    /// Not used by the network.
    #[prost(int64, tag = "3")]
    pub ref_block_num: i64,
    /// Bytes 8 to 16 of the reference block's id.
    #[prost(bytes = "vec", tag = "4")]
    pub ref_block_hash: Vec<u8>,
    /// Milliseconds of block time.
    #[prost(int64, tag = "8")]
    pub expiration: i64,
    /// The memo.
    #[prost(bytes = "vec", tag = "10")]
    pub data: Vec<u8>,
    /// Exactly one, says the network.
    #[prost(message, repeated, tag = "11")]
    pub contract: Vec<Contract>,
    /// Not used by the network.
    #[prost(bytes = "vec", tag = "12")]
    pub scripts: Vec<u8>,
    /// Milliseconds; not checked by the network.
    #[prost(int64, tag = "14")]
    pub timestamp: i64,
    /// Sun; only for contract calls.
    #[prost(int64, tag = "18")]
    pub fee_limit: i64,
}

/// What a transaction does, still packed.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Contract {
    /// See [`ContractType`](crate::contract::ContractType).
    #[prost(int32, tag = "1")]
    pub r#type: i32,
    /// The contract message.
    #[prost(message, optional, tag = "2")]
    pub parameter: Option<Any>,
    /// Not used by the network.
    #[prost(bytes = "vec", tag = "3")]
    pub provider: Vec<u8>,
    /// Not used by the network.
    #[prost(bytes = "vec", tag = "4")]
    pub contract_name: Vec<u8>,
    /// Which permission of the owner the signatures use: 0 owner, 1 witness, 2 and up active.
    #[prost(int32, tag = "5")]
    pub permission_id: i32,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Any {
    /// `type.googleapis.com/protocol.` and the message's name.
    #[prost(string, tag = "1")]
    pub type_url: String,
    /// The encoded message.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// What came of a transaction.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct TransactionResult {
    /// Sun.
    #[prost(int64, tag = "1")]
    pub fee: i64,
    /// 0 success, 1 failed.
    #[prost(int32, tag = "2")]
    pub ret: i32,
    /// 0 default, 1 success, others as the virtual machine failed.
    #[prost(int32, tag = "3")]
    pub contract_ret: i32,
    /// A TRC-10 token's id.
    #[prost(string, tag = "14")]
    pub asset_issue_id: String,
    /// Sun.
    #[prost(int64, tag = "15")]
    pub withdraw_amount: i64,
    /// Sun.
    #[prost(int64, tag = "16")]
    pub unfreeze_amount: i64,
    /// Sun paid out by the way.
    #[prost(int64, tag = "27")]
    pub withdraw_expire_amount: i64,
    /// Sun by resource name.
    #[prost(btree_map = "string, int64", tag = "28")]
    pub cancel_unfreeze_v2_amount: BTreeMap<String, i64>,
}

/// Sends TRX.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct TransferContract {
    /// Who pays.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
    /// Who is paid.
    #[prost(bytes = "vec", tag = "2")]
    pub to_address: Vec<u8>,
    /// Sun.
    #[prost(int64, tag = "3")]
    pub amount: i64,
}

/// Votes for block producers.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct VoteWitnessContract {
    /// Who votes.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
    /// All votes; they replace the earlier ones.
    #[prost(message, repeated, tag = "2")]
    pub votes: Vec<Vote>,
    /// Not used by the network.
    #[prost(bool, tag = "3")]
    pub support: bool,
}

/// Votes for one producer.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Vote {
    /// The producer.
    #[prost(bytes = "vec", tag = "1")]
    pub vote_address: Vec<u8>,
    /// How many.
    #[prost(int64, tag = "2")]
    pub vote_count: i64,
}

/// Calls a smart contract.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct TriggerSmartContract {
    /// Who calls.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
    /// What is called.
    #[prost(bytes = "vec", tag = "2")]
    pub contract_address: Vec<u8>,
    /// Sun sent along.
    #[prost(int64, tag = "3")]
    pub call_value: i64,
    /// Selector and arguments.
    #[prost(bytes = "vec", tag = "4")]
    pub data: Vec<u8>,
    /// TRC-10 tokens sent along.
    #[prost(int64, tag = "5")]
    pub call_token_value: i64,
    /// Which TRC-10 token.
    #[prost(int64, tag = "6")]
    pub token_id: i64,
}

/// Changes who may sign for an account.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct AccountPermissionUpdateContract {
    /// The account.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
    /// Its owner permission.
    #[prost(message, optional, tag = "2")]
    pub owner: Option<Permission>,
    /// Its witness permission.
    #[prost(message, optional, tag = "3")]
    pub witness: Option<Permission>,
    /// Its active permissions.
    #[prost(message, repeated, tag = "4")]
    pub actives: Vec<Permission>,
}

/// A set of keys and what they may do together.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Permission {
    /// 0 owner, 1 witness, 2 active.
    #[prost(int32, tag = "1")]
    pub r#type: i32,
    /// What [`Contract::permission_id`] names.
    #[prost(int32, tag = "2")]
    pub id: i32,
    /// A name for people.
    #[prost(string, tag = "3")]
    pub permission_name: String,
    /// The weight needed.
    #[prost(int64, tag = "4")]
    pub threshold: i64,
    /// Always 0.
    #[prost(int32, tag = "5")]
    pub parent_id: i32,
    /// 32 bytes, a bit a contract type.
    #[prost(bytes = "vec", tag = "6")]
    pub operations: Vec<u8>,
    /// The keys.
    #[prost(message, repeated, tag = "7")]
    pub keys: Vec<Key>,
}

/// A key of a permission.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Key {
    /// The key's address.
    #[prost(bytes = "vec", tag = "1")]
    pub address: Vec<u8>,
    /// Its weight.
    #[prost(int64, tag = "2")]
    pub weight: i64,
}

/// Stakes TRX.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct FreezeBalanceV2Contract {
    /// Who stakes.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
    /// Sun.
    #[prost(int64, tag = "2")]
    pub frozen_balance: i64,
    /// See [`Resource`](crate::contract::Resource).
    #[prost(int32, tag = "3")]
    pub resource: i32,
}

/// Takes stake back.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct UnfreezeBalanceV2Contract {
    /// Whose stake.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
    /// Sun.
    #[prost(int64, tag = "2")]
    pub unfreeze_balance: i64,
    /// See [`Resource`](crate::contract::Resource).
    #[prost(int32, tag = "3")]
    pub resource: i32,
}

/// Pays out stake whose waiting time is over.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct WithdrawExpireUnfreezeContract {
    /// Whose stake.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
}

/// Stakes again what is still waiting to be paid out.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct CancelAllUnfreezeV2Contract {
    /// Whose stake.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
}

/// Lends stake.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct DelegateResourceContract {
    /// Who lends.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
    /// See [`Resource`](crate::contract::Resource).
    #[prost(int32, tag = "2")]
    pub resource: i32,
    /// Sun.
    #[prost(int64, tag = "3")]
    pub balance: i64,
    /// Who borrows.
    #[prost(bytes = "vec", tag = "4")]
    pub receiver_address: Vec<u8>,
    /// Whether it cannot be taken back before the period is over.
    #[prost(bool, tag = "5")]
    pub lock: bool,
    /// Slots of 3 seconds.
    #[prost(int64, tag = "6")]
    pub lock_period: i64,
}

/// Takes lent stake back.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct UnDelegateResourceContract {
    /// Who lent.
    #[prost(bytes = "vec", tag = "1")]
    pub owner_address: Vec<u8>,
    /// See [`Resource`](crate::contract::Resource).
    #[prost(int32, tag = "2")]
    pub resource: i32,
    /// Sun.
    #[prost(int64, tag = "3")]
    pub balance: i64,
    /// Who borrowed.
    #[prost(bytes = "vec", tag = "4")]
    pub receiver_address: Vec<u8>,
}

/// The hashed part of a block's header. A block's id is its SHA-256 with the number in the first eight bytes.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct BlockHeaderRaw {
    /// Milliseconds.
    #[prost(int64, tag = "1")]
    pub timestamp: i64,
    /// The root of the transactions' hash tree.
    #[prost(bytes = "vec", tag = "2")]
    pub tx_trie_root: Vec<u8>,
    /// The id of the block below.
    #[prost(bytes = "vec", tag = "3")]
    pub parent_hash: Vec<u8>,
    /// The height.
    #[prost(int64, tag = "7")]
    pub number: i64,
    /// Not used by the network.
    #[prost(int64, tag = "8")]
    pub witness_id: i64,
    /// Who made the block.
    #[prost(bytes = "vec", tag = "9")]
    pub witness_address: Vec<u8>,
    /// The block version.
    #[prost(int32, tag = "10")]
    pub version: i32,
    /// The root of the account state, where it is kept.
    #[prost(bytes = "vec", tag = "11")]
    pub account_state_root: Vec<u8>,
}
