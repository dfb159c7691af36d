//! A database that goes away under a server that runs: it is not ready, says so, loses nothing, and goes on by itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use flash_adapter_http::wire::OrderStatus;

use super::{Premises, readiness};
use crate::world::{World, eventually};

/// What a server says to an order.
async fn answer(world: &World, key: &str) -> (u16, String) {
    match world.customer.place_order(&world.wish(65_000), Some(key)).await {
        Ok(placed) => (200, placed.into_order().id),
        Err(error) => (503, error.code().unwrap().to_owned()),
    }
}

async fn is_ready_again(world: &World) {
    eventually("the server to be ready again", async || (readiness(world).await.0 == 200).then_some(())).await;
}

fn unavailable() -> (u16, String) {
    (503, "UNAVAILABLE".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_waited_for() {
    let mut premises = Premises::new().await;
    let (api, worker) = tokio::join!(premises.serve("api"), premises.serve("worker"));
    let first = api.place(65_000).await;
    premises.cluster.stop_immediate().unwrap();
    assert_eq!(answer(&api, "while-gone").await, unavailable());
    for world in [&api, &worker] {
        let (status, parts) = readiness(world).await;
        assert!(status == 503 && parts.contains(&"store".to_owned()), "{status} {parts:?}");
        let alive = reqwest::get(format!("{}/health", world.ready().http)).await.unwrap();
        assert_eq!(alive.status(), 200);
    }
    premises.cluster.start_again().unwrap();
    is_ready_again(&api).await;
    is_ready_again(&worker).await;
    let (status, second) = answer(&api, "while-gone").await;
    assert_eq!(status, 200, "{second}");
    for id in [&first.id, &second] {
        api.run_out(id).await;
    }
    api.check_at_rest().await;
    api.stop().await;
    worker.stop().await;
    premises.devnet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_becomes_read_only_is_waited_for() {
    let premises = Premises::new().await;
    let api = premises.serve("api").await;
    assert_eq!(readiness(&api).await, (200, Vec::new()));
    let cluster = &premises.cluster;
    let apply = || cluster.sql("postgres", "select pg_reload_conf()").unwrap();
    cluster.sql("postgres", "alter system set default_transaction_read_only = on").unwrap();
    apply();
    eventually("an order to be refused", async || (answer(&api, "read-only").await == unavailable()).then_some(()))
        .await;
    assert_eq!(readiness(&api).await, (503, vec!["writes".to_owned()]), "it can be read");
    cluster.sql("postgres", "alter system reset default_transaction_read_only").unwrap();
    apply();
    // Nobody asks it for anything; it finds out by itself.
    is_ready_again(&api).await;
    api.stop().await;
    premises.devnet.stop().await;
}

/// A file system in memory that can fill up; gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where we may not mount one.
    fn mount(name: &str) -> Option<Self> {
        let dir = std::env::temp_dir().join(format!("flash-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m,mode=0777", "tmpfs"]).arg(&dir);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        let disk = Self(dir);
        mounted.then_some(disk)
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    fn fill(&self) {
        let mut fill = Command::new("dd");
        fill.args(["if=/dev/zero", "bs=4k", &format!("of={}", self.filler().display())]);
        assert!(!fill.output().unwrap().status.success(), "there is always more room");
    }

    fn clear(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a cluster may still be on its way out.
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_waited_for() {
    let Some(disk) = SmallDisk::mount("full-disk") else {
        println!("no file system may be mounted here: nothing is shown");
        return;
    };
    let premises = Premises::new().await;
    let place = disk.path().join("space");
    premises.cluster.make_dir(&place).unwrap();
    let space = format!("create tablespace small location '{}'", place.display());
    premises.cluster.sql("postgres", &space).unwrap();
    premises.cluster.sql("postgres", "alter database shop set tablespace small").unwrap();
    let (api, worker) = tokio::join!(premises.serve("api"), premises.serve("worker"));
    let first = api.place(65_000).await;
    disk.fill();
    let mut taken = vec![first.id];
    for n in 0.. {
        match answer(&api, &format!("key-{n}")).await {
            (200, id) => taken.push(id),
            refused => {
                assert_eq!(refused, unavailable());
                break;
            }
        }
    }
    assert_eq!(readiness(&api).await, (503, vec!["writes".to_owned()]), "it can be read");
    let known = api.order(&taken[0]).await;
    assert_ne!(known.status, OrderStatus::Failed);

    disk.clear();
    is_ready_again(&api).await;
    is_ready_again(&worker).await;
    let again = format!("key-{}", taken.len() - 1);
    let (status, id) = answer(&api, &again).await;
    assert_eq!(status, 200, "{id}");
    taken.push(id);
    for id in &taken {
        api.run_out(id).await;
    }
    api.check_at_rest().await;
    api.stop().await;
    worker.stop().await;
    premises.devnet.stop().await;
}
