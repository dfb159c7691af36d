//! A cluster's life: made, started, killed, started again.

use std::fmt::Write;
use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::ClusterError;
use super::process::{children, eventually, kill};
use super::programs::{Programs, run};
use super::watchdog::Watchdog;

/// Who owns everything in the cluster.
const OWNER: &str = "flash";
/// How many ports are tried before a cluster that does not start is given up.
const PORTS: usize = 4;

/// How a cluster is set up. Whatever is not said is as PostgreSQL has it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    values: Vec<(String, String)>,
    parent: Option<PathBuf>,
}

impl Settings {
    /// PostgreSQL as it comes: what is committed survives a crash.
    #[must_use]
    pub fn durable() -> Self {
        Self::default()
    }

    /// Without waiting for the disk. What is committed survives a crash of PostgreSQL, not one of the machine.
    #[must_use]
    pub fn fast() -> Self {
        Self::default().with("fsync", "off").with("full_page_writes", "off")
    }

    /// With a parameter set.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.push((name.into(), value.into()));
        self
    }

    /// With all its past kept, so that it can be [`restored`](Cluster::restored).
    #[must_use]
    pub fn keeping_its_past(self) -> Self {
        self.with("wal_keep_size", "16GB")
    }

    /// In a directory below this one instead of the machine's temporary one; it must be open to everyone.
    #[must_use]
    pub fn within(mut self, parent: impl Into<PathBuf>) -> Self {
        self.parent = Some(parent.into());
        self
    }
}

/// A PostgreSQL cluster of one's own, with a superuser `flash` who needs no password.
#[derive(Debug)]
pub struct Cluster {
    pub(super) programs: Programs,
    pub(super) dir: PathBuf,
    pub(super) settings: Settings,
    port: u16,
    // Dropped in this order: the watchdog stops the server, then we are no parent of it any more.
    _watchdog: Watchdog,
    server: Option<Server>,
}

/// The server's first process, a child of ours.
#[derive(Debug)]
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // No more than a formality once it has been stopped.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Cluster {
    /// Makes and starts a cluster.
    ///
    /// # Errors
    /// [`ClusterError`] when the machine has no PostgreSQL or does not let us run it.
    pub fn start(settings: &Settings) -> Result<Self, ClusterError> {
        let mut cluster = Self::bare(settings)?;
        let mut initdb = cluster.programs.command("initdb", &cluster.dir);
        initdb.args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--username", OWNER]);
        run(initdb.arg("--pgdata").arg(cluster.data()))?;
        cluster.start_somewhere(&[])?;
        Ok(cluster)
    }

    /// A directory for a cluster, and whoever removes it.
    pub(super) fn bare(settings: &Settings) -> Result<Self, ClusterError> {
        let parent = settings.parent.clone().unwrap_or_else(std::env::temp_dir);
        let dir = parent.join(format!("flash-pg-{}-{:08x}", std::process::id(), chance() & 0xffff_ffff));
        let failed = |error| ClusterError::new(format!("cannot make {}", dir.display()), error);
        fs::DirBuilder::new().mode(0o700).create(&dir).map_err(failed)?;
        let ours = Programs::for_dir(&dir).and_then(|programs| Ok((Watchdog::over(&dir, &programs)?, programs)));
        let (watchdog, programs) = ours.inspect_err(|_| {
            let _ = fs::remove_dir_all(&dir);
        })?;
        Ok(Self { programs, dir, settings: settings.clone(), port: 0, _watchdog: watchdog, server: None })
    }

    /// Starts it on some port, with these parameters on top of its settings.
    pub(super) fn start_somewhere(&mut self, more: &[(&str, String)]) -> Result<(), ClusterError> {
        let conf = self.data().join("postgresql.conf");
        let failed = |error| ClusterError::new(format!("cannot use {}", conf.display()), error);
        let before = fs::read_to_string(&conf).map_err(failed)?;
        let mut outcome = Ok(());
        for _ in 0..PORTS {
            self.port = free_port()?;
            let mut text = before.clone();
            for (name, value) in self.parameters().iter().chain(more) {
                let _ = writeln!(text, "{name} = '{}'", value.replace('\'', "''"));
            }
            fs::write(&conf, text).map_err(failed)?;
            // Whoever listens there now was quicker.
            outcome = self.start_again();
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn parameters(&self) -> Vec<(&str, String)> {
        let own = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", self.port.to_string()),
            ("unix_socket_directories", self.dir.display().to_string()),
        ];
        let settings = self.settings.values.iter().map(|(name, value)| (name.as_str(), value.clone()));
        own.into_iter().chain(settings).collect()
    }

    /// Starts it again after it was stopped or killed, where it was before.
    ///
    /// # Errors
    /// [`ClusterError`] with what its log says.
    pub fn start_again(&mut self) -> Result<(), ClusterError> {
        let failed = |error| ClusterError::new("cannot start PostgreSQL", error);
        let log = OpenOptions::new().create(true).append(true).open(self.log()).map_err(failed)?;
        let told = log.metadata().map_err(failed)?.len();
        let mut postgres = self.programs.command("postgres", &self.dir);
        postgres.arg("-D").arg(self.data());
        postgres.stdout(log.try_clone().map_err(failed)?).stderr(log).stdin(Stdio::null());
        // A signal to our whole group is not for it: its watchdog stops it.
        postgres.process_group(0);
        let mut server = Server(postgres.spawn().map_err(failed)?);
        eventually("starting PostgreSQL", || {
            if server.0.try_wait().map_err(failed)?.is_some() {
                return Err(ClusterError::new("PostgreSQL does not start", self.last_words(told)));
            }
            Ok(self.is_up(server.0.id()).then_some(()))
        })?;
        self.server = Some(server);
        Ok(())
    }

    /// Whether the server with this process id takes connections.
    fn is_up(&self, pid: u32) -> bool {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let is_its_own = lines.first().is_some_and(|line| line.parse() == Ok(pid));
        is_its_own && lines.get(7).is_some_and(|state| matches!(*state, "ready" | "standby"))
    }

    /// Where a database of it is, for its superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_as(OWNER, database)
    }

    /// Where a database of it is, for this user.
    #[must_use]
    pub fn url_as(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Its directory. What is made there goes with it.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn log(&self) -> PathBuf {
        self.dir.join("log")
    }

    /// Why it ended, by what its log says from a place on.
    pub(super) fn last_words(&self, from: u64) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        let text = text.get(usize::try_from(from).unwrap_or_default()..).unwrap_or_default();
        let text = String::from_utf8_lossy(text).into_owned();
        let why = text.lines().rfind(|line| line.contains("FATAL") || line.contains("PANIC"));
        why.or_else(|| text.lines().last()).unwrap_or("it says nothing").to_owned()
    }

    /// Runs statements in a database as its superuser, and answers what `psql` shows without decoration.
    ///
    /// # Errors
    /// [`ClusterError`] with what PostgreSQL says.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String, ClusterError> {
        let mut psql = self.programs.command("psql", &self.dir);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", statements]);
        run(&mut psql)
    }

    /// Makes a directory that is its own, as for a tablespace.
    ///
    /// # Errors
    /// [`ClusterError`] when it may not.
    pub fn make_dir(&self, path: &Path) -> Result<(), ClusterError> {
        run(self.programs.as_user("mkdir", &self.dir).arg(path)).map(drop)
    }

    /// Makes an empty database.
    ///
    /// # Errors
    /// [`ClusterError`] with what PostgreSQL says.
    pub fn create_database(&self, name: &str) -> Result<(), ClusterError> {
        self.sql("postgres", &format!("create database \"{name}\"")).map(drop)
    }

    /// Stops it at once, as `pg_ctl stop -m immediate` does: it comes back through crash recovery.
    ///
    /// # Errors
    /// [`ClusterError`] when it does not stop.
    pub fn stop_immediate(&mut self) -> Result<(), ClusterError> {
        let mut stop = self.programs.command("pg_ctl", &self.dir);
        run(stop.args(["-m", "immediate", "stop", "-D"]).arg(self.data()))?;
        self.server = None;
        Ok(())
    }

    /// Kills every process of it with SIGKILL, the first one first: what a crash of it all leaves is what is there.
    ///
    /// # Errors
    /// [`ClusterError`] when it survives.
    pub fn kill_postmaster(&mut self) -> Result<(), ClusterError> {
        let Some(server) = self.server.take() else { return Ok(()) };
        let first = server.0.id();
        kill(&[vec![first], children(first)].concat())
    }

    /// Kills a process that serves a client, whichever `pick` falls on, with SIGKILL: PostgreSQL then throws every client
    /// out and recovers. Answers whether there was one.
    ///
    /// # Errors
    /// [`ClusterError`] when it cannot be asked or survives.
    pub fn kill_a_backend(&self, pick: usize) -> Result<bool, ClusterError> {
        let query = "select pid from pg_stat_activity where backend_type = 'client backend' \
                     and pid <> pg_backend_pid() order by pid";
        let pids: Vec<u32> = self.sql("postgres", query)?.lines().filter_map(|line| line.parse().ok()).collect();
        let Some(pid) = pick.checked_rem(pids.len()).and_then(|at| pids.get(at)) else { return Ok(false) };
        kill(&[*pid]).map(|()| true)
    }
}

/// A number that no other process and no other call gets.
fn chance() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

/// A port below those that the system hands out by itself: while the cluster is down, nobody gets it by chance.
fn free_port() -> Result<u16, ClusterError> {
    let ports = std::iter::repeat_with(|| u16::try_from(chance() % 16_384).unwrap_or_default().saturating_add(16_384));
    let mut free = ports.take(100).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().ok_or_else(|| ClusterError::new("cannot start PostgreSQL", "no free port"))
}
