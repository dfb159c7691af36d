//! Who kills what, when, and how often.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::chance::Chance;
use super::workplace::Workplace;

/// The longest quiet before the next strike.
const QUIET: Duration = Duration::from_millis(3_000);
/// How long the database stays away at most.
const AWAY: Duration = Duration::from_millis(1_500);

/// What can be killed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// A server that answers.
    Api,
    /// A server that delivers.
    Worker,
    /// PostgreSQL as a whole, by `pg_ctl stop -m immediate`.
    DatabaseStopped,
    /// PostgreSQL as a whole, every process by SIGKILL.
    DatabaseKilled,
    /// One process of PostgreSQL that serves a client.
    Backend,
}

impl Target {
    const ALL: [Self; 5] = [Self::Api, Self::Worker, Self::DatabaseStopped, Self::DatabaseKilled, Self::Backend];
}

/// How often what was killed.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<Target, usize>);

impl Tally {
    fn total(&self) -> usize {
        self.0.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kills {:?}", self.total(), self.0)
    }
}

/// Kills at random moments, everything equally often.
pub(crate) struct Killer {
    chance: Chance,
    next: Vec<Target>,
    tally: Tally,
}

impl Killer {
    pub(crate) fn new(chance: &Chance) -> Self {
        Self { chance: chance.fork(), next: Vec::new(), tally: Tally::default() }
    }

    /// Strikes until so many times something died. Servers come back by themselves, even into the next strike; the database
    /// is brought back.
    pub(crate) async fn strike(mut self, workplace: &mut Workplace, times: usize) -> Tally {
        while self.tally.total() < times {
            tokio::time::sleep(self.chance.moment(QUIET)).await;
            let target = self.choose();
            if self.kill(target, workplace).await {
                *self.tally.0.entry(target).or_default() += 1;
            }
        }
        tokio::time::sleep(QUIET).await;
        self.tally
    }

    fn choose(&mut self) -> Target {
        if self.next.is_empty() {
            self.next.extend(Target::ALL);
        }
        self.next.swap_remove(self.chance.below(self.next.len()))
    }

    async fn kill(&self, target: Target, workplace: &mut Workplace) -> bool {
        match target {
            Target::Api => self.one_of(workplace.apis()).kill(),
            Target::Worker => self.one_of(workplace.workers()).kill(),
            Target::Backend => return workplace.cluster.kill_a_backend(self.chance.below(1_000)).unwrap_or(false),
            Target::DatabaseStopped => workplace.cluster.stop_immediate().unwrap(),
            Target::DatabaseKilled => workplace.cluster.kill_postmaster().unwrap(),
        }
        if matches!(target, Target::DatabaseStopped | Target::DatabaseKilled) {
            tokio::time::sleep(self.chance.moment(AWAY)).await;
            workplace.cluster.start_again().unwrap();
        }
        true
    }

    fn one_of<'a, T>(&self, some: &'a [T]) -> &'a T {
        &some[self.chance.below(some.len())]
    }
}
