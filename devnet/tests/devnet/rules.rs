//! Each text of DelegateResource and UnDelegateResource, in the order of the checks.

use flash_core::address::Address;
use flash_devnet::demo_key;
use flash_devnet::state::account::Resource as Kind;
use flash_tron::contract::{Contract, Delegate, Lock, Resource, Undelegate};

use crate::bench::{Bench, delegate, lend, lend_locked, nobody, reclaim, send, trx};

fn hex(address: Address) -> String {
    hex::encode(address.to_bytes())
}

#[test]
fn a_delegation_is_refused_in_the_order_of_the_network() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 1_000, 100);
    let contract = nobody(9);
    bench.network.mark_contract(contract);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.network.fund(nobody(8), trx(1)).unwrap();
    bench.land(&owner, lend_locked(&owner, receiver, 1, 1_000));

    // Each line mends what the line before was refused for; all that comes later is still wrong.
    let worst = Delegate {
        owner: owner.address(),
        receiver: owner.address(),
        stake: trx(0),
        resource: Resource::TronPower,
        lock: Lock::of_slots(-1),
    };
    let small = "delegateBalance must be greater than or equal to 1 TRX";
    assert_eq!(bench.invalid(&owner, Contract::Delegate(worst)), small);
    let worst = Delegate { stake: trx(101), ..worst };
    let unknown = "ResourceCode error, valid ResourceCode[BANDWIDTH、ENERGY]";
    assert_eq!(bench.invalid(&owner, Contract::Delegate(worst)), unknown);
    let bandwidth = "delegateBalance must be less than or equal to available FreezeBandwidthV2 balance";
    let for_bandwidth = Delegate { resource: Resource::Bandwidth, ..worst };
    assert_eq!(bench.invalid(&owner, Contract::Delegate(for_bandwidth)), bandwidth);
    let worst = Delegate { resource: Resource::Energy, ..worst };
    let energy = "delegateBalance must be less than or equal to available FreezeEnergyV2 balance";
    assert_eq!(bench.invalid(&owner, Contract::Delegate(worst)), energy);
    let worst = Delegate { stake: trx(1), ..worst };
    let same = "receiverAddress must not be the same as ownerAddress";
    assert_eq!(bench.invalid(&owner, Contract::Delegate(worst)), same);
    let worst = Delegate { receiver: nobody(7), ..worst };
    assert_eq!(bench.invalid(&owner, Contract::Delegate(worst)), format!("Account[{}] not exists", hex(nobody(7))));
    let worst = Delegate { receiver: contract, ..worst };
    let range = "The lock period of delegate resource cannot be less than 0 and cannot exceed 864000!";
    assert_eq!(bench.invalid(&owner, Contract::Delegate(worst)), range);
    let long = Delegate { lock: Lock::of_slots(864_001), ..worst };
    assert_eq!(bench.invalid(&owner, Contract::Delegate(long)), range);
    let worst = Delegate { lock: Lock::of_slots(864_000), ..worst };
    let code = "Do not allow delegate resources to contract addresses";
    assert_eq!(bench.invalid(&owner, Contract::Delegate(worst)), code);
    let good = Delegate { receiver: nobody(8), ..worst };
    assert!(bench.submit(&owner, Contract::Delegate(good)).is_ok());
}

#[test]
fn a_new_lock_may_not_end_before_the_old_one() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 1_000, 100);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.land(&owner, lend_locked(&owner, receiver, 1, 1_000));
    // The lock runs from the parent of the block that holds it, so one slot is over.
    let remaining = 999 * 3_000;
    assert_eq!(
        bench.invalid(&owner, lend_locked(&owner, receiver, 1, 998)),
        format!(
            "The lock period for ENERGY this time cannot be less than the remaining time[{remaining}ms] of the last \
             lock period for ENERGY!"
        )
    );
    assert!(bench.submit(&owner, lend_locked(&owner, receiver, 1, 999)).is_ok(), "equal is allowed");
}

#[test]
fn a_receiver_that_is_no_address_is_refused_by_name() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 1_000, 100);
    for (number, value, text) in [
        (57, with_receiver(&owner.address(), &[]), "Invalid receiverAddress"),
        (57, with_receiver(&owner.address(), &[0x42; 21]), "Invalid receiverAddress"),
        (58, with_receiver(&owner.address(), &[0x41; 20]), "Invalid receiverAddress"),
    ] {
        let raw = bench.raw(lend(&owner, nobody(1), 1));
        let mut message: flash_tron::proto::Raw = prost::Message::decode(raw.encode().as_slice()).unwrap();
        message.contract[0].r#type = number;
        message.contract[0].parameter.as_mut().unwrap().value = value;
        let raw_data = prost::Message::encode_to_vec(&message);
        let signature = vec![owner.sign(&flash_tron::transaction::txid(&raw_data)).to_bytes().to_vec()];
        let envelope = flash_tron::proto::Envelope { raw_data, signature };
        let result = bench.network.submit_bytes(&prost::Message::encode_to_vec(&envelope));
        assert_eq!(result.unwrap_err().to_string(), format!("Contract validate error : {text}"));
    }
}

/// A delegation of 1 TRX to these bytes; its first four fields read as a reclaim too.
fn with_receiver(owner: &Address, receiver: &[u8]) -> Vec<u8> {
    prost::Message::encode_to_vec(&flash_tron::proto::UnDelegateResourceContract {
        owner_address: owner.to_bytes().to_vec(),
        resource: 1,
        balance: 1_000_000,
        receiver_address: receiver.to_vec(),
    })
}

#[test]
fn a_reclaim_is_refused_in_the_order_of_the_network() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 1_000, 100);
    let receiver = bench.wallet("receiver", 1, 0).address();
    let worst =
        Undelegate { owner: owner.address(), receiver: owner.address(), stake: trx(0), resource: Resource::TronPower };
    let same = "receiverAddress must not be the same as ownerAddress";
    assert_eq!(bench.invalid(&owner, Contract::Undelegate(worst)), same);
    let worst = Undelegate { receiver, ..worst };
    assert_eq!(bench.invalid(&owner, Contract::Undelegate(worst)), "delegated Resource does not exist");
    bench.land(&owner, lend(&owner, receiver, 10));
    assert_eq!(bench.invalid(&owner, Contract::Undelegate(worst)), "unDelegateBalance must be more than 0 TRX");
    let worst = Undelegate { stake: trx(11), ..worst };
    let unknown = "ResourceCode error.valid ResourceCode[BANDWIDTH、Energy]";
    assert_eq!(bench.invalid(&owner, Contract::Undelegate(worst)), unknown);
    let energy = Undelegate { resource: Resource::Energy, ..worst };
    assert_eq!(
        bench.invalid(&owner, Contract::Undelegate(energy)),
        "insufficient delegateFrozenBalance(Energy), request=11000000, unlock_balance=10000000"
    );
    let bandwidth = Undelegate { resource: Resource::Bandwidth, ..worst };
    assert_eq!(
        bench.invalid(&owner, Contract::Undelegate(bandwidth)),
        "insufficient delegatedFrozenBalance(BANDWIDTH), request=11000000, unlock_balance=0"
    );
    assert!(bench.submit(&owner, reclaim(&owner, receiver, 10)).is_ok());
}

#[test]
fn an_owner_without_an_account_is_refused_before_the_contract_is_looked_at() {
    let mut bench = Bench::new();
    let ghost = demo_key("ghost");
    let why = bench.invalid(&ghost, lend(&ghost, nobody(7), 1));
    assert_eq!(why, format!("account [{}] does not exist", ghost.address()));
}

#[test]
fn a_transfer_is_refused_in_the_order_of_the_network() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 10, 0);
    let rich = bench.wallet("rich", 1, 0).address();
    bench.network.mark_contract(nobody(9));
    assert_eq!(bench.invalid(&payer, send(&payer, payer.address(), 0)), "Cannot transfer TRX to yourself.");
    assert_eq!(bench.invalid(&payer, send(&payer, nobody(9), 0)), "Amount must be greater than 0.");
    assert_eq!(bench.invalid(&payer, send(&payer, nobody(9), 1)), "Cannot transfer TRX to a smartContract.");
    let poor = "Validate TransferContract error, balance is not sufficient.";
    assert_eq!(bench.invalid(&payer, send(&payer, rich, 10_000_001)), poor);
    assert!(bench.submit(&payer, send(&payer, rich, 10_000_000)).is_ok());
}

#[test]
fn stake_for_bandwidth_is_lent_and_reclaimed_like_stake_for_energy() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 1_000, 0);
    let receiver = bench.wallet("receiver", 1, 0).address();
    bench.network.stake(owner.address(), trx(100), Kind::Bandwidth).unwrap();
    let lent = Delegate { resource: Resource::Bandwidth, ..delegate(&owner, receiver, trx(50)) };
    bench.land(&owner, Contract::Delegate(lent));
    assert!(bench.network.head_view().limit(&receiver, Kind::Bandwidth).is_positive());
    let back = Undelegate { owner: owner.address(), receiver, stake: trx(50), resource: Resource::Bandwidth };
    bench.land(&owner, Contract::Undelegate(back));
    let view = bench.network.head_view();
    assert_eq!(view.limit(&receiver, Kind::Bandwidth).get(), 0);
    assert_eq!(view.state().account(&owner.address()).unwrap().stakes.bandwidth.own, trx(100));
}
