//! What an idle demo server weighs.

use std::process::{Child, Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser;
use flash_examples::args::ServerArgs;
use flash_examples::server;

/// Long enough for the devnet, the engine and the HTTP face to have come to rest.
const REST: Duration = Duration::from_secs(10);

/// Runs the demo server until it is killed.
pub(crate) fn serve() -> ExitCode {
    let args = ServerArgs::parse_from(["server", "--listen", "127.0.0.1:0", "--devnet-listen", "127.0.0.1:0"]);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match server::start(&args).await {
            Ok(_running) => std::future::pending().await,
            Err(error) => {
                eprintln!("bench: {error}");
                ExitCode::FAILURE
            }
        }
    })
}

/// Resident memory of a demo server, devnet included, some seconds after its start, in megabytes.
pub(crate) fn idle_mb() -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut server = Killed(Command::new(program).arg("idle").spawn().map_err(|error| error.to_string())?);
    let start = Instant::now();
    while start.elapsed() < REST {
        std::thread::sleep(Duration::from_millis(500));
        if let Some(status) = server.0.try_wait().map_err(|error| error.to_string())? {
            return Err(format!("the idle server ended: {status}"));
        }
    }
    let status = format!("/proc/{}/status", server.0.id());
    let status = std::fs::read_to_string(status).map_err(|error| error.to_string())?;
    let kb =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    let mb = kb.ok_or("no VmRSS")? / 1_024.0;
    println!("idle server: {mb:.1} MB resident");
    Ok(mb)
}

/// A child that does not outlive its reader.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
