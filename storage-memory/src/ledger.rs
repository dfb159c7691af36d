//! Transfers, the entries they leave, and the balances these add up to.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use flash_core::id::TransferId;
use flash_core::ledger::{self, Account, Balance, Delta, Entry, LedgerRefusal, Transfer, TransferKind};

#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// Every transfer, in the order they took effect.
    log: Vec<Transfer>,
    places: HashMap<TransferId, usize>,
    /// Which pending transfers are posted or voided.
    resolved: HashMap<TransferId, TransferId>,
    entries: BTreeMap<Account, Vec<Line>>,
}

/// An entry, with the place of its transfer in the log.
#[derive(Debug, Clone, Copy)]
struct Line {
    place: usize,
    delta: Delta,
    after: Balance,
}

/// How to take a transfer back.
pub(crate) struct TransferUndo {
    id: TransferId,
    resolved: Option<TransferId>,
    entered: [Option<Account>; 2],
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
        let sides = [
            (transfer.debit, self.line(transfer.debit, debit)?),
            (transfer.credit, self.line(transfer.credit, credit)?),
        ];
        let id = transfer.id;
        if let Some(of) = resolved {
            self.resolved.insert(of, id);
        }
        let entered = sides.map(|(account, line)| {
            let line = line?;
            self.entries.entry(account).or_default().push(line);
            Some(account)
        });
        self.places.insert(id, self.log.len());
        self.log.push(transfer);
        Ok(TransferUndo { id, resolved, entered })
    }

    /// The next entry of an account; none when nothing changes.
    fn line(&self, account: Account, delta: Delta) -> Result<Option<Line>, LedgerRefusal> {
        let before = self.balance(account);
        let after = ledger::after(account, &before, &delta)?;
        Ok((after != before).then_some(Line { place: self.log.len(), delta, after }))
    }

    pub(crate) fn undo(&mut self, undo: TransferUndo) {
        self.log.pop();
        self.places.remove(&undo.id);
        if let Some(of) = undo.resolved {
            self.resolved.remove(&of);
        }
        for account in undo.entered.into_iter().flatten() {
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
        self.entries.get(&account).and_then(|lines| lines.last()).map(|line| line.after).unwrap_or_default()
    }

    pub(crate) fn entries(&self, account: Account, after: u64, limit: usize) -> Vec<Entry> {
        let lines = self.entries.get(&account).map(Vec::as_slice).unwrap_or_default();
        let entry = |line: &Line| {
            let transfer = self.log.get(line.place)?.clone();
            Some(Entry { account, transfer, delta: line.delta, after: line.after })
        };
        lines.iter().skip(index(after)).take(limit).filter_map(entry).collect()
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
