//! A small world for tests that tell one story: one customer with 100 TRX, wallets, a receiver, and a process at work.

use std::sync::Arc;

use flash_core::address::Address;
use flash_core::flash::{Adjustment, AdjustmentKind, NewOrder, NewWallet, Placed};
use flash_core::id::{OrderId, TransferId, UserId};
use flash_core::order::Order;
use flash_core::price::Term;
use flash_core::store::{Priority, Store};
use flash_core::testing::{FakeChain, ManualClock, address, user};
use flash_core::time::Timestamp;
use flash_core::units::{Amount, Asset, Energy, Sun};
use flash_core::{Config, Error, Flash};
use flash_storage_memory::MemoryStore;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) chain: Arc<FakeChain>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) flash: Flash,
}

pub(crate) fn trx(n: i64) -> Sun {
    Sun::from_trx(n).unwrap()
}

pub(crate) fn customer() -> UserId {
    user(7)
}

pub(crate) fn receiver() -> Address {
    address(500)
}

pub(crate) fn wallet(n: u32) -> Address {
    address(n)
}

pub(crate) fn new_order(n: u8) -> NewOrder {
    NewOrder {
        id: OrderId::derived(&[&[n]]),
        user: customer(),
        receiver: receiver(),
        energy: Energy::new(65_000),
        term: Term::OneHour,
        client_order_id: None,
        key: None,
        max_price: None,
        quote: None,
    }
}

pub(crate) fn deposit(n: u8, trx: i64) -> Adjustment {
    Adjustment {
        id: TransferId::derived(&[b"deposit", &[n]]),
        user: customer(),
        asset: Asset::Trx,
        amount: Amount::from(Sun::from_trx(trx).unwrap()),
        kind: AdjustmentKind::Deposit,
        reason: "paid in".parse().unwrap(),
    }
}

impl Story {
    /// Wallets of so many TRX of stake each. 65,000 Energy take 6,868 TRX of stake and cost 1.95 TRX for an hour.
    pub(crate) async fn with_wallets(stakes: &[i64]) -> Self {
        let chain = Arc::new(FakeChain::new(NOW));
        let clock = Arc::new(ManualClock::new(NOW));
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let flash = Flash::new(store.clone(), chain.clone(), clock.clone(), Config::default());
        chain.activate(receiver());
        for (n, stake) in (1..).zip(stakes) {
            chain.supply(wallet(n), trx(*stake));
            flash.add_wallet(NewWallet { address: wallet(n), priority: Priority(0) }).await.unwrap();
        }
        flash.adjust(deposit(0, 100)).await.unwrap();
        Self { chain, clock, store, flash }
    }

    pub(crate) async fn place(&self, n: u8) -> Result<Order, Error> {
        self.flash.place(new_order(n)).await.map(Placed::into_order)
    }

    pub(crate) async fn work(&self) {
        let _ = self.flash.work(&"w".parse().unwrap(), 100).await.unwrap();
    }

    /// So many blocks, with a round of work after each.
    pub(crate) async fn blocks(&self, n: usize) {
        for _ in 0..n {
            self.chain.tick();
            self.clock.set(self.chain.head().time);
            self.work().await;
        }
    }

    /// An hour without blocks, then one.
    pub(crate) async fn an_hour_later(&self) {
        self.chain.skip(1_200);
        self.blocks(1).await;
    }

    pub(crate) async fn order(&self, n: u8) -> Order {
        self.flash.order(OrderId::derived(&[&[n]])).await.unwrap()
    }

    /// The customer's available and held TRX, in sun.
    pub(crate) async fn money(&self) -> (i64, i64) {
        let balance = self.flash.balances(customer()).await.unwrap()[0];
        (balance.available.get(), balance.held.get())
    }

    pub(crate) async fn lent(&self, n: u32) -> Sun {
        self.flash.wallet(wallet(n)).await.unwrap().lent
    }

    pub(crate) async fn assert_clean(&self) {
        assert_eq!(self.flash.verify().await.unwrap().findings, []);
        assert_eq!(self.flash.verify_chain().await.unwrap().findings, []);
    }
}
