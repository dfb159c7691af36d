//! Money by double entry, after TigerBeetle's model: immutable transfers, two-phase holds, floored accounts.
//!
//! A [`Transfer`] moves an amount from one account to another, or holds it ([`TransferKind::Pending`]) until it is
//! posted (captured) or voided (released). Stores apply transfers with the pure rules of this file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{OrderId, TransferId, UserId};
use crate::time::Timestamp;
use crate::units::{Amount, Asset, Overflow};

/// Whose an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Holder {
    /// A customer. The account is floored: what is available never goes below zero.
    User(UserId),
    /// The business itself. Not floored.
    House(House),
}

/// The accounts of the business, one of each an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum House {
    /// The world outside: deposits come from it.
    External,
    /// What customers paid for rentals.
    Revenue,
    /// Corrections and goodwill.
    Adjustment,
    /// Fees burned on the network.
    Network,
}

/// An account: one holder, one asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    /// Whose it is.
    pub holder: Holder,
    /// What it holds.
    pub asset: Asset,
}

impl Account {
    /// A customer's account.
    #[must_use]
    pub const fn user(user: UserId, asset: Asset) -> Self {
        Self { holder: Holder::User(user), asset }
    }

    /// An account of the business.
    #[must_use]
    pub const fn house(house: House, asset: Asset) -> Self {
        Self { holder: Holder::House(house), asset }
    }

    /// Whether what is available may never go below zero.
    #[must_use]
    pub const fn is_floored(&self) -> bool {
        matches!(self.holder, Holder::User(_))
    }
}

/// What a transfer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TransferKind {
    /// Moves the amount at once.
    Single,
    /// Holds the amount on the debited account until it is posted or voided.
    Pending,
    /// Captures a pending transfer: the held amount moves.
    Post {
        /// The pending transfer.
        of: TransferId,
    },
    /// Releases a pending transfer: the held amount is available again.
    Void {
        /// The pending transfer.
        of: TransferId,
    },
}

/// Why money moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Why {
    /// For an order.
    Rental(OrderId),
    /// A customer paid in.
    Deposit(Note),
    /// The operator took money back.
    Deduction(Note),
    /// The operator gave money.
    Refund(Note),
}

/// An operator's reason, 1 to 500 characters without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Note(String);

/// A text is not a [`Note`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 500 characters without control characters")]
pub struct ParseNoteError;

impl FromStr for Note {
    type Err = ParseNoteError;

    fn from_str(text: &str) -> Result<Self, ParseNoteError> {
        let fits = (1..=500).contains(&text.chars().count());
        if fits && !text.trim().is_empty() && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseNoteError)
        }
    }
}

impl TryFrom<String> for Note {
    type Error = ParseNoteError;

    fn try_from(text: String) -> Result<Self, ParseNoteError> {
        text.parse()
    }
}

impl From<Note> for String {
    fn from(note: Note) -> Self {
        note.0
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A movement of money, never changed and never deleted. Corrections are new transfers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Transfer {
    /// The caller's id, taken once for ever.
    pub id: TransferId,
    /// What it does.
    pub kind: TransferKind,
    /// The account it takes from.
    pub debit: Account,
    /// The account it gives to; of the same asset.
    pub credit: Account,
    /// How much, more than zero.
    pub amount: Amount,
    /// Why.
    pub why: Why,
    /// When it was decided.
    pub at: Timestamp,
}

impl Transfer {
    /// Whether two transfers say the same apart from when they were decided: then one repeats the other.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        Self { at: other.at, ..self.clone() } == *other
    }
}

/// What an account holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Credits less debits that are done.
    pub posted: Amount,
    /// The part of it under pending transfers.
    pub held: Amount,
    /// How many entries the account has; the last one's number.
    pub seq: u64,
}

impl Balance {
    /// What can be spent.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn available(&self) -> Result<Amount, Overflow> {
        self.posted.minus(self.held)
    }
}

/// One line of an account: what one transfer did to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The account.
    pub account: Account,
    /// The transfer.
    pub transfer: Transfer,
    /// What changed.
    pub delta: Delta,
    /// The balance with it; `after.seq` counts 1, 2, 3… without gaps.
    pub after: Balance,
}

/// A change of a balance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Change of what is posted.
    pub posted: Amount,
    /// Change of what is held.
    pub held: Amount,
}

/// Why the ledger refuses a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerRefusal {
    /// A floored account would go below zero.
    Overdrawn {
        /// Which.
        account: Account,
        /// What the transfer takes.
        needed: Amount,
        /// What there is.
        available: Amount,
    },
    /// The id is taken, by this transfer.
    Taken {
        /// The transfer that has it.
        existing: Box<Transfer>,
    },
    /// A post or void names no pending transfer of the same accounts and amount.
    NotPending {
        /// The transfer named.
        of: TransferId,
    },
    /// The pending transfer is posted or voided already.
    Resolved {
        /// The pending transfer.
        of: TransferId,
    },
    /// The amount is not positive, or the accounts are one or of two assets.
    Senseless,
    /// A balance would not fit.
    Overflow,
}

impl From<Overflow> for LedgerRefusal {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

/// What a transfer does to the two accounts: `(debit, credit)`.
///
/// `pending` is the transfer that a post or void names, as far as the store knows it.
///
/// # Errors
/// [`LedgerRefusal::Senseless`], [`LedgerRefusal::NotPending`], or [`LedgerRefusal::Overflow`].
pub fn effect(transfer: &Transfer, pending: Option<&Transfer>) -> Result<(Delta, Delta), LedgerRefusal> {
    let Transfer { debit, credit, amount, .. } = transfer;
    if !amount.is_positive() || debit == credit || debit.asset != credit.asset {
        return Err(LedgerRefusal::Senseless);
    }
    if let TransferKind::Post { of } | TransferKind::Void { of } = transfer.kind {
        let fits = |p: &Transfer| {
            p.kind == TransferKind::Pending && (&p.debit, &p.credit, &p.amount) == (debit, credit, amount)
        };
        if !pending.is_some_and(fits) {
            return Err(LedgerRefusal::NotPending { of });
        }
    }
    let (plus, minus, zero) = (*amount, Amount::ZERO.minus(*amount)?, Amount::ZERO);
    Ok(match transfer.kind {
        TransferKind::Single => (Delta { posted: minus, held: zero }, Delta { posted: plus, held: zero }),
        TransferKind::Pending => (Delta { posted: zero, held: plus }, Delta::default()),
        TransferKind::Post { .. } => (Delta { posted: minus, held: minus }, Delta { posted: plus, held: zero }),
        TransferKind::Void { .. } => (Delta { posted: zero, held: minus }, Delta::default()),
    })
}

/// The balance after a change, or why there cannot be one. A change of nothing leaves no entry and counts none.
///
/// # Errors
/// [`LedgerRefusal::Overdrawn`] when a floored account's available balance would go below zero,
/// [`LedgerRefusal::Overflow`] when a balance would not fit.
pub fn after(account: Account, balance: &Balance, delta: &Delta) -> Result<Balance, LedgerRefusal> {
    if *delta == Delta::default() {
        return Ok(*balance);
    }
    let next = Balance {
        posted: balance.posted.plus(delta.posted)?,
        held: balance.held.plus(delta.held)?,
        seq: balance.seq.checked_add(1).ok_or(LedgerRefusal::Overflow)?,
    };
    let (available, left) = (balance.available()?, next.available()?);
    if account.is_floored() && left.is_negative() {
        return Err(LedgerRefusal::Overdrawn { account, needed: available.minus(left)?, available });
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(kind: TransferKind, amount: i64) -> Transfer {
        Transfer {
            id: TransferId::derived(&[]),
            kind,
            debit: Account::user(UserId::try_from(1).unwrap(), Asset::Trx),
            credit: Account::house(House::Revenue, Asset::Trx),
            amount: Amount::new(amount),
            why: Why::Rental(OrderId::derived(&[])),
            at: Timestamp::default(),
        }
    }

    fn balance(posted: i64, held: i64) -> Balance {
        Balance { posted: Amount::new(posted), held: Amount::new(held), seq: 7 }
    }

    #[test]
    fn a_hold_takes_what_is_available_and_no_more() {
        let hold = transfer(TransferKind::Pending, 10);
        let (debit, credit) = effect(&hold, None).unwrap();
        assert_eq!(credit, Delta::default());
        assert_eq!(after(hold.debit, &balance(10, 0), &debit), Ok(Balance { seq: 8, ..balance(10, 10) }));
        let refusal = after(hold.debit, &balance(10, 1), &debit).unwrap_err();
        let (needed, available) = (Amount::new(10), Amount::new(9));
        assert_eq!(refusal, LedgerRefusal::Overdrawn { account: hold.debit, needed, available });
    }

    #[test]
    fn a_capture_moves_the_held_amount_and_a_release_gives_it_back() {
        let hold = transfer(TransferKind::Pending, 10);
        let of = hold.id;
        let (debit, credit) = effect(&transfer(TransferKind::Post { of }, 10), Some(&hold)).unwrap();
        assert_eq!(after(hold.debit, &balance(10, 10), &debit), Ok(Balance { seq: 8, ..balance(0, 0) }));
        assert_eq!(credit.posted, Amount::new(10));
        let (debit, credit) = effect(&transfer(TransferKind::Void { of }, 10), Some(&hold)).unwrap();
        assert_eq!(after(hold.debit, &balance(10, 10), &debit), Ok(Balance { seq: 8, ..balance(10, 0) }));
        assert_eq!(credit, Delta::default());
    }

    #[test]
    fn a_capture_of_another_amount_or_of_no_hold_is_refused() {
        let hold = transfer(TransferKind::Pending, 10);
        let of = hold.id;
        for (post, pending) in [
            (transfer(TransferKind::Post { of }, 9), Some(&hold)),
            (transfer(TransferKind::Post { of }, 10), None),
            (transfer(TransferKind::Post { of }, 10), Some(&transfer(TransferKind::Single, 10))),
        ] {
            assert_eq!(effect(&post, pending), Err(LedgerRefusal::NotPending { of }));
        }
    }

    #[test]
    fn a_transfer_of_nothing_or_between_assets_is_senseless() {
        let mut between = transfer(TransferKind::Single, 1);
        between.credit.asset = Asset::Usdt;
        for bad in [transfer(TransferKind::Single, 0), transfer(TransferKind::Single, -5), between] {
            assert_eq!(effect(&bad, None), Err(LedgerRefusal::Senseless));
        }
    }
}
