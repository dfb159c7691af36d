//! A transaction as the network takes it: bytes, read once.

use flash_core::address::Address;
use flash_core::id::TxId;
use flash_tron::contract::ContractType;
use flash_tron::key::Signature;
use flash_tron::{proto, transaction};
use prost::Message;

/// Bytes are not a protobuf transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a transaction")]
pub struct Undecodable(#[from] prost::DecodeError);

/// A transaction, decoded, its signers recovered. Whether it is valid depends on the state it meets.
#[derive(Debug, Clone)]
pub struct Transaction {
    id: TxId,
    raw: proto::Raw,
    operation: Operation,
    signatures: Vec<Signed>,
    size: usize,
}

/// A signature and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) by: Option<Address>,
}

/// What a transaction does, unpacked but not checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operation {
    Transfer(proto::TransferContract),
    Freeze(proto::FreezeBalanceV2Contract),
    Unfreeze(proto::UnfreezeBalanceV2Contract),
    Withdraw(proto::WithdrawExpireUnfreezeContract),
    CancelUnfreeze(proto::CancelAllUnfreezeV2Contract),
    Delegate(proto::DelegateResourceContract),
    Reclaim(proto::UnDelegateResourceContract),
    UpdatePermission(proto::AccountPermissionUpdateContract),
    Trigger(proto::TriggerSmartContract),
    /// A contract that this network does not carry out.
    Unsupported {
        number: i32,
    },
    /// No contract at all.
    Missing,
}

impl Transaction {
    /// Reads the bytes that a node takes and recovers the signers. Results, if any, are left behind, as a node does.
    ///
    /// # Errors
    /// [`Undecodable`] when the bytes are not a protobuf transaction, or its contract is not what it says.
    pub fn decode(bytes: &[u8]) -> Result<Self, Undecodable> {
        Self::new(proto::Transaction::decode(bytes)?)
    }

    pub(crate) fn new(message: proto::Transaction) -> Result<Self, Undecodable> {
        let message = proto::Transaction { ret: Vec::new(), ..message };
        let size = message.encoded_len();
        let raw = message.raw_data.unwrap_or_default();
        let id = transaction::txid(&raw.encode_to_vec());
        let operation = Operation::unpack(raw.contract.first())?;
        let signed = |bytes: Vec<u8>| Signed { by: recover(&bytes, &id), bytes };
        let signatures = message.signature.into_iter().map(signed).collect();
        Ok(Self { id, raw, operation, signatures, size })
    }

    /// SHA-256 of the raw data.
    #[must_use]
    pub const fn id(&self) -> TxId {
        self.id
    }

    /// The signed part.
    #[must_use]
    pub const fn raw(&self) -> &proto::Raw {
        &self.raw
    }

    /// The number of its contract type.
    #[must_use]
    pub fn contract_type(&self) -> i32 {
        self.raw.contract.first().map_or(0, |contract| contract.r#type)
    }

    /// The message as it is on the wire, without results.
    #[must_use]
    pub fn message(&self) -> proto::Transaction {
        let signature = self.signatures.iter().map(|signed| signed.bytes.clone()).collect();
        proto::Transaction { raw_data: Some(self.raw.clone()), signature, ret: Vec::new() }
    }

    pub(crate) const fn operation(&self) -> &Operation {
        &self.operation
    }

    pub(crate) fn signatures(&self) -> &[Signed] {
        &self.signatures
    }

    /// Bytes on the wire without results.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// Whose permission has to sign, when the bytes are an address.
    pub(crate) fn owner(&self) -> Option<Address> {
        Address::from_bytes(self.operation.owner()).ok()
    }
}

/// Whose signature it is; bytes after the 65th count for nothing.
fn recover(bytes: &[u8], id: &TxId) -> Option<Address> {
    let bytes = <[u8; 65]>::try_from(bytes.get(..65)?).ok()?;
    Signature::from_bytes(bytes).recover(id).ok()
}

impl Operation {
    fn unpack(contract: Option<&proto::Contract>) -> Result<Self, Undecodable> {
        let Some(contract) = contract else {
            return Ok(Self::Missing);
        };
        let value = contract.parameter.as_ref().map_or(&[][..], |parameter| parameter.value.as_slice());
        let Some(kind) = ContractType::from_number(contract.r#type) else {
            return Ok(Self::Unsupported { number: contract.r#type });
        };
        #[expect(clippy::wildcard_enum_match_arm, reason = "flash-tron may learn contracts that are not carried out")]
        Ok(match kind {
            ContractType::Transfer => Self::Transfer(Message::decode(value)?),
            ContractType::FreezeBalanceV2 => Self::Freeze(Message::decode(value)?),
            ContractType::UnfreezeBalanceV2 => Self::Unfreeze(Message::decode(value)?),
            ContractType::WithdrawExpireUnfreeze => Self::Withdraw(Message::decode(value)?),
            ContractType::CancelAllUnfreezeV2 => Self::CancelUnfreeze(Message::decode(value)?),
            ContractType::DelegateResource => Self::Delegate(Message::decode(value)?),
            ContractType::UnDelegateResource => Self::Reclaim(Message::decode(value)?),
            ContractType::AccountPermissionUpdate => Self::UpdatePermission(Message::decode(value)?),
            ContractType::TriggerSmart => Self::Trigger(Message::decode(value)?),
            _ => Self::Unsupported { number: contract.r#type },
        })
    }

    fn owner(&self) -> &[u8] {
        match self {
            Self::Transfer(it) => &it.owner_address,
            Self::Freeze(it) => &it.owner_address,
            Self::Unfreeze(it) => &it.owner_address,
            Self::Withdraw(it) => &it.owner_address,
            Self::CancelUnfreeze(it) => &it.owner_address,
            Self::Delegate(it) => &it.owner_address,
            Self::Reclaim(it) => &it.owner_address,
            Self::UpdatePermission(it) => &it.owner_address,
            Self::Trigger(it) => &it.owner_address,
            Self::Unsupported { .. } | Self::Missing => &[],
        }
    }
}
