//! The network as one node sees it: a chain, a pool, and the state at the solid block, the head and beyond.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use flash_core::chain::{BlockRef, Height};
use flash_core::clock::{Clock, SystemClock};
use flash_core::id::{BlockId, TxId};
use flash_core::time::Timestamp;

use crate::block::{Block, Included};
use crate::chain::Chain;
use crate::config::{Config, Genesis};
use crate::execute::{self, Context, Receipt};
use crate::params::Params;
use crate::pool::{Fate, Pool, Waiting};
use crate::refusal::Refusal;
use crate::slot::{SLOT, floor, slots_after};
use crate::state::State;
use crate::transaction::{Transaction, Undecodable};
use crate::view::View;

/// The most bytes of transactions in a block.
const BLOCK_BYTES: usize = 2_000_000;
/// The most bytes of a transaction.
const TRANSACTION_BYTES: usize = 512_000;
/// How far ahead a transaction may expire, in slots: 24 hours.
const LONGEST_VALIDITY: i64 = 28_800;

/// A TRON network without sockets and without a clock: it is told the time, and takes transactions as bytes.
#[derive(Debug)]
pub struct Network {
    params: Params,
    solid_lag: usize,
    pool_limit: usize,
    chain: Chain,
    /// The states after the blocks from the solid one to the head; never empty.
    states: VecDeque<State>,
    /// The head's state with the pool on top.
    pending: State,
    pool: Pool,
    /// The ids of everything ever offered, where the node keeps them.
    offered: Option<HashSet<TxId>>,
}

/// A transaction that the network knows.
#[derive(Debug, Clone)]
pub struct Known {
    /// The transaction.
    pub transaction: Arc<Transaction>,
    /// The block that holds it and what came of it; nothing while it is in the pool.
    pub inclusion: Option<(BlockRef, Arc<Included>)>,
}

/// Bytes were not taken as a transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// They are no transaction.
    #[error(transparent)]
    Undecodable(#[from] Undecodable),
    /// They are one, and the node does not take it.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Network {
    /// A network with the blocks of its history and nobody's TRX.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let history = i64::from(config.history);
        let (genesis, now) = match config.genesis {
            Genesis::At(moment) => (floor(moment), slots_after(floor(moment), history)),
            Genesis::Now => {
                let now = floor(SystemClock.now());
                (slots_after(now, history.saturating_neg()), now)
            }
        };
        let mut network = Self {
            params: config.params,
            solid_lag: usize::try_from(config.solid_lag).unwrap_or(usize::MAX),
            pool_limit: config.pool_limit,
            chain: Chain::new(config.seed, genesis),
            states: VecDeque::from([State::default()]),
            pending: State::default(),
            pool: Pool::default(),
            offered: config.id_cache.then(HashSet::new),
        };
        network.produce_until(now);
        network
    }

    /// The newest block.
    #[must_use]
    pub const fn head(&self) -> BlockRef {
        self.chain.head()
    }

    /// The newest block that stays for ever.
    #[must_use]
    pub fn solid(&self) -> BlockRef {
        let behind = u64::try_from(self.states.len()).unwrap_or(u64::MAX).saturating_sub(1);
        let height = Height(self.head().height.0.saturating_sub(behind));
        self.chain.at(height).unwrap_or(self.head())
    }

    /// The time of the next block.
    #[must_use]
    pub fn next_block(&self) -> Timestamp {
        self.head().time.after(SLOT)
    }

    /// Produces every block that is due at `now`.
    pub fn produce_until(&mut self, now: Timestamp) {
        while self.next_block() <= now {
            self.produce(self.next_block());
        }
    }

    fn produce(&mut self, time: Timestamp) {
        let mut state = self.head_state().clone();
        let mut included = Vec::new();
        let mut left = Vec::new();
        if !self.pool.is_empty() {
            (included, left) = self.fill(&mut state, time);
        }
        self.chain.push(time, included);
        self.pending = state.clone();
        self.states.push_back(state);
        while self.states.len() > self.solid_lag.saturating_add(1) {
            self.states.pop_front();
        }
        for waiting in left {
            // A transaction that is not valid on the new head disappears without a word, as on mainnet.
            let _dropped = self.put(waiting);
        }
    }

    /// Takes from the pool what the block at `time` holds; answers that and what goes on waiting.
    fn fill(&mut self, state: &mut State, time: Timestamp) -> (Vec<Included>, Vec<Waiting>) {
        let (mut included, mut left) = (Vec::new(), Vec::new());
        let mut room = BLOCK_BYTES;
        for waiting in self.pool.drain() {
            let rest = room.checked_sub(waiting.transaction.size());
            let (true, Some(rest)) = (waiting.is_due(time), rest) else {
                if !waiting.is_gone(time) {
                    left.push(waiting);
                }
                continue;
            };
            if let Ok((receipt, after)) = self.admit(&waiting.transaction, state) {
                *state = after;
                room = rest;
                included.push(Included { transaction: waiting.transaction, receipt });
            }
        }
        (included, left)
    }

    /// Takes a transaction into the pool, as a broadcast does.
    ///
    /// # Errors
    /// [`Refusal`] when this node does not take it; it left no trace then.
    pub fn submit(&mut self, transaction: Transaction, fate: Fate) -> Result<TxId, Refusal> {
        let id = transaction.id();
        let off_size = |size: &usize| !(65..=68).contains(size);
        if let Some(size) = transaction.signatures().iter().map(|signed| signed.bytes.len()).find(off_size) {
            return Err(Refusal::Signature(format!("Signature size is {size}")));
        }
        if self.pool.len() > self.pool_limit {
            return Err(Refusal::Busy);
        }
        // The id is remembered before anything is validated: what was refused once is known from now on.
        if self.offered.as_mut().is_some_and(|offered| !offered.insert(id)) {
            return Err(Refusal::Known);
        }
        if transaction.raw().contract.is_empty() {
            return Err(Refusal::invalid("No contract!"));
        }
        if transaction.raw().expiration < self.next_block().as_millis() {
            return Err(Refusal::Expired);
        }
        let arrived = self.head().time;
        self.put(Waiting { transaction: Arc::new(transaction), arrived, fate })?;
        Ok(id)
    }

    /// Takes a transaction into the pool as [`Network::submit`] does, from the bytes a node takes.
    ///
    /// # Errors
    /// [`SubmitError`] when the bytes are no transaction, or the node does not take it.
    pub fn submit_bytes(&mut self, bytes: &[u8]) -> Result<TxId, SubmitError> {
        Ok(self.submit(Transaction::decode(bytes)?, Fate::Include)?)
    }

    fn put(&mut self, waiting: Waiting) -> Result<(), Refusal> {
        let (_, after) = self.admit(&waiting.transaction, &self.pending)?;
        self.pending = after;
        self.pool.push(waiting);
        Ok(())
    }

    /// What a transaction makes of a state on top of the head.
    fn admit(&self, transaction: &Transaction, state: &State) -> Result<(Receipt, State), Refusal> {
        let raw = transaction.raw();
        let context = self.context();
        execute::check_signatures(transaction, state, &context)?;
        if !self.chain.refers(&raw.ref_block_bytes, &raw.ref_block_hash) {
            return Err(Refusal::Tapos);
        }
        if transaction.size() > TRANSACTION_BYTES {
            return Err(Refusal::TooBig);
        }
        // No block holds it unless its expiry is at or past the block's own slot; that includes `now < expiration`.
        let latest = slots_after(context.now, LONGEST_VALIDITY).as_millis();
        if !(self.next_block().as_millis()..=latest).contains(&raw.expiration) {
            return Err(Refusal::Expired);
        }
        if raw.contract.len() != 1 {
            return Err(Refusal::Other("contract size should be exactly 1, this is extend feature".to_owned()));
        }
        if self.pool.contains(&transaction.id()) || self.chain.transaction(&transaction.id()).is_some() {
            return Err(Refusal::Duplicate);
        }
        let mut after = state.clone();
        let receipt = execute::apply(transaction, &mut after, &context)?;
        Ok((receipt, after))
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context { params: &self.params, genesis: self.chain.genesis(), now: self.head().time }
    }

    /// The state that `/wallet` reads: the head's, with the pool on top.
    #[must_use]
    pub fn pending_view(&self) -> View {
        View::new(self.head(), self.chain.genesis(), self.params, self.pending.clone())
    }

    /// The state after the head.
    #[must_use]
    pub fn head_view(&self) -> View {
        View::new(self.head(), self.chain.genesis(), self.params, self.head_state().clone())
    }

    /// The state that `/walletsolidity` reads: after the solid block.
    #[must_use]
    pub fn solid_view(&self) -> View {
        let state = self.states.front().unwrap_or(&self.pending).clone();
        View::new(self.solid(), self.chain.genesis(), self.params, state)
    }

    fn head_state(&self) -> &State {
        self.states.back().unwrap_or(&self.pending)
    }

    /// Changes the ledger from outside, at once and everywhere: in the pool's state, at the head and, where it is
    /// possible, in the older states down to the solid one.
    pub(crate) fn amend<T, E>(&mut self, change: impl Fn(&mut State, &Context<'_>) -> Result<T, E>) -> Result<T, E> {
        let params = self.params;
        let context = Context { params: &params, genesis: self.chain.genesis(), now: self.head().time };
        let mut pending = self.pending.clone();
        let result = change(&mut pending, &context)?;
        let mut head = self.head_state().clone();
        change(&mut head, &context)?;
        let mut last: Option<(State, State)> = None;
        for state in self.states.iter_mut().rev() {
            // Blocks without transactions share their state; they go on doing so.
            let shared = last.as_ref().filter(|(before, _)| state.is(before)).map(|(_, after)| after.clone());
            let after = shared.unwrap_or_else(|| {
                let mut amended = state.clone();
                // What an older state does not allow yet is simply not seen there.
                if change(&mut amended, &context).is_ok() { amended } else { state.clone() }
            });
            last = Some((std::mem::replace(state, after.clone()), after));
        }
        self.pending = pending;
        Ok(result)
    }

    /// The block at a height.
    #[must_use]
    pub fn block(&self, height: Height) -> Option<Block> {
        self.chain.block(height)
    }

    /// The height of the block with this id.
    #[must_use]
    pub fn height_of(&self, id: &BlockId) -> Option<Height> {
        self.chain.height_of(id)
    }

    /// A transaction in a block or in the pool.
    #[must_use]
    pub fn transaction(&self, id: &TxId) -> Option<Known> {
        match self.chain.transaction(id) {
            Some((at, included)) => {
                let transaction = Arc::clone(&included.transaction);
                Some(Known { transaction, inclusion: Some((at, included)) })
            }
            None => self.pool.get(id).map(|transaction| Known { transaction, inclusion: None }),
        }
    }

    /// How many transactions wait in the pool.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pool.len()
    }

    /// What the committee voted.
    #[must_use]
    pub const fn params(&self) -> &Params {
        &self.params
    }
}
