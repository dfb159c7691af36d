//! Which wallets lend for an order: one if one can, else the fewest.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::address::Address;
use crate::store::{PooledWallet, Priority};
use crate::units::Sun;

/// Bandwidth of a delegation and its reclaim together.
const BANDWIDTH_FOR_ORDER: i64 = 560;
/// TRX that a wallet without that bandwidth burns for the two, with some to spare.
const TRX_FOR_ORDER: Sun = Sun::new(600_000);
/// The chain delegates no less.
const SMALLEST_LEG: Sun = Sun::TRX;

/// Stake of one wallet for one leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The wallet.
    pub wallet: Address,
    /// How much of its stake.
    pub stake: Sun,
}

/// A view of the wallets that can lend, made for picking among thousands. The store guards the truth: a share picked
/// here may still be refused there.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    wallets: HashMap<Address, Candidate>,
    by_priority: BTreeMap<Priority, BTreeSet<(Sun, Address)>>,
    by_free: BTreeSet<(Sun, Address)>,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    free: Sun,
    priority: Priority,
}

impl Pool {
    /// A view of these wallets.
    #[must_use]
    pub fn new<'a>(wallets: impl IntoIterator<Item = &'a PooledWallet>) -> Self {
        let mut pool = Self::default();
        for pooled in wallets {
            let free = if can_pay(pooled) { pooled.free().unwrap_or_default() } else { Sun::ZERO };
            pool.put(pooled.wallet.address, Candidate { free, priority: pooled.wallet.priority });
        }
        pool
    }

    /// Whether the wallet is one of the pool, able to lend or not.
    #[must_use]
    pub fn contains(&self, wallet: &Address) -> bool {
        self.wallets.contains_key(wallet)
    }

    /// Shares that add up to `stake`: of one wallet of the highest priority that suffices, with the least left over;
    /// else of the fewest wallets, at most `most`. Nothing when there is no such choice. Equal pools give equal shares.
    #[must_use]
    pub fn pick(&self, stake: Sun, most: usize) -> Option<Vec<Share>> {
        if let Some(wallet) = self.pick_one(stake, &[]) {
            return Some(vec![Share { wallet, stake }]);
        }
        self.pick_fewest(stake, most)
    }

    /// One wallet for all of `stake`, none of `but_not`.
    #[must_use]
    pub fn pick_one(&self, stake: Sun, but_not: &[Address]) -> Option<Address> {
        let allowed = |&&(_, wallet): &&(Sun, Address)| !but_not.contains(&wallet);
        let fit = |set: &BTreeSet<(Sun, Address)>| at_least(set, stake).find(allowed).map(|&(_, wallet)| wallet);
        self.by_priority.values().rev().find_map(fit)
    }

    /// The largest wallets until they suffice; the last share then goes to the wallet it fits best.
    fn pick_fewest(&self, stake: Sun, most: usize) -> Option<Vec<Share>> {
        let mut shares: Vec<Share> = Vec::new();
        let mut rest = stake;
        for &(free, wallet) in self.by_free.iter().rev().take(most) {
            if free >= rest {
                break;
            }
            shares.push(Share { wallet, stake: free });
            rest = rest.minus(free).ok()?;
        }
        if shares.len() >= most {
            return None;
        }
        if rest < SMALLEST_LEG {
            let lacking = SMALLEST_LEG.minus(rest).ok()?;
            let donor =
                shares.iter_mut().find(|share| share.stake.minus(lacking).is_ok_and(|left| left >= SMALLEST_LEG))?;
            donor.stake = donor.stake.minus(lacking).ok()?;
            rest = SMALLEST_LEG;
        }
        let used: Vec<Address> = shares.iter().map(|share| share.wallet).collect();
        let wallet = self.pick_one(rest, &used)?;
        shares.push(Share { wallet, stake: rest });
        Some(shares)
    }

    /// Counts a share as lent, so that the next pick sees it gone.
    pub fn lend(&mut self, share: &Share) {
        if let Some(candidate) = self.wallets.get(&share.wallet).copied() {
            let free = candidate.free.minus(share.stake).unwrap_or_default().max(Sun::ZERO);
            self.put(share.wallet, Candidate { free, ..candidate });
        }
    }

    /// Counts a share as home again.
    pub fn give_back(&mut self, share: &Share) {
        if let Some(candidate) = self.wallets.get(&share.wallet).copied() {
            let free = candidate.free.plus(share.stake).unwrap_or(candidate.free);
            self.put(share.wallet, Candidate { free, ..candidate });
        }
    }

    fn put(&mut self, wallet: Address, next: Candidate) {
        if let Some(last) = self.wallets.insert(wallet, next) {
            self.by_free.remove(&(last.free, wallet));
            if let Some(set) = self.by_priority.get_mut(&last.priority) {
                set.remove(&(last.free, wallet));
            }
        }
        if next.free >= SMALLEST_LEG {
            self.by_free.insert((next.free, wallet));
            self.by_priority.entry(next.priority).or_default().insert((next.free, wallet));
        }
    }
}

fn at_least(set: &BTreeSet<(Sun, Address)>, stake: Sun) -> impl Iterator<Item = &(Sun, Address)> {
    set.range((stake, Address::from_body([0; 20]))..)
}

/// Whether the wallet can have its transactions carried out: a wallet that cannot would lend and never get back.
fn can_pay(pooled: &PooledWallet) -> bool {
    let holdings = &pooled.wallet.holdings;
    holdings.bandwidth >= BANDWIDTH_FOR_ORDER || holdings.balance >= TRX_FOR_ORDER
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chain::Holdings;
    use crate::order::Version;
    use crate::store::{Wallet, WalletState};
    use crate::time::Timestamp;

    fn address(n: u16) -> Address {
        let mut body = [0; 20];
        body[18..].copy_from_slice(&n.to_be_bytes());
        Address::from_body(body)
    }

    fn wallet(n: u16, trx: i64, priority: u8) -> PooledWallet {
        let wallet = Wallet {
            address: address(n),
            state: WalletState::Enabled,
            priority: Priority(priority),
            limit: Sun::from_trx(trx).unwrap(),
            holdings: Holdings { balance: Sun::TRX, ..Holdings::default() },
            observed_at: Timestamp::default(),
            version: Version::FIRST,
        };
        PooledWallet { wallet, lent: Sun::ZERO }
    }

    fn trx(n: i64) -> Sun {
        Sun::from_trx(n).unwrap()
    }

    fn picked(wallets: &[PooledWallet], stake: Sun) -> Option<Vec<(Address, Sun)>> {
        let shares = Pool::new(wallets).pick(stake, 4)?;
        Some(shares.iter().map(|share| (share.wallet, share.stake)).collect())
    }

    #[test]
    fn one_wallet_that_fits_best_is_picked() {
        let wallets = [wallet(1, 500, 0), wallet(2, 120, 0), wallet(3, 130, 0)];
        assert_eq!(picked(&wallets, trx(125)), Some(vec![(address(3), trx(125))]));
    }

    #[test]
    fn a_higher_priority_goes_before_a_better_fit() {
        let wallets = [wallet(1, 500, 9), wallet(2, 120, 0)];
        assert_eq!(picked(&wallets, trx(100)), Some(vec![(address(1), trx(100))]));
    }

    #[test]
    fn the_fewest_wallets_are_picked_when_none_suffices() {
        let wallets = [wallet(1, 50, 0), wallet(2, 100, 0), wallet(3, 60, 0), wallet(4, 10, 9)];
        assert_eq!(picked(&wallets, trx(108)), Some(vec![(address(2), trx(100)), (address(4), trx(8))]));
        assert_eq!(picked(&wallets, trx(221)), None);
    }

    #[test]
    fn no_leg_is_smaller_than_one_trx() {
        let stake = Sun::new(100_500_000);
        let shares = picked(&[wallet(1, 100, 0), wallet(2, 100, 0)], stake).unwrap();
        assert_eq!(shares, [(address(2), Sun::new(99_500_000)), (address(1), Sun::TRX)]);
    }

    #[test]
    fn a_wallet_that_cannot_pay_for_its_transactions_is_not_picked() {
        let mut poor = wallet(1, 500, 0);
        poor.wallet.holdings = Holdings { balance: Sun::new(599_999), bandwidth: 559, ..Holdings::default() };
        assert_eq!(picked(&[poor.clone()], trx(1)), None);
        poor.wallet.holdings.bandwidth = 560;
        assert!(picked(&[poor], trx(1)).is_some());
    }

    #[test]
    fn lent_stake_is_gone_until_given_back() {
        let mut pool = Pool::new(&[wallet(1, 100, 0)]);
        let share = Share { wallet: address(1), stake: trx(60) };
        pool.lend(&share);
        assert_eq!(pool.pick(trx(41), 4), None);
        pool.give_back(&share);
        assert!(pool.pick(trx(100), 4).is_some());
    }

    proptest! {
        #[test]
        fn shares_add_up_and_no_smaller_choice_of_wallets_suffices(
            frees in prop::collection::vec(1_i64..200, 1..12),
            stake in 1_i64..1_200,
        ) {
            let wallets: Vec<_> = (0..).zip(&frees).map(|(n, free)| wallet(n, *free, 0)).collect();
            let mut largest = frees.clone();
            largest.sort_unstable_by(|a, b| b.cmp(a));
            let fewest = (1..=4).find(|n| largest.iter().take(*n).sum::<i64>() >= stake && *n <= frees.len());
            let shares = picked(&wallets, trx(stake));
            prop_assert_eq!(shares.as_ref().map(Vec::len), fewest);
            if let Some(shares) = shares {
                prop_assert_eq!(Sun::sum(shares.iter().map(|share| share.1)), Ok(trx(stake)));
                for (wallet, share) in shares {
                    let free = wallets.iter().find(|w| w.wallet.address == wallet).unwrap().wallet.limit;
                    prop_assert!(share <= free && share >= Sun::TRX);
                }
            }
        }
    }
}
