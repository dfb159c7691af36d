//! Supplier wallets: joining the pool, switching on and off, watching what they hold.

use crate::address::Address;
use crate::chain::{Account, ChainError, Holdings};
use crate::error::{Error, WalletFault};
use crate::event::Event;
use crate::flash::{Flash, PoolView, RETRIES, lock};
use crate::order::Version;
use crate::pool::{Pool, Share};
use crate::store::{Change, ChangeSet, Commit, PooledWallet, Priority, Wallet, WalletState};
use crate::time::{Span, Timestamp};
use crate::units::{Overflow, Sun};

/// How old a view of the pool may be before it is read again: other hosts lend from the same wallets.
const VIEW_AGE: Span = Span::from_secs(5);
/// How many accounts are asked of the chain in one call.
const ACCOUNTS_PER_CALL: usize = 100;

/// A wallet to join the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewWallet {
    /// Its address. The signer must have its key.
    pub address: Address,
    /// Which wallets are used first.
    pub priority: Priority,
}

/// A change of a wallet's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletChange {
    /// Whether orders may use it.
    State(WalletState),
    /// Which wallets are used first.
    Priority(Priority),
}

/// The most stake that orders may have of a wallet. What is lent on chain beyond our books was lent by others. While
/// orders are reserved and not yet on chain this takes as much of the others' for ours: an attempt at more than there is
/// dies, and the order tries another wallet or is refunded.
fn limit(holdings: &Holdings, lent: Sun) -> Result<Sun, Overflow> {
    holdings.lendable.plus(holdings.lent.min(lent))
}

impl Flash {
    /// Every supplier wallet, by address.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn wallets(&self) -> Result<Vec<PooledWallet>, Error> {
        Ok(self.store().wallets().await?)
    }

    /// A supplier wallet.
    ///
    /// # Errors
    /// [`Error::UnknownWallet`], [`Error::Store`].
    pub async fn wallet(&self, address: Address) -> Result<PooledWallet, Error> {
        let found = self.wallets().await?.into_iter().find(|pooled| pooled.wallet.address == address);
        found.ok_or(Error::UnknownWallet(address))
    }

    /// Adds a wallet to the pool, enabled, with the stake that the chain shows. Adding it again changes nothing.
    ///
    /// # Errors
    /// [`Error::Wallet`] when there is no key for it or it is no ordinary account; [`Error::Chain`], [`Error::Store`].
    pub async fn add_wallet(&self, new: NewWallet) -> Result<PooledWallet, Error> {
        let NewWallet { address, priority } = new;
        match self.wallet(address).await {
            Err(Error::UnknownWallet(_)) => {}
            known => return known,
        }
        let refused = |fault| Error::Wallet { wallet: address, fault };
        if !self.chain().signs_for(&address) {
            return Err(refused(WalletFault::NoKey));
        }
        let holdings = match self.account(address).await? {
            Account::Normal(holdings) => holdings,
            Account::Missing => return Err(refused(WalletFault::NotActivated)),
            Account::Contract => return Err(refused(WalletFault::Contract)),
        };
        // No order comes before the first wallet, so a store that does not follow the chain yet has nothing to forget.
        if self.store().cursor().await?.is_none() {
            self.start_following(&self.chain().tips().await?.solid).await?;
        }
        let wallet = Wallet {
            address,
            state: WalletState::Enabled,
            priority,
            limit: limit(&holdings, Sun::ZERO)?,
            holdings,
            observed_at: self.now(),
            version: Version::FIRST,
        };
        let event = Change::Event(Event::WalletChanged { wallet: address });
        // Refused when someone else added it in the meantime, which is as good.
        let _ = self.store().commit(ChangeSet { at: self.now(), changes: vec![Change::Wallet(wallet), event] }).await?;
        self.reload_pool().await?;
        self.wallet(address).await
    }

    /// Changes a wallet's settings.
    ///
    /// # Errors
    /// [`Error::UnknownWallet`], [`Error::Store`], [`Error::Contended`].
    pub async fn change_wallet(&self, address: Address, change: WalletChange) -> Result<PooledWallet, Error> {
        for _ in 0..RETRIES {
            let mut wallet = self.wallet(address).await?.wallet;
            match change {
                WalletChange::State(state) => wallet.state = state,
                WalletChange::Priority(priority) => wallet.priority = priority,
            }
            wallet.version = wallet.version.next();
            let event = Change::Event(Event::WalletChanged { wallet: address });
            let changes = vec![Change::Wallet(wallet), event];
            if self.store().commit(ChangeSet { at: self.now(), changes }).await? == Commit::Done {
                self.reload_pool().await?;
                return self.wallet(address).await;
            }
        }
        Err(Error::Contended)
    }

    /// Asks the chain what every wallet holds and sets the limits by it.
    ///
    /// # Errors
    /// [`Error::Chain`], [`Error::Store`].
    pub async fn refresh_wallets(&self) -> Result<Vec<PooledWallet>, Error> {
        let wallets = self.wallets().await?;
        let addresses: Vec<Address> = wallets.iter().map(|pooled| pooled.wallet.address).collect();
        for some in addresses.chunks(ACCOUNTS_PER_CALL) {
            self.observe_wallets(some).await?;
        }
        self.reload_pool().await?;
        self.wallets().await
    }

    /// Asks the chain what these wallets hold. One that somebody changes at the same moment is left for the next time.
    pub(super) async fn observe_wallets(&self, addresses: &[Address]) -> Result<(), Error> {
        let accounts = self.chain().accounts(addresses).await?;
        let at = self.now();
        for pooled in self.wallets().await? {
            let place = addresses.iter().position(|address| *address == pooled.wallet.address);
            let Some(account) = place.and_then(|place| accounts.get(place)) else { continue };
            let holdings = match account {
                Account::Normal(holdings) => *holdings,
                Account::Missing | Account::Contract => Holdings::default(),
            };
            let wallet = Wallet {
                limit: limit(&holdings, pooled.lent)?,
                holdings,
                observed_at: at,
                version: pooled.wallet.version.next(),
                ..pooled.wallet
            };
            let _ = self.store().commit(ChangeSet { at, changes: vec![Change::Wallet(wallet)] }).await?;
        }
        Ok(())
    }

    /// One account of the chain.
    pub(super) async fn account(&self, address: Address) -> Result<Account, Error> {
        let accounts = self.chain().accounts(&[address]).await?;
        let missing = || ChainError::Malformed { what: "no answer about an account".into() };
        Ok(accounts.first().copied().ok_or_else(missing)?)
    }

    pub(super) async fn is_supplier(&self, address: &Address) -> Result<bool, Error> {
        self.view_pool().await?;
        Ok(lock(&self.shared.pool).as_ref().is_some_and(|view| view.pool.contains(address)))
    }

    /// Picks stake and counts it as lent in our view, so that concurrent orders do not all pick the same.
    pub(super) async fn pick(&self, stake: Sun) -> Result<Option<Vec<Share>>, Error> {
        self.view_pool().await?;
        if let Some(shares) = self.pick_in_view(stake) {
            return Ok(Some(shares));
        }
        // Stake may have come home, here or on another host, since the view was read.
        self.reload_pool().await?;
        Ok(self.pick_in_view(stake))
    }

    fn pick_in_view(&self, stake: Sun) -> Option<Vec<Share>> {
        let mut view = lock(&self.shared.pool);
        let pool = &mut view.as_mut()?.pool;
        let shares = pool.pick(stake, self.config().most_legs)?;
        shares.iter().for_each(|share| pool.lend(share));
        Some(shares)
    }

    /// Another wallet that can lend all of `stake`, if there is one.
    pub(super) async fn pick_another(&self, stake: Sun, but_not: &[Address]) -> Result<Option<Address>, Error> {
        self.reload_pool().await?;
        Ok(lock(&self.shared.pool).as_ref().and_then(|view| view.pool.pick_one(stake, but_not)))
    }

    pub(super) fn give_back(&self, shares: &[Share]) {
        if let Some(view) = lock(&self.shared.pool).as_mut() {
            shares.iter().for_each(|share| view.pool.give_back(share));
        }
    }

    async fn view_pool(&self) -> Result<(), Error> {
        let fresh_from = self.now().before(VIEW_AGE);
        let fresh = lock(&self.shared.pool).as_ref().is_some_and(|view| view.as_of >= fresh_from);
        if fresh { Ok(()) } else { self.reload_pool().await }
    }

    pub(super) async fn reload_pool(&self) -> Result<(), Error> {
        let as_of: Timestamp = self.now();
        let wallets = self.wallets().await?;
        *lock(&self.shared.pool) = Some(PoolView { pool: Pool::new(&wallets), as_of });
        Ok(())
    }
}
