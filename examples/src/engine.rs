//! The host of the engine: calls [`Flash::work`] in a loop.

use std::time::Duration;

use flash_core::Flash;
use flash_core::id::WorkerId;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Orders in one round.
const ROUND: usize = 256;
/// How often the wallets are observed, in chain time.
const OBSERVE: Duration = Duration::from_secs(300);
/// How long to leave a store or network alone that does not answer.
const BACK_OFF: Duration = Duration::from_secs(1);

/// How the engine is run.
#[derive(Debug, Clone)]
pub struct Engine {
    /// The business.
    pub flash: Flash,
    /// Chain seconds in a real one, so that it looks as often as blocks come.
    pub speed: u32,
}

impl Engine {
    /// Works until told to stop, each worker in a task of its own, and finishes the rounds they are in.
    pub async fn run(self, workers: Vec<WorkerId>, stop: watch::Receiver<bool>) {
        let mut tasks: JoinSet<()> =
            workers.into_iter().map(|worker| self.clone().work(worker, stop.clone())).collect();
        tasks.spawn(self.observe(stop));
        tasks.join_all().await;
    }

    async fn work(self, worker: WorkerId, mut stop: watch::Receiver<bool>) {
        let Self { flash, speed } = self;
        let look = Duration::from_millis(1_000).checked_div(speed.max(1)).unwrap_or_default();
        let look = look.max(Duration::from_millis(10));
        while !*stop.borrow() {
            let bell = flash.listen();
            let pause = match flash.work(&worker, ROUND).await {
                Ok(worked) if worked.more => Duration::ZERO,
                Ok(_) => look,
                Err(error) => {
                    tracing::warn!(%error, source = ?std::error::Error::source(&error), "a round of work failed");
                    BACK_OFF
                }
            };
            tokio::select! {
                () = bell => {}
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Asks the chain about every wallet now and then, beside the work: with thousands of them it takes a while.
    async fn observe(self, mut stop: watch::Receiver<bool>) {
        let every = OBSERVE.checked_div(self.speed.max(1)).unwrap_or(OBSERVE).max(BACK_OFF);
        let mut moments = tokio::time::interval(every);
        while !*stop.borrow() {
            tokio::select! {
                _ = moments.tick() => {
                    if let Err(error) = self.flash.refresh_wallets().await {
                        tracing::warn!(%error, "the wallets could not be observed");
                    }
                }
                _ = stop.changed() => {}
            }
        }
    }
}
