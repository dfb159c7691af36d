//! What cannot be used is said in one line, and left as it is.

use flash_devnet::{Config, Devnet};

use super::Premises;
use crate::programs::Program;
use crate::starting::{NOBODY, SECRET, SERVER, does_not_start};

impl Premises {
    /// A server does not start on this database, says why, and leaves it without a table.
    async fn refuses(&self, url: &str, why: &str) {
        self.refuses_still(url, why).await;
        assert_eq!(self.tables(), "0", "{url} {why}");
    }

    async fn refuses_still(&self, url: &str, why: &str) {
        does_not_start(&["--node", &self.devnet.url(), "--demo", "--database-url", url], why).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_leads_nowhere_is_refused() {
    let premises = Premises::new().await;
    let cluster = &premises.cluster;
    for url in ["shop", "mysql://127.0.0.1/shop", "postgres://127.0.0.1:many/shop"] {
        premises.refuses(url, "not a PostgreSQL URL").await;
    }
    premises.refuses("postgres://flash@127.0.0.1:1/shop", "cannot connect to the database").await;
    premises.refuses("postgres://flash@no-such-host.invalid/shop", "cannot connect to the database").await;
    premises.refuses(&cluster.url("stop"), "\"stop\" does not exist").await;
    premises.refuses(&cluster.url_as("nobody", "shop"), "\"nobody\" does not exist").await;

    cluster.sql("shop", "create role guarded login superuser password 'another-one'").unwrap();
    let rules = cluster.dir().join("data/pg_hba.conf");
    let before = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, format!("host all guarded 127.0.0.1/32 scram-sha-256\n{before}")).unwrap();
    cluster.sql("shop", "select pg_reload_conf()").unwrap();
    let guarded = cluster.url_as(&format!("guarded:{SECRET}"), "shop");
    premises.refuses(&guarded, "password authentication failed").await;
    premises.devnet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_do_what_is_needed_is_refused() {
    let premises = Premises::new().await;
    let cluster = &premises.cluster;
    cluster.sql("shop", "create role visitor login").unwrap();
    premises.refuses(&cluster.url_as("visitor", "shop"), "lacks a privilege").await;
    // It may make a schema of its own, but not what is in it.
    let owner = cluster.sql("shop", "create role landlord login; create schema flash authorization landlord");
    owner.unwrap();
    premises.refuses(&cluster.url_as("visitor", "shop"), "lacks a privilege").await;

    premises.serve("api").await.stop().await;
    let tables = premises.tables();
    premises.refuses_still(&cluster.url_as("visitor", "shop"), "lacks a privilege").await;
    assert_eq!(premises.tables(), tables);
    premises.devnet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_is_refused() {
    let premises = Premises::new().await;
    let cluster = &premises.cluster;
    cluster.sql("shop", "create role reader login superuser").unwrap();
    cluster.sql("shop", "alter role reader set default_transaction_read_only = on").unwrap();
    premises.refuses(&cluster.url_as("reader", "shop"), "the database is read-only").await;
    let standby = cluster.standby().unwrap();
    premises.refuses(&standby.url("shop"), "the database is read-only").await;

    // With everything in it already, it is no better.
    premises.serve("api").await.stop().await;
    premises.refuses_still(&cluster.url_as("reader", "shop"), "the database is read-only").await;
    premises.devnet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    let premises = Premises::new().await;
    premises.serve("api").await.stop().await;
    let newer = "insert into flash._sqlx_migrations (version, description, success, checksum, execution_time) \
                 values (9999, 'from the future', true, '', 0)";
    premises.cluster.sql("shop", newer).unwrap();
    let tables = premises.tables();
    premises.refuses_still(&premises.database, "upgrade the program").await;
    assert_eq!(premises.tables(), tables);
    premises.devnet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_stays_with_its_chain() {
    let premises = Premises::new().await;
    premises.serve("all").await.stop().await;
    let other = Devnet::local(&Config { seed: 7, ..Config::default() }).await.unwrap();
    let args = ["--node", &other.url(), "--demo", "--database-url", &premises.database];
    does_not_start(&args, "the database belongs to the chain with genesis block").await;

    // Which chain it is must be known before anything is asked of the database.
    does_not_start(&["--node", NOBODY, "--demo", "--database-url", &premises.database], "which chain").await;
    let both = format!("{},{}", premises.devnet.url(), other.url());
    does_not_start(&["--node", &both, "--demo", "--database-url", &premises.database], "different chains").await;

    // On its own chain nothing has happened to it.
    let world = premises.serve("all").await;
    world.check().await;
    world.stop().await;
    other.stop().await;
    premises.devnet.stop().await;
}

#[tokio::test]
async fn a_database_and_a_network_inside_do_not_go_together() {
    let url = format!("postgres://flash:{SECRET}@127.0.0.1:1/shop");
    does_not_start(&["--database-url", &url], "--node").await;
    for role in ["api", "worker"] {
        does_not_start(&["--role", role], "--database-url").await;
    }
}

#[tokio::test]
async fn the_password_in_the_environment_is_not_shown() {
    let url = format!("postgres://flash:{SECRET}@127.0.0.1:1/shop");
    let (status, stdout, _) = Program::start_in(&[("DATABASE_URL", &url)], SERVER, &["--help"]).output().await;
    assert_eq!(status.code(), Some(0));
    assert!(stdout.contains("DATABASE_URL") && !stdout.contains(SECRET), "{stdout}");
}
