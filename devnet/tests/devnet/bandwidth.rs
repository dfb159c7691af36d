//! Bandwidth: staked, else free, else burned, each for the whole size; recovery; the other fees.

use flash_core::units::Sun;
use flash_devnet::state::account::Resource as Kind;
use flash_tron::energy::Slot;
use flash_tron::transaction::RawTransaction;

use crate::bench::{Bench, TRX, lend, nobody, send, signed, trx};

/// What a transfer between existing accounts takes.
fn transfer_size(bench: &mut Bench, payer: &flash_tron::key::PrivateKey, to: flash_core::address::Address) -> i64 {
    let raw = bench.raw(send(payer, to, 1));
    let bytes = crate::bench::bytes(&[payer], &raw);
    assert_eq!(signed(&[payer], &raw).id(), raw.txid());
    i64::try_from(bytes.len()).unwrap() + 64
}

fn free_used(bench: &Bench, address: &flash_core::address::Address) -> i64 {
    let view = bench.network.head_view();
    let slots = (view.at().time.as_millis() - 1_700_000_000_000 / 3_000 * 3_000) / 3_000;
    view.state().account(address).unwrap().free_bandwidth.as_of(Slot(slots)).amount.get()
}

#[test]
fn the_free_allowance_pays_twice_and_then_the_balance_does() {
    let mut bench = Bench::new();
    let (payer, to) = (bench.wallet("payer", 10, 0), bench.wallet("to", 1, 0).address());
    let size = transfer_size(&mut bench, &payer, to);
    assert!((255..=280).contains(&size), "{size}");
    for (used, burned) in [(size, 0), (size, 0), (0, size * 1_000)] {
        let id = bench.land(&payer, send(&payer, to, 1));
        let (_, included) = bench.network.transaction(&id).unwrap().inclusion.unwrap();
        assert_eq!(included.receipt.bandwidth_used, used);
        assert_eq!(included.receipt.bandwidth_fee, Sun::new(burned));
        assert_eq!(included.receipt.fee, Sun::new(burned));
    }
    assert_eq!(bench.network.head_view().balance(&payer.address()), Sun::new(10 * TRX - 3 - size * 1_000));
}

#[test]
fn the_free_allowance_comes_back_over_24_hours() {
    let mut bench = Bench::new();
    let (payer, to) = (bench.wallet("payer", 10, 0), bench.wallet("to", 1, 0).address());
    let size = transfer_size(&mut bench, &payer, to);
    bench.land(&payer, send(&payer, to, 1));
    let full = free_used(&bench, &payer.address());
    assert!((size - 1..=size).contains(&full));
    bench.blocks(14_400);
    let half = free_used(&bench, &payer.address());
    assert!((full / 2 - 1..=full / 2 + 1).contains(&half), "{half} of {full}");
    bench.blocks(14_400);
    assert_eq!(free_used(&bench, &payer.address()), 0);
}

#[test]
fn staked_bandwidth_pays_first_even_for_an_activation() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 20_000, 0);
    bench.network.stake(payer.address(), trx(10_000), Kind::Bandwidth).unwrap();
    let id = bench.land(&payer, send(&payer, nobody(7), 1));
    let (_, included) = bench.network.transaction(&id).unwrap().inclusion.unwrap();
    assert_eq!((included.receipt.fee, included.receipt.bandwidth_fee), (trx(1), Sun::ZERO));
    assert!(included.receipt.bandwidth_used > 0);
    assert_eq!(free_used(&bench, &payer.address()), 0);
}

#[test]
fn an_activation_costs_one_trx_and_a_tenth_on_top_of_the_amount() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 10, 0);
    let id = bench.land(&payer, send(&payer, nobody(7), 2 * TRX));
    let view = bench.network.head_view();
    assert_eq!(view.balance(&payer.address()), Sun::new(10 * TRX - 3_100_000));
    assert_eq!(view.balance(&nobody(7)), trx(2));
    let (_, included) = bench.network.transaction(&id).unwrap().inclusion.unwrap();
    assert_eq!((included.receipt.fee, included.receipt.bandwidth_fee), (Sun::new(1_100_000), Sun::new(100_000)));
    assert_eq!(free_used(&bench, &payer.address()), 0, "the free allowance never pays for an activation");
}

#[test]
fn a_wallet_without_bandwidth_and_without_trx_cannot_even_reclaim() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 0, 100);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&owner, lend(&owner, receiver, 1));
    bench.land(&owner, lend(&owner, receiver, 1));
    let refusal = bench.submit(&owner, crate::bench::reclaim(&owner, receiver, 2)).unwrap_err();
    assert_eq!(
        (refusal.code().name(), refusal.to_string().as_str()),
        ("BANDWITH_ERROR", "Account resource insufficient error.")
    );
    bench.blocks(28_800);
    assert!(bench.submit(&owner, crate::bench::reclaim(&owner, receiver, 2)).is_ok());
}

#[test]
fn a_memo_burns_one_trx() {
    let mut bench = Bench::new();
    let (payer, to) = (bench.wallet("payer", 10, 0), bench.wallet("to", 1, 0).address());
    let raw = RawTransaction { memo: b"hello".to_vec(), ..bench.raw(send(&payer, to, 1)) };
    let id = bench.submit_raw(&[&payer], &raw).unwrap();
    bench.blocks(1);
    let (_, included) = bench.network.transaction(&id).unwrap().inclusion.unwrap();
    assert_eq!((included.receipt.fee, included.receipt.bandwidth_fee), (trx(1), Sun::ZERO));
    assert_eq!(bench.network.head_view().state().supply().unwrap().burned, trx(1));
}
