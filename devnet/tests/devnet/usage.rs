//! Energy used, its recovery, and its way back to the lender.

use flash_core::units::{Energy, Sun};
use flash_devnet::control::ControlError;
use flash_devnet::state::account::Resource as Kind;

use crate::bench::{Bench, lend, nobody, reclaim, trx};

const STAKE: i64 = 6_862;

#[test]
fn a_rental_gives_what_mainnet_would_give() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, STAKE);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&owner, lend(&owner, receiver, STAKE));
    let limit = bench.network.head_view().limit(&receiver, Kind::Energy).get();
    // 6862 TRX at 180e9 Energy over 19,000,006,862 TRX.
    assert_eq!(limit, 65_008);
}

#[test]
fn what_the_customer_used_comes_back_as_the_suppliers_own_usage() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, STAKE);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&owner, lend(&owner, receiver, STAKE));
    let left = bench.network.use_energy(receiver, Energy::new(65_000)).unwrap();
    assert_eq!(left, Energy::new(8));
    bench.land(&owner, reclaim(&owner, receiver, STAKE));
    let view = bench.network.head_view();
    assert_eq!(view.used(&receiver, Kind::Energy), Energy::ZERO);
    let returned = view.used(&owner.address(), Kind::Energy).get();
    assert!((64_990..=65_000).contains(&returned), "{returned}");
    let lendable = view.lendable(&owner.address(), Kind::Energy);
    assert!(lendable < trx(2), "{lendable}: the stake is back and cannot be lent before the usage recovers");
    let all = "delegateBalance must be less than or equal to available FreezeEnergyV2 balance";
    assert_eq!(bench.invalid(&owner, lend(&owner, receiver, STAKE)), all);
    // It recovers 24 hours after it was used, wherever it is.
    bench.blocks(14_400);
    let half = bench.network.head_view().used(&owner.address(), Kind::Energy).get();
    assert!((32_400..=32_600).contains(&half), "{half}");
    bench.blocks(14_401);
    assert_eq!(bench.network.head_view().lendable(&owner.address(), Kind::Energy), trx(STAKE));
}

#[test]
fn usage_keeps_its_own_window_when_it_is_reclaimed_late() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, STAKE);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&owner, lend(&owner, receiver, STAKE));
    bench.network.use_energy(receiver, Energy::new(60_000)).unwrap();
    bench.blocks(21_600);
    bench.land(&owner, reclaim(&owner, receiver, STAKE));
    let quarter = bench.network.head_view().used(&owner.address(), Kind::Energy).get();
    assert!((14_900..=15_050).contains(&quarter), "{quarter}");
    bench.blocks(7_200);
    assert_eq!(bench.network.head_view().used(&owner.address(), Kind::Energy), Energy::ZERO);
}

#[test]
fn a_receiver_with_stake_of_its_own_keeps_its_share_of_the_usage() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 1_000);
    let receiver = bench.wallet("receiver", 1, 3_000);
    bench.land(&owner, lend(&owner, receiver.address(), 1_000));
    bench.network.use_energy(receiver.address(), Energy::new(20_000)).unwrap();
    bench.land(&owner, reclaim(&owner, receiver.address(), 1_000));
    let view = bench.network.head_view();
    let (kept, returned) =
        (view.used(&receiver.address(), Kind::Energy).get(), view.used(&owner.address(), Kind::Energy).get());
    assert!((4_995..=5_000).contains(&returned), "{returned}: a quarter of the stake, a quarter of the usage");
    assert!((14_990..=15_000).contains(&kept), "{kept}");
}

#[test]
fn usage_beyond_a_smaller_limit_eats_the_next_rental() {
    let mut bench = Bench::new();
    let first = bench.wallet("first", 100, 1_000);
    let second = bench.wallet("second", 100, 1_000);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&first, lend(&first, receiver, 500));
    bench.land(&second, lend(&second, receiver, 500));
    bench.network.use_energy(receiver, Energy::new(9_000)).unwrap();
    bench.land(&first, reclaim(&first, receiver, 500));
    let view = bench.network.head_view();
    let (used, limit) = (view.used(&receiver, Kind::Energy).get(), view.limit(&receiver, Kind::Energy).get());
    assert!((4_490..=4_500).contains(&used) && (4_730..=4_740).contains(&limit), "{used} of {limit}");
}

#[test]
fn nobody_uses_energy_that_is_not_there() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 1_000);
    let available = bench.network.head_view().limit(&owner.address(), Kind::Energy);
    let more = available.plus(Energy::new(1)).unwrap();
    assert_eq!(bench.network.use_energy(owner.address(), more), Err(ControlError::NotEnoughEnergy { available }));
    assert_eq!(bench.network.use_energy(nobody(7), Energy::new(1)), Err(ControlError::NoAccount(nobody(7))));
    assert_eq!(bench.network.use_energy(owner.address(), Energy::ZERO), Err(ControlError::NotPositive));
    assert_eq!(bench.network.use_energy(owner.address(), available), Ok(Energy::ZERO));
    assert_eq!(bench.network.head_view().lendable(&owner.address(), Kind::Energy).max(trx(1)), trx(1));
    assert_eq!(bench.network.fund(owner.address(), Sun::ZERO), Err(ControlError::NotPositive));
}
