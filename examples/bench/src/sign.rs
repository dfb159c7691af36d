//! Building and signing a delegation, against the same bytes signed by libsecp256k1.

use std::hint::black_box;

use flash_core::chain::{BlockRef, Height};
use flash_core::id::BlockId;
use flash_core::time::{Span, Timestamp};
use flash_core::units::Sun;
use flash_tron::contract::{Delegate, Lock, Resource};
use flash_tron::{Contract, PrivateKey, RawTransaction, Reference, SignedTransaction};
use secp256k1::{Message, Secp256k1, SecretKey};
use sha2::{Digest, Sha256};

use crate::measure::{micros_each, versus};

const SECRET: [u8; 32] = [0x2f; 32];
const RUNS: u32 = 4_000;

/// How often as long as the C library's ours takes: build, id, signature, wire bytes.
pub(crate) fn delegation_vs_c() -> f64 {
    let key = PrivateKey::from_bytes(&SECRET).unwrap();
    let (c, c_key) = (Secp256k1::signing_only(), SecretKey::from_slice(&SECRET).unwrap());
    let ours = |n| raw(&key, n).sign(&key).encode();
    let theirs = |n| with_c(&c, &c_key, &raw(&key, n));
    assert_eq!(ours(1), theirs(1), "both must give the same bytes");
    let [us, c_us, ratio] = versus(
        15,
        || micros_each(RUNS, |n| drop(black_box(ours(n)))),
        || micros_each(RUNS, |n| drop(black_box(theirs(n)))),
    );
    println!("build + txID + sign of a delegation: {us:.1} us, with libsecp256k1 {c_us:.1} us");
    ratio
}

fn raw(key: &PrivateKey, n: u32) -> RawTransaction {
    let time = Timestamp::from_millis(1_800_000_000_000).after(Span::from_millis(n));
    let solid = BlockRef { height: Height(65_536_000), id: BlockId::from_bytes([7; 32]), time };
    let delegate = Delegate {
        owner: key.address(),
        receiver: flash_core::testing::address(n),
        stake: Sun::new(6_868_189_106),
        resource: Resource::Energy,
        lock: Lock::NONE,
    };
    RawTransaction::new(Contract::Delegate(delegate), Reference::from(&solid), time.after(Span::from_secs(55)), time)
}

fn with_c(c: &Secp256k1<secp256k1::SignOnly>, key: &SecretKey, raw: &RawTransaction) -> Vec<u8> {
    let raw = raw.encode();
    let id: [u8; 32] = Sha256::digest(&raw).into();
    let (recovery, rs) = c.sign_ecdsa_recoverable(&Message::from_digest(id), key).serialize_compact();
    let mut signature = [0; 65];
    signature[..64].copy_from_slice(&rs);
    signature[64] = 27 + u8::try_from(i32::from(recovery)).unwrap();
    SignedTransaction { raw, signatures: vec![flash_tron::Signature::from_bytes(signature)] }.encode()
}
