//! Group commit: what is asked while one batch is being written makes up the next.
//!
//! One batch is in flight at a time. A commit that comes alone leaves at once; nothing waits for a timer. Each caller
//! hears its own outcome: a refused commit fails no neighbour, and a batch that the database does not take as a whole is
//! taken apart. Commits run in a task of their own, so that a caller who goes away leaves nothing half done.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flash_core::id::Incarnation;
use flash_core::store::{Change, ChangeSet, Commit, Refusal, StoreError};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::{mpsc, oneshot};

use crate::draft::{Doubt, Draft};
use crate::facts::{Facts, Needs, Stored};
use crate::fault::Fault;
use crate::gather::gather;
use crate::open;
use crate::reads::{self, FactsError};
use crate::recent::Recent;
use crate::repeated;

/// Commits that wait to be taken up. Beyond it callers wait to ask: a slow database slows them down.
pub(crate) const WAITING: usize = 1_024;
/// Commits in one batch, at most.
const MOST_COMMITS: usize = 256;
/// What a batch may weigh, about, in bytes. One commit may weigh more; it goes alone.
const MOST_BYTES: usize = 1 << 20;
/// How often commits of one batch are decided anew because others changed what they were decided on.
const ROUNDS: usize = 8;

pub(crate) struct Request {
    pub(crate) set: ChangeSet,
    pub(crate) reply: oneshot::Sender<Result<Commit, StoreError>>,
}

impl Request {
    fn answer(self, outcome: Result<Commit, StoreError>) {
        // Whoever asked may be gone.
        let _ = self.reply.send(outcome);
    }
}

pub(crate) struct Committer {
    pub(crate) connect: PgConnectOptions,
    pub(crate) connect_timeout: Duration,
    /// How long an answer may take.
    pub(crate) within: Duration,
    pub(crate) incarnation: Incarnation,
    pub(crate) recent: Arc<Recent>,
    /// Whether the last batch could be written, for whoever asks how the store is.
    pub(crate) takes_writes: Arc<AtomicBool>,
    pub(crate) db: Option<PgConnection>,
}

impl Committer {
    /// Works until the store is gone.
    pub(crate) async fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        let mut waiting = VecDeque::new();
        let mut answered = 0;
        while gather(&mut inbox, &mut waiting, answered, MOST_COMMITS).await {
            let batch = next_batch(&mut waiting);
            answered = batch.len();
            self.settle(batch).await;
        }
    }

    /// Answers every commit of a batch.
    async fn settle(&mut self, batch: Vec<Request>) {
        let alone = batch.len() <= 1;
        let mut open = batch;
        for round in 0..ROUNDS {
            // Most commits take effect: at first that is assumed, and checked by the call that writes.
            let stored = match round {
                0 => None,
                _ => match self.facts(&open).await {
                    Ok(stored) => Some(stored),
                    // What is broken about one is no matter of the others.
                    Err(StoreError::Corrupt { .. }) if !alone => return self.apart(open).await,
                    Err(error) => return fail(open, &error),
                },
            };
            open = self.attempt(open, stored.as_ref(), alone).await;
            if open.is_empty() {
                return;
            }
        }
        if alone {
            let contended = StoreError::Unavailable("others keep changing what the commit is about".into());
            return fail(open, &contended);
        }
        self.apart(open).await;
    }

    async fn apart(&mut self, batch: Vec<Request>) {
        for request in batch {
            Box::pin(self.settle(vec![request])).await;
        }
    }

    /// Decides and writes commits once. Gives back those that are still open.
    async fn attempt(&mut self, open: Vec<Request>, stored: Option<&Stored>, alone: bool) -> Vec<Request> {
        let recent = Arc::clone(&self.recent);
        let incarnation = self.incarnation.clone();
        let facts = || stored.map_or(Facts::Assumed(&recent), Facts::Read);
        let mut draft = Draft::new(facts(), &incarnation);
        let (mut accepted, mut rest) = (Vec::with_capacity(open.len()), Vec::new());
        for request in open {
            match draft.add(&request.set) {
                Ok(()) => accepted.push(request),
                Err(doubt) => match refused(doubt, facts, &incarnation, &request) {
                    Some(refusal) => request.answer(Ok(Commit::Refused(refusal))),
                    None => rest.push(request),
                },
            }
        }
        if accepted.is_empty() {
            return rest;
        }
        let written = self.write(draft).await;
        match &written {
            Ok(()) => self.takes_writes.store(true, Ordering::Relaxed),
            Err(Fault::Down(_) | Fault::Gone(_)) => self.takes_writes.store(false, Ordering::Relaxed),
            Err(Fault::Outdated(_) | Fault::Forbidden(_) | Fault::Refused(_) | Fault::Broken(_)) => {}
        }
        let fault = match written {
            Ok(()) => {
                accepted.into_iter().for_each(|request| request.answer(Ok(Commit::Done)));
                return rest;
            }
            Err(fault) => fault,
        };
        match fault {
            Fault::Outdated(cause) | Fault::Forbidden(cause) if stored.is_none() => {
                tracing::debug!(%cause, commits = accepted.len(), "decided on what is not so any more");
                accepted.append(&mut rest);
                return accepted;
            }
            Fault::Outdated(_) => {
                accepted.append(&mut rest);
                return accepted;
            }
            // No use to try the others one by one.
            Fault::Down(_) => {
                accepted.append(&mut rest);
                fail(accepted, &fault.of_commit());
            }
            Fault::Gone(_) => {
                self.db = None;
                fail(accepted, &fault.of_commit());
            }
            Fault::Forbidden(_) | Fault::Refused(_) | Fault::Broken(_) if alone => fail(accepted, &fault.of_commit()),
            Fault::Forbidden(_) | Fault::Refused(_) | Fault::Broken(_) => {
                tracing::warn!(cause = %fault.cause(), commits = accepted.len(), "a batch is taken apart");
                self.apart(accepted).await;
            }
        }
        rest
    }

    async fn write(&mut self, draft: Draft<'_>) -> Result<(), Fault> {
        let (call, puts) = draft.into_writes().into_call();
        let within = self.within;
        let db = self.connection().await?;
        match tokio::time::timeout(within, call.execute(db)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                puts.iter().for_each(|order| self.recent.forget(order.id));
                return Err(error.into());
            }
            Err(_) => return Err(Fault::silence()),
        }
        puts.into_iter().for_each(|order| self.recent.saw(order));
        Ok(())
    }

    /// What is stored of all that these commits are about.
    async fn facts(&mut self, open: &[Request]) -> Result<Stored, StoreError> {
        let needs = Needs::of(open.iter().map(|request| &request.set));
        let within = self.within;
        let db = self.connection().await.map_err(|fault| fault.of_read())?;
        let read = tokio::time::timeout(within, reads::facts(db, &needs)).await;
        match read.unwrap_or_else(|_| Err(FactsError::Fault(Fault::silence()))) {
            Ok(stored) => Ok(stored),
            Err(FactsError::Store(error)) => Err(error),
            Err(FactsError::Fault(fault)) => {
                self.db = None;
                Err(fault.of_read())
            }
        }
    }

    /// The connection, made anew when the last one broke.
    async fn connection(&mut self) -> Result<&mut PgConnection, Fault> {
        let db = match self.db.take() {
            Some(db) => db,
            None => {
                let connecting = tokio::time::timeout(self.connect_timeout, self.reconnect()).await;
                connecting.unwrap_or_else(|_| Err(Fault::silence())).map_err(Fault::before_asking)?
            }
        };
        Ok(self.db.insert(db))
    }

    /// A new connection. A database that is in another life than the one this store was opened on is not written to.
    async fn reconnect(&self) -> Result<PgConnection, Fault> {
        let other_life = |why: String| Fault::from(sqlx::Error::Configuration(why.into()));
        let mut db = self.connect.connect().await?;
        let now = open::incarnation(&mut db).await.map_err(|error| other_life(error.to_string()))?;
        if now == self.incarnation {
            return Ok(db);
        }
        Err(other_life("the database has gone back in time or been replaced: restart to open it anew".to_owned()))
    }
}

/// The refusal of a commit, if what is on record refuses it by itself. One that is refused beside its neighbours, or on
/// assumptions, is decided again when theirs are on record.
fn refused<'a>(
    doubt: Doubt,
    facts: impl Fn() -> Facts<'a>,
    incarnation: &'a Incarnation,
    request: &Request,
) -> Option<Refusal> {
    if matches!(doubt, Doubt::Unsure) || !facts().is_read() {
        return None;
    }
    match Draft::new(facts(), incarnation).add(&request.set) {
        Err(Doubt::Refused(refusal)) => Some(refusal),
        Ok(()) | Err(Doubt::Unsure) => None,
    }
}

fn fail(requests: Vec<Request>, error: &StoreError) {
    requests.into_iter().for_each(|request| request.answer(Err(repeated(error))));
}

/// The next commits, first come first served, up to the bounds.
fn next_batch(waiting: &mut VecDeque<Request>) -> Vec<Request> {
    let mut batch = Vec::new();
    let mut bytes = 0_usize;
    while let Some(next) = waiting.front() {
        bytes = bytes.saturating_add(weight(&next.set));
        if !batch.is_empty() && (batch.len() >= MOST_COMMITS || bytes > MOST_BYTES) {
            break;
        }
        batch.extend(waiting.pop_front());
    }
    batch
}

/// About how many bytes a commit is on the wire.
fn weight(set: &ChangeSet) -> usize {
    let of_change = |change: &Change| {
        let Change::Order { order, .. } = change else { return 256 };
        let attempts: usize = order.legs.iter().map(|leg| leg.tx_ids().count()).sum();
        attempts.saturating_mul(512).saturating_add(512)
    };
    set.changes.iter().map(of_change).fold(0, usize::saturating_add)
}
