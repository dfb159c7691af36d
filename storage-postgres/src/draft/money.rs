//! What a batch does to accounts, relative to whatever they hold when it is written.

use flash_core::id::TransferId;
use flash_core::ledger::{self, Account, Balance, Delta, LedgerRefusal, Transfer, TransferKind};
use flash_core::store::Refusal;
use flash_core::units::Amount;

use super::Doubt;
use super::layered::Layered;
use crate::facts::Facts;
use crate::rows::{AccountMove, EntryRow, TransferRow, holder_number, limit, signed};
use crate::writes::Writes;

#[derive(Debug, Default)]
pub(super) struct Money {
    accounts: Layered<Account, Moving>,
    by_id: Layered<TransferId, Transfer>,
    resolved: Layered<TransferId, ()>,
    transfers: Vec<Transfer>,
    entries: Vec<Entered>,
    /// How many transfers and entries belong to commits that are kept.
    kept: (usize, usize),
}

/// An account on its way through the batch.
#[derive(Debug, Clone, Copy)]
struct Moving {
    /// What it holds, on the facts that the batch is decided on.
    now: Balance,
    /// What changed since the beginning of the batch.
    moved: Moved,
    /// The least that is available on the way, relative to the beginning.
    least: Amount,
}

#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    posted: Amount,
    held: Amount,
    entries: u64,
}

/// What one transfer did to one account.
#[derive(Debug, Clone, Copy)]
struct Entered {
    account: Account,
    transfer: usize,
    delta: Delta,
    moved: Moved,
}

impl Money {
    pub(super) fn apply(&mut self, facts: &Facts<'_>, transfer: &Transfer) -> Result<(), Doubt> {
        if let Some(existing) = self.by_id.get(&transfer.id).or_else(|| facts.transfer(transfer.id)) {
            return refused(LedgerRefusal::Taken { existing: Box::new(existing.clone()) });
        }
        // It was resolved before it was there, on the assumption that it was: not in this batch.
        if self.resolved.get(&transfer.id).is_some() {
            return Err(Doubt::Unsure);
        }
        let hold = match transfer.kind {
            TransferKind::Post { of } | TransferKind::Void { of } => {
                Some((of, self.by_id.get(&of).cloned().or_else(|| facts.hold(of, transfer))))
            }
            TransferKind::Single | TransferKind::Pending => None,
        };
        let pending = hold.as_ref().and_then(|(_, hold)| hold.as_ref());
        let (debit, credit) = ledger::effect(transfer, pending).map_err(Refusal::from)?;
        if let Some((of, _)) = hold {
            if self.resolved.get(&of).is_some() || facts.is_resolved(of) {
                return refused(LedgerRefusal::Resolved { of });
            }
            self.resolved.put(of, ());
        }
        self.enter(facts, transfer.debit, debit)?;
        self.enter(facts, transfer.credit, credit)?;
        self.by_id.put(transfer.id, transfer.clone());
        self.transfers.push(transfer.clone());
        Ok(())
    }

    fn enter(&mut self, facts: &Facts<'_>, account: Account, delta: Delta) -> Result<(), Doubt> {
        let fresh = || Moving { now: facts.balance(account), moved: Moved::default(), least: Amount::ZERO };
        let Moving { now, moved, least } = self.accounts.get(&account).copied().unwrap_or_else(fresh);
        let next = ledger::after(account, &now, &delta).map_err(Refusal::from)?;
        if next == now {
            return Ok(());
        }
        let sum = |a: Amount, b: Amount| a.plus(b).map_err(|_| Refusal::Ledger(LedgerRefusal::Overflow));
        let moved = Moved {
            posted: sum(moved.posted, delta.posted)?,
            held: sum(moved.held, delta.held)?,
            entries: moved.entries.saturating_add(1),
        };
        let left = moved.posted.minus(moved.held).map_err(|_| Refusal::Ledger(LedgerRefusal::Overflow))?;
        self.accounts.put(account, Moving { now: next, moved, least: least.min(left) });
        self.entries.push(Entered { account, transfer: self.transfers.len(), delta, moved });
        Ok(())
    }

    pub(super) fn keep(&mut self) {
        self.accounts.keep();
        self.by_id.keep();
        self.resolved.keep();
        self.kept = (self.transfers.len(), self.entries.len());
    }

    pub(super) fn drop_last(&mut self) {
        self.accounts.drop_last();
        self.by_id.drop_last();
        self.resolved.drop_last();
        self.transfers.truncate(self.kept.0);
        self.entries.truncate(self.kept.1);
    }

    pub(super) fn write(self, writes: &mut Writes) {
        for entered in &self.entries {
            let Some(Moving { moved: end, .. }) = self.accounts.get(&entered.account) else { continue };
            let to_go = |end: Amount, here: Amount| end.minus(here).unwrap_or_default().get();
            writes.new_entries.push(EntryRow {
                holder: holder_number(entered.account.holder),
                asset: entered.account.asset.into(),
                transfer: limit(entered.transfer).saturating_add(1),
                posted: entered.delta.posted.get(),
                held: entered.delta.held.get(),
                seq_to_go: signed(end.entries.saturating_sub(entered.moved.entries)),
                posted_to_go: to_go(end.posted, entered.moved.posted),
                held_to_go: to_go(end.held, entered.moved.held),
            });
        }
        writes.new_transfers = self.transfers.iter().map(TransferRow::from).collect();
        let row = |(account, moving): (Account, Moving)| AccountMove {
            holder: holder_number(account.holder),
            asset: account.asset.into(),
            posted: moving.moved.posted.get(),
            held: moving.moved.held.get(),
            entries: signed(moving.moved.entries),
            least: account.is_floored().then(|| moving.least.get()),
        };
        writes.moves = self.accounts.into_sorted().into_iter().map(row).collect();
    }
}

fn refused(refusal: LedgerRefusal) -> Result<(), Doubt> {
    Err(Refusal::Ledger(refusal).into())
}
