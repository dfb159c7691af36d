//! The command lines. Every flag can also be set in the environment.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use clap::builder::FalseyValueParser;
use flash_devnet::Speed;

/// A flash with everything in one process: HTTP API, engine, store in memory, and a simulated TRON network unless
/// `--node` names a real one.
#[derive(Debug, Clone, Parser)]
#[command(name = "server", version)]
pub struct ServerArgs {
    /// Where the HTTP API listens; port 0 takes any free port.
    #[arg(long, env = "FLASH_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where the simulated network listens; port 0 takes any free port.
    #[arg(long, env = "FLASH_DEVNET_LISTEN", default_value = "127.0.0.1:8090")]
    pub devnet_listen: SocketAddr,
    /// Chain seconds per real second on the simulated network.
    #[arg(long, env = "FLASH_DEVNET_SPEED", default_value = "1", value_parser = speed)]
    pub devnet_speed: Speed,
    /// Where to write, as JSON, what one needs to talk to this server, once everything answers.
    #[arg(long, env = "FLASH_READY_FILE")]
    pub ready_file: Option<PathBuf>,
    /// A TRON node to use instead of the simulated network; repeat it for several.
    #[arg(long = "node", env = "FLASH_NODE", value_delimiter = ',')]
    pub nodes: Vec<String>,
    /// With --node: the nodes are a devnet; set the demo wallets and customer up on it, through its faucet.
    #[arg(long, env = "FLASH_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,
    /// The keys of the HTTP API, one a line: name, scope (operator, service, service:7,8 or user:42), secret.
    #[arg(long, env = "FLASH_API_KEYS")]
    pub api_keys: Option<PathBuf>,
    /// The sealed keys of the supplier wallets, as the program `seal` prints them, one a line.
    #[arg(long, env = "FLASH_SEALED_KEYS", requires = "master_key")]
    pub sealed_keys: Option<PathBuf>,
    /// The file with the master key that opens them: 64 hex digits.
    #[arg(long, env = "FLASH_MASTER_KEY_FILE")]
    pub master_key: Option<PathBuf>,
    /// The network the keys were sealed for.
    #[arg(long, env = "FLASH_NETWORK", default_value = "mainnet")]
    pub network: String,
    /// The header TRON-PRO-API-KEY for hosted nodes.
    #[arg(long, env = "TRON_PRO_API_KEY", hide_env_values = true)]
    pub node_api_key: Option<String>,
}

impl ServerArgs {
    /// The nodes named; an empty name, as an unset variable in a script gives it, names none.
    #[must_use]
    pub fn nodes(&self) -> Vec<String> {
        self.nodes.iter().filter(|node| !node.is_empty()).cloned().collect()
    }
}

/// The simulated TRON network alone.
#[derive(Debug, Clone, Parser)]
#[command(name = "devnet", version)]
pub struct DevnetArgs {
    /// Where it listens; port 0 takes any free port.
    #[arg(long, env = "FLASH_DEVNET_LISTEN", default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// Chain seconds per real second.
    #[arg(long, env = "FLASH_DEVNET_SPEED", default_value = "1", value_parser = speed)]
    pub speed: Speed,
    /// Where to write, as JSON, where it listens and which accounts are activated.
    #[arg(long, env = "FLASH_READY_FILE")]
    pub ready_file: Option<PathBuf>,
}

fn speed(text: &str) -> Result<Speed, String> {
    match text.parse::<u32>() {
        Ok(factor @ 1..=1_000) => Ok(Speed::times(factor)),
        _ => Err("expected a whole number from 1 to 1000".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_lines_are_well_formed() {
        ServerArgs::command().debug_assert();
        DevnetArgs::command().debug_assert();
    }

    #[test]
    fn a_speed_is_a_whole_number_in_bounds() {
        assert_eq!(speed("20"), Ok(Speed::times(20)));
        for bad in ["0", "-1", "1.5", "1001", "fast", ""] {
            assert!(speed(bad).is_err(), "{bad}");
        }
    }
}
