//! Processes as the system shows them under `/proc`, and the signal that nothing survives.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::ClusterError;
use super::programs::run;

/// How long a cluster may take over anything on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(5);

/// What comes, once it has come.
pub(super) fn eventually<T>(
    what: &str,
    mut look: impl FnMut() -> Result<Option<T>, ClusterError>,
) -> Result<T, ClusterError> {
    let started = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if started.elapsed() > PATIENCE {
            return Err(ClusterError::new(what, format!("not within {PATIENCE:?}")));
        }
        sleep(PAUSE);
    }
}

/// The children of a process.
pub(super) fn children(parent: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent)).collect()
}

/// Kills processes, and waits until the system has taken back what they held.
pub(super) fn kill(pids: &[u32]) -> Result<(), ClusterError> {
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    // Some may have ended by themselves in the meantime, which is as good.
    let _ = run(Command::new("kill").arg("-KILL").args(&pids));
    eventually("killing processes", || Ok(pids.iter().all(|pid| has_ended(pid.parse().unwrap_or(0))).then_some(())))
}

/// Whether a process is gone, or nothing is left of it but its name.
fn has_ended(pid: u32) -> bool {
    stat(pid).is_none_or(|(state, _)| matches!(state, 'Z' | 'X'))
}

/// The state and the parent of a process.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it is in brackets and may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
