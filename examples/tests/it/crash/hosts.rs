//! Servers as their supervisor sees them: whatever ends one, it is started again at once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::programs::Program;
use crate::world::eventually;

const SERVER: &str = env!("CARGO_BIN_EXE_server");
/// How often the supervisor looks.
const LOOK: Duration = Duration::from_millis(5);

/// A server process and whoever starts it again.
pub(crate) struct Host {
    life: Arc<Life>,
    supervisor: JoinHandle<()>,
}

/// Where a server answers, once it does; another place after each start.
#[derive(Clone, Default)]
pub(crate) struct Whereabouts(Arc<Mutex<Option<String>>>);

impl Whereabouts {
    pub(crate) fn url(&self) -> Option<String> {
        self.0.lock().unwrap().clone()
    }

    fn set(&self, url: Option<String>) {
        *self.0.lock().unwrap() = url;
    }
}

struct Life {
    args: Vec<String>,
    ready_file: PathBuf,
    log: File,
    program: Mutex<Program>,
    whereabouts: Whereabouts,
    is_over: AtomicBool,
}

impl Host {
    /// A server with these arguments, which leaves its traces in the directory under its name.
    pub(crate) fn start(name: &str, dir: &Path, args: &[&str]) -> Self {
        let ready_file = dir.join(format!("{name}.json"));
        let more = ["--listen", "127.0.0.1:0", "--ready-file", ready_file.to_str().unwrap()];
        let args: Vec<String> = args.iter().chain(&more).map(|arg| (*arg).to_owned()).collect();
        let log = File::options().create(true).append(true).open(dir.join(format!("{name}.log"))).unwrap();
        let program = Mutex::new(Program::logging(SERVER, &args, &log));
        let life = Arc::new(Life {
            args,
            ready_file,
            log,
            program,
            whereabouts: Whereabouts::default(),
            is_over: AtomicBool::default(),
        });
        Self { supervisor: tokio::spawn(supervise(Arc::clone(&life))), life }
    }

    /// Where it answers; none while it starts.
    pub(crate) fn url(&self) -> Option<String> {
        self.life.whereabouts.url()
    }

    /// The same for those who must keep up with it.
    pub(crate) fn whereabouts(&self) -> Whereabouts {
        self.life.whereabouts.clone()
    }

    /// Which process it is now.
    pub(crate) fn pid(&self) -> u32 {
        self.life.program().pid()
    }

    /// Sends a signal to whichever process it is now.
    pub(crate) fn signal(&self, signal: &str) {
        self.life.program().signal(signal);
    }

    /// Kills it in the middle of whatever it does.
    pub(crate) fn kill(&self) {
        self.signal("-KILL");
    }

    /// Asks it to end, which it does well.
    pub(crate) async fn stop(self) {
        let Self { life, supervisor } = self;
        life.is_over.store(true, Ordering::Relaxed);
        supervisor.await.unwrap();
        life.program().signal("-TERM");
        let ended = eventually("the server to end", async || life.program().try_wait()).await;
        assert_eq!(ended.code(), Some(0));
    }
}

impl Life {
    fn program(&self) -> MutexGuard<'_, Program> {
        self.program.lock().unwrap()
    }

    /// What its ready file says of where it answers.
    fn told(&self) -> Option<String> {
        let said: Value = serde_json::from_str(&fs::read_to_string(&self.ready_file).ok()?).unwrap();
        Some(said["http"].as_str().unwrap().to_owned())
    }
}

async fn supervise(life: Arc<Life>) {
    while !life.is_over.load(Ordering::Relaxed) {
        if life.program().try_wait().is_some() {
            // What the last one said of itself is no news of the next.
            let _ = fs::remove_file(&life.ready_file);
            life.whereabouts.set(None);
            *life.program() = Program::logging(SERVER, &life.args, &life.log);
        }
        if life.whereabouts.url().is_none() {
            life.whereabouts.set(life.told());
        }
        tokio::time::sleep(LOOK).await;
    }
}
