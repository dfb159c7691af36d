//! flash inside a program of your own: a store, a chain, a clock, and a loop.

use std::sync::Arc;

use flash_core::clock::SystemClock;
use flash_core::flash::{NewOrder, NewWallet};
use flash_core::id::{OrderId, TransferId, UserId};
use flash_core::units::{Asset, Energy, Sun};
use flash_core::{Config, Flash, price::Term, store::Priority};
use flash_devnet::{Devnet, demo::set_up_wallet};
use flash_storage_memory::MemoryStore;
use flash_tron::{LocalSigner, Node, NodeConfig, Policy, TronChain};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (trx, stake, user) = (Sun::from_trx(100)?, Sun::from_trx(10_000)?, UserId::try_from(7)?);
    let devnet = Devnet::local(&flash_devnet::Config::default()).await?; // or any java-tron node
    let wallet = devnet.with_network(|net| set_up_wallet(net, "wallet", trx, stake))?;
    let receiver = devnet.with_network(|net| set_up_wallet(net, "receiver", trx, trx))?.address();

    let signer = Arc::new(LocalSigner::new(Policy::rentals_up_to(stake), [wallet.clone().into()]));
    let chain = TronChain::new(vec![Node::try_new(&NodeConfig::new(devnet.url()))?], signer, Default::default());
    let flash = Flash::new(Arc::new(MemoryStore::new()), Arc::new(chain), Arc::new(SystemClock), Config::default());

    flash.add_wallet(NewWallet { address: wallet.address(), priority: Priority(0) }).await?;
    flash.credit(TransferId::derived(&[b"tx"]), user, Asset::Trx, trx.into(), "paid in".parse()?).await?;
    let id = OrderId::derived(&[b"first"]);
    flash.place(NewOrder::new(id, user, receiver, Energy::new(65_000), Term::OneHour)).await?;
    while flash.order(id).await?.status().as_str() != "completed" {
        let _ = flash.work(&"worker-1".parse()?, 100).await?; // sign, record, send, follow the chain
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    Ok(())
}
