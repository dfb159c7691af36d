//! A business on a store: a fake chain with some wallets, and customers with money.

use std::sync::Arc;

use flash_core::Flash;
use flash_core::flash::{Adjustment, AdjustmentKind, Config, NewOrder, NewWallet};
use flash_core::id::{OrderId, TransferId};
use flash_core::price::Term;
use flash_core::store::{Priority, Store};
use flash_core::testing::{FakeChain, ManualClock, address, user};
use flash_core::time::Timestamp;
use flash_core::units::{Amount, Asset, Energy, Sun};

pub(crate) const RECEIVER: u32 = 100;

#[derive(Debug, Clone)]
pub(crate) struct Business {
    pub(crate) flash: Flash,
    pub(crate) chain: Arc<FakeChain>,
    pub(crate) clock: Arc<ManualClock>,
}

impl Business {
    /// With four wallets of a million TRX each, and 1,000 TRX for each of three customers.
    pub(crate) async fn on(store: Arc<dyn Store>) -> Self {
        let start = Timestamp::from_millis(1_800_000_000_000);
        let (chain, clock) = (Arc::new(FakeChain::new(start)), Arc::new(ManualClock::new(start)));
        let flash = Flash::new(store, chain.clone(), clock.clone(), Config::default());
        chain.activate(address(RECEIVER));
        for n in 1..=4 {
            chain.supply(address(n), Sun::from_trx(1_000_000).unwrap());
            flash.add_wallet(NewWallet { address: address(n), priority: Priority::default() }).await.unwrap();
        }
        for n in 1..=3 {
            let deposit = Adjustment {
                id: TransferId::derived(&[b"deposit", &[n]]),
                user: user(n.into()),
                asset: Asset::Trx,
                amount: Amount::from(Sun::from_trx(1_000).unwrap()),
                kind: AdjustmentKind::Deposit,
                reason: "money to start with".parse().unwrap(),
            };
            flash.adjust(deposit).await.unwrap();
        }
        Self { flash, chain, clock }
    }

    /// One block later, by every clock.
    pub(crate) fn tick(&self) {
        self.chain.tick();
        self.clock.set(self.chain.head().time);
    }
}

/// A customer's wish for 65,000 Energy for an hour.
pub(crate) fn wish(n: u32, who: i64) -> NewOrder {
    let id = OrderId::derived(&[b"wish", &n.to_be_bytes()]);
    NewOrder::new(id, user(who), address(RECEIVER), Energy::new(65_000), Term::OneHour)
}
