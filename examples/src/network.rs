//! The network that a server works on.

use std::sync::Arc;

use flash_core::chain::Height;
use flash_core::clock::{Clock, SystemClock};
use flash_core::id::BlockId;
use flash_devnet::Devnet;
use flash_tron::node::{ApiKey, View};
use flash_tron::{Node, NodeConfig};

use crate::StartError;
use crate::args::ServerArgs;
use crate::server::bind;

/// A network, its nodes, and the time that goes by there.
pub(crate) struct Network {
    /// The simulated one, when it is inside this process.
    pub(crate) devnet: Option<Devnet>,
    /// Where the first node is.
    pub(crate) url: String,
    /// The first node.
    pub(crate) first: Node,
    /// All of them.
    pub(crate) nodes: Vec<Node>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Chain seconds in a real one.
    pub(crate) speed: u32,
}

impl Network {
    /// The network that is asked for, started when it is to be inside.
    pub(crate) async fn start(args: &ServerArgs) -> Result<Self, StartError> {
        let mut urls = args.nodes();
        let (mut devnet, mut clock): (_, Arc<dyn Clock>) = (None, Arc::new(SystemClock));
        if urls.is_empty() {
            let config = flash_devnet::Config { speed: args.devnet_speed, ..flash_devnet::Config::default() };
            let listener = bind(args.devnet_listen).await?;
            let inside =
                Devnet::start(&config, listener).map_err(|error| StartError::new("cannot start the devnet", error))?;
            urls.push(inside.url());
            clock = Arc::new(inside.clock());
            devnet = Some(inside);
        }
        let speed = if args.is_demo() { args.devnet_speed.factor() } else { 1 };
        let nodes: Vec<Node> = urls.iter().map(|url| node(url, args)).collect::<Result<_, _>>()?;
        let no_node = || StartError::new("no node", "give one with --node");
        let (url, first) = urls.into_iter().zip(nodes.iter().cloned()).next().ok_or_else(no_node)?;
        Ok(Self { devnet, url, first, nodes, clock, speed })
    }

    /// The first block of the chain, which tells it from any other. Nodes that are silent now are asked nothing.
    pub(crate) async fn genesis(&self) -> Result<BlockId, StartError> {
        let mut genesis = None;
        let mut trouble = "they have no first block".to_owned();
        for node in &self.nodes {
            match node.header(View::Solid, Height(0)).await {
                Ok(block) => match (block.block_id, genesis) {
                    (Some(one), Some(other)) if one != other => {
                        return Err(StartError::new("the nodes are of different chains", format!("{one} and {other}")));
                    }
                    (Some(one), _) => genesis = Some(one),
                    (None, _) => {}
                },
                Err(error) => trouble = error.to_string(),
            }
        }
        genesis.ok_or_else(|| StartError::new("cannot learn which chain the nodes are of", trouble))
    }
}

fn node(url: &str, args: &ServerArgs) -> Result<Node, StartError> {
    let config = NodeConfig { api_key: args.node_api_key.clone().map(ApiKey::new), ..NodeConfig::new(url) };
    Node::try_new(&config).map_err(|error| StartError::new("cannot use --node", error))
}
