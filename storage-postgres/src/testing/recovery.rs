//! Copies of a cluster: as it was at a moment, or as it is.

use std::fs;
use std::path::PathBuf;

use super::ClusterError;
use super::cluster::Cluster;
use super::process::eventually;
use super::programs::run;

/// A base backup of a cluster. It lies in the cluster's directory and goes with it.
#[derive(Debug, Clone)]
pub struct Backup(PathBuf);

/// Up to where a cluster's past is played again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoveryTarget {
    /// A point that was named.
    Name(String),
    /// A place in the write-ahead log.
    Lsn(String),
    /// A moment, as PostgreSQL writes it; something must have been committed after it.
    Time(String),
}

impl RecoveryTarget {
    fn parameter(&self) -> (&'static str, String) {
        match self {
            Self::Name(name) => ("recovery_target_name", name.clone()),
            Self::Lsn(lsn) => ("recovery_target_lsn", lsn.clone()),
            Self::Time(time) => ("recovery_target_time", time.clone()),
        }
    }
}

impl Cluster {
    /// Takes a base backup.
    ///
    /// # Errors
    /// [`ClusterError`] when it cannot be taken.
    pub fn base_backup(&self) -> Result<Backup, ClusterError> {
        let backups = fs::read_dir(&self.dir).map_or(0, Iterator::count);
        let to = self.dir.join(format!("backup-{backups}"));
        let mut backup = self.programs.command("pg_basebackup", &self.dir);
        backup.args(["--no-sync", "--wal-method=fetch", "--checkpoint=fast", "-d", &self.url("postgres"), "-D"]);
        run(backup.arg(&to))?;
        Ok(Backup(to))
    }

    /// Names the present moment, so that a copy can be restored to it.
    ///
    /// # Errors
    /// [`ClusterError`] with what PostgreSQL says.
    pub fn restore_point(&self, name: &str) -> Result<RecoveryTarget, ClusterError> {
        self.sql("postgres", &format!("select pg_create_restore_point('{name}')"))?;
        Ok(RecoveryTarget::Name(name.to_owned()))
    }

    /// Another cluster: this one as it was at a moment since the backup. It needs the past of this one
    /// ([`Settings::keeping_its_past`](super::Settings::keeping_its_past)); whether this one runs makes no difference.
    ///
    /// # Errors
    /// [`ClusterError`] when the moment is not in the past that is kept.
    pub fn restored(&self, backup: &Backup, until: &RecoveryTarget) -> Result<Self, ClusterError> {
        // What the moment needs is written out, if there is anyone to do it.
        let _ = self.sql("postgres", "select pg_switch_wal()");
        let mut copy = Self::bare(&self.settings)?;
        run(copy.programs.as_user("cp", &copy.dir).arg("-a").arg(&backup.0).arg(copy.data()))?;
        copy.signal("recovery.signal")?;
        let past = self.data().join("pg_wal");
        let restore = ("restore_command", format!("cp \"{}/%f\" \"%p\"", past.display()));
        let promote = ("recovery_target_action", "promote".to_owned());
        copy.start_somewhere(&[restore, promote, until.parameter()])?;
        copy.wait_for("recovery to end", "select not pg_is_in_recovery()")?;
        Ok(copy)
    }

    /// A copy that follows this cluster and can be read only.
    ///
    /// # Errors
    /// [`ClusterError`] when it cannot be made.
    pub fn standby(&self) -> Result<Self, ClusterError> {
        let backup = self.base_backup()?;
        let mut copy = Self::bare(&self.settings)?;
        run(copy.programs.as_user("cp", &copy.dir).arg("-a").arg(&backup.0).arg(copy.data()))?;
        copy.signal("standby.signal")?;
        copy.start_somewhere(&[("primary_conninfo", self.url("postgres"))])?;
        let caught_up = self.sql("postgres", "select pg_current_wal_flush_lsn()")?;
        copy.wait_for("the standby to follow", &format!("select pg_last_wal_replay_lsn() >= '{caught_up}'"))?;
        Ok(copy)
    }

    fn signal(&self, name: &str) -> Result<(), ClusterError> {
        let path = self.data().join(name);
        fs::write(&path, "").map_err(|error| ClusterError::new(format!("cannot write {}", path.display()), error))?;
        self.programs.hand_over(&path)
    }

    fn wait_for(&self, what: &str, query: &str) -> Result<(), ClusterError> {
        let failed = |_| ClusterError::new(what, self.last_words(0));
        eventually(what, || Ok((self.sql("postgres", query).map_err(failed)? == "t").then_some(())))
    }
}
