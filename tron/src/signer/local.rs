//! A signer with its keys in memory.

use std::collections::HashMap;

use async_trait::async_trait;
use flash_core::address::Address;

use super::{Policy, Refusal, SignError, Signer};
use crate::contract::PermissionId;
use crate::key::{PrivateKey, Signature};
use crate::transaction::{RawTransaction, txid};

/// The key of a wallet.
#[derive(Debug, Clone)]
pub struct WalletKey {
    /// The wallet it signs for. A key of an active permission is usually not the wallet's own.
    pub wallet: Address,
    /// The permission it belongs to.
    pub permission: PermissionId,
    /// The key.
    pub key: PrivateKey,
}

impl From<PrivateKey> for WalletKey {
    /// The owner key of the key's own account.
    fn from(key: PrivateKey) -> Self {
        Self { wallet: key.address(), permission: PermissionId::OWNER, key }
    }
}

/// A signer with its keys in memory.
#[derive(Debug, Clone)]
pub struct LocalSigner {
    policy: Policy,
    keys: HashMap<Address, WalletKey>,
}

impl LocalSigner {
    /// A signer for these wallets; of two keys for one wallet the later is used.
    #[must_use]
    pub fn new(policy: Policy, keys: impl IntoIterator<Item = WalletKey>) -> Self {
        Self { policy, keys: keys.into_iter().map(|key| (key.wallet, key)).collect() }
    }
}

#[async_trait]
impl Signer for LocalSigner {
    fn permission(&self, wallet: &Address) -> Option<PermissionId> {
        self.keys.get(wallet).map(|key| key.permission)
    }

    fn wallets(&self) -> Vec<Address> {
        self.keys.keys().copied().collect()
    }

    async fn sign(&self, raw: &[u8]) -> Result<Signature, SignError> {
        let transaction = RawTransaction::decode(raw).map_err(Refusal::from)?;
        let wallet = self.policy.check(&transaction)?;
        let key = self.keys.get(wallet).ok_or(SignError::NoKey { wallet: *wallet })?;
        if transaction.permission_id != key.permission {
            return Err(Refusal::Permission(transaction.permission_id).into());
        }
        Ok(key.key.sign(&txid(raw)))
    }
}

#[cfg(test)]
mod tests {
    use flash_core::time::{Span, Timestamp};
    use flash_core::units::Sun;

    use super::*;
    use crate::contract::{Contract, ContractType, Delegate, Freeze, Lock, Resource, Transfer, Undelegate};
    use crate::transaction::Reference;

    const RECEIVER: Address = Address::from_body([9; 20]);

    fn key() -> PrivateKey {
        PrivateKey::from_bytes(&[1; 32]).unwrap()
    }

    fn rental() -> Delegate {
        let (owner, stake) = (key().address(), Sun::TRX);
        Delegate { owner, receiver: RECEIVER, stake, resource: Resource::Energy, lock: Lock::NONE }
    }

    fn raw(contract: Contract) -> RawTransaction {
        let reference = Reference { ref_block_bytes: [1, 2], ref_block_hash: [3; 8] };
        RawTransaction::new(contract, reference, Timestamp::from_millis(61_000), Timestamp::from_millis(1_000))
    }

    /// The one future of these tests is ready at once.
    fn sign(raw: &[u8]) -> Result<Signature, SignError> {
        let policy = Policy::rentals_up_to(Sun::from_trx(100).unwrap());
        let signer = LocalSigner::new(policy, [key().into()]);
        let mut signing = signer.sign(raw);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match signing.as_mut().poll(&mut context) {
            std::task::Poll::Ready(signature) => signature,
            std::task::Poll::Pending => panic!("a local signer never waits"),
        }
    }

    fn refusal(transaction: &RawTransaction) -> Refusal {
        match sign(&transaction.encode()) {
            Err(SignError::Refused { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_rental_and_its_end_are_signed_by_the_wallet() {
        let Delegate { owner, receiver, stake, resource, .. } = rental();
        let reclaim = Contract::Undelegate(Undelegate { owner, receiver, stake, resource });
        for contract in [Contract::Delegate(rental()), reclaim] {
            let bytes = raw(contract).encode();
            assert_eq!(sign(&bytes).unwrap().recover(&txid(&bytes)), Ok(owner));
        }
    }

    #[test]
    fn money_never_leaves_by_this_signer() {
        let owner = key().address();
        let transfer = Contract::Transfer(Transfer { owner, to: RECEIVER, amount: Sun::TRX });
        assert_eq!(refusal(&raw(transfer)), Refusal::Contract(ContractType::Transfer));
        let freeze = Contract::Freeze(Freeze { owner, amount: Sun::TRX, resource: Resource::Energy });
        assert_eq!(refusal(&raw(freeze)), Refusal::Contract(ContractType::FreezeBalanceV2));
    }

    #[test]
    fn each_rule_of_the_policy_refuses_for_its_reason() {
        let delegate = |change: fn(&mut Delegate)| {
            let mut it = rental();
            change(&mut it);
            refusal(&raw(Contract::Delegate(it)))
        };
        assert_eq!(delegate(|it| it.lock = Lock::of_slots(0)), Refusal::Locked);
        assert_eq!(delegate(|it| it.lock.slots = 5), Refusal::Locked);
        assert_eq!(delegate(|it| it.resource = Resource::Bandwidth), Refusal::Resource(Resource::Bandwidth));
        assert_eq!(delegate(|it| it.stake = Sun::new(100_000_001)), Refusal::Stake(Sun::new(100_000_001)));
        assert_eq!(delegate(|it| it.stake = Sun::new(-1)), Refusal::Stake(Sun::new(-1)));

        let signable = raw(Contract::Delegate(rental()));
        let changed = |change: fn(&mut RawTransaction)| {
            let mut it = signable.clone();
            change(&mut it);
            refusal(&it)
        };
        assert_eq!(changed(|it| it.memo = vec![1]), Refusal::Extras);
        assert_eq!(changed(|it| it.fee_limit = Sun::new(1)), Refusal::Extras);
        assert_eq!(changed(|it| it.permission_id = PermissionId(2)), Refusal::Permission(PermissionId(2)));
        assert_eq!(changed(|it| it.expiration = it.timestamp), Refusal::Lifetime { millis: 0 });
        assert_eq!(
            changed(|it| it.expiration = it.timestamp.after(Span::from_millis(1_800_001))),
            Refusal::Lifetime { millis: 1_800_001 }
        );
    }

    #[test]
    fn bytes_with_something_extra_are_not_signed() {
        let mut bytes = raw(Contract::Delegate(rental())).encode();
        bytes.extend([0x18, 0x01]);
        assert!(matches!(sign(&bytes), Err(SignError::Refused { reason: Refusal::NotUnderstood(_) })));
    }

    #[test]
    fn a_wallet_without_a_key_is_named() {
        let wallet = RECEIVER;
        let contract = Contract::Delegate(Delegate { owner: wallet, receiver: key().address(), ..rental() });
        match sign(&raw(contract).encode()) {
            Err(SignError::NoKey { wallet: named }) => assert_eq!(named, wallet),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_key_is_shown() {
        let signer = LocalSigner::new(Policy::rentals_up_to(Sun::TRX), [key().into()]);
        let shown = format!("{signer:?}");
        assert!(shown.contains(&key().address().to_string()) && !shown.contains("0101") && !shown.contains("1, 1"));
    }
}
