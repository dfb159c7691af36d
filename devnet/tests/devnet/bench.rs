//! A network on the bench: wallets with TRX, and transactions signed by flash-tron.

use flash_core::address::Address;
use flash_core::id::TxId;
use flash_core::time::Timestamp;
use flash_core::units::Sun;
use flash_devnet::pool::Fate;
use flash_devnet::refusal::Refusal;
use flash_devnet::transaction::Transaction;
use flash_devnet::{Config, Genesis, Network, Speed, set_up_wallet};
use flash_tron::contract::{Contract, Delegate, Freeze, Lock, Resource, Transfer, Undelegate, Unfreeze};
use flash_tron::key::PrivateKey;
use flash_tron::transaction::{RawTransaction, Reference, SignedTransaction};

pub(crate) const TRX: i64 = 1_000_000;
pub(crate) const SLOT: i64 = 3_000;

/// A network whose time moves only when told to.
pub(crate) struct Bench {
    pub(crate) network: Network,
    /// Makes every transaction's bytes its own.
    stamp: i64,
}

pub(crate) fn fixed() -> Config {
    let genesis = Genesis::At(Timestamp::from_millis(1_700_000_000_000));
    Config { genesis, speed: Speed::MANUAL, ..Config::default() }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(&fixed())
    }

    pub(crate) fn with(config: &Config) -> Self {
        Self { network: Network::new(config), stamp: 0 }
    }

    /// A wallet with a balance and stake for Energy, in whole TRX.
    pub(crate) fn wallet(&mut self, name: &str, balance: i64, stake: i64) -> PrivateKey {
        set_up_wallet(&mut self.network, name, trx(balance), trx(stake)).unwrap()
    }

    pub(crate) fn now(&self) -> i64 {
        self.network.head().time.as_millis()
    }

    /// Produces so many blocks.
    pub(crate) fn blocks(&mut self, count: i64) {
        let until = self.now() + count * SLOT;
        self.network.produce_until(Timestamp::from_millis(until));
    }

    /// A transaction valid for a minute.
    pub(crate) fn raw(&mut self, contract: Contract) -> RawTransaction {
        self.stamp += 1;
        let expiration = Timestamp::from_millis(self.now() + 60_000);
        let reference = Reference::from(&self.network.solid());
        RawTransaction::new(contract, reference, expiration, Timestamp::from_millis(self.stamp))
    }

    pub(crate) fn submit_raw(&mut self, keys: &[&PrivateKey], raw: &RawTransaction) -> Result<TxId, Refusal> {
        self.network.submit(signed(keys, raw), Fate::Include)
    }

    pub(crate) fn submit(&mut self, key: &PrivateKey, contract: Contract) -> Result<TxId, Refusal> {
        let raw = self.raw(contract);
        self.submit_raw(&[key], &raw)
    }

    /// Submits, and produces the block that holds it.
    pub(crate) fn land(&mut self, key: &PrivateKey, contract: Contract) -> TxId {
        let id = self.submit(key, contract).unwrap();
        self.blocks(1);
        assert!(self.network.transaction(&id).unwrap().inclusion.is_some());
        id
    }

    /// The words of a refusal by the contract's rules.
    pub(crate) fn invalid(&mut self, key: &PrivateKey, contract: Contract) -> String {
        match self.submit(key, contract) {
            Err(Refusal::Validate(why)) => why,
            other => panic!("expected a refusal by the contract, got {other:?}"),
        }
    }
}

pub(crate) fn signed(keys: &[&PrivateKey], raw: &RawTransaction) -> Transaction {
    Transaction::decode(&bytes(keys, raw)).unwrap()
}

pub(crate) fn bytes(keys: &[&PrivateKey], raw: &RawTransaction) -> Vec<u8> {
    let signatures = keys.iter().map(|key| key.sign(&raw.txid())).collect();
    SignedTransaction { raw: raw.encode(), signatures }.encode()
}

pub(crate) fn trx(trx: i64) -> Sun {
    Sun::new(trx * TRX)
}

pub(crate) fn nobody(byte: u8) -> Address {
    Address::from_body([byte; 20])
}

pub(crate) fn delegate(owner: &PrivateKey, receiver: Address, stake: Sun) -> Delegate {
    Delegate { owner: owner.address(), receiver, stake, resource: Resource::Energy, lock: Lock::NONE }
}

pub(crate) fn lend(owner: &PrivateKey, receiver: Address, stake: i64) -> Contract {
    Contract::Delegate(delegate(owner, receiver, trx(stake)))
}

pub(crate) fn lend_locked(owner: &PrivateKey, receiver: Address, stake: i64, slots: i64) -> Contract {
    Contract::Delegate(Delegate { lock: Lock::of_slots(slots), ..delegate(owner, receiver, trx(stake)) })
}

pub(crate) fn reclaim(owner: &PrivateKey, receiver: Address, stake: i64) -> Contract {
    let (owner, stake) = (owner.address(), trx(stake));
    Contract::Undelegate(Undelegate { owner, receiver, stake, resource: Resource::Energy })
}

pub(crate) fn send(owner: &PrivateKey, to: Address, amount: i64) -> Contract {
    Contract::Transfer(Transfer { owner: owner.address(), to, amount: Sun::new(amount) })
}

pub(crate) fn freeze(owner: &PrivateKey, amount: i64, resource: Resource) -> Contract {
    Contract::Freeze(Freeze { owner: owner.address(), amount: Sun::new(amount), resource })
}

pub(crate) fn unfreeze(owner: &PrivateKey, amount: i64, resource: Resource) -> Contract {
    Contract::Unfreeze(Unfreeze { owner: owner.address(), amount: Sun::new(amount), resource })
}
