//! A node: the network, the clock it runs by, and what is wrong with it today.

use std::sync::{Mutex, MutexGuard, PoisonError};

use flash_core::clock::Clock;
use flash_core::time::Span;

use crate::clock::DevnetClock;
use crate::config::Config;
use crate::fault::Faults;
use crate::network::Network;

/// What the HTTP routes and the producing task share.
#[derive(Debug)]
pub(crate) struct Node {
    network: Mutex<Network>,
    faults: Mutex<Faults>,
    clock: DevnetClock,
}

impl Node {
    pub(crate) fn new(config: &Config) -> Self {
        let network = Network::new(config);
        let clock = DevnetClock::new(network.head().time, config.speed);
        Self { network: Mutex::new(network), faults: Mutex::default(), clock }
    }

    pub(crate) const fn clock(&self) -> &DevnetClock {
        &self.clock
    }

    /// The network with every block that is due by the clock, so that nobody reads behind it.
    pub(crate) fn network(&self) -> MutexGuard<'_, Network> {
        let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        network.produce_until(self.clock.now());
        network
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves time ahead and produces all blocks in between.
    pub(crate) fn advance(&self, span: Span) {
        self.clock.jump(span.as_millis().into());
        drop(self.network());
    }
}
