//! Contracts to protobuf and back, strictly: what is read would be written the same.

use flash_core::address::{Address, ParseAddressError};
use flash_core::units::Sun;
use prost::Message;

use super::{
    AccountPermissionUpdate, CancelAllUnfreeze, Contract, ContractType, Delegate, Freeze, Key, Lock, Permission,
    PermissionId, PermissionKind, Resource, Transfer, TriggerSmart, Undelegate, Unfreeze, Vote, VoteWitness,
    WithdrawExpireUnfreeze,
};
use crate::proto;

/// Bytes are not a transaction that flash understands completely.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not protobuf, or a field of another type.
    #[error("not a protobuf message of this kind")]
    Protobuf(#[source] prost::DecodeError),
    /// A contract flash does not know.
    #[error("unknown contract type {number} ({type_url})")]
    UnknownContract {
        /// Its number.
        number: i32,
        /// What its parameter says it is.
        type_url: String,
    },
    /// The contract's number and its parameter say different things.
    #[error("contract type {} does not go with {type_url}", .kind.name())]
    Mismatch {
        /// What the number says.
        kind: ContractType,
        /// What the parameter says.
        type_url: String,
    },
    /// A field without which the transaction means nothing.
    #[error("{field} is missing or malformed")]
    Field {
        /// Its name in the protocol.
        field: &'static str,
    },
    /// A field holds no address.
    #[error("{field} is not an address")]
    Address {
        /// Its name in the protocol.
        field: &'static str,
        /// Why.
        source: ParseAddressError,
    },
    /// It would be written differently: unknown or repeated fields, another order, defaults spelled out.
    #[error("not in canonical form, so something in it is not understood")]
    NotCanonical,
}

impl Contract {
    /// Packs it as transactions carry it.
    #[must_use]
    pub fn encode(&self) -> (ContractType, proto::Any) {
        let value = match self {
            Self::Transfer(it) => transfer(it).encode_to_vec(),
            Self::VoteWitness(it) => vote_witness(it).encode_to_vec(),
            Self::TriggerSmart(it) => trigger_smart(it).encode_to_vec(),
            Self::AccountPermissionUpdate(it) => permission_update(it).encode_to_vec(),
            Self::Freeze(it) => freeze(it).encode_to_vec(),
            Self::Unfreeze(it) => unfreeze(it).encode_to_vec(),
            Self::WithdrawExpireUnfreeze(it) => {
                proto::WithdrawExpireUnfreezeContract { owner_address: bytes(&it.owner) }.encode_to_vec()
            }
            Self::Delegate(it) => delegate(it).encode_to_vec(),
            Self::Undelegate(it) => undelegate(it).encode_to_vec(),
            Self::CancelAllUnfreeze(it) => {
                proto::CancelAllUnfreezeV2Contract { owner_address: bytes(&it.owner) }.encode_to_vec()
            }
        };
        let kind = self.kind();
        (kind, proto::Any { type_url: kind.type_url(), value })
    }

    /// Unpacks what a transaction carries.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not one of these contracts, or would not be packed into the same bytes.
    pub fn decode(number: i32, parameter: &proto::Any) -> Result<Self, DecodeError> {
        let proto::Any { type_url, value } = parameter;
        let Some(kind) = ContractType::from_number(number) else {
            return Err(DecodeError::UnknownContract { number, type_url: type_url.clone() });
        };
        if !kind.is_type_url(type_url) {
            return Err(DecodeError::Mismatch { kind, type_url: type_url.clone() });
        }
        let contract = Self::decode_value(kind, value)?;
        if contract.encode().1.value == *value { Ok(contract) } else { Err(DecodeError::NotCanonical) }
    }

    fn decode_value(kind: ContractType, value: &[u8]) -> Result<Self, DecodeError> {
        Ok(match kind {
            ContractType::Transfer => Self::Transfer(read_transfer(&read(value)?)?),
            ContractType::VoteWitness => Self::VoteWitness(read_vote_witness(&read(value)?)?),
            ContractType::TriggerSmart => Self::TriggerSmart(read_trigger_smart(read(value)?)?),
            ContractType::AccountPermissionUpdate => {
                Self::AccountPermissionUpdate(read_permission_update(read(value)?)?)
            }
            ContractType::FreezeBalanceV2 => Self::Freeze(read_freeze(&read(value)?)?),
            ContractType::UnfreezeBalanceV2 => Self::Unfreeze(read_unfreeze(&read(value)?)?),
            ContractType::WithdrawExpireUnfreeze => {
                let it: proto::WithdrawExpireUnfreezeContract = read(value)?;
                Self::WithdrawExpireUnfreeze(WithdrawExpireUnfreeze { owner: owner(&it.owner_address)? })
            }
            ContractType::DelegateResource => Self::Delegate(read_delegate(&read(value)?)?),
            ContractType::UnDelegateResource => Self::Undelegate(read_undelegate(&read(value)?)?),
            ContractType::CancelAllUnfreezeV2 => {
                let it: proto::CancelAllUnfreezeV2Contract = read(value)?;
                Self::CancelAllUnfreeze(CancelAllUnfreeze { owner: owner(&it.owner_address)? })
            }
        })
    }
}

pub(crate) fn read<M: Message + Default>(bytes: &[u8]) -> Result<M, DecodeError> {
    M::decode(bytes).map_err(DecodeError::Protobuf)
}

fn bytes(address: &Address) -> Vec<u8> {
    address.to_bytes().to_vec()
}

fn address(field: &'static str, bytes: &[u8]) -> Result<Address, DecodeError> {
    Address::from_bytes(bytes).map_err(|source| DecodeError::Address { field, source })
}

fn owner(bytes: &[u8]) -> Result<Address, DecodeError> {
    address("owner_address", bytes)
}

fn receiver(bytes: &[u8]) -> Result<Address, DecodeError> {
    address("receiver_address", bytes)
}

fn resource(number: i32) -> Result<Resource, DecodeError> {
    Resource::from_number(number).ok_or(DecodeError::Field { field: "resource" })
}

fn transfer(it: &Transfer) -> proto::TransferContract {
    let Transfer { owner, to, amount } = it;
    proto::TransferContract { owner_address: bytes(owner), to_address: bytes(to), amount: amount.get() }
}

fn read_transfer(it: &proto::TransferContract) -> Result<Transfer, DecodeError> {
    Ok(Transfer {
        owner: owner(&it.owner_address)?,
        to: address("to_address", &it.to_address)?,
        amount: Sun::new(it.amount),
    })
}

fn vote_witness(it: &VoteWitness) -> proto::VoteWitnessContract {
    let votes = it.votes.iter();
    proto::VoteWitnessContract {
        owner_address: bytes(&it.owner),
        votes: votes.map(|v| proto::Vote { vote_address: bytes(&v.witness), vote_count: v.count }).collect(),
        support: it.support,
    }
}

fn read_vote_witness(it: &proto::VoteWitnessContract) -> Result<VoteWitness, DecodeError> {
    let vote =
        |v: &proto::Vote| address("vote_address", &v.vote_address).map(|witness| Vote { witness, count: v.vote_count });
    Ok(VoteWitness {
        owner: owner(&it.owner_address)?,
        votes: it.votes.iter().map(vote).collect::<Result<_, _>>()?,
        support: it.support,
    })
}

fn trigger_smart(it: &TriggerSmart) -> proto::TriggerSmartContract {
    proto::TriggerSmartContract {
        owner_address: bytes(&it.owner),
        contract_address: bytes(&it.contract),
        call_value: it.call_value.get(),
        data: it.data.clone(),
        call_token_value: it.call_token_value,
        token_id: it.token_id,
    }
}

fn read_trigger_smart(it: proto::TriggerSmartContract) -> Result<TriggerSmart, DecodeError> {
    Ok(TriggerSmart {
        owner: owner(&it.owner_address)?,
        contract: address("contract_address", &it.contract_address)?,
        call_value: Sun::new(it.call_value),
        data: it.data,
        call_token_value: it.call_token_value,
        token_id: it.token_id,
    })
}

fn freeze(it: &Freeze) -> proto::FreezeBalanceV2Contract {
    let Freeze { owner, amount, resource } = it;
    proto::FreezeBalanceV2Contract {
        owner_address: bytes(owner),
        frozen_balance: amount.get(),
        resource: resource.number(),
    }
}

fn read_freeze(it: &proto::FreezeBalanceV2Contract) -> Result<Freeze, DecodeError> {
    Ok(Freeze {
        owner: owner(&it.owner_address)?,
        amount: Sun::new(it.frozen_balance),
        resource: resource(it.resource)?,
    })
}

fn unfreeze(it: &Unfreeze) -> proto::UnfreezeBalanceV2Contract {
    let Unfreeze { owner, amount, resource } = it;
    proto::UnfreezeBalanceV2Contract {
        owner_address: bytes(owner),
        unfreeze_balance: amount.get(),
        resource: resource.number(),
    }
}

fn read_unfreeze(it: &proto::UnfreezeBalanceV2Contract) -> Result<Unfreeze, DecodeError> {
    Ok(Unfreeze {
        owner: owner(&it.owner_address)?,
        amount: Sun::new(it.unfreeze_balance),
        resource: resource(it.resource)?,
    })
}

fn delegate(it: &Delegate) -> proto::DelegateResourceContract {
    proto::DelegateResourceContract {
        owner_address: bytes(&it.owner),
        resource: it.resource.number(),
        balance: it.stake.get(),
        receiver_address: bytes(&it.receiver),
        lock: it.lock.locked,
        lock_period: it.lock.slots,
    }
}

fn read_delegate(it: &proto::DelegateResourceContract) -> Result<Delegate, DecodeError> {
    Ok(Delegate {
        owner: owner(&it.owner_address)?,
        receiver: receiver(&it.receiver_address)?,
        stake: Sun::new(it.balance),
        resource: resource(it.resource)?,
        lock: Lock { locked: it.lock, slots: it.lock_period },
    })
}

fn undelegate(it: &Undelegate) -> proto::UnDelegateResourceContract {
    proto::UnDelegateResourceContract {
        owner_address: bytes(&it.owner),
        resource: it.resource.number(),
        balance: it.stake.get(),
        receiver_address: bytes(&it.receiver),
    }
}

fn read_undelegate(it: &proto::UnDelegateResourceContract) -> Result<Undelegate, DecodeError> {
    Ok(Undelegate {
        owner: owner(&it.owner_address)?,
        receiver: receiver(&it.receiver_address)?,
        stake: Sun::new(it.balance),
        resource: resource(it.resource)?,
    })
}

fn permission_update(it: &AccountPermissionUpdate) -> proto::AccountPermissionUpdateContract {
    proto::AccountPermissionUpdateContract {
        owner_address: bytes(&it.account),
        owner: it.owner.as_ref().map(permission),
        witness: it.witness.as_ref().map(permission),
        actives: it.actives.iter().map(permission).collect(),
    }
}

fn read_permission_update(it: proto::AccountPermissionUpdateContract) -> Result<AccountPermissionUpdate, DecodeError> {
    Ok(AccountPermissionUpdate {
        account: owner(&it.owner_address)?,
        owner: it.owner.map(read_permission).transpose()?,
        witness: it.witness.map(read_permission).transpose()?,
        actives: it.actives.into_iter().map(read_permission).collect::<Result<_, _>>()?,
    })
}

fn permission(it: &Permission) -> proto::Permission {
    proto::Permission {
        r#type: it.kind.number(),
        id: it.id.0,
        permission_name: it.name.clone(),
        threshold: it.threshold,
        parent_id: it.parent_id,
        operations: it.operations.clone(),
        keys: it.keys.iter().map(|k| proto::Key { address: bytes(&k.address), weight: k.weight }).collect(),
    }
}

fn read_permission(it: proto::Permission) -> Result<Permission, DecodeError> {
    let key = |k: &proto::Key| address("keys.address", &k.address).map(|address| Key { address, weight: k.weight });
    Ok(Permission {
        kind: PermissionKind::from_number(it.r#type).ok_or(DecodeError::Field { field: "permission type" })?,
        id: PermissionId(it.id),
        name: it.permission_name,
        threshold: it.threshold,
        parent_id: it.parent_id,
        operations: it.operations,
        keys: it.keys.iter().map(key).collect::<Result<_, _>>()?,
    })
}
