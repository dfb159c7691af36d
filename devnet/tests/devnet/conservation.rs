//! Whatever happens, no TRX appears or disappears, and what is lent is borrowed.

use flash_core::units::{Energy, Sun};
use flash_devnet::params::Params;
use flash_devnet::state::account::Resource as Kind;
use flash_devnet::{Config, demo_key};
use flash_tron::contract::{CancelAllUnfreeze, Contract, Delegate, Lock, Resource, Undelegate, WithdrawExpireUnfreeze};
use proptest::prelude::*;

use crate::bench::{Bench, TRX, fixed, freeze, send, trx, unfreeze};

const WALLETS: usize = 4;

#[derive(Debug, Clone)]
enum Step {
    Act { who: usize, act: Act },
    Blocks(i64),
}

#[derive(Debug, Clone)]
enum Act {
    Fund(i64),
    Send(usize, i64),
    Freeze(i64, bool),
    Unfreeze(i64, bool),
    Withdraw,
    Cancel,
    Lend(usize, i64, bool, Option<i64>),
    Reclaim(usize, i64, bool),
    UseEnergy(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let amount = || prop_oneof![1..40 * TRX, Just(TRX), Just(0)];
    prop_oneof![
        amount().prop_map(Act::Fund),
        (0..=WALLETS, amount()).prop_map(|(to, amount)| Act::Send(to, amount)),
        (amount(), any::<bool>()).prop_map(|(amount, energy)| Act::Freeze(amount, energy)),
        (amount(), any::<bool>()).prop_map(|(amount, energy)| Act::Unfreeze(amount, energy)),
        Just(Act::Withdraw),
        Just(Act::Cancel),
        (0..WALLETS, amount(), any::<bool>(), proptest::option::of(0..50_i64))
            .prop_map(|(to, amount, energy, lock)| Act::Lend(to, amount, energy, lock)),
        (0..WALLETS, amount(), any::<bool>()).prop_map(|(to, amount, energy)| Act::Reclaim(to, amount, energy)),
        (1..500_i64).prop_map(Act::UseEnergy),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..WALLETS, act()).prop_map(|(who, act)| Step::Act { who, act }),
        2 => prop_oneof![1..5_i64, Just(60), Just(29_000)].prop_map(Step::Blocks),
    ]
}

fn resource(energy: bool) -> Resource {
    if energy { Resource::Energy } else { Resource::Bandwidth }
}

fn play(bench: &mut Bench, step: &Step) {
    let (who, act) = match step {
        Step::Blocks(count) => return bench.blocks(*count),
        Step::Act { who, act } => (demo_key(&who.to_string()), act),
    };
    let owner = who.address();
    let at = |index: &usize| demo_key(&index.to_string()).address();
    let contract = match act {
        // What is refused must leave no trace either, so nothing here is checked for success.
        Act::Fund(amount) => {
            let _given_or_not = bench.network.fund(owner, Sun::new(*amount));
            return;
        }
        Act::UseEnergy(energy) => {
            let _used_or_not = bench.network.use_energy(owner, Energy::new(*energy));
            return;
        }
        Act::Send(to, amount) => send(&who, at(to), *amount),
        Act::Freeze(amount, energy) => freeze(&who, *amount, resource(*energy)),
        Act::Unfreeze(amount, energy) => unfreeze(&who, *amount, resource(*energy)),
        Act::Withdraw => Contract::WithdrawExpireUnfreeze(WithdrawExpireUnfreeze { owner }),
        Act::Cancel => Contract::CancelAllUnfreeze(CancelAllUnfreeze { owner }),
        Act::Lend(to, amount, energy, lock) => Contract::Delegate(Delegate {
            owner,
            receiver: at(to),
            stake: Sun::new(*amount),
            resource: resource(*energy),
            lock: lock.map_or(Lock::NONE, Lock::of_slots),
        }),
        Act::Reclaim(to, amount, energy) => Contract::Undelegate(Undelegate {
            owner,
            receiver: at(to),
            stake: Sun::new(*amount),
            resource: resource(*energy),
        }),
    };
    let _taken_or_not = bench.submit(&who, contract);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn trx_are_conserved_and_loans_balance(steps in proptest::collection::vec(step(), 1..60)) {
        let params = Params { unfreeze_delay_days: 1, ..Params::default() };
        let mut bench = Bench::with(&Config { params, ..fixed() });
        for index in 0..WALLETS {
            bench.network.fund(demo_key(&index.to_string()).address(), trx(200)).unwrap();
            bench.network.stake(demo_key(&index.to_string()).address(), trx(50), Kind::Energy).unwrap();
        }
        for step in &steps {
            play(&mut bench, step);
            for view in [bench.network.pending_view(), bench.network.head_view(), bench.network.solid_view()] {
                let supply = view.state().supply().unwrap();
                let all = [supply.balances, supply.staked, supply.unfreezing, supply.burned];
                prop_assert_eq!(supply.minted, Sun::sum(all).unwrap());
                prop_assert_eq!(supply.lent, supply.acquired);
                prop_assert_eq!(supply.lent, supply.loans);
            }
        }
    }
}
