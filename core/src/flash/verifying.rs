//! Checking the books against themselves, and against the chain.

use std::collections::{BTreeMap, HashMap};

use crate::address::Address;
use crate::chain::Account as ChainAccount;
use crate::error::Error;
use crate::flash::Flash;
use crate::id::{OrderId, TransferId};
use crate::ledger::{self, Account, Balance, Transfer, TransferKind};
use crate::order::{Finality, LegState, Order, OrderState};
use crate::store::{OrderCursor, OrderQuery, OrdersOf, StoreError, Which};
use crate::units::{Amount, Asset, Sun};

/// How many records are read in one call.
const PAGE: usize = 1_000;
/// Books that move while they are read look wrong once; books that are wrong look wrong every time.
const LOOKS: usize = 3;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many transfers were replayed.
    pub transfers: u64,
    /// How many orders were looked at.
    pub orders: u64,
    /// What is wrong; empty when all is well.
    pub findings: Findings,
}

/// What is wrong.
pub type Findings = Vec<Finding>;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// The balances of an asset do not sum to zero.
    #[error("the balances in {asset} sum to {sum} and not to zero")]
    Unbalanced {
        /// The asset.
        asset: Asset,
        /// Their sum.
        sum: Amount,
    },
    /// A balance is not what its transfers make it.
    #[error("{account:?} holds {stored:?}; its transfers make {replayed:?}")]
    BalanceDiffers {
        /// The account.
        account: Account,
        /// What is stored.
        stored: Balance,
        /// What the transfers make.
        replayed: Balance,
    },
    /// A transfer cannot follow those before it.
    #[error("transfer {transfer} cannot follow those before it")]
    ImpossibleTransfer {
        /// The transfer.
        transfer: TransferId,
    },
    /// An order's money is held, captured or released otherwise than its state says.
    #[error("the money of order {order} is not where its state says")]
    MoneyDiffers {
        /// The order.
        order: OrderId,
    },
    /// What is lent of a wallet is not the stake of its open legs.
    #[error("{stored} TRX of {wallet} are lent; its open legs make {legs}")]
    LentDiffers {
        /// The wallet.
        wallet: Address,
        /// What is stored.
        stored: Sun,
        /// What the open legs make.
        legs: Sun,
    },
    /// The chain has less stake between a wallet and a receiver than the books are certain of.
    #[error("{wallet} has lent {on_chain} TRX to {receiver}; the books are certain of {certain}")]
    StakeMissing {
        /// The wallet.
        wallet: Address,
        /// The receiver.
        receiver: Address,
        /// What the chain has.
        on_chain: Sun,
        /// What the books are certain of.
        certain: Sun,
    },
    /// The chain has more stake between a wallet and a receiver than the books can explain.
    #[error("{wallet} has lent {on_chain} TRX to {receiver}; the books explain at most {possible}")]
    StakeUnexplained {
        /// The wallet.
        wallet: Address,
        /// The receiver.
        receiver: Address,
        /// What the chain has.
        on_chain: Sun,
        /// The most that the books can explain.
        possible: Sun,
    },
    /// A wallet has more stake out than all orders on it can explain: somebody else lends from it, or some never came home.
    #[error("{wallet} has lent {on_chain} TRX; the books explain at most {possible}")]
    WalletUnexplained {
        /// The wallet.
        wallet: Address,
        /// What the chain has.
        on_chain: Sun,
        /// The most that the books can explain.
        possible: Sun,
    },
}

/// Stake that the books say is out: for certain, and at most.
#[derive(Debug, Clone, Copy, Default)]
struct Out {
    certain: Sun,
    possible: Sun,
}

#[derive(Default)]
struct Replay {
    balances: BTreeMap<Account, Balance>,
    pending: HashMap<TransferId, (Transfer, Option<TransferKind>)>,
    count: u64,
    impossible: Findings,
}

impl Flash {
    /// Checks the books against themselves: replays every transfer, and holds every order and wallet against the result.
    /// It reads everything, so run it beside business rather than for each order.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn verify(&self) -> Result<Report, Error> {
        let mut report = self.check_books().await?;
        for _ in 1..LOOKS {
            if report.findings.is_empty() {
                break;
            }
            let again = self.check_books().await?;
            let still = |finding: &Finding| report.findings.contains(finding);
            report = Report { findings: again.findings.into_iter().filter(still).collect(), ..again };
        }
        Ok(report)
    }

    /// Checks the books against the chain: the stake of every open order between each wallet and receiver, and of each
    /// wallet in all. What is under way counts as possible, not as certain.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Chain`].
    pub async fn verify_chain(&self) -> Result<Report, Error> {
        let mut report = self.check_chain().await?;
        for _ in 1..LOOKS {
            if report.findings.is_empty() {
                break;
            }
            let again = self.check_chain().await?;
            let still = |finding: &Finding| report.findings.contains(finding);
            report = Report { findings: again.findings.into_iter().filter(still).collect(), ..again };
        }
        Ok(report)
    }

    async fn check_books(&self) -> Result<Report, Error> {
        let replay = self.replay().await?;
        let mut findings = replay.impossible.clone();
        self.check_balances(&replay, &mut findings).await?;
        let mut lent: BTreeMap<Address, Sun> = BTreeMap::new();
        let mut orders: u64 = 0;
        self.each_order(Which::Any, |order| {
            orders = orders.saturating_add(1);
            if !money_fits(order, &replay) {
                findings.push(Finding::MoneyDiffers { order: order.id });
            }
            for leg in order.legs.iter().filter(|leg| leg.is_open()) {
                let sum = lent.entry(leg.wallet).or_default();
                *sum = sum.plus(leg.stake)?;
            }
            Ok(())
        })
        .await?;
        for pooled in self.wallets().await? {
            let wallet = pooled.wallet.address;
            let legs = lent.remove(&wallet).unwrap_or_default();
            if legs != pooled.lent {
                findings.push(Finding::LentDiffers { wallet, stored: pooled.lent, legs });
            }
        }
        findings.extend(lent.into_iter().map(|(wallet, legs)| Finding::LentDiffers {
            wallet,
            stored: Sun::ZERO,
            legs,
        }));
        Ok(Report { transfers: replay.count, orders, findings })
    }

    async fn replay(&self) -> Result<Replay, Error> {
        let mut replay = Replay::default();
        loop {
            let page = self.store().transfers(replay.count, PAGE).await?;
            let last = page.len() < PAGE;
            page.into_iter().for_each(|transfer| replay.take(transfer));
            if last {
                return Ok(replay);
            }
        }
    }

    async fn check_balances(&self, replay: &Replay, findings: &mut Findings) -> Result<(), Error> {
        let mut sums: BTreeMap<Asset, Amount> = BTreeMap::new();
        let mut after = None;
        let mut stored_accounts: usize = 0;
        loop {
            let page = self.store().accounts(after, PAGE).await?;
            for &(account, stored) in &page {
                stored_accounts = stored_accounts.saturating_add(1);
                let replayed = replay.balances.get(&account).copied().unwrap_or_default();
                if stored != replayed {
                    findings.push(Finding::BalanceDiffers { account, stored, replayed });
                }
                let sum = sums.entry(account.asset).or_default();
                *sum = sum.plus(stored.posted)?;
            }
            after = page.last().map(|(account, _)| *account);
            if page.len() < PAGE {
                break;
            }
        }
        let unbalanced = sums.into_iter().filter(|(_, sum)| *sum != Amount::ZERO);
        findings.extend(unbalanced.map(|(asset, sum)| Finding::Unbalanced { asset, sum }));
        if stored_accounts < replay.balances.len() {
            let what = "accounts that moved are not stored".into();
            return Err(StoreError::Corrupt { what }.into());
        }
        Ok(())
    }

    async fn check_chain(&self) -> Result<Report, Error> {
        // The chain is asked first and the books read after: what moved in between shows as under way or as newer.
        let wallets = self.wallets().await?;
        let addresses: Vec<Address> = wallets.iter().map(|pooled| pooled.wallet.address).collect();
        let accounts = self.chain().accounts(&addresses).await?;
        let mut pairs: BTreeMap<(Address, Address), Out> = BTreeMap::new();
        let mut orders: u64 = 0;
        self.each_order(Which::Open, |order| {
            orders = orders.saturating_add(1);
            for leg in &order.legs {
                let out = pairs.entry((leg.wallet, order.receiver)).or_default();
                match &leg.state {
                    LegState::Delegated { delegation } => {
                        out.certain = out.certain.plus(delegation.attempt.stake)?;
                        out.possible = out.possible.plus(leg.stake)?;
                    }
                    LegState::Delegating { .. } | LegState::Reclaiming { .. } => {
                        out.possible = out.possible.plus(leg.stake)?;
                    }
                    LegState::Reserved | LegState::Returned { .. } | LegState::Released => {}
                }
            }
            Ok(())
        })
        .await?;
        let mut findings = Findings::new();
        let mut by_wallet: BTreeMap<Address, Sun> = BTreeMap::new();
        for (&(wallet, receiver), out) in &pairs {
            let sum = by_wallet.entry(wallet).or_default();
            *sum = sum.plus(out.possible)?;
            let on_chain = self.chain().delegated(&wallet, &receiver).await?.stake;
            if on_chain < out.certain {
                findings.push(Finding::StakeMissing { wallet, receiver, on_chain, certain: out.certain });
            }
            if on_chain > out.possible {
                findings.push(Finding::StakeUnexplained { wallet, receiver, on_chain, possible: out.possible });
            }
        }
        for (wallet, account) in addresses.iter().zip(accounts) {
            let ChainAccount::Normal(holdings) = account else { continue };
            let possible = by_wallet.get(wallet).copied().unwrap_or_default();
            if holdings.lent > possible {
                findings.push(Finding::WalletUnexplained { wallet: *wallet, on_chain: holdings.lent, possible });
            }
        }
        Ok(Report { transfers: 0, orders, findings })
    }

    pub(super) async fn each_order(
        &self,
        which: Which,
        mut look: impl FnMut(&Order) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let query = OrderQuery { of: OrdersOf::Anyone, which, after, limit: PAGE };
            let page = self.store().orders(&query).await?;
            page.iter().try_for_each(&mut look)?;
            after = page.last().map(OrderCursor::of);
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }
}

impl Replay {
    fn take(&mut self, transfer: Transfer) {
        self.count = self.count.saturating_add(1);
        if self.apply(&transfer).is_none() {
            self.impossible.push(Finding::ImpossibleTransfer { transfer: transfer.id });
        }
    }

    fn apply(&mut self, transfer: &Transfer) -> Option<()> {
        let pending = match transfer.kind {
            TransferKind::Post { of } | TransferKind::Void { of } => {
                let (pending, resolved) = self.pending.get_mut(&of)?;
                if resolved.replace(transfer.kind).is_some() {
                    return None;
                }
                Some(pending.clone())
            }
            TransferKind::Single | TransferKind::Pending => None,
        };
        let (debit, credit) = ledger::effect(transfer, pending.as_ref()).ok()?;
        for (account, delta) in [(transfer.debit, debit), (transfer.credit, credit)] {
            let balance = self.balances.get(&account).copied().unwrap_or_default();
            let next = ledger::after(account, &balance, &delta).ok()?;
            if next != balance {
                self.balances.insert(account, next);
            }
        }
        if transfer.kind == TransferKind::Pending {
            self.pending.insert(transfer.id, (transfer.clone(), None));
        }
        Some(())
    }
}

/// Whether an order's money is where its state says.
fn money_fits(order: &Order, replay: &Replay) -> bool {
    let hold = order.hold();
    let Some((held, resolved)) = replay.pending.get(&hold.id) else { return false };
    let as_stated = match order.state {
        OrderState::Pending
        | OrderState::Processing
        | OrderState::Undoing { .. }
        | OrderState::Completed { finality: Finality::Included, .. } => resolved.is_none(),
        OrderState::Completed { finality: Finality::Final, .. }
        | OrderState::Reclaiming { .. }
        | OrderState::Expired { .. } => matches!(resolved, Some(TransferKind::Post { .. })),
        OrderState::Failed { .. } | OrderState::Cancelled { .. } => {
            matches!(resolved, Some(TransferKind::Void { .. }))
        }
        // A human decides; until then the money stays as it was, whichever way that is.
        OrderState::Reviewing { .. } => true,
    };
    held.repeats(&hold) && as_stated
}
