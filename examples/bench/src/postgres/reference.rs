//! The reference: pgbench with one statement an order, `sql/reference.sql` and `sql/place.sql`.

use std::cell::Cell;
use std::path::PathBuf;
use std::process::Command;

use super::{Lab, say};
use crate::measure::median;

const DATABASE: &str = "reference";
const SCHEMA: &str = include_str!("../../sql/reference.sql");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/place.sql");
/// Concurrencies of which the best is taken.
const CLIENTS: [u32; 3] = [1, 8, 32];

/// A database with the reference's tables, and pgbench.
#[derive(Debug)]
pub(super) struct Reference {
    pgbench: PathBuf,
    url: String,
    logs: PathBuf,
    /// Each run counts its ids on from where no run before has been.
    runs: Cell<u64>,
}

impl Reference {
    pub(super) fn set_up(lab: &Lab) -> Self {
        let url = lab.database(DATABASE);
        lab.sql(DATABASE, SCHEMA);
        lab.sql(DATABASE, "vacuum analyze");
        let bin = lab.sql(DATABASE, "select setting from pg_config where name = 'BINDIR'");
        let pgbench = PathBuf::from(bin).join("pgbench");
        Self { pgbench, url, logs: lab.cluster.dir().join("pgbench"), runs: Cell::new(1) }
    }

    /// The number of clients with which it places the most orders a second.
    pub(super) fn best_clients(&self, lab: &Lab, customers: u32) -> u32 {
        let rates = CLIENTS.map(|clients| {
            lab.checkpoint();
            let per_s = self.per_s(lab, customers, clients);
            say(&format!("the reference at {clients} clients, customers {customers}: {per_s:.0} a second"));
            (clients, per_s)
        });
        let best = rates.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        best.unwrap().0
    }

    /// Orders a second.
    pub(super) fn per_s(&self, lab: &Lab, customers: u32, clients: u32) -> f64 {
        let said = self.run(lab, customers, clients, &[]);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.unwrap_or_else(|| panic!("pgbench says no rate: {said}"))
    }

    /// Microseconds that an order of a lone client takes: the median.
    pub(super) fn lone_us(&self, lab: &Lab, customers: u32) -> f64 {
        let prefix = self.logs.display().to_string();
        self.run(lab, customers, 1, &["--log", "--log-prefix", &prefix]);
        // One client, one file, whose name ends in the process id: client, transaction, microseconds, …
        let dir = std::fs::read_dir(lab.cluster.dir()).unwrap().map(|entry| entry.unwrap().path());
        let mut logs = dir.filter(|path| path.to_string_lossy().starts_with(&prefix));
        let log = logs.next().unwrap();
        let text = std::fs::read_to_string(&log).unwrap();
        std::fs::remove_file(log).unwrap();
        median(text.lines().map(|line| line.split(' ').nth(2).unwrap().parse().unwrap()).collect())
    }

    fn run(&self, lab: &Lab, customers: u32, clients: u32, more: &[&str]) -> String {
        let run = self.runs.replace(self.runs.get() + 1);
        let mut pgbench = Command::new(&self.pgbench);
        pgbench.args(["--no-vacuum", "--protocol=prepared", "--file", SCRIPT]);
        pgbench.arg(format!("--client={clients}")).arg(format!("--jobs={}", clients.min(2)));
        pgbench.arg(format!("--time={}", lab.length.as_secs()));
        pgbench.arg(format!("--define=n={}", run * 1_000_000_000)).arg(format!("--define=customers={customers}"));
        let output = pgbench.args(more).arg(&self.url).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}
