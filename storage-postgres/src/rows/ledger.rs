//! Transfers, entries, and what a batch does to an account.

use flash_core::id::OrderId;
use flash_core::ledger::{Account, Holder, House, Transfer, TransferKind, Why};
use flash_core::store::StoreError;
use flash_core::time::Timestamp;
use flash_core::units::Amount;
use uuid::Uuid;

use super::words::{AssetWord, TransferWord, WhyWord};
use super::{corrupt, order_id, parse, transfer_id, user_id, uuid};

/// See `account_move` in the schema.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "account_move")]
pub(crate) struct AccountMove {
    pub(crate) holder: i64,
    pub(crate) asset: AssetWord,
    pub(crate) posted: i64,
    pub(crate) held: i64,
    pub(crate) entries: i64,
    pub(crate) least: Option<i64>,
}

#[derive(Debug, Clone, sqlx::Type, sqlx::FromRow)]
#[sqlx(type_name = "transfer_row")]
pub(crate) struct TransferRow {
    pub(crate) id: Uuid,
    kind: TransferWord,
    debit: i64,
    credit: i64,
    asset: AssetWord,
    amount: i64,
    resolves: Option<Uuid>,
    why: WhyWord,
    order_id: Option<Uuid>,
    note: Option<String>,
    at_ms: i64,
}

/// See `entry_row` in the schema.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "entry_row")]
pub(crate) struct EntryRow {
    pub(crate) holder: i64,
    pub(crate) asset: AssetWord,
    pub(crate) transfer: i64,
    pub(crate) posted: i64,
    pub(crate) held: i64,
    pub(crate) seq_to_go: i64,
    pub(crate) posted_to_go: i64,
    pub(crate) held_to_go: i64,
}

/// The number that a holder has in the schema: a user's id, or a negative number for the house.
pub(crate) const fn holder_number(holder: Holder) -> i64 {
    match holder {
        Holder::User(user) => user.get(),
        Holder::House(House::External) => -1,
        Holder::House(House::Revenue) => -2,
        Holder::House(House::Adjustment) => -3,
        Holder::House(House::Network) => -4,
    }
}

/// The account that a number and a word stand for.
pub(crate) fn account(holder: i64, asset: AssetWord) -> Result<Account, StoreError> {
    let holder = match holder {
        -1 => Holder::House(House::External),
        -2 => Holder::House(House::Revenue),
        -3 => Holder::House(House::Adjustment),
        -4 => Holder::House(House::Network),
        user => Holder::User(user_id(user)?),
    };
    Ok(Account { holder, asset: asset.into() })
}

impl From<&Transfer> for TransferRow {
    fn from(transfer: &Transfer) -> Self {
        let (kind, resolves) = match transfer.kind {
            TransferKind::Single => (TransferWord::Single, None),
            TransferKind::Pending => (TransferWord::Pending, None),
            TransferKind::Post { of } => (TransferWord::Post, Some(uuid(of.as_bytes()))),
            TransferKind::Void { of } => (TransferWord::Void, Some(uuid(of.as_bytes()))),
        };
        let order = |id: &OrderId| Some(uuid(id.as_bytes()));
        let (why, order_id, note) = match &transfer.why {
            Why::Rental(id) => (WhyWord::Rental, order(id), None),
            Why::Deposit(note) => (WhyWord::Deposit, None, Some(note.to_string())),
            Why::Deduction(note) => (WhyWord::Deduction, None, Some(note.to_string())),
            Why::Refund(note) => (WhyWord::Refund, None, Some(note.to_string())),
        };
        Self {
            id: uuid(transfer.id.as_bytes()),
            kind,
            debit: holder_number(transfer.debit.holder),
            credit: holder_number(transfer.credit.holder),
            asset: transfer.debit.asset.into(),
            amount: transfer.amount.get(),
            resolves,
            why,
            order_id,
            note,
            at_ms: transfer.at.as_millis(),
        }
    }
}

impl TransferRow {
    pub(crate) fn transfer(&self) -> Result<Transfer, StoreError> {
        let broken = || corrupt(format!("transfer {}", self.id));
        let kind = match (self.kind, self.resolves.map(transfer_id)) {
            (TransferWord::Single, None) => TransferKind::Single,
            (TransferWord::Pending, None) => TransferKind::Pending,
            (TransferWord::Post, Some(of)) => TransferKind::Post { of },
            (TransferWord::Void, Some(of)) => TransferKind::Void { of },
            _ => return Err(broken()),
        };
        let why = match (self.why, self.order_id, self.note.as_deref()) {
            (WhyWord::Rental, Some(id), None) => Why::Rental(order_id(id)),
            (WhyWord::Deposit, None, Some(note)) => Why::Deposit(parse(note, "note")?),
            (WhyWord::Deduction, None, Some(note)) => Why::Deduction(parse(note, "note")?),
            (WhyWord::Refund, None, Some(note)) => Why::Refund(parse(note, "note")?),
            _ => return Err(broken()),
        };
        Ok(Transfer {
            id: transfer_id(self.id),
            kind,
            debit: account(self.debit, self.asset)?,
            credit: account(self.credit, self.asset)?,
            amount: Amount::new(self.amount),
            why,
            at: Timestamp::from_millis(self.at_ms),
        })
    }
}
