//! Owner and active permissions, and what SIGERROR says.

use flash_core::address::Address;
use flash_core::units::Sun;
use flash_devnet::demo_key;
use flash_devnet::permission::Permissions;
use flash_tron::contract::{
    AccountPermissionUpdate, Contract, ContractType, Key, Permission, PermissionId, PermissionKind,
};
use flash_tron::key::PrivateKey;
use flash_tron::transaction::RawTransaction;

use crate::bench::{Bench, lend, nobody, send, trx};

fn permission(kind: PermissionKind, threshold: i64, keys: &[(&PrivateKey, i64)]) -> Permission {
    Permission {
        kind,
        id: PermissionId::OWNER,
        name: "test".to_owned(),
        threshold,
        parent_id: 0,
        operations: Vec::new(),
        keys: keys.iter().map(|(key, weight)| Key { address: key.address(), weight: *weight }).collect(),
    }
}

fn rental(key: &PrivateKey) -> Permission {
    let allowed = [ContractType::DelegateResource, ContractType::UnDelegateResource];
    let operations = Permission::operations_for(&allowed);
    Permission { operations, ..permission(PermissionKind::Active, 1, &[(key, 1)]) }
}

fn words(bench: &mut Bench, keys: &[&PrivateKey], raw: &RawTransaction) -> String {
    bench.submit_raw(keys, raw).map_or_else(|refusal| refusal.to_string(), |_| "taken".to_owned())
}

#[test]
fn a_rental_only_key_lends_by_its_permission_and_does_nothing_else() {
    let mut bench = Bench::new();
    let (owner, worker) = (bench.wallet("owner", 100, 100), demo_key("worker"));
    let receiver = bench.wallet("receiver", 1, 0).address();
    let permissions = Permissions::custom(permission(PermissionKind::Owner, 1, &[(&owner, 1)]), vec![rental(&worker)]);
    bench.network.set_permissions(owner.address(), &permissions).unwrap();

    let lending = bench.raw(lend(&owner, receiver, 1));
    let as_owner = words(&mut bench, &[&worker], &lending);
    assert!(as_owner.starts_with("Validate signature error: "), "{as_owner}");
    let by = format!("is signed by {} but it is not contained of permission.", worker.address());
    assert!(as_owner.ends_with(&by), "{as_owner}");

    let named = RawTransaction { permission_id: PermissionId(2), ..lending };
    assert_eq!(words(&mut bench, &[&worker], &named), "taken");
    let sending = bench.raw(send(&owner, receiver, 1));
    let sending = RawTransaction { permission_id: PermissionId(2), ..sending };
    assert_eq!(words(&mut bench, &[&worker], &sending), "Validate signature error: Permission denied");
    let unknown = RawTransaction { permission_id: PermissionId(3), ..sending };
    assert_eq!(words(&mut bench, &[&worker], &unknown), "Validate signature error: permission isn't exit");
}

#[test]
fn several_keys_reach_a_threshold_together_and_pay_for_it() {
    let mut bench = Bench::new();
    let owner = bench.wallet("owner", 100, 0);
    let (one, two) = (demo_key("one"), demo_key("two"));
    let receiver = bench.wallet("receiver", 1, 0).address();
    let both = permission(PermissionKind::Owner, 2, &[(&one, 1), (&two, 1)]);
    bench.network.set_permissions(owner.address(), &Permissions::custom(both, Vec::new())).unwrap();
    let raw = bench.raw(send(&owner, receiver, 1));
    for (keys, text) in [
        (&[][..], "miss sig or contract".to_owned()),
        (&[&one][..], "sig error".to_owned()),
        (&[&one, &one][..], format!("{} has signed twice!", one.address())),
        (&[&one, &two, &owner][..], "Signature count is 3 more than key counts of permission : 2".to_owned()),
        (&[&one, &two, &one, &two, &one, &two][..], "too many signatures".to_owned()),
    ] {
        assert_eq!(words(&mut bench, keys, &raw), format!("Validate signature error: {text}"));
    }
    let id = bench.submit_raw(&[&one, &two], &raw).unwrap();
    bench.blocks(1);
    let (_, included) = bench.network.transaction(&id).unwrap().inclusion.unwrap();
    assert_eq!(included.receipt.fee, trx(1));
}

#[test]
fn a_permission_update_costs_100_trx_and_takes_effect() {
    let mut bench = Bench::new();
    let (owner, worker) = (bench.wallet("owner", 150, 100), demo_key("worker"));
    let receiver = bench.wallet("receiver", 1, 0).address();
    let update = AccountPermissionUpdate {
        account: owner.address(),
        owner: Some(permission(PermissionKind::Owner, 1, &[(&owner, 1)])),
        witness: None,
        actives: vec![rental(&worker)],
    };
    let none = AccountPermissionUpdate { actives: Vec::new(), ..update.clone() };
    assert_eq!(bench.invalid(&owner, Contract::AccountPermissionUpdate(none)), "active permission is missed");
    let id = bench.land(&owner, Contract::AccountPermissionUpdate(update));
    let (_, included) = bench.network.transaction(&id).unwrap().inclusion.unwrap();
    assert_eq!(included.receipt.fee, trx(100));
    assert_eq!(bench.network.head_view().balance(&owner.address()), trx(50));
    let lending = bench.raw(lend(&owner, receiver, 1));
    let named = RawTransaction { permission_id: PermissionId(2), ..lending };
    assert_eq!(words(&mut bench, &[&worker], &named), "taken");
}

#[test]
fn an_address_that_was_never_activated_signs_for_itself_and_fails_for_want_of_an_account() {
    let mut bench = Bench::new();
    let ghost = demo_key("ghost");
    let raw = bench.raw(send(&ghost, nobody(7), 1));
    let text = format!("Contract validate error : account [{}] does not exist", ghost.address());
    assert_eq!(words(&mut bench, &[&ghost], &raw), text);
}

#[test]
fn demo_keys_are_the_same_every_time() {
    let alice: Address = demo_key("alice").address();
    assert_eq!(alice, demo_key("alice").address());
    assert_ne!(alice, demo_key("bob").address());
    assert_eq!(Bench::new().network.head_view().balance(&alice), Sun::ZERO);
}
