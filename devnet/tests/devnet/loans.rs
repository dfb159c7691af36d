//! Loans between a pair: merged, locked, unlocked by the next transaction and not by time.

use flash_core::time::Timestamp;
use flash_core::units::Sun;
use flash_devnet::state::loan::Loan;
use flash_tron::contract::{Contract, Undelegate};

use crate::bench::{Bench, SLOT, delegate, lend, lend_locked, nobody, reclaim, trx};

fn loan(bench: &Bench, owner: &flash_tron::key::PrivateKey, receiver: &flash_core::address::Address) -> Loan {
    bench.network.head_view().state().loan(&owner.address(), receiver).copied().unwrap_or_default()
}

#[test]
fn delegations_to_one_receiver_merge_and_part_of_them_comes_back() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 100);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&owner, lend(&owner, receiver, 10));
    bench.land(&owner, lend(&owner, receiver, 20));
    assert_eq!(loan(&bench, &owner, &receiver).unlocked.energy, trx(30));
    let odd = Undelegate {
        owner: owner.address(),
        receiver,
        stake: Sun::new(29_999_999),
        resource: flash_tron::contract::Resource::Energy,
    };
    bench.land(&owner, Contract::Undelegate(odd));
    assert_eq!(loan(&bench, &owner, &receiver).unlocked.energy, Sun::new(1), "a remainder of any size may stay");
}

#[test]
fn topping_up_a_lock_sets_the_whole_amount_to_the_new_expiry() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 100);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&owner, lend_locked(&owner, receiver, 10, 100));
    let first = loan(&bench, &owner, &receiver).locked.energy.expires;
    let parent = bench.now();
    bench.land(&owner, lend_locked(&owner, receiver, 5, 1_000));
    let locked = loan(&bench, &owner, &receiver).locked.energy;
    assert_eq!(locked.amount, trx(15));
    assert_eq!(locked.expires, Timestamp::from_millis(parent + 1_000 * SLOT));
    assert!(locked.expires > first);
}

#[test]
fn a_lock_without_a_period_lasts_three_days() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 100);
    let receiver = bench.wallet("receiver", 1, 0).address();
    let parent = bench.now();
    bench.land(&owner, lend_locked(&owner, receiver, 10, 0));
    assert_eq!(loan(&bench, &owner, &receiver).locked.energy.expires, Timestamp::from_millis(parent + 86_400 * SLOT));
}

#[test]
fn a_lock_ends_after_its_expiry_and_not_at_it() {
    for (blocks, good) in [(9, false), (10, false), (11, true)] {
        let mut bench = Bench::new();
        let owner = bench.wallet("owner", 100, 100);
        let receiver = bench.wallet("receiver", 1, 0).address();
        let parent = bench.now();
        bench.land(&owner, lend_locked(&owner, receiver, 10, 10));
        bench.blocks(blocks - 1);
        assert_eq!(bench.now(), parent + blocks * SLOT);
        // Judged by the latest block already applied; the expiry is 10 slots after the parent of the delegation.
        let result = bench.submit(&owner, reclaim(&owner, receiver, 10));
        let insufficient = "Contract validate error : insufficient delegateFrozenBalance(Energy), request=10000000, \
                            unlock_balance=0";
        match result {
            Ok(_) => assert!(good, "{blocks}"),
            Err(refusal) => assert_eq!((good, refusal.to_string().as_str()), (false, insufficient), "{blocks}"),
        }
    }
}

#[test]
fn an_expired_lock_stays_on_record_until_the_next_transaction_between_the_pair() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 100);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&owner, lend_locked(&owner, receiver, 10, 10));
    bench.blocks(100);
    let before = loan(&bench, &owner, &receiver);
    assert_eq!((before.unlocked.energy, before.locked.energy.amount), (Sun::ZERO, trx(10)));
    assert!(before.locked.energy.expires < bench.network.head().time);
    bench.land(&owner, lend(&owner, receiver, 1));
    let after = loan(&bench, &owner, &receiver);
    assert_eq!((after.unlocked.energy, after.locked.energy.amount), (trx(11), Sun::ZERO));
}

#[test]
fn unlocked_stake_comes_back_while_the_rest_is_locked() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 100);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&owner, lend_locked(&owner, receiver, 10, 1_000));
    bench.land(&owner, lend(&owner, receiver, 5));
    assert_eq!(
        bench.invalid(&owner, reclaim(&owner, receiver, 6)),
        "insufficient delegateFrozenBalance(Energy), request=6000000, unlock_balance=5000000"
    );
    bench.land(&owner, reclaim(&owner, receiver, 5));
    let left = loan(&bench, &owner, &receiver);
    assert_eq!((left.unlocked.energy, left.locked.energy.amount), (Sun::ZERO, trx(10)));
    let view = bench.network.head_view();
    assert_eq!(view.state().receivers(&owner.address()), [receiver], "what is locked keeps the pair on the list");
}

#[test]
fn partners_are_listed_in_the_order_of_the_latest_delegation() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 100);
    for byte in [3, 1, 2] {
        bench.network.fund(nobody(byte), trx(1)).unwrap();
        bench.land(&owner, lend(&owner, nobody(byte), 1));
    }
    bench.land(&owner, lend(&owner, nobody(3), 1));
    bench.land(&owner, reclaim(&owner, nobody(2), 1));
    let view = bench.network.head_view();
    assert_eq!(view.state().receivers(&owner.address()), [nobody(1), nobody(3)]);
    assert_eq!(view.state().lenders(&nobody(1)), [owner.address()]);
    assert!(view.state().lenders(&nobody(2)).is_empty());
}

#[test]
fn lending_moves_stake_and_not_the_weight_of_the_network() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 100);
    let receiver = bench.wallet("receiver", 1, 0).address();
    let rate = |bench: &Bench| {
        let view = bench.network.head_view();
        view.state().weight(flash_devnet::state::account::Resource::Energy, view.params())
    };
    let before = rate(&bench);
    assert_eq!(before, 19_000_000_100);
    bench.land(&owner, Contract::Delegate(delegate(&owner, receiver, trx(60))));
    assert_eq!(rate(&bench), before);
    let view = bench.network.head_view();
    let stake = view.state().account(&owner.address()).unwrap().stakes.energy;
    assert_eq!((stake.own, stake.lent), (trx(40), trx(60)));
    assert_eq!(view.state().account(&receiver).unwrap().stakes.energy.acquired, trx(60));
}
