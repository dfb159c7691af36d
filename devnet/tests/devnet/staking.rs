//! Staking, unstaking, withdrawing, cancelling.

use flash_core::units::Sun;
use flash_devnet::state::account::Resource as Kind;
use flash_tron::contract::{CancelAllUnfreeze, Contract, Resource, WithdrawExpireUnfreeze};
use flash_tron::key::PrivateKey;

use crate::bench::{Bench, TRX, freeze, lend, trx, unfreeze};

const DAY: i64 = 28_800;

fn withdraw(owner: &PrivateKey) -> Contract {
    Contract::WithdrawExpireUnfreeze(WithdrawExpireUnfreeze { owner: owner.address() })
}

fn cancel(owner: &PrivateKey) -> Contract {
    Contract::CancelAllUnfreeze(CancelAllUnfreeze { owner: owner.address() })
}

#[test]
fn a_stake_is_refused_in_the_order_of_the_network() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 10, 0);
    for (amount, resource, text) in [
        (0, Resource::TronPower, "frozenBalance must be positive"),
        (999_999, Resource::TronPower, "frozenBalance must be greater than or equal to 1 TRX"),
        (10 * TRX + 1, Resource::TronPower, "frozenBalance must be less than or equal to accountBalance"),
        (10 * TRX, Resource::TronPower, "ResourceCode error, valid ResourceCode[BANDWIDTH、ENERGY]"),
    ] {
        assert_eq!(bench.invalid(&owner, freeze(&owner, amount, resource)), text);
    }
    bench.land(&owner, freeze(&owner, 10 * TRX, Resource::Energy));
    assert_eq!(bench.network.head_view().balance(&owner.address()), Sun::ZERO);
}

#[test]
fn weight_counts_whole_trx_once_an_account() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 0);
    let weight = |bench: &Bench| {
        let view = bench.network.head_view();
        view.state().weight(Kind::Energy, view.params()) - 19_000_000_000
    };
    bench.land(&owner, freeze(&owner, 1_900_000, Resource::Energy));
    assert_eq!(weight(&bench), 1);
    bench.land(&owner, freeze(&owner, 1_100_000, Resource::Energy));
    assert_eq!(weight(&bench), 3);
    bench.land(&owner, unfreeze(&owner, 1, Resource::Energy));
    assert_eq!(weight(&bench), 2);
}

#[test]
fn an_unstake_is_refused_in_the_order_of_the_network() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 10, 10);
    let receiver = bench.wallet("receiver", 1, 0).address();
    assert_eq!(bench.invalid(&owner, unfreeze(&owner, 1, Resource::Bandwidth)), "no frozenBalance(BANDWIDTH)");
    assert_eq!(bench.invalid(&owner, unfreeze(&owner, 1, Resource::TronPower)), "no frozenBalance(TronPower)");
    bench.land(&owner, lend(&owner, receiver, 4));
    for amount in [0, -1, 6 * TRX + 1] {
        let text = format!("Invalid unfreeze_balance, [{amount}] is error");
        assert_eq!(bench.invalid(&owner, unfreeze(&owner, amount, Resource::Energy)), text);
    }
    bench.land(&owner, lend(&owner, receiver, 6));
    assert_eq!(bench.invalid(&owner, unfreeze(&owner, 1, Resource::Energy)), "no frozenBalance(Energy)");
}

#[test]
fn unstaked_trx_can_be_withdrawn_after_14_days_and_not_a_slot_before() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 10, 10);
    let parent = bench.now();
    bench.land(&owner, unfreeze(&owner, 10 * TRX, Resource::Energy));
    let entry = bench.network.head_view().state().account(&owner.address()).unwrap().unfreezing[0];
    assert_eq!(entry.expires.as_millis(), parent + 14 * 86_400_000);
    bench.blocks(14 * DAY - 2);
    assert_eq!(bench.invalid(&owner, withdraw(&owner)), "no unFreeze balance to withdraw ");
    bench.blocks(1);
    assert_eq!(bench.now(), entry.expires.as_millis());
    let id = bench.land(&owner, withdraw(&owner));
    assert_eq!(bench.network.head_view().balance(&owner.address()), trx(20));
    let (_, included) = bench.network.transaction(&id).unwrap().inclusion.unwrap();
    assert_eq!(included.receipt.outcome.withdrawn, trx(10));
}

#[test]
fn the_33rd_unstake_has_to_wait_and_a_later_one_pays_out_what_is_due() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 1_000, 100);
    for _ in 0..32 {
        bench.land(&owner, unfreeze(&owner, TRX, Resource::Energy));
    }
    let over = "Invalid unfreeze operation, unfreezing times is over limit";
    assert_eq!(bench.invalid(&owner, unfreeze(&owner, TRX, Resource::Energy)), over);
    bench.blocks(14 * DAY);
    let before = bench.network.head_view().balance(&owner.address());
    let id = bench.land(&owner, unfreeze(&owner, TRX, Resource::Energy));
    let (_, included) = bench.network.transaction(&id).unwrap().inclusion.unwrap();
    assert_eq!(included.receipt.outcome.withdrawn, trx(32));
    let view = bench.network.head_view();
    assert_eq!(view.balance(&owner.address()), before.plus(trx(32)).unwrap());
    assert_eq!(view.state().account(&owner.address()).unwrap().unfreezing.len(), 1);
}

#[test]
fn a_cancellation_stakes_again_what_is_not_due_and_pays_out_what_is() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 1_000, 100);
    assert_eq!(bench.invalid(&owner, cancel(&owner)), "No unfreezeV2 list to cancel");
    bench.land(&owner, unfreeze(&owner, 10 * TRX, Resource::Energy));
    bench.blocks(14 * DAY);
    bench.land(&owner, unfreeze(&owner, 20 * TRX, Resource::Energy));
    bench.land(&owner, freeze(&owner, 7 * TRX, Resource::Bandwidth));
    bench.land(&owner, unfreeze(&owner, 5 * TRX, Resource::Bandwidth));
    let id = bench.land(&owner, cancel(&owner));
    let (_, included) = bench.network.transaction(&id).unwrap().inclusion.unwrap();
    let restaked = included.receipt.outcome.restaked.unwrap();
    assert_eq!((restaked.energy, restaked.bandwidth), (trx(20), trx(5)));
    let view = bench.network.head_view();
    let account = view.state().account(&owner.address()).unwrap();
    assert_eq!((account.stakes.energy.own, account.stakes.bandwidth.own), (trx(90), trx(7)));
    assert!(account.unfreezing.is_empty());
}
