//! A flash with everything in one process. Without arguments it runs a demo that needs nothing else.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to whoever started it")]

use std::process::ExitCode;

use clap::Parser;
use flash_examples::args::ServerArgs;
use flash_examples::ready::Ready;
use flash_examples::{StartError, log, server, stopped};

#[tokio::main]
async fn main() -> ExitCode {
    log();
    match run(&ServerArgs::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &ServerArgs) -> Result<(), StartError> {
    let running = tokio::select! {
        running = server::start(args) => running?,
        stopped = stopped() => return stopped,
    };
    greet(&running.ready);
    stopped().await?;
    println!("stopping");
    running.stop().await
}

fn greet(ready: &Ready) {
    let Ready { http, devnet, operator_key, service_key, user_key, user_id, receivers, .. } = ready;
    println!("HTTP API       {http}   (documentation at {http}/docs)");
    println!("TRON network   {devnet}");
    let Some(receiver) = receivers.first() else { return };
    println!("operator key   {operator_key}");
    println!("service key    {service_key}");
    println!("user key       {user_key}   (customer {user_id}, 100 TRX)");
    println!();
    println!("Order 65,000 Energy for an hour:");
    println!();
    println!(
        "  curl -s {http}/api/orders -H 'Authorization: Bearer {user_key}' -H 'Content-Type: application/json' \\"
    );
    println!(
        "    -d '{{\"user_id\":{user_id},\"receive_address\":\"{receiver}\",\"energy_amount\":65000,\"duration\":\"1h\"}}'"
    );
    println!();
    println!("Ctrl-C stops it.");
}
