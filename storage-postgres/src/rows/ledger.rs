//! Transfers, entries, and what a batch does to an account.

use flash_core::id::OrderId;
use flash_core::ledger::{Account, Holder, House, Transfer, TransferKind, Why};
use flash_core::store::StoreError;
use flash_core::time::Timestamp;
use flash_core::units::{Amount, Asset};
use uuid::Uuid;

use super::{corrupt, order_id, parse, transfer_id, user_id, uuid};

/// See `account_move` in the schema.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "account_move")]
pub(crate) struct AccountMove {
    pub(crate) holder: i64,
    pub(crate) asset: String,
    pub(crate) posted: i64,
    pub(crate) held: i64,
    pub(crate) entries: i64,
    pub(crate) least: Option<i64>,
}

#[derive(Debug, Clone, sqlx::Type, sqlx::FromRow)]
#[sqlx(type_name = "transfer_row")]
pub(crate) struct TransferRow {
    pub(crate) id: Uuid,
    kind: String,
    debit: i64,
    credit: i64,
    asset: String,
    amount: i64,
    resolves: Option<Uuid>,
    why: String,
    order_id: Option<Uuid>,
    note: Option<String>,
    at_ms: i64,
}

/// See `entry_row` in the schema.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "entry_row")]
pub(crate) struct EntryRow {
    pub(crate) holder: i64,
    pub(crate) asset: String,
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

pub(crate) const fn asset_word(asset: Asset) -> &'static str {
    match asset {
        Asset::Trx => "TRX",
        Asset::Usdt => "USDT",
    }
}

/// The account that a number and a word stand for.
pub(crate) fn account(holder: i64, asset: &str) -> Result<Account, StoreError> {
    let holder = match holder {
        -1 => Holder::House(House::External),
        -2 => Holder::House(House::Revenue),
        -3 => Holder::House(House::Adjustment),
        -4 => Holder::House(House::Network),
        user => Holder::User(user_id(user)?),
    };
    let asset = match asset {
        "TRX" => Asset::Trx,
        "USDT" => Asset::Usdt,
        other => return Err(corrupt(format!("asset {other:?}"))),
    };
    Ok(Account { holder, asset })
}

impl From<&Transfer> for TransferRow {
    fn from(transfer: &Transfer) -> Self {
        let (kind, resolves) = match transfer.kind {
            TransferKind::Single => ("single", None),
            TransferKind::Pending => ("pending", None),
            TransferKind::Post { of } => ("post", Some(uuid(of.as_bytes()))),
            TransferKind::Void { of } => ("void", Some(uuid(of.as_bytes()))),
        };
        let order = |id: &OrderId| Some(uuid(id.as_bytes()));
        let (why, order_id, note) = match &transfer.why {
            Why::Rental(id) => ("rental", order(id), None),
            Why::Deposit(note) => ("deposit", None, Some(note.to_string())),
            Why::Deduction(note) => ("deduction", None, Some(note.to_string())),
            Why::Refund(note) => ("refund", None, Some(note.to_string())),
        };
        Self {
            id: uuid(transfer.id.as_bytes()),
            kind: kind.to_owned(),
            debit: holder_number(transfer.debit.holder),
            credit: holder_number(transfer.credit.holder),
            asset: asset_word(transfer.debit.asset).to_owned(),
            amount: transfer.amount.get(),
            resolves,
            why: why.to_owned(),
            order_id,
            note,
            at_ms: transfer.at.as_millis(),
        }
    }
}

impl TransferRow {
    pub(crate) fn transfer(&self) -> Result<Transfer, StoreError> {
        let broken = || corrupt(format!("transfer {}", self.id));
        let kind = match (self.kind.as_str(), self.resolves.map(transfer_id)) {
            ("single", None) => TransferKind::Single,
            ("pending", None) => TransferKind::Pending,
            ("post", Some(of)) => TransferKind::Post { of },
            ("void", Some(of)) => TransferKind::Void { of },
            _ => return Err(broken()),
        };
        let why = match (self.why.as_str(), self.order_id, self.note.as_deref()) {
            ("rental", Some(id), None) => Why::Rental(order_id(id)),
            ("deposit", None, Some(note)) => Why::Deposit(parse(note, "note")?),
            ("deduction", None, Some(note)) => Why::Deduction(parse(note, "note")?),
            ("refund", None, Some(note)) => Why::Refund(parse(note, "note")?),
            _ => return Err(broken()),
        };
        Ok(Transfer {
            id: transfer_id(self.id),
            kind,
            debit: account(self.debit, &self.asset)?,
            credit: account(self.credit, &self.asset)?,
            amount: Amount::new(self.amount),
            why,
            at: Timestamp::from_millis(self.at_ms),
        })
    }
}
