//! The throw-away cluster keeps what it promises, or the tests that rest on it show nothing.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, reason = "code of tests: a panic is how it reports")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flash_storage_postgres::testing::{Cluster, RecoveryTarget, Settings};

/// What a test runs of this very program as a process of its own.
const VICTIM: &str = "FLASH_TEST_VICTIM";

fn cluster() -> Cluster {
    let cluster = Cluster::start(&Settings::durable()).unwrap();
    cluster.create_database("shop").unwrap();
    cluster.sql("shop", "create table sold (n int)").unwrap();
    cluster
}

fn sell(cluster: &Cluster, n: u32) {
    cluster.sql("shop", &format!("insert into sold values ({n})")).unwrap();
}

fn sold(cluster: &Cluster) -> String {
    cluster.sql("shop", "select string_agg(n::text, ' ' order by n) from sold").unwrap()
}

#[test]
fn what_was_committed_survives_every_way_of_dying() {
    let mut cluster = cluster();
    let url = cluster.url("shop");
    sell(&cluster, 1);
    cluster.stop_immediate().unwrap();
    assert!(cluster.sql("shop", "select 1").is_err(), "it is down");
    cluster.start_again().unwrap();
    sell(&cluster, 2);
    cluster.kill_postmaster().unwrap();
    assert!(cluster.sql("shop", "select 1").is_err(), "it is down");
    cluster.start_again().unwrap();
    assert_eq!((sold(&cluster).as_str(), cluster.url("shop")), ("1 2", url));
}

#[test]
fn a_backend_that_is_killed_takes_every_client_with_it_and_the_cluster_recovers() {
    let cluster = cluster();
    assert!(!cluster.kill_a_backend(7).unwrap(), "nobody is connected");
    std::thread::scope(|threads| {
        let client = threads.spawn(|| cluster.sql("shop", "select pg_sleep(600)"));
        while cluster.sql("shop", "select count(*) from pg_stat_activity where query like '%600%'").unwrap() != "2" {}
        assert!(cluster.kill_a_backend(7).unwrap());
        assert!(client.join().unwrap().is_err(), "it was thrown out");
    });
    let recovers = Instant::now();
    while cluster.sql("shop", "select 1").is_err() {
        assert!(recovers.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn a_copy_is_as_the_cluster_was_at_the_moment_named() {
    let cluster = Cluster::start(&Settings::durable().keeping_its_past()).unwrap();
    cluster.create_database("shop").unwrap();
    cluster.sql("shop", "create table sold (n int)").unwrap();
    sell(&cluster, 1);
    let backup = cluster.base_backup().unwrap();
    sell(&cluster, 2);
    let then = cluster.restore_point("then").unwrap();
    let lsn = RecoveryTarget::Lsn(cluster.sql("shop", "select pg_current_wal_insert_lsn()").unwrap());
    sell(&cluster, 3);
    let timeline = "select timeline_id from pg_control_checkpoint()";
    for moment in [then, lsn] {
        let copy = cluster.restored(&backup, &moment).unwrap();
        assert_eq!(sold(&copy), "1 2", "{moment:?}");
        copy.sql("shop", "checkpoint; insert into sold values (4)").unwrap();
        assert_eq!(copy.sql("shop", timeline).unwrap(), "2");
    }
    let never = cluster.restored(&backup, &RecoveryTarget::Name("never".to_owned())).unwrap_err();
    assert!(never.to_string().contains("target was reached"), "{never}");
    assert_eq!((sold(&cluster).as_str(), cluster.sql("shop", timeline).unwrap().as_str()), ("1 2 3", "1"));
}

#[test]
fn a_standby_can_be_read_only() {
    let cluster = cluster();
    sell(&cluster, 1);
    let standby = cluster.standby().unwrap();
    assert_eq!(sold(&standby), "1");
    let refused = standby.sql("shop", "insert into sold values (2)").unwrap_err();
    assert!(refused.to_string().contains("read-only"), "{refused}");
}

#[test]
fn nothing_is_left_when_it_is_dropped_not_even_by_a_panic() {
    let dir = std::panic::catch_unwind(|| {
        let cluster = cluster();
        std::panic::panic_any(cluster.dir().to_owned());
    });
    let dir = dir.unwrap_err().downcast::<PathBuf>().unwrap();
    assert!(is_gone(&dir));
}

/// Not a test by itself: the process that the next one kills.
#[test]
fn a_process_with_a_cluster() {
    let Ok(told) = std::env::var(VICTIM) else { return };
    let cluster = cluster();
    fs::write(&told, cluster.dir().to_str().unwrap()).unwrap();
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn nothing_is_left_when_its_process_is_killed() {
    let told = std::env::temp_dir().join(format!("flash-victim-{}", std::process::id()));
    let mut victim = Command::new(std::env::current_exe().unwrap());
    victim.args(["--exact", "a_process_with_a_cluster"]).env(VICTIM, &told).stdout(Stdio::null());
    let mut victim = victim.spawn().unwrap();
    let mut dir = String::new();
    let started = Instant::now();
    while dir.is_empty() {
        assert!(started.elapsed() < Duration::from_secs(60));
        let _ = fs::File::open(&told).and_then(|mut file| file.read_to_string(&mut dir));
    }
    let dir = PathBuf::from(dir);
    assert!(dir.join("data").is_dir());
    victim.kill().unwrap();
    victim.wait().unwrap();
    fs::remove_file(told).unwrap();
    let killed = Instant::now();
    while !is_gone(&dir) {
        assert!(killed.elapsed() < Duration::from_secs(60));
    }
}

/// Whether neither the directory is there nor a process that was started for it.
fn is_gone(dir: &Path) -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let name = dir.file_name().unwrap().to_str().unwrap();
    !dir.exists() && !lines.any(|line| String::from_utf8_lossy(&line).contains(name))
}

#[test]
fn two_clusters_do_not_meet() {
    let (one, other) = (cluster(), cluster());
    sell(&one, 1);
    assert_ne!(one.url("shop"), other.url("shop"));
    assert_eq!((sold(&one).as_str(), sold(&other).as_str()), ("1", ""));
}
