//! The histories of the core, played on PostgreSQL.

use std::sync::Arc;

use flash_core::testing::{Op, Scenario};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};

use super::database::Schema;

fn play(scenario: &Scenario) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let schema = Schema::new();
        let store = Arc::new(schema.open().await);
        let played = scenario.play(store.clone()).await.map_err(|violation| violation.to_string());
        store.close().await;
        schema.remove().await;
        played
    })
}

/// How many histories: `FLASH_HISTORIES` for a soak, else as many as the gate has time for.
fn histories() -> u32 {
    std::env::var("FLASH_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
}

fn config() -> Config {
    let failures = FileFailurePersistence::WithSource("regressions");
    Config { cases: histories(), failure_persistence: Some(Box::new(failures)), ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_history_breaks_an_invariant(ops in prop::collection::vec(any::<[u8; 4]>(), 1..80)) {
        let deposits = (0..3).map(|user| Op::Deposit(user, 200));
        let ops = deposits.chain(ops.into_iter().map(Op::from_bytes)).collect();
        let outcome = play(&Scenario { ops });
        prop_assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    }
}
