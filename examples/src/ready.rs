//! The file that tells a script or a test how to talk to a program that has started.

use std::path::Path;

use serde::Serialize;

use crate::StartError;

/// What one needs to talk to a server.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// The HTTP API.
    pub http: String,
    /// The TRON network behind it.
    pub devnet: String,
    /// A key that may do everything.
    pub operator_key: String,
    /// A key that acts for every user.
    pub service_key: String,
    /// A key that acts for the demo customer.
    pub user_key: String,
    /// The demo customer.
    pub user_id: i64,
    /// The supplier wallets.
    pub supplier_addresses: Vec<String>,
    /// Activated accounts that are no wallets of ours.
    pub receivers: Vec<String>,
}

/// What one needs to talk to a devnet.
#[derive(Debug, Clone, Serialize)]
pub struct DevnetReady {
    /// Where it listens.
    pub devnet: String,
    /// Activated accounts.
    pub receivers: Vec<String>,
}

/// Removes the ready file of an earlier run, so that nobody takes it for this one's.
///
/// # Errors
/// [`StartError`] when it is there and cannot be removed.
pub fn clear(path: &Path) -> Result<(), StartError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StartError::new(format!("cannot remove {}", path.display()), error))
        }
        _ => Ok(()),
    }
}

/// Writes a ready file so that whoever waits for it never reads half of one.
///
/// # Errors
/// [`StartError`] when it cannot be written.
pub fn write(path: &Path, ready: &impl Serialize) -> Result<(), StartError> {
    let failed = |error: std::io::Error| StartError::new(format!("cannot write {}", path.display()), error);
    let text = serde_json::to_string_pretty(ready).map_err(|error| failed(error.into()))?;
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    std::fs::write(&part, text).map_err(failed)?;
    std::fs::rename(&part, path).map_err(failed)
}
