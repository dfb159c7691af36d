//! What flash costs. Each figure is the median of interleaved rounds, against a reference of the same run where there
//! is one; the last lines are `name value`, one a figure.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints figures")]
#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "figures, not money; a benchmark that cannot run should stop"
)]

mod http;
mod idle;
mod measure;
mod pick;
mod place;
mod postgres;
mod sign;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures flash.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Signing, picking, placing, the HTTP face, and an idle server.
    Core,
    /// The PostgreSQL store, against pgbench, in a cluster of its own.
    Postgres(postgres::PostgresArgs),
    /// Runs the demo server until it is killed; `core` starts this to weigh it.
    #[command(hide = true)]
    Idle,
}

fn main() -> ExitCode {
    match Args::parse().what {
        What::Idle => idle::serve(),
        What::Core => core(),
        What::Postgres(args) => postgres::run(&args),
    }
}

fn core() -> ExitCode {
    let delegation_vs_c = sign::delegation_vs_c();
    let pick_10000_us = pick::pick_10000_us();
    let memory_orders_per_s = place::memory_orders_per_s();
    let http_vs_empty = http::http_vs_empty();
    let idle_mb = match idle::idle_mb() {
        Ok(mb) => mb,
        Err(error) => {
            eprintln!("bench: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!();
    println!("delegation_vs_c {delegation_vs_c:.2}");
    println!("pick_10000_us {pick_10000_us:.2}");
    println!("memory_orders_per_s {memory_orders_per_s:.0}");
    println!("http_vs_empty {http_vs_empty:.2}");
    println!("idle_mb {idle_mb:.1}");
    ExitCode::SUCCESS
}
