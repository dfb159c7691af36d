//! The PostgreSQL store, against the least SQL that leaves the same behind, both in one cluster of our own.

mod business;
mod growth;
mod lone;
mod placing;
mod reference;
mod settling;

use std::cell::OnceCell;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;
use flash_storage_postgres::testing::{Cluster, Settings};
use tokio::runtime::Runtime;

use self::business::Business;
use self::reference::Reference;

/// How PostgreSQL is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct PostgresArgs {
    /// How often everything is measured; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each measurement takes, in seconds.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// How many closed orders are there when growth is measured.
    #[arg(long, default_value_t = 10_000_000)]
    growth_orders: u64,
    /// Measure this figure only.
    #[arg(long)]
    only: Option<Figure>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Figure {
    /// Orders of many customers placed a second, in those of the reference.
    #[value(name = "many_customers")]
    ManyCustomers,
    /// Orders of one customer placed a second, in those of the reference.
    #[value(name = "hot_customer")]
    HotCustomer,
    /// How long a lone order takes, in transactions of the reference.
    #[value(name = "lone_latency")]
    LoneLatency,
    /// Orders brought from placed to paid in a second of one worker process.
    #[value(name = "settled_per_s")]
    SettledPerS,
    /// How much longer things take with millions of closed orders present, at worst.
    #[value(name = "growth_10m")]
    Growth,
}

/// Where it is measured, and for how long.
struct Lab {
    cluster: Cluster,
    runtime: Runtime,
    rounds: usize,
    length: Duration,
}

/// What was measured, in words and in one number.
struct Measured {
    value: f64,
    /// What, ours, the reference, their ratio.
    lines: Vec<[String; 4]>,
}

/// Ours and the reference side by side, each in a database of its own.
struct Field {
    ours: Business,
    reference: Reference,
}

pub(crate) fn run(args: &PostgresArgs) -> ExitCode {
    say("starting PostgreSQL");
    let cluster = match Cluster::start(&Settings::durable()) {
        Ok(cluster) => cluster,
        Err(error) => {
            eprintln!("bench: {error}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let lab = Lab { cluster, runtime, rounds: args.rounds, length: Duration::from_secs(args.seconds) };
    let field = OnceCell::new();
    let mut lines = vec![["", "flash", "reference", "ratio"].map(str::to_owned)];
    let mut figures = String::new();
    let wanted = Figure::value_variants().iter().filter(|figure| args.only.is_none_or(|only| only == **figure));
    for figure in wanted {
        let field = || field.get_or_init(|| Field::set_up(&lab));
        let measured = match figure {
            Figure::ManyCustomers => placing::many_customers(&lab, field()),
            Figure::HotCustomer => placing::hot_customer(&lab, field()),
            Figure::LoneLatency => lone::lone_latency(&lab, field()),
            Figure::SettledPerS => settling::settled_per_s(&lab),
            Figure::Growth => growth::growth(&lab, args.growth_orders),
        };
        lines.extend(measured.lines);
        let name = figure.to_possible_value().unwrap();
        figures.push_str(&format!("{} {:.2}\n", name.get_name(), measured.value));
    }
    print_table(&lines);
    print!("\n{figures}");
    ExitCode::SUCCESS
}

impl Lab {
    /// Makes an empty database and says where it is.
    fn database(&self, name: &str) -> String {
        self.cluster.create_database(name).unwrap();
        self.cluster.url(name)
    }

    /// Runs statements in a database.
    fn sql(&self, database: &str, statements: &str) -> String {
        self.cluster.sql(database, statements).unwrap()
    }

    /// Writes everything to its place, so that no measurement pays for what another has left.
    fn checkpoint(&self) {
        self.sql("postgres", "checkpoint");
    }
}

impl Field {
    fn set_up(lab: &Lab) -> Self {
        say("setting up the reference and flash, with 100,000 customers each");
        let reference = Reference::set_up(lab);
        let url = lab.database("flash");
        let ours = lab.runtime.block_on(Business::found(&url));
        lab.sql("flash", "vacuum analyze");
        Self { ours, reference }
    }
}

/// Tells which step runs, aside from what is measured.
fn say(what: &str) {
    eprintln!("bench: {what}");
}

fn print_table(lines: &[[String; 4]]) {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let [a, b, c, d] = [width(0), width(1), width(2), width(3)];
    for [what, ours, reference, ratio] in lines {
        println!("{what:a$}  {ours:>b$}  {reference:>c$}  {ratio:>d$}");
    }
}
