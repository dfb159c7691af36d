//! The chain port over java-tron nodes.

mod nodes;
mod read;
mod recent;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use flash_core::address::Address;
use flash_core::chain::{
    Above, Account, Action, Answer, BlockRef, Chain, ChainError, Delegation, EnergyRate, Lent, SignedTx, Tips, Validity,
};
use flash_core::id::TxId;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use self::nodes::{Nodes, Word};
use self::read::Kind;
use self::recent::Recent;
use crate::contract::{Contract, Delegate, Lock, Resource, Undelegate};
use crate::node::{MAX_BLOCKS, Node, NodeError, View};
use crate::signer::{SignError, Signer};
use crate::transaction::{RawTransaction, Reference, SignedTransaction};

/// How much is asked at once, and for how long an answer is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The most blocks in one answer; a full block is about a megabyte.
    pub blocks_at_once: usize,
    /// How many accounts are asked about at the same time.
    pub accounts_at_once: usize,
    /// How long the network's totals are believed. The port allows a minute.
    pub rate_age: Duration,
    /// An activated account to read the network's totals with; a wallet of the signer, if none is named.
    pub probe: Option<Address>,
}

impl Default for Config {
    fn default() -> Self {
        Self { blocks_at_once: 20, accounts_at_once: 8, rate_age: Duration::from_secs(30), probe: None }
    }
}

/// A TRON network, reached through its nodes, and the keys of our wallets on it.
#[derive(Debug)]
pub struct TronChain {
    nodes: Nodes,
    signer: Arc<dyn Signer>,
    config: Config,
    newest: Mutex<Option<Tips>>,
    rate: Mutex<Option<(EnergyRate, Instant)>>,
    sent: Mutex<Recent>,
}

impl TronChain {
    /// A chain reached through these nodes, asked in this order: the next one when one fails.
    #[must_use]
    pub fn new(nodes: Vec<Node>, signer: Arc<dyn Signer>, config: Config) -> Self {
        Self {
            nodes: Nodes::new(nodes),
            signer,
            config,
            newest: Mutex::default(),
            rate: Mutex::default(),
            sent: Mutex::default(),
        }
    }

    /// Takes tips for new unless they are older than what was seen before.
    fn believe(&self, seen: Tips) -> Result<Word<Tips>, NodeError> {
        let mut newest = lock(&self.newest);
        let Some(known) = *newest else {
            *newest = Some(seen);
            return Ok(Word::Last(seen));
        };
        if seen.solid.height == known.solid.height && seen.solid.id != known.solid.id {
            let what = format!("two solidified blocks at one height: {:?} and {:?}", known.solid, seen.solid);
            return Err(NodeError::Malformed { what });
        }
        if seen.head.height < known.head.height || seen.solid.height < known.solid.height {
            return Ok(Word::Weak(known));
        }
        *newest = Some(seen);
        Ok(Word::Last(seen))
    }

    async fn account(&self, address: &Address) -> Result<Account, ChainError> {
        let account = self.nodes.ask(|node| async move {
            let answer = node.account(View::Head, address).await?;
            match read::kind(&answer, address)? {
                Kind::Missing => Ok(Word::Last(Account::Missing)),
                Kind::Contract => Ok(Word::Last(Account::Contract)),
                Kind::Normal => {
                    let resource = node.account_resource(address).await?;
                    read::account(&answer, &resource).map(Word::Last)
                }
            }
        });
        account.await
    }

    /// An activated account answers with the network's totals, any other with nothing.
    async fn ask_rate(&self, probe: &Address) -> Result<EnergyRate, ChainError> {
        let rate = self.nodes.ask(|node| async move {
            let resource = node.account_resource(probe).await?;
            read::rate(&resource.totals).map(Word::Last)
        });
        rate.await
    }

    fn contract(action: &Action) -> Contract {
        let (resource, lock) = (Resource::Energy, Lock::NONE);
        match *action {
            Action::Delegate(Delegation { wallet: owner, receiver, stake }) => {
                Contract::Delegate(Delegate { owner, receiver, stake, resource, lock })
            }
            Action::Reclaim(Delegation { wallet: owner, receiver, stake }) => {
                Contract::Undelegate(Undelegate { owner, receiver, stake, resource })
            }
        }
    }
}

/// Nothing panics while it holds one of these locks, and each holds plain data.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused(reason: impl Into<String>) -> ChainError {
    ChainError::SigningRefused { reason: reason.into() }
}

#[async_trait]
impl Chain for TronChain {
    async fn tips(&self) -> Result<Tips, ChainError> {
        let tips = self.nodes.ask(|node| async move {
            // The solidified block first: whatever happens in between, the head is not below it then.
            let solid = node.newest_header(View::Solid).await?;
            let head = node.newest_header(View::Head).await?;
            self.believe(read::tips(&solid, &head)?)
        });
        tips.await
    }

    async fn above(&self, block: &BlockRef, limit: usize) -> Result<Above, ChainError> {
        let limit = limit.min(self.config.blocks_at_once.max(1));
        let count = u64::try_from(limit).unwrap_or(MAX_BLOCKS).saturating_add(1);
        // Up to the solid head only solid blocks are read: a node that is stuck on a fork has others at its head.
        let solid = lock(&self.newest).map(|tips| tips.solid.height);
        let view = if solid.is_some_and(|solid| block.height < solid) { View::Solid } else { View::Head };
        let above = self.nodes.ask(|node| async move {
            // The named block comes along, so that one answer of one node tells whether it is still there.
            let blocks = node.blocks(view, block.height, count).await?;
            read::above(block, limit, &blocks.block)
        });
        above.await
    }

    async fn fetch(&self, tx: &TxId) -> Result<Option<SignedTx>, ChainError> {
        let fetched = self.nodes.ask(|node| async move {
            let answer = node.transaction(View::Solid, tx).await?;
            let fetched = read::transaction(&answer, tx)?;
            // A node that has it knows better than one that lags.
            Ok(if fetched.is_some() { Word::Last(fetched) } else { Word::Weak(None) })
        });
        fetched.await
    }

    async fn accounts(&self, addresses: &[Address]) -> Result<Vec<Account>, ChainError> {
        let reads: Vec<_> = addresses.iter().map(|address| self.account(address)).collect();
        stream::iter(reads).buffered(self.config.accounts_at_once.max(1)).try_collect().await
    }

    async fn rate(&self) -> Result<EnergyRate, ChainError> {
        let known = *lock(&self.rate);
        if let Some((rate, at)) = known
            && at.elapsed() < self.config.rate_age
        {
            return Ok(rate);
        }
        let asked = Instant::now();
        let probes = self.config.probe.map_or_else(|| self.signer.wallets(), |probe| vec![probe]);
        let mut error = ChainError::Unavailable("no activated account to read the network's totals with".into());
        for probe in probes.iter().take(PROBES) {
            match self.ask_rate(probe).await {
                Ok(rate) => {
                    *lock(&self.rate) = Some((rate, asked));
                    return Ok(rate);
                }
                Err(why) => error = why,
            }
        }
        Err(error)
    }

    async fn delegated(&self, wallet: &Address, receiver: &Address) -> Result<Lent, ChainError> {
        let lent = self.nodes.ask(|node| async move {
            // The height first: the stake is then at least as new.
            let solid = node.newest_header(View::Solid).await?;
            let answer = node.delegated(View::Solid, wallet, receiver).await?;
            let stake = read::delegated(&answer, wallet, receiver)?;
            Ok(Word::Last(Lent { stake, as_of: read::block_ref(&solid)?.height }))
        });
        lent.await
    }

    fn signs_for(&self, wallet: &Address) -> bool {
        self.signer.permission(wallet).is_some()
    }

    async fn sign(&self, action: &Action, validity: &Validity) -> Result<SignedTx, ChainError> {
        let wallet = &action.delegation().wallet;
        let permission_id = self.signer.permission(wallet).ok_or_else(|| refused(format!("no key for {wallet}")))?;
        let Validity { reference, expires_at, stamp } = *validity;
        if expires_at <= reference.time {
            return Err(refused("it would expire before the block it refers to"));
        }
        let reference = Reference::from(&reference);
        let raw = RawTransaction {
            permission_id,
            ..RawTransaction::new(Self::contract(action), reference, expires_at, stamp)
        };
        let raw = raw.encode();
        let signature = self.signer.sign(&raw).await.map_err(unsigned)?;
        let signed = SignedTransaction { raw, signatures: vec![signature] };
        Ok(SignedTx { id: signed.txid(), bytes: signed.encode(), expires_at })
    }

    async fn broadcast(&self, tx: &SignedTx) -> Answer {
        let repeated = lock(&self.sent).repeats(tx.id);
        let mut best = Answer::Unknown { reason: "no node is configured".to_owned() };
        for (at, node) in self.nodes.in_order().iter().enumerate() {
            let answer = node.broadcast(tx).await;
            tracing::debug!(?node, id = %tx.id, ?answer, "sent a transaction");
            if at == 0 || worth(&answer) > worth(&best) {
                best = answer;
            }
            if !repeated && worth(&best) >= SETTLED {
                break;
            }
        }
        best
    }
}

/// How many wallets are tried in search of an activated one.
const PROBES: usize = 3;

/// From this worth on a first sending goes to no other node.
const SETTLED: u8 = 2;

/// Which of several nodes' answers tells the most.
const fn worth(answer: &Answer) -> u8 {
    match answer {
        Answer::Accepted => 4,
        Answer::Known => 3,
        Answer::Refused { .. } => 2,
        Answer::Unknown { .. } => 1,
        Answer::Busy { .. } | _ => 0,
    }
}

fn unsigned(error: SignError) -> ChainError {
    match error {
        SignError::NoKey { wallet } => refused(format!("no key for {wallet}")),
        SignError::Refused { reason } => refused(reason.to_string()),
        SignError::Unavailable(source) => ChainError::Unavailable(source),
    }
}
