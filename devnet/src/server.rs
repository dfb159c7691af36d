//! A running devnet: the network behind a socket, on a clock.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use flash_core::time::Span;
use poem::Server;
use poem::listener::TcpAcceptor;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::clock::DevnetClock;
use crate::config::Config;
use crate::fault::Rule;
use crate::http;
use crate::line::{Exchange, Lines};
use crate::network::Network;
use crate::node::Node;

/// How long requests that are under way may take when the devnet stops.
const GRACE: Duration = Duration::from_secs(1);

/// A running devnet. It stops when it is dropped, or better when [`Devnet::stop`] is awaited.
#[derive(Debug)]
pub struct Devnet {
    node: Arc<Node>,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
    producing: JoinHandle<()>,
}

impl Devnet {
    /// Starts a devnet on a port of the machine's own choice, for this machine only.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn local(config: &Config) -> io::Result<Self> {
        Self::start(config, TcpListener::bind(("127.0.0.1", 0)).await?)
    }

    /// Starts a devnet that answers on this listener. It needs a tokio runtime.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn start(config: &Config, listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let node = Arc::new(Node::new(config));
        let (stop, stopped) = oneshot::channel();
        let lines = Lines::default();
        let server = Server::new_with_acceptor(Exchange::new(TcpAcceptor::from_tokio(listener)?, lines.clone()));
        let endpoint = http::endpoint(Arc::clone(&node), lines);
        let signal = async move {
            // A dropped handle stops the server too.
            let _asked_or_dropped = stopped.await;
        };
        let serving = tokio::spawn(server.run_with_graceful_shutdown(endpoint, signal, Some(GRACE)));
        let producing = tokio::spawn(produce(Arc::downgrade(&node)));
        Ok(Self { node, address, stop, serving, producing })
    }

    /// Where it answers, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The clock it runs by. A program in the same process can share it.
    #[must_use]
    pub fn clock(&self) -> DevnetClock {
        self.node.clock().clone()
    }

    /// Gives the network, with every block that is due, to `work`. Requests wait meanwhile.
    pub fn with_network<T>(&self, work: impl FnOnce(&mut Network) -> T) -> T {
        work(&mut self.node.network())
    }

    /// Moves time ahead and produces every block in between before it returns.
    pub fn advance(&self, span: Span) {
        self.node.advance(span);
    }

    /// Switches a fault on.
    pub fn fault(&self, rule: Rule) {
        self.node.faults().switch_on(rule);
    }

    /// Makes the node silent (every connection is cut, but for the control routes), or lets it answer again.
    pub fn silence(&self, silent: bool) {
        self.node.faults().set_stopped(silent);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.node.faults().clear();
    }

    /// Stops: no new connections, a second for requests that are under way.
    pub async fn stop(self) {
        let Self { stop, serving, producing, .. } = self;
        let _already_stopped = stop.send(());
        producing.abort();
        match serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the devnet's server ended with an error"),
            Err(error) => tracing::warn!(%error, "the devnet's server did not end by itself"),
        }
    }
}

/// Produces each block at its time, until the devnet is gone. Where time stands still there is nothing to do: whoever
/// moves it produces the blocks.
async fn produce(node: Weak<Node>) {
    loop {
        let wait = node.upgrade().and_then(|node| {
            let next = node.network().next_block();
            node.clock().wait_until(next)
        });
        match wait {
            Some(wait) => tokio::time::sleep(wait.max(Duration::from_millis(1))).await,
            None => return,
        }
    }
}
