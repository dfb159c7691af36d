//! The command lines. Every flag can also be set in the environment.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Parser, ValueEnum, value_parser};
use flash_devnet::Speed;

use crate::StartError;

/// A flash in one process: HTTP API, engine, a store in memory unless `--database-url` names a PostgreSQL, and a
/// simulated TRON network unless `--node` names a real one. Any number of them share one database.
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
    /// The PostgreSQL database that keeps everything, such as postgres://flash:secret@db/flash; any number of servers may
    /// share it. Its tables are made and kept up to date by whoever starts first.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<DatabaseUrl>,
    /// What this process does.
    #[arg(long, env = "FLASH_ROLE", default_value = "all")]
    pub role: Role,
    /// How many workers carry orders forward in this process, unless it only answers the API.
    #[arg(long, env = "FLASH_WORKERS", default_value = "1", value_parser = value_parser!(u16).range(1..=64))]
    pub workers: u16,
}

/// Where a database is, and the password for it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl std::str::FromStr for DatabaseUrl {
    type Err = std::convert::Infallible;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Ok(Self(url.to_owned()))
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// What a process does of the work that all on one database share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Answers the HTTP API and runs the engine.
    All,
    /// Answers the HTTP API; others deliver.
    Api,
    /// Runs the engine, and answers /health and /ready only.
    Worker,
}

impl Role {
    /// Whether it answers the HTTP API.
    #[must_use]
    pub const fn answers(self) -> bool {
        matches!(self, Self::All | Self::Api)
    }

    /// Whether it runs the engine.
    #[must_use]
    pub const fn delivers(self) -> bool {
        matches!(self, Self::All | Self::Worker)
    }
}

impl ServerArgs {
    /// The database named, if one is; an empty name names none.
    #[must_use]
    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_ref().map(|url| url.0.as_str()).filter(|url| !url.is_empty())
    }

    /// Whether the network is a simulated one, with the demo set up on it.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.demo || self.nodes().is_empty()
    }

    /// Refuses what cannot work together.
    ///
    /// # Errors
    /// [`StartError`] with what to do instead.
    pub fn check(&self) -> Result<(), StartError> {
        match self.database_url() {
            Some(_) if self.nodes().is_empty() => Err(StartError::new(
                "--database-url needs --node",
                "a database stays with one chain and the network inside is a new one at every start; start `devnet` by \
                 itself and name it with --node and --demo",
            )),
            None if self.role != Role::All => Err(StartError::new(
                "--role needs --database-url",
                "what one process keeps in memory no other can work on",
            )),
            _ => Ok(()),
        }
    }

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
    fn a_database_url_is_never_shown() {
        let mut args = ServerArgs::parse_from(["server", "--database-url", "postgres://flash:secret@db/flash"]);
        assert_eq!(args.database_url(), Some("postgres://flash:secret@db/flash"));
        assert!(!format!("{args:?}").contains("secret"));
        args.database_url = Some(DatabaseUrl(String::new()));
        assert_eq!(args.database_url(), None);
    }

    #[test]
    fn a_speed_is_a_whole_number_in_bounds() {
        assert_eq!(speed("20"), Ok(Speed::times(20)));
        for bad in ["0", "-1", "1.5", "1001", "fast", ""] {
            assert!(speed(bad).is_err(), "{bad}");
        }
    }
}
