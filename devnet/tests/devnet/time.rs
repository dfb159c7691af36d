//! Time: solidification, and weeks in seconds.

use std::time::Instant;

use flash_core::chain::Height;
use flash_core::time::Timestamp;
use flash_devnet::{Config, Genesis};

use crate::bench::{Bench, SLOT, fixed, nobody, send};

#[test]
fn the_solid_block_follows_18_behind_the_head_and_shows_what_was_true_there() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 1_000, 0);
    bench.land(&payer, send(&payer, nobody(7), 5));
    for _ in 0..18 {
        assert_eq!(bench.network.solid_view().balance(&nobody(7)).get(), 0);
        assert_eq!(bench.network.solid().height.0, bench.network.head().height.0 - 18);
        bench.blocks(1);
    }
    assert_eq!(bench.network.solid_view().balance(&nobody(7)).get(), 5);
}

#[test]
fn the_lag_is_a_setting() {
    for lag in [0, 1, 30] {
        let bench = Bench::with(&Config { solid_lag: lag, ..fixed() });
        let (head, solid) = (bench.network.head(), bench.network.solid());
        assert_eq!(head.height.0 - solid.height.0, u64::from(lag));
        assert_eq!(bench.network.solid_view().at(), solid);
    }
}

#[test]
fn a_young_chain_is_solid_up_to_its_first_block() {
    let mut bench = Bench::with(&Config { history: 0, ..fixed() });
    assert_eq!(bench.network.solid().height, Height(0));
    bench.blocks(5);
    assert_eq!((bench.network.head().height, bench.network.solid().height), (Height(5), Height(0)));
}

#[test]
fn blocks_stand_on_multiples_of_three_seconds() {
    let genesis = Genesis::At(Timestamp::from_millis(1_700_000_001_234));
    let bench = Bench::with(&Config { genesis, ..fixed() });
    assert_eq!(bench.network.head().time.as_millis() % SLOT, 0);
}

#[test]
fn fourteen_days_take_seconds() {
    let mut bench = Bench::new();
    let started = Instant::now();
    bench.blocks(403_200);
    assert_eq!(bench.network.head().height.0, 403_240);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
