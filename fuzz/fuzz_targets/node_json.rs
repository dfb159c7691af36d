//! What a node may answer: no text brings the reader down, and a transaction in JSON means exactly one thing.
#![no_main]

use flash_core::chain::EnergyRate;
use flash_core::units::{Energy, Sun};
use flash_tron::abi::{TransferCall, TransferLog};
use flash_tron::contract::{Contract, ContractType};
use flash_tron::energy::{Stake, gain, limit, returned_usage, stake_for};
use flash_tron::json::{
    AccountAnswer, AccountResource, AddressForm, BlockAnswer, BlockList, BroadcastAnswer, CanDelegate, ChainParameters,
    DelegatedResources, TransactionAnswer, TransactionInfo, parse_contract, parse_raw, parse_transaction,
    print_contract, print_raw, print_transaction,
};
use flash_tron::{RawTransaction, SignedTransaction};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const FORMS: [AddressForm; 2] = [AddressForm::Hex, AddressForm::Base58];

fuzz_target!(|bytes: &[u8]| {
    answers(bytes);
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    if let Ok(transaction) = parse_transaction(&value) {
        transaction_means_one_thing(&transaction);
    }
    for form in FORMS {
        if let Ok(raw) = parse_raw(&value, form) {
            raw_means_one_thing(&raw);
        }
        for kind in (0..=64).filter_map(ContractType::from_number) {
            if let Ok(contract) = parse_contract(kind, &value, form) {
                contract_means_one_thing(&contract);
            }
        }
    }
});

/// Every answer that the node client reads, and what is made of it.
fn answers(bytes: &[u8]) {
    let _ = serde_json::from_slice::<BlockAnswer>(bytes);
    let _ = serde_json::from_slice::<BlockList>(bytes);
    let _ = serde_json::from_slice::<TransactionAnswer>(bytes);
    let _ = serde_json::from_slice::<CanDelegate>(bytes);
    let _ = serde_json::from_slice::<DelegatedResources>(bytes);
    let _ = serde_json::from_slice::<BroadcastAnswer>(bytes);
    if let Ok(parameters) = serde_json::from_slice::<ChainParameters>(bytes) {
        for parameter in &parameters.chain_parameter {
            assert!(parameters.get(&parameter.key).is_some());
        }
    }
    if let Ok(info) = serde_json::from_slice::<TransactionInfo>(bytes) {
        for log in &info.log {
            let token = log
                .address
                .get(..40)
                .and_then(|body| flash_tron::address::parse_hex_address(&format!("41{body}")).ok());
            let _ = token.and_then(|token| TransferLog::parse(log, &token));
        }
    }
    let account = serde_json::from_slice::<AccountAnswer>(bytes);
    let resource = serde_json::from_slice::<AccountResource>(bytes);
    if let (Ok(account), Ok(resource)) = (account, resource) {
        energy(&account, &resource);
    }
}

/// Both answers at once, since no field is in both.
fn energy(account: &AccountAnswer, resource: &AccountResource) {
    let totals = &resource.totals;
    if totals.energy_limit <= 0 || totals.energy_weight < 0 {
        return; // Refused before anything is reckoned with them.
    }
    let rate = EnergyRate { total_energy: Energy::new(totals.energy_limit), total_weight: totals.energy_weight };
    let held = &account.account_resource;
    let own = account.frozen_v2.iter().map(|frozen| Sun::new(frozen.amount)).next().unwrap_or_default();
    let borrowed = Sun::new(held.acquired_delegated_frozen_v2_balance_for_energy);
    let own_v1 = Sun::new(held.frozen_balance_for_energy.frozen_balance);
    let stake = Stake { own, own_v1, borrowed, used: Energy::new(held.energy_usage) };
    let _ = (stake.lendable(&rate), stake.used_stake(&rate), limit(own, &rate));
    let _ = (gain(own, borrowed, &rate), stake_for(own, Energy::new(resource.energy_limit), &rate));
    let _ = returned_usage(stake.used, own, borrowed, &rate);
}

fn transaction_means_one_thing(transaction: &SignedTransaction) {
    assert_eq!(SignedTransaction::decode(&transaction.encode()).as_ref(), Ok(transaction));
    raw_means_one_thing(&RawTransaction::decode(&transaction.raw).unwrap());
    for form in FORMS {
        let printed = print_transaction(transaction, form).unwrap();
        assert_eq!(parse_transaction(&printed).as_ref(), Ok(transaction));
        let reread = serde_json::from_str(&printed.to_string()).unwrap();
        assert_eq!(parse_transaction(&reread).as_ref(), Ok(transaction));
    }
}

fn raw_means_one_thing(raw: &RawTransaction) {
    assert_eq!(RawTransaction::decode(&raw.encode()).as_ref(), Ok(raw));
    for form in FORMS {
        assert_eq!(parse_raw(&print_raw(raw, form), form).as_ref(), Ok(raw));
    }
    contract_means_one_thing(&raw.contract);
}

fn contract_means_one_thing(contract: &Contract) {
    let (kind, parameter) = contract.encode();
    assert_eq!(Contract::decode(kind.number(), &parameter).as_ref(), Ok(contract));
    for form in FORMS {
        assert_eq!(parse_contract(kind, &print_contract(contract, form), form).as_ref(), Ok(contract));
    }
    if let Contract::TriggerSmart(call) = contract
        && let Some(read) = TransferCall::decode(&call.data)
    {
        assert_eq!(TransferCall::decode(&read.encode()), Some(read));
    }
}
