//! Random histories: whatever happens, every invariant holds, and once nothing goes wrong any more every order ends.

use std::sync::Arc;

use flash_core::Flash;
use flash_core::testing::{Op, Scenario, World};
use flash_storage_memory::MemoryStore;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};

fn play(scenario: &Scenario) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(scenario.play(Arc::new(MemoryStore::new()))).map_err(|violation| format!("{violation}"))
}

/// How many histories: `FLASH_HISTORIES` for a soak, else as many as the gate has time for.
fn histories() -> u32 {
    std::env::var("FLASH_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
}

fn config() -> Config {
    let failures = FileFailurePersistence::WithSource("regressions");
    Config { cases: histories(), failure_persistence: Some(Box::new(failures)), ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_history_breaks_an_invariant(ops in prop::collection::vec(any::<[u8; 4]>(), 1..120)) {
        // Money first, or most orders would be refused.
        let deposits = (0..3).map(|user| Op::Deposit(user, 200));
        let ops = deposits.chain(ops.into_iter().map(Op::from_bytes)).collect();
        let outcome = play(&Scenario { ops });
        prop_assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    }
}

#[tokio::test]
async fn the_checks_notice_stake_that_the_books_do_not_know() {
    let mut world = World::new(Arc::new(MemoryStore::new())).await;
    for op in [Op::Deposit(0, 200), Op::Place(0, 1, 2), Op::Work(0), Op::Tick(1)] {
        world.run(op).await;
    }
    world.check().await.unwrap();
    let order = world.orders().await.unwrap().remove(0);
    let leg = &order.legs[0];
    assert_eq!(world.chain.lent(leg.wallet, order.receiver), leg.stake, "the delegation must be in a block");
    // Books that have forgotten: the chain shows what they cannot explain.
    let (chain, clock) = (world.chain.clone(), world.clock.clone());
    world.auditor = Flash::new(Arc::new(MemoryStore::new()), chain, clock, flash_core::Config::default());
    assert!(world.check().await.unwrap_err().contains("is not on record"));
}
