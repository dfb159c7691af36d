//! Transactions in bytes: whatever is read is written as the same bytes, and its JSON reads back as the same thing.
#![no_main]

use flash_tron::json::{AddressForm, parse_contract, parse_raw, parse_transaction, print_contract};
use flash_tron::json::{print_raw, print_transaction};
use flash_tron::{RawTransaction, SignedTransaction, txid};
use libfuzzer_sys::fuzz_target;

const FORMS: [AddressForm; 2] = [AddressForm::Hex, AddressForm::Base58];

fuzz_target!(|bytes: &[u8]| {
    if let Ok(raw) = RawTransaction::decode(bytes) {
        assert_eq!(raw.encode(), bytes);
        assert_eq!(raw.txid(), txid(bytes));
        FORMS.into_iter().for_each(|form| prints_and_parses(&raw, form));
        signed(&SignedTransaction { raw: bytes.to_vec(), signatures: Vec::new() });
    }
    if let Ok(transaction) = SignedTransaction::decode(bytes) {
        assert_eq!(transaction.encode(), bytes);
        assert!(transaction.bandwidth() > bytes.len());
        signed(&transaction);
    }
});

fn prints_and_parses(raw: &RawTransaction, form: AddressForm) {
    let printed = print_raw(raw, form);
    assert_eq!(parse_raw(&printed, form).as_ref(), Ok(raw));
    let reread = serde_json::from_str(&printed.to_string()).unwrap();
    assert_eq!(parse_raw(&reread, form).as_ref(), Ok(raw));
    let contract = print_contract(&raw.contract, form);
    assert_eq!(parse_contract(raw.contract.kind(), &contract, form).as_ref(), Ok(&raw.contract));
}

fn signed(transaction: &SignedTransaction) {
    assert_eq!(SignedTransaction::decode(&transaction.encode()).as_ref(), Ok(transaction));
    assert_eq!(transaction.txid(), txid(&transaction.raw));
    // Whatever a signature is, asking for its signer must not fail worse than with an error.
    for signature in &transaction.signatures {
        let _ = signature.recover(&transaction.txid());
    }
    let understood = RawTransaction::decode(&transaction.raw).is_ok();
    for form in FORMS {
        let printed = print_transaction(transaction, form);
        assert_eq!(printed.is_ok(), understood);
        if let Ok(printed) = printed {
            assert_eq!(parse_transaction(&printed).as_ref(), Ok(transaction));
        }
    }
}
