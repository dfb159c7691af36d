//! The simulated TRON network alone, for wallets and programs that speak java-tron's HTTP API.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to whoever started it")]

use std::process::ExitCode;

use clap::Parser;
use flash_devnet::{Config, Devnet};
use flash_examples::args::DevnetArgs;
use flash_examples::demo::{self, DemoNet};
use flash_examples::ready::{self, DevnetReady};
use flash_examples::server::bind;
use flash_examples::{StartError, log, stopped};
use flash_tron::{Node, NodeConfig};

#[tokio::main]
async fn main() -> ExitCode {
    log();
    match run(&DevnetArgs::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("devnet: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &DevnetArgs) -> Result<(), StartError> {
    if let Some(path) = &args.ready_file {
        ready::clear(path)?;
    }
    let config = Config { speed: args.speed, ..Config::default() };
    let devnet = Devnet::start(&config, bind(args.listen).await?)
        .map_err(|error| StartError::new("cannot start the network", error))?;
    let node = Node::try_new(&NodeConfig::new(devnet.url())).map_err(|error| StartError::new("own address", error))?;
    DemoNet::new(devnet.url(), node).activate_receivers().await?;
    let receivers: Vec<String> = demo::receivers().iter().map(ToString::to_string).collect();
    let url = devnet.url();
    println!("TRON network       {url}   (a block each 3 s, {} chain seconds a second)", args.speed.factor());
    println!("activated account  {}", receivers.join("\n                   "));
    println!();
    println!("  curl -s {url}/devnet/faucet -H 'Content-Type: application/json' \\");
    println!("    -d '{{\"address\":\"{}\",\"amount_sun\":1000000}}'", receivers.first().cloned().unwrap_or_default());
    println!("  curl -s {url}/devnet/advance -H 'Content-Type: application/json' -d '{{\"seconds\":3600}}'");
    if let Some(path) = &args.ready_file {
        ready::write(path, &DevnetReady { devnet: url, receivers })?;
    }
    stopped().await?;
    devnet.stop().await;
    Ok(())
}
