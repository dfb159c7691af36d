//! Placing orders through `Flash` over the memory store.

use std::sync::Arc;
use std::time::Instant;

use flash_core::flash::{Adjustment, AdjustmentKind, NewOrder, NewWallet};
use flash_core::id::{OrderId, TransferId};
use flash_core::price::Term;
use flash_core::store::Priority;
use flash_core::testing::{FakeChain, ManualClock, address, user};
use flash_core::time::Timestamp;
use flash_core::units::{Asset, Energy, Sun};
use flash_core::{Config, Flash};
use flash_storage_memory::MemoryStore;

use crate::measure::median;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const ORDERS: u32 = 50_000;
const USERS: u32 = 1_000;
const WALLETS: u32 = 100;

/// A business with money and stake for any number of orders, on a chain in memory.
pub(crate) async fn business() -> Flash {
    let chain = Arc::new(FakeChain::new(NOW));
    let clock = Arc::new(ManualClock::new(NOW));
    let flash = Flash::new(Arc::new(MemoryStore::new()), chain.clone(), clock, Config::default());
    chain.activate(receiver());
    for n in 0..WALLETS {
        chain.supply(address(n), Sun::from_trx(100_000_000).unwrap());
        flash.add_wallet(NewWallet { address: address(n), priority: Priority(0) }).await.unwrap();
    }
    for n in 1..=USERS {
        let deposit = Adjustment {
            id: TransferId::derived(&[&n.to_be_bytes()]),
            user: user(n.into()),
            asset: Asset::Trx,
            amount: Sun::from_trx(100_000_000).unwrap().into(),
            kind: AdjustmentKind::Deposit,
            reason: "bench".parse().unwrap(),
        };
        flash.adjust(deposit).await.unwrap();
    }
    flash
}

/// Whom all orders are for.
pub(crate) fn receiver() -> flash_core::address::Address {
    address(1_000_000)
}

/// Orders a second, placed one after the other on one thread.
pub(crate) fn memory_orders_per_s() -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rounds = (0..5).map(|_| {
        runtime.block_on(async {
            let flash = business().await;
            let start = Instant::now();
            for n in 0..ORDERS {
                let (id, who) = (OrderId::derived(&[&n.to_be_bytes()]), user(i64::from(n % USERS) + 1));
                flash.place(NewOrder::new(id, who, receiver(), Energy::new(1_000), Term::OneHour)).await.unwrap();
            }
            f64::from(ORDERS) / start.elapsed().as_secs_f64()
        })
    });
    let per_s = median(rounds.collect());
    println!("orders placed in memory on one core: {per_s:.0} a second");
    per_s
}
