//! Picking stake from 10,000 wallets.

use std::hint::black_box;

use flash_core::chain::Holdings;
use flash_core::order::Version;
use flash_core::pool::Pool;
use flash_core::store::{PooledWallet, Priority, Wallet, WalletState};
use flash_core::testing::address;
use flash_core::time::Timestamp;
use flash_core::units::Sun;

use crate::measure::{median, micros_each};

const WALLETS: u32 = 10_000;

/// Microseconds to pick stake and count it as lent, one pick in ten too large for any one wallet.
pub(crate) fn pick_10000_us() -> f64 {
    let wallets: Vec<PooledWallet> = (0..WALLETS).map(wallet).collect();
    let whole = Pool::new(&wallets);
    let rounds = (0..15).map(|_| {
        let mut pool = whole.clone();
        micros_each(2_000, |n| {
            let trx = if n % 10 == 0 { 120_000 + i64::from(n) } else { 5_000 + i64::from(n * 7 % 30_000) };
            let shares = black_box(pool.pick(Sun::from_trx(trx).unwrap(), 5)).unwrap();
            shares.iter().for_each(|share| pool.lend(share));
        })
    });
    let us = median(rounds.collect());
    println!("pick from {WALLETS} wallets: {us:.2} us");
    us
}

fn wallet(n: u32) -> PooledWallet {
    let wallet = Wallet {
        address: address(n),
        state: WalletState::Enabled,
        priority: Priority(u8::try_from(n % 3).unwrap()),
        limit: Sun::from_trx(20_000 + i64::from(n * 7919 % 80_000)).unwrap(),
        holdings: Holdings { balance: Sun::from_trx(100).unwrap(), ..Holdings::default() },
        observed_at: Timestamp::default(),
        version: Version::FIRST,
    };
    PooledWallet { wallet, lent: Sun::ZERO }
}
