//! A flash put together: store, chain, engine, and the HTTP face.

use std::sync::Arc;
use std::time::Duration;

use flash_adapter_http::Keys;
use flash_core::address::Address;
use flash_core::id::WorkerId;
use flash_core::units::Sun;
use flash_core::{Config, Flash};
use flash_devnet::Devnet;
use flash_tron::sealed::Network as KeyNetwork;
use flash_tron::signer::WalletKey;
use flash_tron::{LocalSigner, Policy, PrivateKey, Signer, TronChain};
use poem::listener::TcpAcceptor;
use poem::{Endpoint, Server};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::args::ServerArgs;
use crate::demo::{self, DemoNet};
use crate::engine::Engine;
use crate::keeping::Keeping;
use crate::network::Network;
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
    keeping: Keeping,
    stop: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
    engine: JoinHandle<()>,
}

/// Starts a server and, in a demo, the demo; answers once everything answers.
///
/// # Errors
/// [`StartError`] with what could not be done.
pub async fn start(args: &ServerArgs) -> Result<Running, StartError> {
    if let Some(path) = &args.ready_file {
        ready::clear(path)?;
    }
    args.check()?;
    let listener = bind(args.listen).await?;
    let http = format!("http://{}", local_addr(&listener)?);
    let network = Network::start(args).await?;
    let is_demo = args.is_demo();
    let mut wallet_keys = private_keys(args)?;
    let api_keys = api_keys(args)?;
    let keeping = Keeping::open(args, &network).await?;
    if is_demo {
        wallet_keys.extend(demo::wallet_keys());
        set_up_demo(&network).await?;
    }
    let signer = LocalSigner::new(Policy::rentals_up_to(LARGEST_STAKE), wallet_keys.into_iter().map(WalletKey::from));
    let chain = flash_tron::chain::Config { probe: probe(&signer, &keeping).await?, ..Default::default() };
    let chain = TronChain::new(network.nodes, Arc::new(signer), chain);
    let flash = Flash::new(keeping.store(), Arc::new(chain), network.clock, config(args));
    if is_demo {
        demo::open_business(&flash).await?;
    } else if matches!(keeping, Keeping::Memory(_)) {
        tracing::warn!("orders are kept in memory: a restart forgets what is lent and what customers have");
    }
    let (stop, stopping) = watch::channel(false);
    let engine = match workers(args)? {
        none if none.is_empty() => tokio::spawn(keeping.clone().knock(flash.clone(), stopping.clone())),
        workers => {
            let engine = Engine { flash: flash.clone(), speed: network.speed };
            tokio::spawn(engine.run(workers, stopping.clone()))
        }
    };
    let serving = match api_keys {
        Some(keys) => serve(listener, flash_adapter_http::app_with(flash, keys, keeping.probes()), stopping)?,
        None => serve(listener, flash_adapter_http::health(flash, keeping.probes()), stopping)?,
    };
    let ready = told(args, http, network.url);
    if let Some(path) = &args.ready_file {
        ready::write(path, &ready)?;
    }
    Ok(Running { ready, devnet: network.devnet, keeping, stop, serving, engine })
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
        self.keeping.close().await;
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

fn config(args: &ServerArgs) -> Config {
    // A devnet has a time of its own.
    if args.is_demo() { Config { clock_drift: None, ..Config::default() } } else { Config::default() }
}

/// Whom to ask the network's totals with where no key is at hand, as on a host that only answers: a wallet of the pool.
async fn probe(signer: &LocalSigner, keeping: &Keeping) -> Result<Option<Address>, StartError> {
    if !signer.wallets().is_empty() {
        return Ok(None);
    }
    let pool = keeping.store().wallets().await.map_err(|error| StartError::new("cannot read the pool", error))?;
    if pool.is_empty() {
        tracing::warn!("there is neither a key here nor a wallet in the pool: start again once there is one");
    }
    Ok(pool.first().map(|pooled| pooled.wallet.address))
}

/// The names of this process's workers, which no other process on the same database has.
fn workers(args: &ServerArgs) -> Result<Vec<WorkerId>, StartError> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host.chars().filter(char::is_ascii_graphic).take(64).collect();
    let process = std::process::id();
    let count = if args.role.delivers() { args.workers } else { 0 };
    let name = |n| format!("server-{host}-{process}-{n}").parse().map_err(|error| StartError::new("worker", error));
    (1..=count).map(name).collect()
}

/// How to talk to this server.
fn told(args: &ServerArgs, http: String, devnet: String) -> Ready {
    let key = |key: &str| if args.is_demo() && args.role.answers() { key.to_owned() } else { String::new() };
    let (suppliers, receivers) =
        if args.is_demo() { (demo::suppliers(), demo::receivers()) } else { (Vec::new(), Vec::new()) };
    Ready {
        http,
        devnet,
        operator_key: key(demo::OPERATOR_KEY),
        service_key: key(demo::SERVICE_KEY),
        user_key: key(demo::USER_KEY),
        user_id: if args.is_demo() { demo::USER } else { 0 },
        supplier_addresses: texts(&suppliers),
        receivers: texts(&receivers),
    }
}

async fn set_up_demo(network: &Network) -> Result<(), StartError> {
    let demo = DemoNet::new(network.url.clone(), network.first.clone());
    demo.activate_receivers().await?;
    demo.set_up_suppliers().await
}

fn private_keys(args: &ServerArgs) -> Result<Vec<PrivateKey>, StartError> {
    let (Some(sealed), Some(master)) = (&args.sealed_keys, &args.master_key) else { return Ok(Vec::new()) };
    keys::wallet_keys(sealed, &keys::key_ring(master)?, &KeyNetwork(args.network.clone()))
}

/// Who may call this server; nobody is asked for where only health is told.
fn api_keys(args: &ServerArgs) -> Result<Option<Keys>, StartError> {
    match &args.api_keys {
        _ if !args.role.answers() => Ok(None),
        Some(path) => keys::api_keys(path).map(Some),
        None if args.is_demo() => demo::api_keys().map(Some),
        None => Err(StartError::new("nobody could call this server", "give keys with --api-keys, or use --demo")),
    }
}

fn serve(
    listener: TcpListener,
    app: impl Endpoint + 'static,
    mut stopping: watch::Receiver<bool>,
) -> Result<JoinHandle<std::io::Result<()>>, StartError> {
    let acceptor = TcpAcceptor::from_tokio(listener).map_err(|error| StartError::new("cannot listen", error))?;
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

fn texts(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}
