//! Starting: what cannot work is said in one line, and what can does.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use flash_adapter_http::client::Client;
use flash_adapter_http::wire::AddWallet;
use flash_core::units::Sun;
use flash_devnet::{Config, Devnet, set_up_wallet};
use flash_tron::{Node, NodeConfig, PrivateKey};

use crate::programs::{Dir, Program, ready};

pub(crate) const SERVER: &str = env!("CARGO_BIN_EXE_server");
const ANYWHERE: [&str; 4] = ["--listen", "127.0.0.1:0", "--devnet-listen", "127.0.0.1:0"];
/// Nobody listens there.
pub(crate) const NOBODY: &str = "http://127.0.0.1:1";
pub(crate) const SECRET: &str = "an-operator-secret-of-this-test";

/// The server does not start, and says why in one line with this in it.
pub(crate) async fn does_not_start(args: &[&str], why: &str) {
    let (status, stdout, stderr) = Program::start(SERVER, &[ANYWHERE.as_slice(), args].concat()).output().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""), "{args:?}: {stderr}");
    let lines: Vec<_> = stderr.lines().collect();
    assert!(matches!(lines[..], [line] if line.starts_with("server: ") && line.contains(why)), "{args:?}: {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains(SECRET), "{args:?}: {stderr}");
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["--listen", "--devnet-listen"] {
        let other = if flag == "--listen" { "--devnet-listen" } else { "--listen" };
        let args = [flag, address.as_str(), other, "127.0.0.1:0"];
        let (status, stdout, stderr) = Program::start(SERVER, &args).output().await;
        assert_eq!((status.code(), stdout.as_str()), (Some(1), ""), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("server: ") && stderr.contains(&address), "{stderr}");
    }
}

#[tokio::test]
async fn a_node_that_is_none_is_refused() {
    let dir = Dir::new("bad-node");
    let keys = dir.file("keys", &format!("ops operator {SECRET}\n"));
    for node in ["not a url", "127.0.0.1:8090", "ftp://127.0.0.1", "http://"] {
        does_not_start(&["--node", node, "--api-keys", &keys], "--node").await;
    }
}

#[tokio::test]
async fn a_demo_on_a_node_that_does_not_answer_is_refused() {
    let args = [ANYWHERE.as_slice(), &["--node", NOBODY, "--demo"]].concat();
    let (status, stdout, stderr) = Program::start(SERVER, &args).output().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""), "{stderr}");
    // What the log said of the node comes before it.
    let last = stderr.lines().last().unwrap();
    assert!(last.starts_with("server: ") && last.contains("does not answer"), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[tokio::test]
async fn a_demo_can_be_asked_for_in_the_environment() {
    let args = [ANYWHERE.as_slice(), &["--node", NOBODY]].concat();
    for (word, why) in [("1", "does not answer"), ("true", "does not answer"), ("0", "--api-keys"), ("", "--api-keys")]
    {
        let (status, _, stderr) = Program::start_in(&[("FLASH_DEMO", word)], SERVER, &args).output().await;
        assert_eq!(status.code(), Some(1), "{word:?}: {stderr}");
        assert!(stderr.lines().last().unwrap().contains(why), "{word:?}: {stderr}");
    }
}

#[tokio::test]
async fn the_ready_file_of_an_earlier_run_is_gone_before_this_one_is_ready() {
    let dir = Dir::new("stale-ready-file");
    let stale = dir.file("ready.json", "{}");
    does_not_start(&["--node", NOBODY, "--ready-file", &stale], "--api-keys").await;
    assert!(!std::path::Path::new(&stale).exists());
}

#[tokio::test]
async fn without_a_demo_keys_of_the_api_are_needed() {
    does_not_start(&["--node", NOBODY], "--api-keys").await;
}

#[tokio::test]
async fn keys_of_the_api_that_cannot_be_used_are_refused_and_not_shown() {
    let dir = Dir::new("bad-api-keys");
    let missing = dir.path("missing");
    does_not_start(&["--node", NOBODY, "--api-keys", &missing], &missing).await;
    let bad = [
        format!("{SECRET}\n"),
        format!("ops {SECRET}\n"),
        format!("ops emperor {SECRET}\n"),
        format!("ops operator {SECRET}\nops service another-{SECRET}\n"),
        "ops operator short\n".to_owned(),
    ];
    for text in bad {
        let file = dir.file("keys", &text);
        does_not_start(&["--node", NOBODY, "--api-keys", &file], &file).await;
    }
}

#[tokio::test]
async fn sealed_keys_that_do_not_open_are_refused() {
    let dir = Dir::new("bad-sealed-keys");
    let keys = dir.file("keys", &format!("ops operator {SECRET}\n"));
    let base = ["--node", NOBODY, "--api-keys", keys.as_str()];
    let master = dir.file("master", &"05".repeat(32));
    let sealed = dir.file("sealed", &seal(&master, "devnet", &"01".repeat(32)));
    let cases = [
        (dir.path("missing"), master.clone(), "missing"),
        (dir.file("garbage", "this is no sealed key\n"), master.clone(), "garbage, line 1"),
        (dir.file("half", "{\"ver\n"), master.clone(), "half, line 1"),
        (sealed.clone(), dir.path("no-master"), "no-master"),
        (sealed.clone(), dir.file("short", "0505"), "short"),
        (sealed.clone(), dir.file("other", &"06".repeat(32)), "sealed, line 1"),
        // Sealed for another network than the server is on.
        (sealed, master, "sealed, line 1"),
    ];
    for (sealed, master, why) in &cases {
        let args = [base.as_slice(), &["--sealed-keys", sealed, "--master-key", master]].concat();
        does_not_start(&args, why).await;
    }
}

#[tokio::test]
async fn a_ready_file_that_cannot_be_written_is_named() {
    let dir = Dir::new("bad-ready-file");
    let nowhere = dir.path("nowhere/ready.json");
    does_not_start(&["--ready-file", &nowhere], &nowhere).await;
}

#[tokio::test]
async fn arguments_that_contradict_each_other_are_refused() {
    let speeds = ["0", "-1", "fast", "1000000000000"];
    let speeds = speeds.map(|speed| vec!["--devnet-speed", speed]);
    let others = [vec!["--sealed-keys", "x"], vec!["--listen", "nowhere"], vec!["--no-such-flag"], vec!["stray"]];
    for args in speeds.iter().chain(&others) {
        let (status, _, stderr) = Program::start(SERVER, args).output().await;
        assert_eq!(status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.starts_with("error: ") && !stderr.contains("panicked"), "{args:?}: {stderr}");
    }
}

#[test]
fn a_client_can_be_made_in_a_process_that_has_no_node() {
    assert!(Client::new(NOBODY, SECRET).is_ok());
}

/// What the program `seal` prints for a key.
fn seal(master: &str, network: &str, key: &str) -> String {
    let mut seal = Command::new(env!("CARGO_BIN_EXE_seal"));
    seal.args(["--master-key", master, "--network", network]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut seal = seal.spawn().unwrap();
    seal.stdin.take().unwrap().write_all(key.as_bytes()).unwrap();
    let output = seal.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_a_node_signs_for_the_keys_that_were_sealed_for_it() {
    let devnet = Devnet::local(&Config::default()).await.unwrap();
    let wallet = devnet.with_network(|network| {
        set_up_wallet(network, "sealed", Sun::from_trx(100).unwrap(), Sun::from_trx(10_000).unwrap())
    });
    let wallet = wallet.unwrap().address().to_string();
    let dir = Dir::new("sealed");
    let master = dir.file("master", &"05".repeat(32));
    let keys = dir.file("keys", &format!("# who may call\nops operator {SECRET}\n"));
    let file = dir.path("ready.json");
    let own = "0a".repeat(32);
    let own_address = own.parse::<PrivateKey>().unwrap().address();
    devnet.with_network(|network| network.fund(own_address, Sun::TRX)).unwrap();
    let sealed = dir.file("sealed", &seal(&master, "devnet", &own));
    let url = devnet.url();
    let args = ["--node", &url, "--api-keys", &keys, "--sealed-keys", &sealed, "--master-key", &master];
    let rest = ["--network", "devnet", "--ready-file", &file];
    let program = Program::start(SERVER, &[ANYWHERE.as_slice(), &args, &rest].concat());
    let said = ready(&file).await;
    // Whoever talks to nodes has TLS set up for the whole process.
    Node::try_new(&NodeConfig::new(&url)).unwrap();
    let operator = Client::new(said["http"].as_str().unwrap(), SECRET).unwrap();
    let added = operator.add_wallet(&AddWallet::new(own_address.to_string(), 0)).await.unwrap();
    assert!(added.enabled);
    let refused = operator.add_wallet(&AddWallet::new(wallet, 0)).await.unwrap_err();
    assert_eq!(refused.code(), Some("WALLET_HAS_NO_KEY"), "a server on a node has no demo keys");
    for key in ["operator_key", "service_key", "user_key"] {
        assert_eq!(said[key], "", "no key of the API is told");
    }
    drop(program);
    devnet.stop().await;
}
