//! The database is restored to a moment before attempts were recorded that the chain carried out: nothing is delivered
//! twice, and nothing is signed before that is certain.
#![expect(clippy::unwrap_used, reason = "code of tests: a panic is how it reports")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use flash_core::address::Address;
use flash_core::chain::Chain;
use flash_core::error::Error;
use flash_core::event::Event;
use flash_core::flash::{NewOrder, NewWallet};
use flash_core::id::{OrderId, TransferId, TxId, UserId};
use flash_core::order::{Finality, Order, OrderState, Status};
use flash_core::price::Term;
use flash_core::store::Priority;
use flash_core::time::Span;
use flash_core::units::{Amount, Asset, Energy, Sun};
use flash_core::{Config, Flash};
use flash_devnet::{Devnet, Speed, demo_key, set_up_wallet};
use flash_storage_postgres::testing::{Cluster, Settings};
use flash_storage_postgres::{Options, PostgresStore};
use flash_tron::contract::PermissionId;
use flash_tron::key::Signature;
use flash_tron::signer::SignError;
use flash_tron::{LocalSigner, Node, NodeConfig, Policy, Signer, TronChain};

const BLOCK: Span = Span::from_secs(3);
const DATABASE: &str = "shop";

fn customer() -> UserId {
    UserId::try_from(7).unwrap()
}

fn trx(n: i64) -> Sun {
    Sun::from_trx(n).unwrap()
}

/// Counts what it signs.
#[derive(Debug)]
struct Counting {
    signer: LocalSigner,
    signed: AtomicUsize,
}

#[async_trait]
impl Signer for Counting {
    fn permission(&self, wallet: &Address) -> Option<PermissionId> {
        self.signer.permission(wallet)
    }

    fn wallets(&self) -> Vec<Address> {
        self.signer.wallets()
    }

    async fn sign(&self, raw: &[u8]) -> Result<Signature, SignError> {
        self.signed.fetch_add(1, Ordering::SeqCst);
        self.signer.sign(raw).await
    }
}

/// The business in one life of its database.
struct Life {
    flash: Flash,
    chain: Arc<TronChain>,
    signer: Arc<Counting>,
    store: Arc<PostgresStore>,
}

impl Life {
    async fn of(cluster: &Cluster, devnet: &Devnet) -> Self {
        let store = Arc::new(PostgresStore::open(&cluster.url(DATABASE), &Options::default()).await.unwrap());
        let keys = [demo_key("wallet").into()];
        let signer = LocalSigner::new(Policy::rentals_up_to(trx(1_000_000)), keys);
        let signer = Arc::new(Counting { signer, signed: AtomicUsize::new(0) });
        let node = Node::try_new(&NodeConfig::new(devnet.url())).unwrap();
        let chain = Arc::new(TronChain::new(vec![node], signer.clone(), flash_tron::chain::Config::default()));
        let config = Config { clock_drift: None, ..Config::default() };
        let flash = Flash::new(store.clone(), chain.clone(), Arc::new(devnet.clock()), config);
        Self { flash, chain, signer, store }
    }

    /// A round of work, then a block.
    async fn step(&self, devnet: &Devnet) {
        let _ = self.flash.work(&"w".parse().unwrap(), 100).await.unwrap();
        devnet.advance(BLOCK);
    }

    async fn until(&self, devnet: &Devnet, id: OrderId, is_there: impl Fn(&Order) -> bool) -> Order {
        for _ in 0..600 {
            let order = self.flash.order(id).await.unwrap();
            if is_there(&order) {
                return order;
            }
            self.step(devnet).await;
        }
        panic!("order {id} does not get there");
    }

    async fn place(&self, name: &str, receiver: Address) -> OrderId {
        let id = OrderId::derived(&[name.as_bytes()]);
        let wish = NewOrder::new(id, customer(), receiver, Energy::new(65_000), Term::TenMinutes);
        self.flash.place(wish).await.unwrap().into_order().id
    }

    async fn lent_to(&self, receiver: Address) -> Sun {
        self.chain.delegated(&demo_key("wallet").address(), &receiver).await.unwrap().stake
    }

    async fn events(&self) -> Vec<Event> {
        self.flash.events(0, 1_000).await.unwrap().into_iter().map(|recorded| recorded.event).collect()
    }

    async fn balance(&self) -> (Amount, Amount) {
        use flash_core::store::Store;
        let account = flash_core::ledger::Account::user(customer(), Asset::Trx);
        let balance = self.store.balance(account).await.unwrap();
        (balance.posted, balance.held)
    }
}

fn is_final(order: &Order) -> bool {
    matches!(order.state, OrderState::Completed { finality: Finality::Final, .. })
}

fn txs(order: &Order) -> Vec<TxId> {
    order.tx_ids().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_went_back_in_time_delivers_nothing_twice() {
    let cluster = Cluster::start(&Settings::durable().keeping_its_past()).unwrap();
    cluster.create_database(DATABASE).unwrap();
    let devnet = flash_devnet::Config { speed: Speed::MANUAL, ..flash_devnet::Config::default() };
    let devnet = Devnet::local(&devnet).await.unwrap();
    let key = |name, stake| devnet.with_network(|network| set_up_wallet(network, name, trx(1_000), stake)).unwrap();
    key("wallet", trx(1_000_000));
    let receivers = ["kept", "forgotten"].map(|name| key(name, Sun::ZERO).address());

    let first = Life::of(&cluster, &devnet).await;
    let wallet = NewWallet { address: demo_key("wallet").address(), priority: Priority(0) };
    first.flash.add_wallet(wallet).await.unwrap();
    let paid_in = TransferId::derived(&[b"paid in"]);
    first.flash.credit(paid_in, customer(), Asset::Trx, trx(100).into(), "paid in".parse().unwrap()).await.unwrap();
    first.step(&devnet).await;
    let backup = cluster.base_backup().unwrap();
    let kept = first.place("kept", receivers[0]).await;
    // The life that the database forgets: the order that it keeps is delivered and paid, and so is one that it does not.
    let moment = cluster.restore_point("before_anything_was_signed").unwrap();
    let delivered = first.until(&devnet, kept, is_final).await;
    let forgotten = first.place("forgotten", receivers[1]).await;
    first.until(&devnet, forgotten, is_final).await;
    first.store.close().await;

    let restored = cluster.restored(&backup, &moment).unwrap();
    let second = Life::of(&restored, &devnet).await;
    assert_eq!(second.flash.order(kept).await.unwrap().status(), Status::Pending, "it remembers the order");
    assert!(matches!(second.flash.order(forgotten).await, Err(Error::UnknownOrder(_))), "and not the other");
    assert!(matches!(second.flash.cancel(kept).await, Err(Error::InQuarantine)), "no refund of what was delivered");
    let mut blocks = 0;
    while !second.events().await.contains(&Event::QuarantineLifted) {
        second.step(&devnet).await;
        blocks += 1;
        assert_eq!(second.signer.signed.load(Ordering::SeqCst), 0, "nothing is signed in quarantine");
        assert!(blocks < 200, "quarantine ends");
    }
    assert!(blocks > 20, "it lasts longer than a transaction can live and a block takes to be solid: {blocks} blocks");

    // The order has its delegation back: the same transaction, paid once.
    let order = second.until(&devnet, kept, is_final).await;
    assert_eq!(txs(&order), txs(&delivered));
    assert_eq!(second.lent_to(receivers[0]).await, order.legs[0].stake);
    assert_eq!(second.balance().await, (Amount::from(trx(100)).minus(order.price.into()).unwrap(), Amount::ZERO));
    // What no order explains is told.
    let unexplained =
        second.events().await.into_iter().filter_map(|event| {
            if let Event::StakeUnexplained { receiver, .. } = event { Some(receiver) } else { None }
        });
    assert_eq!(unexplained.collect::<Vec<_>>(), [receivers[1]]);

    // And at the end of its term the stake comes home.
    second.until(&devnet, kept, |order| order.status() == Status::Expired).await;
    assert_eq!(second.lent_to(receivers[0]).await, Sun::ZERO);
    assert!(second.flash.verify().await.unwrap().findings.is_empty());
    devnet.stop().await;
}
