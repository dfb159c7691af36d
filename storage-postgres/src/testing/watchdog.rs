//! What stops a cluster when its process is gone, and when it is dropped: there is one way of ending.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

use super::ClusterError;
use super::programs::Programs;

/// Waits for the end of its input, which is our end of a pipe: no way of dying leaves it open.
const SCRIPT: &str = r#"cat >/dev/null; "$1" -D "$2/data" -m immediate stop; rm -rf "$2""#;

/// A shell that outlives us for as long as it takes to stop a cluster and to remove its directory.
#[derive(Debug)]
pub(super) struct Watchdog(Child);

impl Watchdog {
    /// Watches over the cluster in this directory.
    pub(super) fn over(dir: &Path, programs: &Programs) -> Result<Self, ClusterError> {
        let mut shell = programs.as_user("/bin/sh", dir);
        shell.args(["-c", SCRIPT, "watchdog"]).arg(programs.path_of("pg_ctl")).arg(dir);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // A signal to our whole group, as from a terminal or a test runner, is not for it.
        shell.process_group(0);
        shell.spawn().map(Self).map_err(|error| ClusterError::new("cannot run /bin/sh", error))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Closes its input first.
        let _ = self.0.wait();
    }
}
