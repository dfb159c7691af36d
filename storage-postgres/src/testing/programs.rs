//! Where the server's programs are, and as whom they run: PostgreSQL refuses to run as root.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::ClusterError;

/// Every program that a cluster needs.
const NEEDED: [&str; 5] = ["initdb", "postgres", "pg_ctl", "pg_basebackup", "psql"];
/// Where Debian keeps them, by version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// As whom root runs them: the first of these that the machine has.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// The programs of a PostgreSQL server.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    bin: PathBuf,
    /// As whom, if not as ourselves.
    user: Option<User>,
}

/// A user of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
}

impl Programs {
    /// Finds the programs for a cluster in this directory, and gives the directory to the user they run as.
    pub(super) fn for_dir(dir: &Path) -> Result<Self, ClusterError> {
        let bin = candidates().into_iter().find(|bin| NEEDED.iter().all(|name| bin.join(name).is_file()));
        let bin = bin.ok_or_else(|| {
            let what = "no PostgreSQL server programs found";
            ClusterError::new(what, "install them (Debian: apt-get install postgresql), or set FLASH_TEST_DATABASE_URL")
        })?;
        let failed = |error| ClusterError::new(format!("cannot use {}", dir.display()), error);
        // Whoever made the directory is who we are.
        let are_root = dir.metadata().map_err(failed)?.uid() == 0;
        let user = if are_root { Some(some_user()?) } else { None };
        let programs = Self { bin, user };
        programs.hand_over(dir)?;
        Ok(programs)
    }

    /// Makes a file or directory of ours theirs.
    pub(super) fn hand_over(&self, path: &Path) -> Result<(), ClusterError> {
        let Some(User { uid, gid }) = self.user else { return Ok(()) };
        let failed = |error| ClusterError::new(format!("cannot hand over {}", path.display()), error);
        chown(path, Some(uid), Some(gid)).map_err(failed)
    }

    /// One of them, to be run in this directory.
    pub(super) fn command(&self, name: &str, dir: &Path) -> Command {
        self.as_user(self.bin.join(name), dir)
    }

    /// Any program, run as they are.
    pub(super) fn as_user(&self, program: impl AsRef<Path>, dir: &Path) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(dir).stdin(Stdio::null()).env("LC_ALL", "C");
        // A stranger's settings do not reach a cluster of ours.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Where they are.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// Runs a command to its end and answers what it wrote.
pub(super) fn run(command: &mut Command) -> Result<String, ClusterError> {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| ClusterError::new(format!("cannot run {name}"), error))?;
    let Output { status, stdout, stderr } = output;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&stderr);
    let line = said.lines().find(|line| line.contains("ERROR") || line.contains("FATAL") || line.contains("error"));
    let why = line.or_else(|| said.lines().last()).map_or_else(|| status.to_string(), str::to_owned);
    Err(ClusterError::new(format!("{name} failed"), why))
}

/// Directories that may hold the programs, the best first.
fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A link in the path leads to the directory where the others are too.
    let in_path = std::env::split_paths(&path).filter_map(|dir| dir.join("initdb").canonicalize().ok());
    let in_path = in_path.filter_map(|initdb| Some(initdb.parent()?.to_owned()));
    let mut bins: Vec<PathBuf> = in_path.collect();
    bins.extend(debian());
    let config = Command::new("pg_config").arg("--bindir").output();
    bins.extend(config.ok().map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())));
    bins
}

/// Debian's directories, the newest version first.
fn debian() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let version = |name: &std::ffi::OsStr| name.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<_> =
        entries.filter_map(|entry| Some((version(&entry.file_name())?, entry.path().join("bin")))).collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, bin)| bin).collect()
}

fn some_user() -> Result<User, ClusterError> {
    let failed = |error| ClusterError::new("cannot read /etc/passwd", error);
    let passwd = std::fs::read_to_string("/etc/passwd").map_err(failed)?;
    let found = USERS.iter().find_map(|name| user_in(&passwd, name));
    found.ok_or_else(|| ClusterError::new("PostgreSQL does not run as root", "add a user postgres to this machine"))
}

fn user_in(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let mut numbers = fields.skip(1).map(str::parse);
        Some(User { uid: numbers.next()?.ok()?, gid: numbers.next()?.ok()? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104:,,,:/:/bin/sh\n";
        assert_eq!(user_in(passwd, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(user_in(passwd, "nobody"), None);
        assert_eq!(user_in("postgres:x:many:104", "postgres"), None);
    }
}
