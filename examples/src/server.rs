//! A flash put together: store, chain, engine, and the HTTP face.

use std::sync::Arc;
use std::time::Duration;

use flash_adapter_http::Keys;
use flash_core::clock::{Clock, SystemClock};
use flash_core::units::Sun;
use flash_core::{Config, Flash};
use flash_devnet::Devnet;
use flash_storage_memory::MemoryStore;
use flash_tron::node::ApiKey;
use flash_tron::sealed::Network;
use flash_tron::signer::WalletKey;
use flash_tron::{LocalSigner, Node, NodeConfig, Policy, PrivateKey, TronChain};
use poem::Server;
use poem::listener::TcpAcceptor;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::args::ServerArgs;
use crate::demo::{self, DemoNet};
use crate::engine::Engine;
use crate::ready::{self, Ready};
use crate::{StartError, keys};

/// How long open requests may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(5);
/// The largest stake in one delegation that the signer agrees to.
const LARGEST_STAKE: Sun = Sun::new(5_000_000_000_000);

/// A running server.
#[derive(Debug)]
pub struct Running {
    /// How to talk to it.
    pub ready: Ready,
    devnet: Option<Devnet>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
    engine: JoinHandle<()>,
}

/// The network a server works on.
struct Net {
    devnet: Option<Devnet>,
    urls: Vec<String>,
    clock: Arc<dyn Clock>,
    speed: u32,
}

/// Starts a server and, in a demo, the demo; answers once everything answers.
///
/// # Errors
/// [`StartError`] with what could not be done.
pub async fn start(args: &ServerArgs) -> Result<Running, StartError> {
    let is_demo = args.demo || args.nodes().is_empty();
    if let Some(path) = &args.ready_file {
        ready::clear(path)?;
    }
    let listener = bind(args.listen).await?;
    let net = network(args).await?;
    let nodes: Vec<Node> = net.urls.iter().map(|url| node(url, args)).collect::<Result<_, _>>()?;
    let first = nodes.first().cloned().ok_or_else(|| StartError::new("no node", "give one with --node"))?;
    let mut wallet_keys = private_keys(args)?;
    let (api_keys, config) = if is_demo {
        wallet_keys.extend(demo::wallet_keys());
        set_up_demo(&net, first).await?;
        (api_keys(args, Some(demo::api_keys()?))?, Config { clock_drift: None, ..Config::default() })
    } else {
        (api_keys(args, None)?, Config::default())
    };
    let signer = LocalSigner::new(Policy::rentals_up_to(LARGEST_STAKE), wallet_keys.into_iter().map(WalletKey::from));
    let chain = TronChain::new(nodes, Arc::new(signer), flash_tron::chain::Config::default());
    let flash = Flash::new(Arc::new(MemoryStore::new()), Arc::new(chain), net.clock, config);
    if is_demo {
        demo::open_business(&flash).await?;
    }
    if !is_demo {
        tracing::warn!("orders are kept in memory: a restart forgets what is lent and what customers have");
    }
    let worker = format!("server-{}", std::process::id());
    let worker = worker.parse().map_err(|error| StartError::new("worker", error))?;
    let http = format!("http://{}", local_addr(&listener)?);
    let (stop, stopping) = watch::channel(false);
    let engine = Engine { flash: flash.clone(), worker, speed: net.speed };
    let engine = tokio::spawn(engine.run(stopping.clone()));
    let serving = serve(listener, flash, api_keys, stopping)?;
    let ready = Ready {
        http,
        devnet: net.urls.first().cloned().unwrap_or_default(),
        operator_key: demo_only(is_demo, demo::OPERATOR_KEY),
        service_key: demo_only(is_demo, demo::SERVICE_KEY),
        user_key: demo_only(is_demo, demo::USER_KEY),
        user_id: if is_demo { demo::USER } else { 0 },
        supplier_addresses: if is_demo { texts(&demo::suppliers()) } else { Vec::new() },
        receivers: if is_demo { texts(&demo::receivers()) } else { Vec::new() },
    };
    if let Some(path) = &args.ready_file {
        ready::write(path, &ready)?;
    }
    Ok(Running { ready, devnet: net.devnet, stop, serving, engine })
}

impl Running {
    /// Stops taking requests, lets those under way finish, ends the engine's round, and stops the devnet.
    ///
    /// # Errors
    /// [`StartError`] when the server had failed before.
    pub async fn stop(self) -> Result<(), StartError> {
        self.stop.send_replace(true);
        let served = self.serving.await;
        let worked = self.engine.await;
        if let Some(devnet) = self.devnet {
            devnet.stop().await;
        }
        match (served, worked) {
            (Ok(Ok(())), Ok(())) => Ok(()),
            (Ok(Err(error)), _) => Err(StartError::new("the HTTP server failed", error)),
            (Err(error), _) | (_, Err(error)) => Err(StartError::new("a task failed", error)),
        }
    }
}

async fn network(args: &ServerArgs) -> Result<Net, StartError> {
    let speed = args.devnet_speed;
    let urls = args.nodes();
    if !urls.is_empty() {
        let speed = if args.demo { speed.factor() } else { 1 };
        return Ok(Net { devnet: None, urls, clock: Arc::new(SystemClock), speed });
    }
    let config = flash_devnet::Config { speed, ..flash_devnet::Config::default() };
    let listener = bind(args.devnet_listen).await?;
    let devnet = Devnet::start(&config, listener).map_err(|error| StartError::new("cannot start the devnet", error))?;
    let clock: Arc<dyn Clock> = Arc::new(devnet.clock());
    Ok(Net { urls: vec![devnet.url()], clock, devnet: Some(devnet), speed: speed.factor() })
}

fn node(url: &str, args: &ServerArgs) -> Result<Node, StartError> {
    let config = NodeConfig { api_key: args.node_api_key.clone().map(ApiKey::new), ..NodeConfig::new(url) };
    Node::try_new(&config).map_err(|error| StartError::new("cannot use --node", error))
}

async fn set_up_demo(net: &Net, node: Node) -> Result<(), StartError> {
    let demo = DemoNet::new(net.urls.first().cloned().unwrap_or_default(), node);
    demo.activate_receivers().await?;
    demo.set_up_suppliers().await
}

fn private_keys(args: &ServerArgs) -> Result<Vec<PrivateKey>, StartError> {
    let (Some(sealed), Some(master)) = (&args.sealed_keys, &args.master_key) else { return Ok(Vec::new()) };
    keys::wallet_keys(sealed, &keys::key_ring(master)?, &Network(args.network.clone()))
}

fn api_keys(args: &ServerArgs, demo: Option<Keys>) -> Result<Keys, StartError> {
    match (&args.api_keys, demo) {
        (Some(path), _) => keys::api_keys(path),
        (None, Some(demo)) => Ok(demo),
        (None, None) => {
            Err(StartError::new("nobody could call this server", "give keys with --api-keys, or use --demo"))
        }
    }
}

fn serve(
    listener: TcpListener,
    flash: Flash,
    keys: Keys,
    mut stopping: watch::Receiver<bool>,
) -> Result<JoinHandle<std::io::Result<()>>, StartError> {
    let acceptor = TcpAcceptor::from_tokio(listener).map_err(|error| StartError::new("cannot listen", error))?;
    let app = flash_adapter_http::app(flash, keys);
    let signal = async move {
        // A sender that is gone stops us as well.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    Ok(tokio::spawn(Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(app, signal, Some(GRACE))))
}

/// Listens at an address.
///
/// # Errors
/// [`StartError`] when it is taken or not ours.
pub async fn bind(address: std::net::SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| StartError::new(format!("cannot listen on {address}"), error))
}

fn local_addr(listener: &TcpListener) -> Result<std::net::SocketAddr, StartError> {
    listener.local_addr().map_err(|error| StartError::new("cannot listen", error))
}

fn demo_only(is_demo: bool, key: &str) -> String {
    if is_demo { key.to_owned() } else { String::new() }
}

fn texts(addresses: &[flash_core::address::Address]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}
