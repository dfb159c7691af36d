//! What the assembled programs share: a server put together from the crates, and a demo to run it on.

pub mod args;
pub mod demo;
pub mod engine;
mod keeping;
pub mod keys;
mod network;
pub mod ready;
pub mod server;

/// Why a program cannot start, in words for whoever started it.
#[derive(Debug)]
pub struct StartError(String);

impl StartError {
    /// What could not be done, and why.
    pub fn new(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self(format!("{}: {why}", what.into()))
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

/// Logs warnings, or what `RUST_LOG` asks for, to standard error.
pub fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Resolves on Ctrl-C or SIGTERM.
///
/// # Errors
/// [`StartError`] when the system does not let us listen for them.
pub async fn stopped() -> Result<(), StartError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term =
        signal(SignalKind::terminate()).map_err(|error| StartError::new("cannot wait for SIGTERM", error))?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.map_err(|error| StartError::new("cannot wait for Ctrl-C", error)),
        _ = term.recv() => Ok(()),
    }
}
