//! Blocks: headers as mainnet hashes them.

use std::sync::Arc;

use flash_core::chain::{BlockRef, Height};
use flash_core::id::BlockId;
use flash_core::time::Timestamp;
use flash_tron::energy::Slot;
use flash_tron::proto::{self, BlockHeaderRaw, TransactionResult};
use prost::Message;
use sha2::{Digest, Sha256};

use crate::execute::Receipt;
use crate::producer::Producers;
use crate::transaction::Transaction;

/// The block version of the java-tron release that is spoken here.
const VERSION: i32 = 32;

/// `contractRet` of a transaction that succeeded.
const CONTRACT_SUCCESS: i32 = 1;

/// A transaction in a block.
#[derive(Debug, Clone)]
pub struct Included {
    /// The transaction.
    pub transaction: Arc<Transaction>,
    /// What came of it.
    pub receipt: Receipt,
}

/// A block as readers see it.
#[derive(Debug, Clone)]
pub struct Block {
    /// Which block.
    pub at: BlockRef,
    /// The hashed part of the header.
    pub header: BlockHeaderRaw,
    /// Its transactions, in order.
    pub transactions: Vec<Arc<Included>>,
    pub(crate) slot: Slot,
    /// Signs when somebody looks: blocks that nobody reads cost no signature.
    pub(crate) producers: Arc<Producers>,
}

impl Included {
    /// The message as it stands in the block, with its result.
    #[must_use]
    pub fn message(&self) -> proto::Transaction {
        let result = TransactionResult { contract_ret: CONTRACT_SUCCESS, ..TransactionResult::default() };
        proto::Transaction { ret: vec![result], ..self.transaction.message() }
    }
}

impl Block {
    /// The producer's signature over the header, r, s and v; empty for block 0.
    #[must_use]
    pub fn signature(&self) -> Vec<u8> {
        if self.at.height == Height(0) {
            return Vec::new();
        }
        let signature = self.producers.sign(self.slot, hash(&self.header));
        signature.map_or_else(Vec::new, |signature| signature.to_bytes().to_vec())
    }
}

/// The header of a block.
pub(crate) fn header(
    height: Height,
    time: Timestamp,
    parent: &BlockId,
    producer: &[u8],
    transactions: &[Arc<Included>],
) -> BlockHeaderRaw {
    BlockHeaderRaw {
        timestamp: time.as_millis(),
        tx_trie_root: root(transactions).to_vec(),
        parent_hash: parent.as_bytes().to_vec(),
        number: i64::try_from(height.0).unwrap_or(i64::MAX),
        witness_address: producer.to_vec(),
        version: VERSION,
        ..BlockHeaderRaw::default()
    }
}

/// What a producer signs.
pub(crate) fn hash(header: &BlockHeaderRaw) -> [u8; 32] {
    Sha256::digest(header.encode_to_vec()).into()
}

/// The id of a block: the hash of its header with the height in the first 8 bytes.
pub(crate) fn id(height: Height, header: &BlockHeaderRaw) -> BlockId {
    let mut id = hash(header);
    for (to, from) in id.iter_mut().zip(height.0.to_be_bytes()) {
        *to = from;
    }
    BlockId::from_bytes(id)
}

/// The height that a block id carries.
pub(crate) fn height(id: &BlockId) -> Height {
    let [a, b, c, d, e, f, g, h, ..] = *id.as_bytes();
    Height(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

/// The root of the hash tree over the transactions; a hash without a partner moves up as it is.
fn root(transactions: &[Arc<Included>]) -> [u8; 32] {
    let leaf = |included: &Arc<Included>| <[u8; 32]>::from(Sha256::digest(included.message().encode_to_vec()));
    let mut row: Vec<[u8; 32]> = transactions.iter().map(leaf).collect();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Sha256::new().chain_update(left).chain_update(right).finalize().into(),
                single => single.first().copied().unwrap_or_default(),
            })
            .collect();
    }
    row.first().copied().unwrap_or_default()
}
