//! Seals a private key, read from standard input, for a server's `--sealed-keys`. Prints one line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to whoever started it")]

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use flash_examples::{StartError, keys};
use flash_tron::sealed::Network;

/// Seals a private key (64 hex digits on standard input) for the server.
#[derive(Debug, Parser)]
#[command(name = "seal", version)]
struct Args {
    /// The file with the master key: 64 hex digits.
    #[arg(long, env = "FLASH_MASTER_KEY_FILE")]
    master_key: PathBuf,
    /// The network the key is for; it opens for no other.
    #[arg(long, env = "FLASH_NETWORK", default_value = "mainnet")]
    network: String,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("seal: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<String, StartError> {
    let mut key = String::new();
    std::io::stdin().read_to_string(&mut key).map_err(|error| StartError::new("cannot read the key", error))?;
    keys::seal(&key, &keys::key_ring(&args.master_key)?, &Network(args.network.clone()))
}
