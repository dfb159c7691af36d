//! A chain in memory that keeps the rules flash relies on, and breaks its promises to senders when told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use crate::address::Address;
use crate::chain::{
    Above, Account, Action, Answer, Block, BlockRef, Chain, ChainError, Delegation, EnergyRate, Height, Holdings, Lent,
    SeenTx, SignedTx, Tips, Validity,
};
use crate::id::{BlockId, TxId};
use crate::time::{Span, Timestamp};
use crate::units::{Energy, Sun};

/// How many blocks the solid head is behind the head.
pub const SOLID_LAG: usize = 18;
const SLOT: Span = Span::from_secs(3);

/// What goes wrong with one broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The node refuses and does not take it.
    Refuse,
    /// The call is lost on the way there.
    LoseBefore,
    /// The node takes it; its answer is lost.
    LoseAfter,
    /// The node says that it took it, and forgets it.
    Drop,
    /// The node takes it and keeps it out of so many blocks.
    Delay(u8),
    /// The node says that it knows it already, and does not take it.
    FalselyKnown,
}

/// What the chain did with a transaction that it received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What it asks for.
    pub action: Action,
    /// In which block of the present chain it is.
    pub block: Option<BlockRef>,
}

/// A TRON network in memory. It moves only when told to ([`FakeChain::tick`]) and keeps a record of the truth.
#[derive(Debug)]
pub struct FakeChain {
    net: Mutex<Net>,
}

#[derive(Debug)]
struct Net {
    blocks: Vec<FakeBlock>,
    solid: usize,
    pool: Vec<Pooled>,
    received: BTreeMap<TxId, (Action, SignedTx)>,
    accounts: BTreeMap<Address, FakeAccount>,
    faults: VecDeque<Fault>,
    down: bool,
    skipped: u32,
    fork: u64,
    rate: EnergyRate,
    broadcasts: usize,
}

#[derive(Debug, Clone)]
struct FakeBlock {
    at: BlockRef,
    parent: BlockId,
    txs: Vec<Tx>,
    /// All stake that is lent after this block.
    lent: BTreeMap<(Address, Address), Sun>,
}

#[derive(Debug, Clone, Copy)]
struct Tx {
    id: TxId,
    action: Action,
    reference: BlockRef,
    expires_at: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Pooled {
    tx: Tx,
    held_back: u8,
}

#[derive(Debug, Clone, Copy)]
struct FakeAccount {
    contract: bool,
    stake: Sun,
    balance: Sun,
    has_key: bool,
}

impl FakeChain {
    /// A network with some solid blocks, the newest of this time.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let start = now.before(SLOT.times(40));
        let genesis = FakeBlock {
            at: BlockRef { height: Height(1_000), id: BlockId::from_bytes([7; 32]), time: start },
            parent: BlockId::from_bytes([0; 32]),
            txs: Vec::new(),
            lent: BTreeMap::new(),
        };
        let rate = EnergyRate { total_energy: Energy::new(180_000_000_000), total_weight: 19_000_000_000 };
        let mut net = Net {
            blocks: vec![genesis],
            solid: 0,
            pool: Vec::new(),
            received: BTreeMap::new(),
            accounts: BTreeMap::new(),
            faults: VecDeque::new(),
            down: false,
            skipped: 0,
            fork: 0,
            rate,
            broadcasts: 0,
        };
        (0..40).for_each(|_| net.produce());
        Self { net: Mutex::new(net) }
    }

    fn net(&self) -> MutexGuard<'_, Net> {
        self.net.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn up(&self) -> Result<MutexGuard<'_, Net>, ChainError> {
        let net = self.net();
        if net.down { Err(ChainError::Unavailable("the fake chain is down".into())) } else { Ok(net) }
    }

    /// Activates an ordinary account.
    pub fn activate(&self, address: Address) {
        self.account(address, |_| {});
    }

    /// Makes an account a contract.
    pub fn make_contract(&self, address: Address) {
        self.account(address, |account| account.contract = true);
    }

    /// Gives an account so much stake, 100 TRX to pay with, and us its key.
    pub fn supply(&self, address: Address, stake: Sun) {
        self.account(address, |account| {
            account.stake = stake;
            account.balance = Sun::from_trx(100).unwrap();
            account.has_key = true;
        });
    }

    fn account(&self, address: Address, change: impl FnOnce(&mut FakeAccount)) {
        let fresh = FakeAccount { contract: false, stake: Sun::ZERO, balance: Sun::ZERO, has_key: false };
        change(self.net().accounts.entry(address).or_insert(fresh));
    }

    /// Lets these faults befall the next broadcasts, one each.
    pub fn befall(&self, faults: impl IntoIterator<Item = Fault>) {
        self.net().faults.extend(faults);
    }

    /// Forgets the faults that have not befallen yet, and brings the nodes up.
    pub fn heal(&self) {
        let mut net = self.net();
        net.faults.clear();
        net.down = false;
    }

    /// Stops the nodes, or starts them again.
    pub fn set_down(&self, down: bool) {
        self.net().down = down;
    }

    /// Produces the next block.
    pub fn tick(&self) {
        self.net().produce();
    }

    /// Misses so many slots before the next block.
    pub fn skip(&self, slots: u32) {
        let mut net = self.net();
        net.skipped = net.skipped.saturating_add(slots);
    }

    /// Replaces the newest `depth` blocks, at most down to the solid one, by one more than there were. Their
    /// transactions go back to the pool, or nowhere.
    pub fn reorganise(&self, depth: usize, lose_transactions: bool) {
        let mut net = self.net();
        let depth = depth.min(net.blocks.len() - 1 - net.solid);
        if depth == 0 {
            return;
        }
        net.fork += 1;
        let last = net.head().at.time;
        let keep = net.blocks.len() - depth;
        let dropped = net.blocks.split_off(keep);
        if !lose_transactions {
            let back = dropped.into_iter().flat_map(|block| block.txs);
            // Back in the pool, but not first thing: the other branch was made without them.
            net.pool.extend(back.map(|tx| Pooled { tx, held_back: u8::try_from(depth).unwrap_or(u8::MAX) }));
        }
        (0..depth).for_each(|_| net.produce());
        // Time does not go back with the blocks.
        net.skipped = last.distance(net.head().at.time.min(last)).as_millis() / SLOT.as_millis();
        net.produce();
    }

    /// Takes stake home behind the back of the books, as another holder of the wallet's key could.
    pub fn reclaim_behind_our_back(&self, wallet: Address, receiver: Address, stake: Sun) {
        let mut net = self.net();
        for block in &mut net.blocks {
            if let Some(lent) = block.lent.get_mut(&(wallet, receiver)) {
                *lent = lent.minus(stake).unwrap().max(Sun::ZERO);
            }
        }
    }

    /// The newest block.
    #[must_use]
    pub fn head(&self) -> BlockRef {
        self.net().head().at
    }

    /// The stake lent from one account to another at the head.
    #[must_use]
    pub fn lent(&self, wallet: Address, receiver: Address) -> Sun {
        self.net().head().lent.get(&(wallet, receiver)).copied().unwrap_or_default()
    }

    /// All stake lent at the head.
    #[must_use]
    pub fn all_lent(&self) -> BTreeMap<(Address, Address), Sun> {
        self.net().head().lent.clone()
    }

    /// Every transaction that ever reached a node, and what became of it.
    #[must_use]
    pub fn received(&self) -> BTreeMap<TxId, Verdict> {
        let net = self.net();
        let block_of = |id: &TxId| net.blocks.iter().find(|block| block.txs.iter().any(|tx| tx.id == *id));
        let verdict = |(id, (action, _)): (&TxId, &(Action, SignedTx))| {
            (*id, Verdict { action: *action, block: block_of(id).map(|block| block.at) })
        };
        net.received.iter().map(verdict).collect()
    }

    /// How many broadcasts were sent, lost ones too.
    #[must_use]
    pub fn broadcasts(&self) -> usize {
        self.net().broadcasts
    }
}

impl Net {
    fn head(&self) -> &FakeBlock {
        &self.blocks[self.blocks.len() - 1]
    }

    fn produce(&mut self) {
        let parent = self.head().clone();
        let time = parent.at.time.after(SLOT.times(self.skipped.saturating_add(1)));
        self.skipped = 0;
        let mut lent = parent.lent;
        let mut txs = Vec::new();
        let mut waiting = Vec::new();
        for mut pooled in std::mem::take(&mut self.pool) {
            let tx = pooled.tx;
            if parent.at.time >= tx.expires_at || self.holds(tx.id) {
                continue;
            }
            if pooled.held_back > 0 {
                pooled.held_back -= 1;
                waiting.push(pooled);
            } else if self.refers_to_this_chain(&tx) && self.carry_out(&tx.action, &mut lent) {
                txs.push(tx);
            }
        }
        self.pool = waiting;
        let height = parent.at.height.next();
        let mut id: [u8; 32] = {
            let parts = [parent.at.id.as_bytes().as_slice(), &self.fork.to_be_bytes(), &time.as_millis().to_be_bytes()];
            Sha256::digest(parts.concat()).into()
        };
        id[..8].copy_from_slice(&height.0.to_be_bytes());
        let at = BlockRef { height, id: BlockId::from_bytes(id), time };
        self.blocks.push(FakeBlock { at, parent: parent.at.id, txs, lent });
        self.solid = self.solid.max(self.blocks.len().saturating_sub(1 + SOLID_LAG));
    }

    fn holds(&self, id: TxId) -> bool {
        // What is older than the longest validity cannot be a duplicate of what is still in a pool.
        self.blocks.iter().rev().take(100).any(|block| block.txs.iter().any(|tx| tx.id == id))
    }

    fn refers_to_this_chain(&self, tx: &Tx) -> bool {
        self.at(tx.reference.height).is_some_and(|block| block.at.id == tx.reference.id)
    }

    fn at(&self, height: Height) -> Option<&FakeBlock> {
        let first = self.blocks.first()?.at.height.0;
        self.blocks.get(usize::try_from(height.0.checked_sub(first)?).ok()?)
    }

    /// Carries an action out, if the state allows it.
    fn carry_out(&self, action: &Action, lent: &mut BTreeMap<(Address, Address), Sun>) -> bool {
        let Delegation { wallet, receiver, stake } = *action.delegation();
        let there = lent.get(&(wallet, receiver)).copied().unwrap_or_default();
        match action {
            Action::Delegate(_) => {
                let normal = self.accounts.get(&receiver).is_some_and(|account| !account.contract);
                let out = Sun::sum(lent.iter().filter(|((from, _), _)| *from == wallet).map(|(_, sun)| *sun)).unwrap();
                let own = self.accounts.get(&wallet).map_or(Sun::ZERO, |account| account.stake);
                let fits = out.plus(stake).is_ok_and(|sum| sum <= own);
                if !normal || !fits || stake < Sun::TRX || wallet == receiver {
                    return false;
                }
                lent.insert((wallet, receiver), there.plus(stake).unwrap());
            }
            Action::Reclaim(_) => {
                if stake > there || !stake.is_positive() {
                    return false;
                }
                lent.insert((wallet, receiver), there.minus(stake).unwrap());
            }
        }
        true
    }

    fn take(&mut self, signed: &SignedTx, held_back: u8) -> Answer {
        let tx = decode(signed);
        self.received.insert(tx.id, (tx.action, signed.clone()));
        if self.holds(tx.id) || self.pool.iter().any(|pooled| pooled.tx.id == tx.id) {
            return Answer::Known;
        }
        let refused = |reason: &str| Answer::Refused { reason: reason.into() };
        if tx.expires_at <= self.head().at.time {
            return refused("TRANSACTION_EXPIRATION_ERROR");
        }
        if !self.refers_to_this_chain(&tx) {
            return refused("TAPOS_ERROR");
        }
        if !self.carry_out(&tx.action, &mut self.head().lent.clone()) {
            return refused("CONTRACT_VALIDATE_ERROR");
        }
        self.pool.push(Pooled { tx, held_back });
        Answer::Accepted
    }
}

#[async_trait]
impl Chain for FakeChain {
    async fn tips(&self) -> Result<Tips, ChainError> {
        let net = self.up()?;
        Ok(Tips { head: net.head().at, solid: net.blocks[net.solid].at })
    }

    async fn above(&self, block: &BlockRef, limit: usize) -> Result<Above, ChainError> {
        let net = self.up()?;
        match net.at(block.height) {
            None => return Err(ChainError::Unavailable("the fake chain has no such block".into())),
            Some(found) if found.at.id != block.id => return Ok(Above::Forked),
            Some(_) => {}
        }
        let next = net.blocks.iter().filter(|found| found.at.height > block.height).take(limit);
        let seen = |tx: &Tx| SeenTx { id: tx.id, action: tx.action, succeeded: true };
        let blocks = next.map(|found| Block {
            at: found.at,
            parent: found.parent,
            delegations: found.txs.iter().map(seen).collect(),
        });
        Ok(Above::Linked(blocks.collect()))
    }

    async fn fetch(&self, tx: &TxId) -> Result<Option<SignedTx>, ChainError> {
        let net = self.up()?;
        let solid = net.blocks.iter().take(net.solid + 1);
        let there = solid.flat_map(|block| &block.txs).any(|found| found.id == *tx);
        Ok(net.received.get(tx).filter(|_| there).map(|(_, signed)| signed.clone()))
    }

    async fn accounts(&self, addresses: &[Address]) -> Result<Vec<Account>, ChainError> {
        let net = self.up()?;
        let look = |address: &Address| {
            let Some(account) = net.accounts.get(address) else { return Account::Missing };
            if account.contract {
                return Account::Contract;
            }
            let lent = net.head().lent.iter().filter(|((wallet, _), _)| wallet == address).map(|(_, sun)| *sun);
            let lent = Sun::sum(lent).unwrap();
            let lendable = account.stake.minus(lent).unwrap();
            Account::Normal(Holdings { balance: account.balance, lendable, lent, bandwidth: 600 })
        };
        Ok(addresses.iter().map(look).collect())
    }

    async fn rate(&self) -> Result<EnergyRate, ChainError> {
        Ok(self.up()?.rate)
    }

    async fn delegated(&self, wallet: &Address, receiver: &Address) -> Result<Lent, ChainError> {
        let net = self.up()?;
        let block = &net.blocks[net.solid];
        let stake = block.lent.get(&(*wallet, *receiver)).copied().unwrap_or_default();
        Ok(Lent { stake, as_of: block.at.height })
    }

    fn signs_for(&self, wallet: &Address) -> bool {
        self.net().accounts.get(wallet).is_some_and(|account| account.has_key)
    }

    async fn sign(&self, action: &Action, validity: &Validity) -> Result<SignedTx, ChainError> {
        if !self.signs_for(&action.delegation().wallet) {
            return Err(ChainError::SigningRefused { reason: "no key".into() });
        }
        let bytes = encode(action, validity);
        let id = TxId::from_bytes(Sha256::digest(&bytes).into());
        Ok(SignedTx { id, bytes, expires_at: validity.expires_at })
    }

    async fn broadcast(&self, tx: &SignedTx) -> Answer {
        let mut net = self.net();
        net.broadcasts += 1;
        let unknown = |reason: &str| Answer::Unknown { reason: reason.into() };
        if net.down {
            return unknown("the fake chain is down");
        }
        match net.faults.pop_front() {
            None => net.take(tx, 0),
            Some(Fault::Refuse) => Answer::Refused { reason: "CONTRACT_VALIDATE_ERROR".into() },
            Some(Fault::LoseBefore) => unknown("cut before"),
            Some(Fault::LoseAfter) => {
                net.take(tx, 0);
                unknown("cut after")
            }
            Some(Fault::Drop) => Answer::Accepted,
            Some(Fault::Delay(blocks)) => net.take(tx, blocks),
            Some(Fault::FalselyKnown) => Answer::Known,
        }
    }
}

/// The fake chain's own form of a transaction.
fn encode(action: &Action, validity: &Validity) -> Vec<u8> {
    let delegation = action.delegation();
    let mut bytes = vec![u8::from(matches!(action, Action::Reclaim(_)))];
    bytes.extend(delegation.wallet.body());
    bytes.extend(delegation.receiver.body());
    bytes.extend(delegation.stake.get().to_be_bytes());
    bytes.extend(validity.reference.height.0.to_be_bytes());
    bytes.extend(validity.reference.id.as_bytes());
    bytes.extend(validity.expires_at.as_millis().to_be_bytes());
    bytes.extend(validity.stamp.as_millis().to_be_bytes());
    bytes
}

fn decode(tx: &SignedTx) -> Tx {
    let mut rest = tx.bytes.as_slice();
    let mut take = |n: usize| rest.split_off(..n).unwrap();
    let reclaim = take(1) == [1];
    let wallet = Address::from_body(take(20).try_into().unwrap());
    let receiver = Address::from_body(take(20).try_into().unwrap());
    let stake = Sun::new(i64::from_be_bytes(take(8).try_into().unwrap()));
    let height = Height(u64::from_be_bytes(take(8).try_into().unwrap()));
    let id = BlockId::from_bytes(take(32).try_into().unwrap());
    let expires_at = Timestamp::from_millis(i64::from_be_bytes(take(8).try_into().unwrap()));
    let delegation = Delegation { wallet, receiver, stake };
    let action = if reclaim { Action::Reclaim(delegation) } else { Action::Delegate(delegation) };
    let reference = BlockRef { height, id, time: Timestamp::default() };
    Tx { id: TxId::from_bytes(Sha256::digest(&tx.bytes).into()), action, reference, expires_at }
}
