//! Servers on PostgreSQL: sharing a database, losing it, and saying clearly why one cannot be used.

mod outage;
mod refused;
mod sharing;

use flash_devnet::{Config, Devnet, Speed};
use flash_storage_postgres::testing::{Cluster, Settings};
use serde_json::Value;

use crate::world::World;

const SPEED: u32 = 20;

/// A network, and a cluster with an empty database.
struct Premises {
    devnet: Devnet,
    cluster: Cluster,
    database: String,
}

impl Premises {
    async fn new() -> Self {
        let devnet = Devnet::local(&Config { speed: Speed::times(SPEED), ..Config::default() }).await.unwrap();
        // As a database should be: a server warns of any other.
        let cluster = Cluster::start(&Settings::durable()).unwrap();
        cluster.create_database("shop").unwrap();
        Self { devnet, database: cluster.url("shop"), cluster }
    }

    /// A server in this role.
    async fn serve(&self, role: &str) -> World {
        let (node, speed) = (self.devnet.url(), SPEED.to_string());
        let demo = ["--node", &node, "--demo", "--devnet-speed", &speed];
        World::with(&[demo.as_slice(), &["--database-url", &self.database, "--role", role]].concat()).await
    }

    /// How many tables of ours the database has.
    fn tables(&self) -> String {
        let count = "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')";
        self.cluster.sql("shop", count).unwrap()
    }
}

/// The status of `/ready`, and the parts that are not.
async fn readiness(world: &World) -> (u16, Vec<String>) {
    let answer = reqwest::get(format!("{}/ready", world.ready().http)).await.unwrap();
    let status = answer.status().as_u16();
    let said: Value = answer.json().await.unwrap();
    let parts = said["parts"].as_array().unwrap().iter().filter(|part| part["ready"] == false);
    (status, parts.map(|part| part["name"].as_str().unwrap().to_owned()).collect())
}
