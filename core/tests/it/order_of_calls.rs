//! Who is called before whom: nothing is sent before the commit that puts it on record has answered.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flash_core::address::Address;
use flash_core::chain::{
    Above, Account, Action, Answer, BlockRef, Chain, ChainError, EnergyRate, Lent, SignedTx, Tips, Validity,
};
use flash_core::id::TxId;
use flash_core::order::OrderState;
use flash_core::{Config, Flash};
use mockall::{Sequence, mock};

use crate::story::{Story, new_order};

mock! {
    #[derive(Debug)]
    Sender {
        fn sign(&self, tx: TxId);
        fn send(&self, tx: TxId, on_record: bool);
    }
}

/// The fake chain, with a mock that is told of every signature and broadcast.
#[derive(Debug)]
struct Watched {
    story: Story,
    sender: Mutex<MockSender>,
}

#[async_trait]
impl Chain for Watched {
    async fn tips(&self) -> Result<Tips, ChainError> {
        self.story.chain.tips().await
    }
    async fn above(&self, block: &BlockRef, limit: usize) -> Result<Above, ChainError> {
        self.story.chain.above(block, limit).await
    }
    async fn fetch(&self, tx: &TxId) -> Result<Option<SignedTx>, ChainError> {
        self.story.chain.fetch(tx).await
    }
    async fn accounts(&self, addresses: &[Address]) -> Result<Vec<Account>, ChainError> {
        self.story.chain.accounts(addresses).await
    }
    async fn rate(&self) -> Result<EnergyRate, ChainError> {
        self.story.chain.rate().await
    }
    async fn delegated(&self, wallet: &Address, receiver: &Address) -> Result<Lent, ChainError> {
        self.story.chain.delegated(wallet, receiver).await
    }
    fn signs_for(&self, wallet: &Address) -> bool {
        self.story.chain.signs_for(wallet)
    }
    async fn sign(&self, action: &Action, validity: &Validity) -> Result<SignedTx, ChainError> {
        let tx = self.story.chain.sign(action, validity).await?;
        self.sender.lock().unwrap().sign(tx.id);
        Ok(tx)
    }
    async fn broadcast(&self, tx: &SignedTx) -> Answer {
        let on_record = !self.story.store.known(&[tx.id]).await.unwrap().is_empty();
        self.sender.lock().unwrap().send(tx.id, on_record);
        self.story.chain.broadcast(tx).await
    }
}

#[tokio::test]
async fn a_transaction_is_signed_then_on_record_then_sent() {
    let story = Story::with_wallets(&[10_000]).await;
    let mut sender = MockSender::new();
    let mut sequence = Sequence::new();
    sender.expect_sign().times(1).in_sequence(&mut sequence).return_const(());
    sender.expect_send().times(1).in_sequence(&mut sequence).withf(|_, on_record| *on_record).return_const(());
    let (store, clock) = (story.store.clone(), story.clock.clone());
    let watched = Arc::new(Watched { story, sender: Mutex::new(sender) });
    let flash = Flash::new(store, watched.clone(), clock, Config::default());
    flash.place(new_order(1)).await.unwrap();
    let _ = flash.work(&"w".parse().unwrap(), 10).await.unwrap();
    assert_eq!(watched.story.order(1).await.state, OrderState::Processing);
    watched.sender.lock().unwrap().checkpoint();
}
