//! What the core says, in the words of the wire.

use flash_core::event::Recorded;
use flash_core::flash::{Adjustment, AdjustmentKind, Report, UserBalance};
use flash_core::id::UserId;
use flash_core::ledger::{Entry, Transfer, TransferKind, Why};
use flash_core::order::{FailReason, Finality, Leg, LegState, Order, OrderState, Seen, Status};
use flash_core::price::{PriceBook, Quote};
use flash_core::store::{PooledWallet, SavedAddress, WalletState};
use flash_core::units::Asset;

use super::time::rfc3339;
use crate::wire;

pub(super) fn order(order: &Order) -> wire::Order {
    let (finality, ends_at) = delivery(&order.state);
    wire::Order {
        id: order.id.to_string(),
        user_id: order.user.get(),
        status: status(order.status()),
        cost_trx: order.price.to_string(),
        energy_amount: order.energy.get(),
        duration: order.term.as_str().to_owned(),
        receive_address: order.receiver.to_string(),
        created_at: rfc3339(order.created_at),
        expires_at: ends_at,
        finality,
        client_order_id: order.client_order_id.as_ref().map(|id| id.as_str().to_owned()),
        failure: failure(&order.state),
        delegations: order.legs.iter().map(delegation).collect(),
    }
}

fn status(status: Status) -> wire::OrderStatus {
    match status {
        Status::Pending => wire::OrderStatus::Pending,
        Status::Processing => wire::OrderStatus::Processing,
        Status::Completed => wire::OrderStatus::Completed,
        Status::Expired => wire::OrderStatus::Expired,
        Status::Failed => wire::OrderStatus::Failed,
        Status::Cancelled => wire::OrderStatus::Cancelled,
        Status::Reviewing => wire::OrderStatus::Reviewing,
    }
}

fn delivery(state: &OrderState) -> (wire::Finality, Option<String>) {
    match state {
        OrderState::Completed { rental, finality } => {
            let finality = match finality {
                Finality::Included => wire::Finality::Included,
                Finality::Final => wire::Finality::Final,
            };
            (finality, Some(rfc3339(rental.ends_at)))
        }
        OrderState::Reclaiming { rental } | OrderState::Expired { rental, .. } => {
            (wire::Finality::Final, Some(rfc3339(rental.ends_at)))
        }
        OrderState::Pending
        | OrderState::Processing
        | OrderState::Undoing { .. }
        | OrderState::Failed { .. }
        | OrderState::Cancelled { .. }
        | OrderState::Reviewing { .. } => (wire::Finality::None, None),
    }
}

fn failure(state: &OrderState) -> Option<wire::Failure> {
    match state {
        OrderState::Undoing { reason } | OrderState::Failed { reason, .. } => Some(match reason {
            FailReason::TimedOut => wire::Failure::TimedOut,
            FailReason::AttemptsExhausted => wire::Failure::AttemptsExhausted,
        }),
        OrderState::Reviewing { .. } => Some(wire::Failure::Contradiction),
        OrderState::Pending
        | OrderState::Processing
        | OrderState::Completed { .. }
        | OrderState::Reclaiming { .. }
        | OrderState::Expired { .. }
        | OrderState::Cancelled { .. } => None,
    }
}

fn delegation(leg: &Leg) -> wire::Delegation {
    use wire::DelegationStatus as Is;
    let (status, tx, reclaim) = match &leg.state {
        LegState::Reserved => (Is::Reserved, None, None),
        LegState::Delegating { attempt, seen: Seen::Nowhere } => (Is::Delegating, Some(attempt.tx.id), None),
        // The Energy is there; the order's finality tells how certain that is.
        LegState::Delegating { attempt, seen: Seen::In(_) } => (Is::Delegated, Some(attempt.tx.id), None),
        LegState::Delegated { delegation } => (Is::Delegated, Some(delegation.attempt.tx.id), None),
        LegState::Reclaiming { delegation, attempt, .. } => {
            (Is::Reclaiming, Some(delegation.attempt.tx.id), Some(attempt.tx.id))
        }
        LegState::Returned { delegation, reclaim } => {
            (Is::Returned, Some(delegation.attempt.tx.id), reclaim.as_ref().map(|landed| landed.attempt.tx.id))
        }
        LegState::Released => (Is::Released, None, None),
    };
    wire::Delegation {
        wallet: leg.wallet.to_string(),
        tx_id: tx.map(|id| id.to_string()),
        stake_sun: leg.stake.get(),
        status,
        reclaim_tx_id: reclaim.map(|id| id.to_string()),
    }
}

pub(super) fn balance(user: UserId, balances: &[UserBalance]) -> wire::Balance {
    let of = |asset| balances.iter().find(|balance| balance.asset == asset);
    let available = |asset| of(asset).map_or_else(Default::default, |balance| balance.available).to_string();
    let held = |asset| of(asset).map_or_else(Default::default, |balance| balance.held).to_string();
    wire::Balance {
        user_id: user.get(),
        available_trx: available(Asset::Trx),
        held_trx: held(Asset::Trx),
        available_usdt: available(Asset::Usdt),
        held_usdt: held(Asset::Usdt),
    }
}

pub(super) fn asset(asset: Asset) -> wire::Asset {
    match asset {
        Asset::Trx => wire::Asset::Trx,
        Asset::Usdt => wire::Asset::Usdt,
    }
}

pub(super) fn movement(adjustment: &Adjustment, transfer: &Transfer) -> wire::Movement {
    wire::Movement {
        transfer_id: transfer.id.to_string(),
        user_id: adjustment.user.get(),
        kind: match adjustment.kind {
            AdjustmentKind::Deposit => wire::MovementKind::Deposit,
            AdjustmentKind::Deduct => wire::MovementKind::Deduct,
            AdjustmentKind::Refund => wire::MovementKind::Refund,
        },
        asset: asset(adjustment.asset),
        amount: transfer.amount.to_string(),
        reason: adjustment.reason.to_string(),
        at: rfc3339(transfer.at),
    }
}

pub(super) fn entry(entry: &Entry) -> wire::LedgerEntry {
    let transfer = &entry.transfer;
    let (kind, order_id, reason) = match &transfer.why {
        Why::Rental(order) => {
            let kind = match transfer.kind {
                TransferKind::Pending => wire::EntryKind::Hold,
                TransferKind::Post { .. } | TransferKind::Single => wire::EntryKind::Capture,
                TransferKind::Void { .. } => wire::EntryKind::Release,
            };
            (kind, Some(order.to_string()), None)
        }
        Why::Deposit(note) => (wire::EntryKind::Deposit, None, Some(note.to_string())),
        Why::Deduction(note) => (wire::EntryKind::Deduct, None, Some(note.to_string())),
        Why::Refund(note) => (wire::EntryKind::Refund, None, Some(note.to_string())),
    };
    wire::LedgerEntry {
        seq: number(entry.after.seq),
        at: rfc3339(transfer.at),
        kind,
        asset: asset(entry.account.asset),
        amount: transfer.amount.to_string(),
        available_after: entry.after.available().unwrap_or_default().to_string(),
        held_after: entry.after.held.to_string(),
        order_id,
        reason,
        transfer_id: transfer.id.to_string(),
    }
}

pub(super) fn saved_address(saved: &SavedAddress) -> wire::SavedAddress {
    wire::SavedAddress {
        address: saved.address.to_string(),
        label: saved.label.as_ref().map(ToString::to_string),
        saved_at: rfc3339(saved.saved_at),
    }
}

pub(super) fn wallet(pooled: &PooledWallet) -> wire::SupplierWallet {
    let wallet = &pooled.wallet;
    wire::SupplierWallet {
        address: wallet.address.to_string(),
        enabled: wallet.state == WalletState::Enabled,
        priority: i32::from(wallet.priority.0),
        balance_trx: wallet.holdings.balance.to_string(),
        limit_sun: wallet.limit.get(),
        lent_sun: pooled.lent.get(),
        free_sun: pooled.free().unwrap_or_default().get(),
        bandwidth: wallet.holdings.bandwidth,
        observed_at: rfc3339(wallet.observed_at),
    }
}

pub(super) fn wallets(pool: &[PooledWallet]) -> wire::SupplierWallets {
    wire::SupplierWallets { items: pool.iter().map(wallet).collect() }
}

pub(super) fn terms(book: &PriceBook) -> Vec<wire::TermPrices> {
    let tier = |tier: &flash_core::price::Tier| wire::PriceTier {
        from_energy: tier.from.get(),
        sun_per_energy: tier.rate.normalize().to_string(),
    };
    let term = |(term, tiers): (flash_core::price::Term, &[flash_core::price::Tier])| wire::TermPrices {
        duration: term.as_str().to_owned(),
        tiers: tiers.iter().map(tier).collect(),
    };
    book.terms().map(term).collect()
}

pub(super) fn quote(quote: &Quote) -> wire::Quote {
    wire::Quote {
        id: quote.id.to_string(),
        user_id: quote.user.get(),
        energy_amount: quote.energy.get(),
        duration: quote.term.as_str().to_owned(),
        price_trx: quote.price.to_string(),
        expires_at: rfc3339(quote.expires_at),
    }
}

pub(super) fn verification(books: &Report, chain: &Report) -> wire::Verification {
    let findings: Vec<_> = books.findings.iter().chain(&chain.findings).map(|found| found.to_string()).collect();
    wire::Verification {
        clean: findings.is_empty(),
        transfers: number(books.transfers),
        orders: number(books.orders),
        findings,
    }
}

/// The log's own form is `{"kind": {details}}`.
pub(super) fn event(recorded: &Recorded) -> Result<wire::Event, serde_json::Error> {
    let shown = serde_json::to_value(&recorded.event)?;
    let only = shown.as_object().and_then(|object| object.iter().next());
    let (kind, details) = only.map(|(kind, details)| (kind.clone(), details.clone())).unwrap_or_default();
    Ok(wire::Event { seq: number(recorded.seq), at: rfc3339(recorded.at), kind, details })
}

/// A count; none of ours comes near the end.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
