//! flash inside a program of your own: a store, a chain, a clock, and a loop.

use std::sync::Arc;

use flash_core::clock::SystemClock;
use flash_core::flash::{NewOrder, NewWallet};
use flash_core::id::{OrderId, TransferId, UserId};
use flash_core::store::Priority;
use flash_core::{Config, Flash, price::Term, units::*};
use flash_devnet::{Devnet, demo_key};
use flash_storage_memory::MemoryStore;
use flash_tron::{LocalSigner, Node, NodeConfig, Policy, TronChain};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let devnet = Devnet::local(&flash_devnet::Config::default()).await?; // or any java-tron node
    let (key, receiver) = (demo_key("wallet"), demo_key("receiver").address());
    devnet.with_network(|net| net.fund(receiver, Sun::TRX).and(net.fund(key.address(), Sun::from_trx(20_000)?)))?;
    let energy = flash_devnet::state::account::Resource::Energy;
    devnet.with_network(|net| net.stake(key.address(), Sun::from_trx(10_000)?, energy))?;

    let node = Node::try_new(&NodeConfig::new(devnet.url()))?;
    let signer = LocalSigner::new(Policy::rentals_up_to(Sun::from_trx(10_000)?), [key.clone().into()]);
    let chain = TronChain::new(vec![node], Arc::new(signer), flash_tron::chain::Config::default());
    let flash = Flash::new(Arc::new(MemoryStore::new()), Arc::new(chain), Arc::new(SystemClock), Config::default());

    let (id, user) = (OrderId::derived(&[b"first"]), UserId::try_from(7)?);
    flash.add_wallet(NewWallet { address: key.address(), priority: Priority(0) }).await?;
    flash.credit(TransferId::derived(&[b"tx"]), user, Asset::Trx, "10".parse()?, "paid in".parse()?).await?;
    let (energy, term) = (Energy::new(65_000), Term::OneHour);
    flash.place(NewOrder::new(id, user, receiver, energy, term)).await?;
    while flash.order(id).await?.status().as_str() != "completed" {
        let _ = flash.work(&"worker-1".parse()?, 100).await?; // sign, record, send, follow the chain
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    Ok(())
}
