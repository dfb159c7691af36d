//! Nothing a client sends brings a node down or leaves a trace it should not.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::{Bench, bytes, lend, nobody, send, trx};
use crate::http::Site;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn bytes_that_were_tampered_with_are_never_taken(at in 0..400_usize, flip in 1..=255_u8, cut in 0..400_usize) {
        let mut bench = Bench::new();
        let (owner, receiver) = (bench.wallet("owner", 100, 100), nobody(7));
        bench.network.fund(receiver, trx(1)).unwrap();
        let raw = bench.raw(lend(&owner, receiver, 1));
        let good = bytes(&[&owner], &raw);
        let mut flipped = good.clone();
        let at = at % flipped.len();
        flipped[at] ^= flip;
        let before = bench.network.pending_view().state().supply().unwrap();
        for bad in [flipped, good[..cut % good.len()].to_vec()] {
            match bench.network.submit_bytes(&bad) {
                Err(_) => prop_assert_eq!(bench.network.pending_view().state().supply().unwrap(), before),
                // Only what the signature does not cover may differ: its v has more than one form.
                Ok(id) => prop_assert_eq!(id, raw.txid()),
            }
        }
        bench.blocks(1);
        let supply = bench.network.head_view().state().supply().unwrap();
        prop_assert_eq!(supply.lent, supply.acquired);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut bench = Bench::new();
        prop_assert!(bench.network.submit_bytes(&bytes).is_err());
    }
}

#[tokio::test]
async fn every_route_survives_every_kind_of_value() {
    let site = Site::start().await;
    let values = [
        json!(null),
        json!(-1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1.5),
        json!(""),
        json!("0x"),
        json!("zz"),
        json!("41"),
        json!("é".repeat(17)),
        json!(true),
        json!([]),
        json!({}),
    ];
    let fields = [
        "address",
        "value",
        "num",
        "startNum",
        "endNum",
        "id_or_num",
        "owner_address",
        "receiver_address",
        "to_address",
        "fromAddress",
        "toAddress",
        "amount",
        "balance",
        "resource",
        "type",
        "transaction",
        "raw_data",
        "signature",
        "Permission_id",
        "visible",
        "lock_period",
        "frozen_balance",
        "unfreeze_balance",
        "timestamp",
    ];
    for name in [
        "getaccount",
        "getaccountresource",
        "getblock",
        "getblockbynum",
        "getblockbyid",
        "getblockbylimitnext",
        "getblockbylatestnum",
        "gettransactionbyid",
        "gettransactioninfobyid",
        "gettransactioninfobyblocknum",
        "getdelegatedresourcev2",
        "getdelegatedresourceaccountindexv2",
        "getcandelegatedmaxsize",
        "validateaddress",
        "getavailableunfreezecount",
        "getcanwithdrawunfreezeamount",
        "createtransaction",
        "freezebalancev2",
        "unfreezebalancev2",
        "delegateresource",
        "undelegateresource",
        "broadcasttransaction",
        "broadcasthex",
        "getsignweight",
        "cancelallunfreezev2",
        "withdrawexpireunfreeze",
    ] {
        for value in &values {
            let body: Value = fields.iter().map(|field| ((*field).to_owned(), value.clone())).collect();
            let (status, text) = site.status(&format!("/wallet/{name}"), body.to_string()).await;
            assert_eq!(status, 200, "{name} {value}");
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{name} {value}: {text}");
        }
    }
    assert_eq!(site.devnet.with_network(|network| network.waiting()), 0);
}

#[test]
fn amounts_at_the_edge_of_64_bits_overflow_into_refusals() {
    let mut bench = Bench::new();
    let payer = bench.wallet("payer", 10, 0);
    bench.network.fund(nobody(7), trx(1)).unwrap();
    for amount in [i64::MAX, i64::MIN, -1] {
        assert!(bench.submit(&payer, send(&payer, nobody(7), amount)).is_err(), "{amount}");
        assert!(bench.submit(&payer, send(&payer, nobody(9), amount)).is_err(), "{amount}");
    }
    assert!(bench.network.fund(nobody(7), flash_core::units::Sun::new(i64::MAX)).is_err());
}
