//! The chain of blocks, from genesis to the head.

use std::collections::HashMap;
use std::sync::Arc;

use flash_core::chain::{BlockRef, Height};
use flash_core::id::{BlockId, TxId};
use flash_core::time::Timestamp;

use crate::block::{self, Block, Included};
use crate::producer::Producers;
use crate::slot::slot_at;

/// All blocks. An empty block takes 64 bytes: what can be computed again is not kept.
#[derive(Debug)]
pub(crate) struct Chain {
    producers: Arc<Producers>,
    genesis: Timestamp,
    blocks: Vec<Sealed>,
    places: HashMap<TxId, (Height, usize)>,
    head: BlockRef,
}

#[derive(Debug)]
struct Sealed {
    id: BlockId,
    time: Timestamp,
    transactions: Vec<Arc<Included>>,
}

/// How many blocks back a transaction may refer to, less one.
const REFERENCE_MASK: u64 = 0xffff;

impl Chain {
    /// A chain of block 0 alone.
    pub(crate) fn new(seed: u64, genesis: Timestamp) -> Self {
        let zero = BlockRef { height: Height(0), id: BlockId::from_bytes([0; 32]), time: genesis };
        let producers = Arc::new(Producers::new(seed));
        let mut chain = Self { producers, genesis, blocks: Vec::new(), places: HashMap::new(), head: zero };
        chain.seal(Height(0), zero.id, genesis, Vec::new());
        chain
    }

    pub(crate) const fn genesis(&self) -> Timestamp {
        self.genesis
    }

    /// The newest block.
    pub(crate) const fn head(&self) -> BlockRef {
        self.head
    }

    /// Puts a block on top.
    pub(crate) fn push(&mut self, time: Timestamp, transactions: Vec<Included>) {
        let height = self.head.height.next();
        let transactions: Vec<_> = transactions.into_iter().map(Arc::new).collect();
        for (index, included) in transactions.iter().enumerate() {
            self.places.insert(included.transaction.id(), (height, index));
        }
        self.seal(height, self.head.id, time, transactions);
    }

    fn seal(&mut self, height: Height, parent: BlockId, time: Timestamp, transactions: Vec<Arc<Included>>) {
        let producer = self.producers.of(slot_at(time, self.genesis)).to_bytes();
        let id = block::id(height, &block::header(height, time, &parent, &producer, &transactions));
        self.head = BlockRef { height, id, time };
        self.blocks.push(Sealed { id, time, transactions });
    }

    fn sealed(&self, height: Height) -> Option<&Sealed> {
        self.blocks.get(usize::try_from(height.0).ok()?)
    }

    /// Which block stands at a height.
    pub(crate) fn at(&self, height: Height) -> Option<BlockRef> {
        self.sealed(height).map(|sealed| BlockRef { height, id: sealed.id, time: sealed.time })
    }

    /// The block at a height.
    pub(crate) fn block(&self, height: Height) -> Option<Block> {
        let sealed = self.sealed(height)?;
        let below = height.0.checked_sub(1).and_then(|below| self.sealed(Height(below)));
        let parent = below.map_or(BlockId::from_bytes([0; 32]), |below| below.id);
        let slot = slot_at(sealed.time, self.genesis);
        let producer = self.producers.of(slot).to_bytes();
        let header = block::header(height, sealed.time, &parent, &producer, &sealed.transactions);
        Some(Block {
            at: BlockRef { height, id: sealed.id, time: sealed.time },
            header,
            transactions: sealed.transactions.clone(),
            slot,
            producers: Arc::clone(&self.producers),
        })
    }

    /// The height of the block with this id.
    pub(crate) fn height_of(&self, id: &BlockId) -> Option<Height> {
        let height = block::height(id);
        (self.sealed(height)?.id == *id).then_some(height)
    }

    /// A transaction that is in a block, and the block.
    pub(crate) fn transaction(&self, id: &TxId) -> Option<(BlockRef, Arc<Included>)> {
        let (height, index) = self.places.get(id)?;
        let included = self.sealed(*height)?.transactions.get(*index)?;
        Some((self.at(*height)?, Arc::clone(included)))
    }

    /// Whether a reference block is on this chain: the newest block with these low 16 bits has this hash.
    pub(crate) fn refers(&self, ref_block_bytes: &[u8], ref_block_hash: &[u8]) -> bool {
        let Ok(low) = <[u8; 2]>::try_from(ref_block_bytes).map(u16::from_be_bytes) else {
            return false;
        };
        let back = self.head.height.0.wrapping_sub(u64::from(low)) & REFERENCE_MASK;
        let referred = self.head.height.0.checked_sub(back).and_then(|height| self.sealed(Height(height)));
        referred.is_some_and(|sealed| sealed.id.as_bytes().get(8..16) == Some(ref_block_hash))
    }
}
