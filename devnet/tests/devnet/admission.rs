//! What a node looks at before the contract: expiry, reference, signature, duplicates, the pool.

use flash_core::chain::Height;
use flash_core::time::{Span, Timestamp};
use flash_devnet::network::SubmitError;
use flash_devnet::permission::Permissions;
use flash_devnet::pool::Fate;
use flash_devnet::refusal::Refusal;
use flash_devnet::{Config, demo_key};
use flash_tron::contract::{Key, Permission, PermissionId, PermissionKind};
use flash_tron::transaction::{RawTransaction, Reference};

use crate::bench::{Bench, SLOT, bytes, fixed, lend, nobody, send, signed};

#[test]
fn an_expiry_is_good_from_the_next_slot_to_24_hours_ahead() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 1_000, 0);
    let now = bench.now();
    for (expiration, good) in [
        (now, false),
        (now + 1, false),
        (now + SLOT - 1, false),
        (now + SLOT, true),
        (now + SLOT + 1, true),
        (now + 86_400_000, true),
        (now + 86_400_001, false),
    ] {
        let raw = bench.raw(send(&payer, nobody(7), 1));
        let raw = RawTransaction { expiration: Timestamp::from_millis(expiration), ..raw };
        let result = bench.submit_raw(&[&payer], &raw);
        match result {
            Ok(_) => assert!(good, "{}", expiration - now),
            Err(refusal) => assert_eq!((good, refusal), (false, Refusal::Expired), "{}", expiration - now),
        }
    }
}

#[test]
fn a_block_holds_what_expires_at_its_own_time_and_the_block_after_does_not() {
    for (held_slots, lands) in [(0, true), (1, true), (2, false)] {
        let mut bench = Bench::new();
        let payer = bench.wallet("payer", 1_000, 0);
        let now = bench.now();
        let raw = bench.raw(send(&payer, nobody(7), 1));
        // The second block from now is the last whose own slot is not past the expiry.
        let raw = RawTransaction { expiration: Timestamp::from_millis(now + 2 * SLOT), ..raw };
        let fate = Fate::Hold(Timestamp::from_millis(now + (held_slots + 1) * SLOT));
        let id = bench.network.submit(signed(&[&payer], &raw), fate).unwrap();
        bench.blocks(4);
        let known = bench.network.transaction(&id);
        assert_eq!(known.is_some_and(|known| known.inclusion.is_some()), lands, "held for {held_slots} slots");
        assert_eq!(bench.network.waiting(), 0);
    }
}

#[test]
fn a_reference_is_good_for_65536_blocks() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 1_000, 0);
    let old = bench.network.head();
    bench.blocks(65_535);
    let referring = |bench: &mut Bench| {
        let raw = bench.raw(send(&payer, nobody(7), 1));
        let raw = RawTransaction { reference: Reference::from(&old), ..raw };
        bench.submit_raw(&[&payer], &raw)
    };
    assert!(referring(&mut bench).is_ok());
    bench.blocks(1);
    assert_eq!(referring(&mut bench), Err(Refusal::Tapos));
}

#[test]
fn a_reference_to_another_chain_is_refused() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 1_000, 0);
    let other = Bench::with(&Config { seed: 2, ..fixed() });
    assert_eq!(other.network.head().height, bench.network.head().height);
    assert_ne!(other.network.head().id, bench.network.head().id);
    let raw = bench.raw(send(&payer, nobody(7), 1));
    let raw = RawTransaction { reference: Reference::from(&other.network.head()), ..raw };
    assert_eq!(bench.submit_raw(&[&payer], &raw), Err(Refusal::Tapos));
}

#[test]
fn equal_seeds_give_equal_blocks_and_each_names_its_parent() {
    let (mut one, mut two) = (Bench::new(), Bench::new());
    one.blocks(30);
    two.blocks(30);
    assert_eq!(one.network.head(), two.network.head());
    for height in 1..=one.network.head().height.0 {
        let block = one.network.block(Height(height)).unwrap();
        let below = one.network.block(Height(height - 1)).unwrap();
        assert_eq!(block.header.parent_hash, below.at.id.as_bytes());
        assert_eq!(block.at.id.as_bytes()[..8], height.to_be_bytes());
        assert_eq!(block.at.time, below.at.time.after(Span::from_secs(3)));
    }
}

#[test]
fn a_transaction_is_a_duplicate_while_it_waits_and_once_it_is_in_a_block() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 1_000, 0);
    let raw = bench.raw(send(&payer, nobody(7), 1));
    assert!(bench.submit_raw(&[&payer], &raw).is_ok());
    assert_eq!(bench.submit_raw(&[&payer], &raw), Err(Refusal::Duplicate));
    bench.blocks(1);
    assert_eq!(bench.submit_raw(&[&payer], &raw), Err(Refusal::Duplicate));
}

#[test]
fn a_node_with_an_id_cache_knows_even_what_it_refused() {
    let mut bench = Bench::with(&Config { id_cache: true, ..fixed() });
    let payer = bench.wallet("payer", 1_000, 0);
    let raw = bench.raw(send(&payer, nobody(7), 1));
    assert!(matches!(bench.submit_raw(&[&demo_key("stranger")], &raw), Err(Refusal::Signature(_))));
    assert_eq!(bench.submit_raw(&[&payer], &raw), Err(Refusal::Known));
}

#[test]
fn a_full_pool_is_busy() {
    let mut bench = Bench::with(&Config { pool_limit: 2, ..fixed() });
    let payer = bench.wallet("payer", 1_000, 0);
    for _ in 0..3 {
        assert!(bench.submit(&payer, send(&payer, nobody(7), 1)).is_ok());
    }
    assert_eq!(bench.submit(&payer, send(&payer, nobody(7), 1)), Err(Refusal::Busy));
    bench.blocks(1);
    assert!(bench.submit(&payer, send(&payer, nobody(7), 1)).is_ok());
}

#[test]
fn signatures_must_be_65_to_68_bytes_and_only_the_first_65_count() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 1_000, 0);
    for (length, good) in [(64, false), (65, true), (68, true), (69, false)] {
        let raw = bench.raw(send(&payer, nobody(7), 1));
        let mut signature = payer.sign(&raw.txid()).to_bytes().to_vec();
        signature.resize(length, 0);
        let envelope = flash_tron::proto::Envelope { raw_data: raw.encode(), signature: vec![signature] };
        let result = bench.network.submit_bytes(&prost::Message::encode_to_vec(&envelope));
        match result {
            Ok(_) => assert!(good, "{length}"),
            Err(refusal) => {
                assert!(!good, "{length}");
                assert_eq!(refusal.to_string(), format!("Validate signature error: Signature size is {length}"));
            }
        }
    }
}

#[test]
fn checks_come_in_the_order_of_the_network() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 0, 10);
    let stranger = demo_key("stranger");
    let now = bench.now();
    let good = bench.raw(lend(&payer, nobody(7), 1));
    let other = Bench::with(&Config { seed: 2, ..fixed() });
    let mut raw = RawTransaction {
        expiration: Timestamp::from_millis(now),
        reference: Reference::from(&other.network.head()),
        memo: b"x".to_vec(),
        ..good.clone()
    };
    // Everything is wrong with it; mending one thing brings the next to light.
    assert_eq!(bench.submit_raw(&[&stranger], &raw), Err(Refusal::Expired));
    raw.expiration = Timestamp::from_millis(now + 86_400_001);
    assert!(matches!(bench.submit_raw(&[&stranger], &raw), Err(Refusal::Signature(_))));
    assert_eq!(bench.submit_raw(&[&payer], &raw), Err(Refusal::Tapos));
    raw.reference = good.reference;
    assert_eq!(bench.submit_raw(&[&payer], &raw), Err(Refusal::Expired));
    raw.expiration = good.expiration;
    // No TRX for the memo; the receiver does not exist either, but that is the contract's business.
    assert_eq!(bench.submit_raw(&[&payer], &raw), Err(Refusal::Bandwidth));
    raw.memo.clear();
    assert!(matches!(bench.submit_raw(&[&payer], &raw), Err(Refusal::Validate(_))));
}

#[test]
fn what_is_no_transaction_is_no_transaction() {
    let mut bench = Bench::new();
    assert!(matches!(bench.network.submit_bytes(b"\xff\xff"), Err(SubmitError::Undecodable(_))));
    let nothing = bench.network.submit_bytes(b"").unwrap_err();
    assert_eq!(nothing.to_string(), "Contract validate error : No contract!");
}

#[test]
fn a_waiting_transaction_that_is_no_longer_valid_vanishes_without_a_word() {
    let mut bench = Bench::new();
    let (owner, receiver) = (bench.wallet("owner", 10, 100), bench.wallet("receiver", 1, 0));
    let raw = bench.raw(lend(&owner, receiver.address(), 100));
    let held = Fate::Hold(Timestamp::from_millis(bench.now() + 3 * SLOT));
    let id = bench.network.submit(signed(&[&owner], &raw), held).unwrap();
    // Meanwhile the owner's key loses its permission.
    let stranger = Permission {
        kind: PermissionKind::Owner,
        id: PermissionId::OWNER,
        name: "owner".to_owned(),
        threshold: 1,
        parent_id: 0,
        operations: Vec::new(),
        keys: vec![Key { address: receiver.address(), weight: 1 }],
    };
    bench.network.set_permissions(owner.address(), &Permissions::custom(stranger, Vec::new())).unwrap();
    bench.blocks(4);
    assert!(bench.network.transaction(&id).is_none());
    assert_eq!(bench.network.waiting(), 0);
}

#[test]
fn bytes_on_the_wire_are_what_is_taken() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 1_000, 0);
    let raw = bench.raw(send(&payer, nobody(7), 1));
    let id = bench.network.submit_bytes(&bytes(&[&payer], &raw)).unwrap();
    assert_eq!(id, raw.txid());
}
