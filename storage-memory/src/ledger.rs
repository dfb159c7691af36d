//! Transfers, the entries they leave, and the balances these add up to.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use flash_core::id::TransferId;
use flash_core::ledger::{self, Account, Balance, Entry, LedgerRefusal, Transfer, TransferKind};

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Every transfer, in the order they took effect.
    log: Vec<Transfer>,
    places: HashMap<TransferId, usize>,
    /// Which pending transfers are posted or voided.
    resolved: HashMap<TransferId, TransferId>,
    entries: BTreeMap<Account, Vec<Entry>>,
}

/// How to take a transfer back.
pub(crate) struct TransferUndo {
    id: TransferId,
    resolved: Option<TransferId>,
    entered: Vec<Account>,
}

impl Ledger {
    pub(crate) fn apply(&mut self, transfer: Transfer) -> Result<TransferUndo, LedgerRefusal> {
        if let Some(existing) = self.transfer(transfer.id) {
            return Err(LedgerRefusal::Taken { existing: Box::new(existing.clone()) });
        }
        let resolved = match transfer.kind {
            TransferKind::Post { of } | TransferKind::Void { of } => Some(of),
            TransferKind::Single | TransferKind::Pending => None,
        };
        let (debit, credit) = ledger::effect(&transfer, resolved.and_then(|of| self.transfer(of)))?;
        if let Some(of) = resolved
            && self.resolved.contains_key(&of)
        {
            return Err(LedgerRefusal::Resolved { of });
        }
        let mut written = Vec::new();
        for (account, delta) in [(transfer.debit, debit), (transfer.credit, credit)] {
            let before = self.balance(account);
            let after = ledger::after(account, &before, &delta)?;
            if after != before {
                written.push(Entry { account, transfer: transfer.clone(), delta, after });
            }
        }
        let id = transfer.id;
        if let Some(of) = resolved {
            self.resolved.insert(of, id);
        }
        let entered = written.iter().map(|entry| entry.account).collect();
        for entry in written {
            self.entries.entry(entry.account).or_default().push(entry);
        }
        self.places.insert(id, self.log.len());
        self.log.push(transfer);
        Ok(TransferUndo { id, resolved, entered })
    }

    pub(crate) fn undo(&mut self, undo: TransferUndo) {
        self.log.pop();
        self.places.remove(&undo.id);
        if let Some(of) = undo.resolved {
            self.resolved.remove(&of);
        }
        for account in undo.entered {
            if let Some(entries) = self.entries.get_mut(&account) {
                entries.pop();
                if entries.is_empty() {
                    self.entries.remove(&account);
                }
            }
        }
    }

    pub(crate) fn transfer(&self, id: TransferId) -> Option<&Transfer> {
        self.log.get(*self.places.get(&id)?)
    }

    pub(crate) fn transfers(&self, after: u64, limit: usize) -> Vec<Transfer> {
        self.log.iter().skip(index(after)).take(limit).cloned().collect()
    }

    pub(crate) fn balance(&self, account: Account) -> Balance {
        self.entries.get(&account).and_then(|entries| entries.last()).map(|entry| entry.after).unwrap_or_default()
    }

    pub(crate) fn entries(&self, account: Account, after: u64, limit: usize) -> Vec<Entry> {
        let entries = self.entries.get(&account).map(Vec::as_slice).unwrap_or_default();
        entries.iter().skip(index(after)).take(limit).cloned().collect()
    }

    pub(crate) fn accounts(&self, after: Option<Account>, limit: usize) -> Vec<(Account, Balance)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let accounts = self.entries.range((from, Bound::Unbounded)).take(limit);
        accounts.map(|(account, _)| (*account, self.balance(*account))).collect()
    }
}

fn index(after: u64) -> usize {
    usize::try_from(after).unwrap_or(usize::MAX)
}
