//! What holds for every transaction.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, missing_docs)]

use flash_core::address::Address;
use flash_core::chain::EnergyRate;
use flash_core::id::TxId;
use flash_core::time::Timestamp;
use flash_core::units::{Energy, Sun};
use flash_tron::contract::{
    AccountPermissionUpdate, CancelAllUnfreeze, Contract, DecodeError, Delegate, Freeze, Key, Lock, Permission,
    PermissionId, PermissionKind, Resource, Transfer, TriggerSmart, Undelegate, Unfreeze, Vote, VoteWitness,
    WithdrawExpireUnfreeze,
};
use flash_tron::energy::{gain, stake_for};
use flash_tron::json::{AddressForm, parse_raw, parse_transaction, print_raw, print_transaction};
use flash_tron::{PrivateKey, RawTransaction, Reference, Signature, SignedTransaction, proto};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from_body)
}

fn sun() -> impl Strategy<Value = Sun> {
    any::<i64>().prop_map(Sun::new)
}

fn resource() -> impl Strategy<Value = Resource> {
    prop_oneof![Just(Resource::Bandwidth), Just(Resource::Energy), Just(Resource::TronPower)]
}

fn lock() -> impl Strategy<Value = Lock> {
    any::<(bool, i64)>().prop_map(|(locked, slots)| Lock { locked, slots })
}

fn permission() -> impl Strategy<Value = Permission> {
    let kind = prop_oneof![Just(PermissionKind::Owner), Just(PermissionKind::Witness), Just(PermissionKind::Active)];
    let key = (address(), any::<i64>()).prop_map(|(address, weight)| Key { address, weight });
    let head = (kind, any::<i32>().prop_map(PermissionId), "\\PC{0,8}", any::<i64>(), any::<i32>());
    (head, vec(any::<u8>(), 0..40), vec(key, 0..3)).prop_map(
        |((kind, id, name, threshold, parent_id), operations, keys)| Permission {
            kind,
            id,
            name,
            threshold,
            parent_id,
            operations,
            keys,
        },
    )
}

fn contract() -> impl Strategy<Value = Contract> {
    let vote = (address(), any::<i64>()).prop_map(|(witness, count)| Vote { witness, count });
    let call = (address(), address(), sun(), vec(any::<u8>(), 0..100), any::<i64>(), any::<i64>());
    prop_oneof![
        (address(), address(), sun()).prop_map(|(owner, to, amount)| Contract::Transfer(Transfer {
            owner,
            to,
            amount
        })),
        (address(), vec(vote, 0..4), any::<bool>())
            .prop_map(|(owner, votes, support)| Contract::VoteWitness(VoteWitness { owner, votes, support })),
        call.prop_map(|(owner, contract, call_value, data, call_token_value, token_id)| {
            Contract::TriggerSmart(TriggerSmart { owner, contract, call_value, data, call_token_value, token_id })
        }),
        (address(), proptest::option::of(permission()), proptest::option::of(permission()), vec(permission(), 0..3))
            .prop_map(|(account, owner, witness, actives)| {
                Contract::AccountPermissionUpdate(AccountPermissionUpdate { account, owner, witness, actives })
            }),
        (address(), sun(), resource()).prop_map(|(owner, amount, resource)| Contract::Freeze(Freeze {
            owner,
            amount,
            resource
        })),
        (address(), sun(), resource()).prop_map(|(owner, amount, resource)| Contract::Unfreeze(Unfreeze {
            owner,
            amount,
            resource
        })),
        address().prop_map(|owner| Contract::WithdrawExpireUnfreeze(WithdrawExpireUnfreeze { owner })),
        address().prop_map(|owner| Contract::CancelAllUnfreeze(CancelAllUnfreeze { owner })),
        (address(), address(), sun(), resource(), lock()).prop_map(|(owner, receiver, stake, resource, lock)| {
            Contract::Delegate(Delegate { owner, receiver, stake, resource, lock })
        }),
        (address(), address(), sun(), resource()).prop_map(|(owner, receiver, stake, resource)| {
            Contract::Undelegate(Undelegate { owner, receiver, stake, resource })
        }),
    ]
}

fn raw() -> impl Strategy<Value = RawTransaction> {
    let reference = any::<([u8; 2], [u8; 8])>()
        .prop_map(|(ref_block_bytes, ref_block_hash)| Reference { ref_block_bytes, ref_block_hash });
    (contract(), any::<i32>(), reference, any::<(i64, i64)>(), sun(), vec(any::<u8>(), 0..20)).prop_map(
        |(contract, permission_id, reference, (expiration, timestamp), fee_limit, memo)| RawTransaction {
            contract,
            permission_id: PermissionId(permission_id),
            reference,
            expiration: Timestamp::from_millis(expiration),
            timestamp: Timestamp::from_millis(timestamp),
            fee_limit,
            memo,
        },
    )
}

proptest! {
    #[test]
    fn every_transaction_reads_back_from_its_bytes(raw in raw()) {
        prop_assert_eq!(RawTransaction::decode(&raw.encode()), Ok(raw));
    }

    #[test]
    fn every_transaction_reads_back_from_its_json(raw in raw()) {
        for form in [AddressForm::Hex, AddressForm::Base58] {
            prop_assert_eq!(parse_raw(&print_raw(&raw, form), form), Ok(raw.clone()));
        }
    }

    #[test]
    fn every_signed_transaction_reads_back_in_both_forms(raw in raw(), rs in any::<[u8; 32]>(), count in 0_usize..3) {
        let mut bytes = [0; 65];
        bytes[..32].copy_from_slice(&rs);
        let signed = SignedTransaction { raw: raw.encode(), signatures: vec![Signature::from_bytes(bytes); count] };
        prop_assert_eq!(&parse_transaction(&print_transaction(&signed, AddressForm::Hex).unwrap()), &Ok(signed.clone()));
        prop_assert_eq!(SignedTransaction::decode(&signed.encode()), Ok(signed));
    }

    #[test]
    fn what_is_read_from_any_bytes_is_written_as_those_bytes(raw in raw(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = raw.encode();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = RawTransaction::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn a_signature_recovers_its_signer(secret in any::<[u8; 32]>(), id in any::<[u8; 32]>()) {
        prop_assume!(PrivateKey::from_bytes(&secret).is_ok());
        let (key, id) = (PrivateKey::from_bytes(&secret).unwrap(), TxId::from_bytes(id));
        prop_assert_eq!(key.sign(&id).recover(&id), Ok(key.address()));
        prop_assert_eq!(key.sign(&id), key.sign(&id));
    }

    #[test]
    fn the_stake_for_some_energy_gives_it_and_hardly_more(
        held in 0_i64..1_000_000_000_000_000,
        wanted in 1_i64..1_000_000_000,
        total_energy in 1_000_000_000_i64..1_000_000_000_000,
        total_weight in 1_000_000_000_i64..100_000_000_000,
    ) {
        let rate = EnergyRate { total_energy: Energy::new(total_energy), total_weight };
        let (held, wanted) = (Sun::new(held), Energy::new(wanted));
        let gained = gain(held, stake_for(held, wanted, &rate).unwrap(), &rate).unwrap();
        let spare = total_energy / total_weight / 1_000_000 + 1;
        prop_assert!((wanted.get()..=wanted.get() + spare).contains(&gained.get()), "{gained} of {wanted}");
    }

    #[test]
    fn garbage_is_refused_without_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = RawTransaction::decode(&bytes);
        let _ = SignedTransaction::decode(&bytes);
    }
}

fn delegation() -> RawTransaction {
    let (owner, receiver) = (Address::from_body([1; 20]), Address::from_body([2; 20]));
    let delegate = Delegate { owner, receiver, stake: Sun::TRX, resource: Resource::Energy, lock: Lock::NONE };
    let reference = Reference { ref_block_bytes: [1, 2], ref_block_hash: [3; 8] };
    let time = Timestamp::from_millis;
    RawTransaction::new(Contract::Delegate(delegate), reference, time(61_000), time(1_000))
}

#[test]
fn a_contract_nobody_here_knows_is_named_in_the_error() {
    let mut message = proto::Raw::decode(delegation().encode().as_slice()).unwrap();
    message.contract[0].r#type = 2;
    message.contract[0].parameter.as_mut().unwrap().type_url =
        "type.googleapis.com/protocol.TransferAssetContract".to_owned();
    let error = RawTransaction::decode(&message.encode_to_vec()).unwrap_err();
    assert_eq!(error.to_string(), "unknown contract type 2 (type.googleapis.com/protocol.TransferAssetContract)");
}

#[test]
fn a_contract_that_is_not_what_its_number_says_is_refused() {
    let mut message = proto::Raw::decode(delegation().encode().as_slice()).unwrap();
    message.contract[0].r#type = 58;
    let error = RawTransaction::decode(&message.encode_to_vec()).unwrap_err();
    assert!(matches!(error, DecodeError::Mismatch { .. }), "{error:?}");
}

#[test]
fn fields_the_network_ignores_are_not_signed() {
    let message = proto::Raw::decode(delegation().encode().as_slice()).unwrap();
    let twice = proto::Raw { contract: vec![message.contract[0].clone(); 2], ..message.clone() };
    let scripts = proto::Raw { scripts: vec![1], ..message.clone() };
    let number = proto::Raw { ref_block_num: 1, ..message.clone() };
    let mut provider = message.clone();
    provider.contract[0].provider = vec![1];
    let mut unknown = message.encode_to_vec();
    unknown.extend([0x78, 0x01]);
    let mut spelled_out = message.encode_to_vec();
    spelled_out.extend([0x90, 0x01, 0x00]);
    for bytes in [twice, scripts, number, provider].map(|m| m.encode_to_vec()).into_iter().chain([unknown, spelled_out])
    {
        assert!(RawTransaction::decode(&bytes).is_err(), "{}", hex::encode(bytes));
    }
}
