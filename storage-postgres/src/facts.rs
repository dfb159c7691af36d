//! What commits are decided on: first assumed, and read only when an assumption turned out wrong.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use flash_core::address::Address;
use flash_core::chain::Holdings;
use flash_core::id::{OrderId, QuoteId, TransferId, TxId};
use flash_core::ledger::{Account, Balance, Transfer, TransferKind};
use flash_core::order::{Order, Version};
use flash_core::price::Quote;
use flash_core::store::{
    Change, ChangeSet, Cursor, Key, KeyRecord, KnownTx, PooledWallet, Priority, Wallet, WalletState,
};
use flash_core::time::Timestamp;
use flash_core::units::{Amount, Sun};

use crate::recent::Recent;

/// More than anyone has, and far from overflow.
const PLENTY: i64 = i64::MAX / 2;

/// What is stored, as far as the commits at hand ask.
#[derive(Debug)]
pub(crate) enum Facts<'a> {
    /// That every commit takes effect: ids are free, versions follow, there is money and stake enough. The database
    /// checks it in the same call that writes. Orders are as this process saw them last.
    Assumed(&'a Recent),
    /// As the database said in one snapshot.
    Read(&'a Stored),
}

/// What the database said.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) orders: HashMap<OrderId, Arc<Order>>,
    pub(crate) balances: HashMap<Account, Balance>,
    pub(crate) wallets: HashMap<Address, PooledWallet>,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) transfers: HashMap<TransferId, Transfer>,
    pub(crate) resolved: HashSet<TransferId>,
    pub(crate) keys: HashMap<Key, KeyRecord>,
    pub(crate) quotes: HashMap<QuoteId, Quote>,
    pub(crate) txs: HashMap<TxId, KnownTx>,
}

/// An order as stored, if it is.
pub(crate) enum Prior {
    Known(Option<Arc<Order>>),
    /// Nobody here has seen the version that a put follows: it must be read.
    Unknown,
}

impl Facts<'_> {
    /// The order that a put of this version follows.
    pub(crate) fn order(&self, id: OrderId, put: Version) -> Prior {
        match self {
            Self::Assumed(_) if put == Version::FIRST => Prior::Known(None),
            Self::Assumed(recent) => match recent.before(id, put) {
                Some(order) => Prior::Known(Some(order)),
                None => Prior::Unknown,
            },
            Self::Read(stored) => Prior::Known(stored.orders.get(&id).cloned()),
        }
    }

    pub(crate) fn balance(&self, account: Account) -> Balance {
        match self {
            Self::Assumed(_) => Balance { posted: Amount::new(PLENTY), held: Amount::ZERO, seq: 0 },
            Self::Read(stored) => stored.balances.get(&account).copied().unwrap_or_default(),
        }
    }

    /// The wallet; for a put of a version, the one that it follows.
    pub(crate) fn wallet(&self, address: Address, put: Option<Version>) -> Option<PooledWallet> {
        match self {
            Self::Assumed(_) => {
                let version = put.map_or(Some(Version::FIRST), before)?;
                let wallet = Wallet {
                    address,
                    state: WalletState::Enabled,
                    priority: Priority::default(),
                    limit: Sun::new(i64::MAX),
                    holdings: Holdings::default(),
                    observed_at: Timestamp::default(),
                    version,
                };
                Some(PooledWallet { wallet, lent: Sun::new(PLENTY) })
            }
            Self::Read(stored) => stored.wallets.get(&address).cloned(),
        }
    }

    /// The version of the cursor that a put of this one follows.
    pub(crate) fn cursor_version(&self, put: &Cursor) -> Option<Version> {
        match self {
            Self::Assumed(_) => before(put.version),
            Self::Read(stored) => stored.cursor.map(|cursor| cursor.version),
        }
    }

    pub(crate) fn transfer(&self, id: TransferId) -> Option<&Transfer> {
        match self {
            Self::Assumed(_) => None,
            Self::Read(stored) => stored.transfers.get(&id),
        }
    }

    /// The hold that a transfer resolves.
    pub(crate) fn hold(&self, of: TransferId, resolving: &Transfer) -> Option<Transfer> {
        match self {
            Self::Assumed(_) => Some(Transfer { id: of, kind: TransferKind::Pending, ..resolving.clone() }),
            Self::Read(stored) => stored.transfers.get(&of).cloned(),
        }
    }

    pub(crate) fn is_resolved(&self, of: TransferId) -> bool {
        match self {
            Self::Assumed(_) => false,
            Self::Read(stored) => stored.resolved.contains(&of),
        }
    }

    pub(crate) fn key(&self, key: &Key) -> Option<&KeyRecord> {
        match self {
            Self::Assumed(_) => None,
            Self::Read(stored) => stored.keys.get(key),
        }
    }

    pub(crate) fn quote(&self, id: QuoteId) -> Option<&Quote> {
        match self {
            Self::Assumed(_) => None,
            Self::Read(stored) => stored.quotes.get(&id),
        }
    }

    /// What is known of a transaction, where that is known.
    pub(crate) fn tx(&self, tx: TxId) -> Option<&KnownTx> {
        match self {
            Self::Assumed(_) => None,
            Self::Read(stored) => stored.txs.get(&tx),
        }
    }

    /// Whether the absence of a transaction is a fact.
    pub(crate) const fn is_read(&self) -> bool {
        matches!(self, Self::Read(_))
    }
}

fn before(version: Version) -> Option<Version> {
    version.0.checked_sub(1).filter(|before| *before > 0).map(Version)
}

/// What must be read to decide commits for certain.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    pub(crate) orders: HashSet<OrderId>,
    pub(crate) accounts: HashSet<Account>,
    pub(crate) wallets: HashSet<Address>,
    pub(crate) cursor: bool,
    pub(crate) transfers: HashSet<TransferId>,
    pub(crate) keys: HashSet<Key>,
    pub(crate) quotes: HashSet<QuoteId>,
    pub(crate) txs: HashSet<TxId>,
}

impl Needs {
    pub(crate) fn of<'a>(sets: impl IntoIterator<Item = &'a ChangeSet>) -> Self {
        let mut needs = Self::default();
        sets.into_iter().flat_map(|set| &set.changes).for_each(|change| needs.add(change));
        needs
    }

    fn add(&mut self, change: &Change) {
        match change {
            Change::Order { order, .. } => {
                self.orders.insert(order.id);
                self.txs.extend(order.tx_ids());
            }
            Change::Wallet(wallet) => {
                self.wallets.insert(wallet.address);
            }
            Change::Reserve { wallet, .. } | Change::Free { wallet, .. } => {
                self.wallets.insert(*wallet);
            }
            Change::Cursor(_) => self.cursor = true,
            Change::Sighting(sighting) => {
                self.txs.insert(sighting.tx);
            }
            Change::Transfer(transfer) => {
                self.accounts.extend([transfer.debit, transfer.credit]);
                self.transfers.insert(transfer.id);
                if let TransferKind::Post { of } | TransferKind::Void { of } = transfer.kind {
                    self.transfers.insert(of);
                }
            }
            Change::Key(record) => {
                self.keys.insert(record.key.clone());
            }
            Change::Quote(quote) => {
                self.quotes.insert(quote.id);
            }
            Change::Wake { .. }
            | Change::SaveAddress { .. }
            | Change::ForgetAddress { .. }
            | Change::Trust(_)
            | Change::Event(_) => {}
        }
    }
}
