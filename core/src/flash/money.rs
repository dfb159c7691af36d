//! Customers' money otherwise than by orders: what they have, what the operator moves.

use crate::error::{Error, Reused};
use crate::event::Event;
use crate::flash::Flash;
use crate::id::{TransferId, UserId};
use crate::ledger::{Account, Balance, Entry, House, LedgerRefusal, Note, Transfer, TransferKind, Why};
use crate::store::{Change, ChangeSet, Commit, Refusal, StoreError};
use crate::units::{Amount, Asset};

/// What a customer has of one asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserBalance {
    /// The asset.
    pub asset: Asset,
    /// What can be spent.
    pub available: Amount,
    /// What orders under way hold.
    pub held: Amount,
}

/// A movement of a customer's money by the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// The caller's id for it. Repeating the same movement under the same id moves nothing twice.
    pub id: TransferId,
    /// Whose money.
    pub user: UserId,
    /// Which asset.
    pub asset: Asset,
    /// How much; more than zero.
    pub amount: Amount,
    /// Which way, and against which account of the house.
    pub kind: AdjustmentKind,
    /// Why.
    pub reason: Note,
}

/// Which way an adjustment moves money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustmentKind {
    /// Money that the customer paid in: from outside to the customer.
    Deposit,
    /// Money taken back: from the customer to the house.
    Deduct,
    /// Money given: from the house to the customer.
    Refund,
}

impl Adjustment {
    fn transfer(self, at: crate::time::Timestamp) -> Transfer {
        let Self { id, user, asset, amount, kind, reason } = self;
        let user = Account::user(user, asset);
        let (debit, credit, why) = match kind {
            AdjustmentKind::Deposit => (Account::house(House::External, asset), user, Why::Deposit(reason)),
            AdjustmentKind::Deduct => (user, Account::house(House::Adjustment, asset), Why::Deduction(reason)),
            AdjustmentKind::Refund => (Account::house(House::Adjustment, asset), user, Why::Refund(reason)),
        };
        Transfer { id, kind: TransferKind::Single, debit, credit, amount, why, at }
    }
}

impl Flash {
    /// What a customer has of every asset. One who was never seen has nothing.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn balances(&self, user: UserId) -> Result<Vec<UserBalance>, Error> {
        let mut balances = Vec::new();
        for asset in Asset::ALL {
            let balance: Balance = self.store().balance(Account::user(user, asset)).await?;
            balances.push(UserBalance { asset, available: balance.available()?, held: balance.held });
        }
        Ok(balances)
    }

    /// The movements of a customer's money in one asset, oldest first, after this number.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn entries(&self, user: UserId, asset: Asset, after: u64, limit: usize) -> Result<Vec<Entry>, Error> {
        Ok(self.store().entries(Account::user(user, asset), after, limit).await?)
    }

    /// Credits money that a customer paid in. The same as [`Flash::adjust`] with [`AdjustmentKind::Deposit`].
    ///
    /// # Errors
    /// As [`Flash::adjust`].
    pub async fn credit(
        &self,
        id: TransferId,
        user: UserId,
        asset: Asset,
        amount: Amount,
        reason: Note,
    ) -> Result<Transfer, Error> {
        self.adjust(Adjustment { id, user, asset, amount, kind: AdjustmentKind::Deposit, reason }).await
    }

    /// Moves a customer's money. Repeating the same adjustment gives the same transfer and moves nothing.
    ///
    /// # Errors
    /// [`Error::AmountNotPositive`], [`Error::InsufficientFunds`], [`Error::IdReused`] when the id is of another
    /// movement, [`Error::Overflow`], [`Error::Store`]. After [`StoreError::Unknown`] repeat it with the same id.
    pub async fn adjust(&self, adjustment: Adjustment) -> Result<Transfer, Error> {
        if !adjustment.amount.is_positive() {
            return Err(Error::AmountNotPositive);
        }
        let user = adjustment.user;
        let transfer = adjustment.transfer(self.now());
        let event = Change::Event(Event::BalanceMoved { user, transfer: transfer.id });
        let set = ChangeSet { at: transfer.at, changes: vec![Change::Transfer(transfer.clone()), event] };
        match self.store().commit(set).await? {
            Commit::Done => Ok(transfer),
            Commit::Refused(Refusal::Ledger(LedgerRefusal::Overdrawn { needed, available, .. })) => {
                Err(Error::InsufficientFunds { needed, available })
            }
            Commit::Refused(Refusal::Ledger(LedgerRefusal::Taken { existing })) if existing.repeats(&transfer) => {
                Ok(*existing)
            }
            Commit::Refused(Refusal::Ledger(LedgerRefusal::Taken { .. })) => {
                Err(Error::IdReused { what: Reused::TransferId })
            }
            Commit::Refused(Refusal::Ledger(LedgerRefusal::Overflow)) => Err(Error::Overflow(crate::units::Overflow)),
            Commit::Refused(refusal) => Err(StoreError::Corrupt { what: format!("{refusal:?}") }.into()),
        }
    }
}
