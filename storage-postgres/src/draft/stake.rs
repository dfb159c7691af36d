//! What a batch does to wallets: their settings, and the stake that is lent of them.

use flash_core::address::Address;
use flash_core::store::{PooledWallet, Refusal, Wallet};
use flash_core::units::Sun;

use super::layered::Layered;
use super::{Doubt, follows};
use crate::facts::Facts;
use crate::rows::{StakeMove, WalletPut, WalletRow, version_number};
use crate::writes::Writes;

#[derive(Debug, Default)]
pub(super) struct Stake {
    wallets: Layered<Address, Moving>,
}

/// A wallet on its way through the batch.
#[derive(Debug, Clone)]
struct Moving {
    /// What it is, on the facts that the batch is decided on.
    now: PooledWallet,
    /// The version that its put follows.
    put: Option<i64>,
    /// What changed of the lent stake: in all, at the least on the way, and at the most where some was reserved, before
    /// the put and after it.
    total: i64,
    least: i64,
    most: Option<i64>,
    most_after: Option<i64>,
    is_moved: bool,
}

impl Moving {
    const fn new(now: PooledWallet) -> Self {
        Self { now, put: None, total: 0, least: 0, most: None, most_after: None, is_moved: false }
    }

    fn lends(&mut self, lent: Sun) -> Result<(), Refusal> {
        let overflow = || Refusal::Impossible { what: "stake that does not fit" };
        let change = lent.minus(self.now.lent).map_err(|_| overflow())?.get();
        self.total = self.total.checked_add(change).ok_or_else(overflow)?;
        self.least = self.least.min(self.total);
        if change > 0 {
            let most = if self.put.is_some() { &mut self.most_after } else { &mut self.most };
            *most = Some(most.map_or(self.total, |most| most.max(self.total)));
        }
        self.now.lent = lent;
        self.is_moved = true;
        Ok(())
    }
}

impl Stake {
    pub(super) fn put_wallet(&mut self, facts: &Facts<'_>, wallet: &Wallet) -> Result<(), Doubt> {
        let address = wallet.address;
        let drafted = self.wallets.get(&address).cloned();
        // What was assumed of a wallet for its stake says nothing of its version.
        let known = drafted.as_ref().filter(|moving| moving.put.is_some() || facts.is_read());
        let stored = match known {
            Some(moving) => Some(moving.now.clone()),
            None => facts.wallet(address, Some(wallet.version)),
        };
        let version = stored.as_ref().map(|pooled| pooled.wallet.version);
        follows(version, wallet.version, "wallet")?;
        let lent = stored.map_or(Sun::ZERO, |pooled| pooled.lent);
        let mut moving = drafted.unwrap_or_else(|| Moving::new(PooledWallet { wallet: wallet.clone(), lent }));
        moving.put = moving.put.or_else(|| Some(version.map_or(0, version_number)));
        moving.now.wallet = wallet.clone();
        self.wallets.put(address, moving);
        Ok(())
    }

    pub(super) fn reserve(&mut self, facts: &Facts<'_>, wallet: Address, stake: Sun) -> Result<(), Doubt> {
        self.lend(facts, wallet, stake, PooledWallet::reserve)
    }

    pub(super) fn free(&mut self, facts: &Facts<'_>, wallet: Address, stake: Sun) -> Result<(), Doubt> {
        self.lend(facts, wallet, stake, PooledWallet::release)
    }

    fn lend(
        &mut self,
        facts: &Facts<'_>,
        wallet: Address,
        stake: Sun,
        rule: impl FnOnce(&PooledWallet, Sun) -> Result<Sun, Refusal>,
    ) -> Result<(), Doubt> {
        let unknown = Refusal::Exhausted { wallet, wanted: stake, free: Sun::ZERO };
        let drafted = self.wallets.get(&wallet).cloned();
        let mut moving = match drafted {
            Some(moving) => moving,
            None => Moving::new(facts.wallet(wallet, None).ok_or(unknown)?),
        };
        let lent = rule(&moving.now, stake)?;
        moving.lends(lent)?;
        self.wallets.put(wallet, moving);
        Ok(())
    }

    pub(super) fn keep(&mut self) {
        self.wallets.keep();
    }

    pub(super) fn drop_last(&mut self) {
        self.wallets.drop_last();
    }

    pub(super) fn write(self, writes: &mut Writes) {
        for (address, moving) in self.wallets.into_sorted() {
            if let Some(follows) = moving.put {
                writes.wallet_puts.push(WalletPut { content: WalletRow::from(&moving.now.wallet), follows });
            }
            if moving.is_moved {
                let Moving { total, least, most, most_after, .. } = moving;
                writes.stakes.push(StakeMove { address: *address.body(), total, least, most, most_after });
            }
        }
    }
}
