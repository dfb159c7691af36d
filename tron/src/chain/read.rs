//! What nodes answer, as the chain port means it. All of it is checked for sense, none of it asks anybody.

use flash_core::address::Address;
use flash_core::chain::{
    Above, Account, Action, Block, BlockRef, Delegation, EnergyRate, Height, Holdings, SeenTx, SignedTx, Tips,
};
use flash_core::id::TxId;
use flash_core::time::Timestamp;
use flash_core::units::{Energy, Overflow, Sun};
use prost::Message;
use serde_json::json;

use super::nodes::Word;
use crate::contract::{Contract, ContractType, Delegate, Resource, Undelegate};
use crate::energy::Stake;
use crate::json::{
    self, AccountAnswer, AccountKind, AccountResource, AddressForm, BlockAnswer, DelegatedResources, DelegationFields,
    FrozenV2, ParseJsonError, PlainContract, PlainTransaction, ResourceTotals, TransactionAnswer,
};
use crate::node::NodeError;
use crate::proto;
use crate::transaction::SignedTransaction;

fn nonsense(what: impl Into<String>) -> NodeError {
    NodeError::Malformed { what: what.into() }
}

/// Where a node stands, by the headers of its two newest blocks.
pub(super) fn tips(solid: &BlockAnswer, head: &BlockAnswer) -> Result<Tips, NodeError> {
    let (solid, head) = (block_ref(solid)?, block_ref(head)?);
    if solid.height > head.height || (solid.height == head.height && solid.id != head.id) {
        return Err(nonsense(format!("the solidified block {solid:?} is not below the head {head:?}")));
    }
    Ok(Tips { head, solid })
}

pub(super) fn block_ref(block: &BlockAnswer) -> Result<BlockRef, NodeError> {
    let id = block.block_id.ok_or_else(|| nonsense("a node without blocks"))?;
    let header = &block.block_header.raw_data;
    let [a, b, c, d, e, f, g, h, ..] = *id.as_bytes();
    if u64::from_be_bytes([a, b, c, d, e, f, g, h]) != header.number {
        return Err(nonsense(format!("block {} has the id {id}", header.number)));
    }
    Ok(BlockRef { height: Height(header.number), id, time: Timestamp::from_millis(header.timestamp) })
}

/// The blocks above `below`, out of a list that starts with `below` itself.
pub(super) fn above(below: &BlockRef, limit: usize, list: &[BlockAnswer]) -> Result<Word<Above>, NodeError> {
    let Some((first, rest)) = list.split_first() else {
        // Nothing at that height yet: a fork cannot be told from a node that lags.
        return Err(NodeError::Behind);
    };
    let first = block_ref(first)?;
    if first.height != below.height {
        return Err(nonsense(format!("asked for block {}, got {first:?}", below.height.0)));
    }
    if first.id != below.id {
        return Ok(Word::Last(Above::Forked));
    }
    let mut parent = first;
    let mut blocks = Vec::with_capacity(rest.len());
    for answer in rest.iter().take(limit) {
        let block = block(answer)?;
        if block.at.height != parent.height.next() || block.parent != parent.id {
            return Err(nonsense(format!("{:?} does not follow {parent:?}", block.at)));
        }
        parent = block.at;
        blocks.push(block);
    }
    Ok(if blocks.is_empty() { Word::Weak(Above::Linked(blocks)) } else { Word::Last(Above::Linked(blocks)) })
}

fn block(answer: &BlockAnswer) -> Result<Block, NodeError> {
    let parent = answer.block_header.raw_data.parent_hash.ok_or_else(|| nonsense("a block without a parent"))?;
    let delegations = answer.transactions.iter().filter_map(|transaction| seen(transaction).transpose());
    Ok(Block { at: block_ref(answer)?, parent, delegations: delegations.collect::<Result<_, _>>()? })
}

/// A delegation or reclaim of stake for Energy; nothing when the transaction does something else.
///
/// A result that is left out says nothing: taken for a failure it would have a delegation signed again that is there.
fn seen(transaction: &PlainTransaction) -> Result<Option<SeenTx>, NodeError> {
    let Some(action) = transaction.raw_data.contract.iter().find_map(|contract| action(contract).transpose()) else {
        return Ok(None);
    };
    let id = transaction.id;
    let action = action.map_err(|why| nonsense(format!("{id}: {why}")))?;
    let ret = transaction.ret.first().filter(|ret| !ret.contract_ret.is_empty());
    let ret = ret.ok_or_else(|| nonsense(format!("{id} is in a block without a result")))?;
    Ok(Some(SeenTx { id, action, succeeded: ret.contract_ret == "SUCCESS" && ret.ret != "FAILED" }))
}

fn action(contract: &PlainContract) -> Result<Option<Action>, ParseJsonError> {
    let kinds = [ContractType::DelegateResource, ContractType::UnDelegateResource];
    let Some(kind) = kinds.into_iter().find(|kind| kind.name() == contract.r#type) else { return Ok(None) };
    let DelegationFields { owner_address, receiver_address, balance, resource } = &contract.parameter.value;
    let fields = json!({
        "owner_address": owner_address, "receiver_address": receiver_address, "balance": balance, "resource": resource,
    });
    let contract = json::parse_contract(kind, &fields, AddressForm::Hex)?;
    if let Contract::Delegate(Delegate { owner: wallet, receiver, stake, resource: Resource::Energy, .. }) = contract {
        return Ok(Some(Action::Delegate(Delegation { wallet, receiver, stake })));
    }
    if let Contract::Undelegate(Undelegate { owner: wallet, receiver, stake, resource: Resource::Energy }) = contract {
        return Ok(Some(Action::Reclaim(Delegation { wallet, receiver, stake })));
    }
    Ok(None)
}

/// A transaction as it was signed; nothing when the node has no such.
pub(super) fn transaction(answer: &TransactionAnswer, asked: &TxId) -> Result<Option<SignedTx>, NodeError> {
    if answer.id.is_none() {
        return Ok(None);
    }
    let raw = hex::decode(&answer.raw_data_hex).map_err(|_| nonsense(format!("{asked} without its bytes")))?;
    let signatures = answer.signature.iter().map(|signature| signature.parse());
    let signatures = signatures.collect::<Result<_, _>>().map_err(|_| nonsense(format!("a signature of {asked}")))?;
    let signed = SignedTransaction { raw, signatures };
    if signed.txid() != *asked {
        return Err(nonsense(format!("asked for {asked}, got the bytes of {}", signed.txid())));
    }
    // Whoever made it may have used fields that flash never does; the expiry is read all the same.
    let raw = proto::Raw::decode(signed.raw.as_slice()).map_err(|_| nonsense(format!("the bytes of {asked}")))?;
    let expires_at = Timestamp::from_millis(raw.expiration);
    Ok(Some(SignedTx { id: *asked, bytes: signed.encode(), expires_at }))
}

/// What kind of account it is; the holdings of a normal one take another question.
#[derive(Debug)]
pub(super) enum Kind {
    Missing,
    Contract,
    Normal,
}

pub(super) fn kind(account: &AccountAnswer, asked: &Address) -> Result<Kind, NodeError> {
    match (account.address, account.r#type) {
        (None, _) => Ok(Kind::Missing),
        (Some(address), _) if address != *asked => Err(nonsense(format!("asked for {asked}, got {address}"))),
        (Some(_), AccountKind::Contract) => Ok(Kind::Contract),
        (Some(_), AccountKind::Normal | AccountKind::AssetIssue) => Ok(Kind::Normal),
    }
}

pub(super) fn account(answer: &AccountAnswer, resource: &AccountResource) -> Result<Account, NodeError> {
    let energy = &answer.account_resource;
    let rate = rate(&resource.totals)?;
    let borrowed = Sun::new(energy.acquired_delegated_frozen_balance_for_energy)
        .plus(Sun::new(energy.acquired_delegated_frozen_v2_balance_for_energy));
    let stake = Stake {
        own: staked(&answer.frozen_v2),
        own_v1: Sun::new(energy.frozen_balance_for_energy.frozen_balance),
        borrowed: borrowed.map_err(out_of_range)?,
        used: Energy::new(energy.energy_usage),
    };
    let left = |limit: i64, used: i64| limit.saturating_sub(used).max(0);
    let (free, bought) =
        (left(resource.free_net_limit, resource.free_net_used), left(resource.net_limit, resource.net_used));
    Ok(Account::Normal(Holdings {
        balance: Sun::new(answer.balance),
        lendable: stake.lendable(&rate),
        lent: Sun::new(energy.delegated_frozen_v2_balance_for_energy),
        // A transaction is paid for whole from one of the two.
        bandwidth: free.max(bought),
    }))
}

fn staked(frozen: &[FrozenV2]) -> Sun {
    let energy = frozen.iter().find(|frozen| frozen.r#type == Resource::Energy.name());
    energy.map_or(Sun::ZERO, |frozen| Sun::new(frozen.amount))
}

/// The network's totals, which come with every activated account.
pub(super) fn rate(totals: &ResourceTotals) -> Result<EnergyRate, NodeError> {
    if *totals == ResourceTotals::default() {
        return Err(NodeError::Refused { words: "no totals for an account that is not activated".to_owned() });
    }
    let ResourceTotals { energy_limit, energy_weight } = *totals;
    if energy_limit <= 0 || energy_weight < 0 {
        return Err(nonsense(format!("totals of {energy_limit} Energy for {energy_weight} TRX")));
    }
    Ok(EnergyRate { total_energy: Energy::new(energy_limit), total_weight: energy_weight })
}

pub(super) fn delegated(answer: &DelegatedResources, from: &Address, to: &Address) -> Result<Sun, NodeError> {
    let records = &answer.delegated_resource;
    let other = records.iter().find(|record| record.from != Some(*from) || record.to != Some(*to));
    if let Some(other) = other {
        return Err(nonsense(format!("asked for what {from} lends to {to}, got {other:?}")));
    }
    Sun::sum(records.iter().map(|record| Sun::new(record.frozen_balance_for_energy))).map_err(out_of_range)
}

fn out_of_range(_: Overflow) -> NodeError {
    nonsense("more sun than there is")
}
