//! Every crash point, counted rather than thought of: the story is told once to learn how many calls a process makes,
//! then again with each of them cut, before its effect and after it, for once and for good, and with each pair.

use std::sync::Arc;

use flash_core::flash::NewWallet;
use flash_core::order::Status;
use flash_core::store::{Priority, Store};
use flash_core::testing::{CutChain, CutStore, Cuts, FakeChain, ManualClock, Moment};
use flash_core::units::Sun;
use flash_core::{Config, Flash};
use flash_storage_memory::MemoryStore;

use crate::story::{NOW, Story, deposit, new_order, receiver, trx, wallet};

/// One order from its placing to its end, by a process whose calls are cut; a process that dies is started anew.
/// Returns how many calls the first process made.
async fn tell(stakes: &[i64], cuts: Arc<Cuts>) -> usize {
    let chain = Arc::new(FakeChain::new(NOW));
    let clock = Arc::new(ManualClock::new(NOW));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let whole = Flash::new(store.clone(), chain.clone(), clock.clone(), Config::default());
    chain.activate(receiver());
    for (n, stake) in (1..).zip(stakes) {
        chain.supply(wallet(n), trx(*stake));
        whole.add_wallet(NewWallet { address: wallet(n), priority: Priority(0) }).await.unwrap();
    }
    whole.adjust(deposit(0, 100)).await.unwrap();

    let cut_store = Arc::new(CutStore::new(store.clone(), cuts.clone()));
    let cut_chain = Arc::new(CutChain::new(chain.clone(), cuts.clone()));
    let mut flash = Flash::new(cut_store, cut_chain, clock.clone(), Config::default());
    let story = Story { chain, clock, store, flash: whole.clone() };

    // The customer asks until there is an answer, as customers do, always under the same id.
    for _ in 0..4 {
        if flash.place(new_order(1)).await.is_ok() {
            break;
        }
        if cuts.is_dead() {
            flash = whole.clone();
        }
    }
    let worker = "w".parse().unwrap();
    for round in 0..400 {
        let _ = flash.work(&worker, 10).await;
        if cuts.is_dead() {
            flash = whole.clone();
        }
        let order = story.order(1).await;
        if order.state.is_closed() {
            break;
        }
        // The hour passes at once when the delivery has become final in peace.
        if round == 60 {
            story.chain.skip(1_200);
        }
        story.chain.tick();
        story.clock.set(story.chain.head().time);
    }
    let order = story.order(1).await;
    assert_eq!(order.status(), Status::Expired, "{order:?}");
    assert_eq!(story.money().await, (100_000_000 - order.price.get(), 0), "charged once");
    let received = story.chain.received();
    let landed = received.values().filter(|verdict| verdict.block.is_some()).count();
    assert_eq!(landed, 2 * order.legs.len(), "delivered once and reclaimed once: {received:?}");
    assert!(received.keys().all(|tx| order.tx_ids().any(|id| id == *tx)), "nothing was sent that is not on record");
    assert!(story.chain.all_lent().values().all(|sun| *sun == Sun::ZERO));
    story.assert_clean().await;
    cuts.calls()
}

#[tokio::test]
async fn cut_at_any_call_the_order_still_ends_right() {
    for stakes in [&[10_000][..], &[5_000, 4_000][..]] {
        let calls = tell(stakes, Cuts::at([])).await;
        assert!(calls > 100, "the story makes {calls} calls");
        for call in 0..calls {
            for moment in Moment::ALL {
                tell(stakes, Cuts::at([(call, moment)])).await;
            }
        }
    }
}

/// Pairs of calls, each with one of the sixteen pairs of moments in turn: every pair with `FLASH_CRASH_PAIRS=all`, which
/// takes minutes, else one in eight. The tests take an eighth of the first calls each, to run side by side.
async fn cut_at_two_calls(part: usize) {
    let calls = tell(&[10_000], Cuts::at([])).await;
    let all = std::env::var("FLASH_CRASH_PAIRS").is_ok_and(|pairs| pairs == "all");
    for first in (part..calls).step_by(8) {
        for second in ((first + 1)..calls).filter(|second| all || (first + second).is_multiple_of(8)) {
            let [a, b] = [(first + second) / 8 % 4, (first + second) / 32 % 4].map(|moment| Moment::ALL[moment]);
            tell(&[10_000], Cuts::at([(first, a), (second, b)])).await;
        }
    }
}

macro_rules! cut_at_any_two_calls_the_order_still_ends_right {
    ($($name:ident $part:literal)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                cut_at_two_calls($part).await;
            }
        )*
    };
}

cut_at_any_two_calls_the_order_still_ends_right! {
    cut_at_any_two_calls_the_order_still_ends_right_1 0
    cut_at_any_two_calls_the_order_still_ends_right_2 1
    cut_at_any_two_calls_the_order_still_ends_right_3 2
    cut_at_any_two_calls_the_order_still_ends_right_4 3
    cut_at_any_two_calls_the_order_still_ends_right_5 4
    cut_at_any_two_calls_the_order_still_ends_right_6 5
    cut_at_any_two_calls_the_order_still_ends_right_7 6
    cut_at_any_two_calls_the_order_still_ends_right_8 7
}
