//! Orders as this process saw them last, so that a put can be written as what it changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flash_core::id::OrderId;
use flash_core::order::{Order, Version};

/// Orders remembered at most: two generations of so many.
const GENERATION: usize = 8_192;

/// What an order says at a version never changes, so an entry is never wrong, only outdated: a put that follows it is
/// checked against the stored version all the same.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<OrderId, Arc<Order>>,
    old: HashMap<OrderId, Arc<Order>>,
}

impl Recent {
    /// The order that a put of this version follows, if it was seen.
    pub(crate) fn before(&self, id: OrderId, put: Version) -> Option<Arc<Order>> {
        let generations = self.lock();
        let order = generations.young.get(&id).or_else(|| generations.old.get(&id))?;
        (order.version.next() == put).then(|| Arc::clone(order))
    }

    pub(crate) fn saw(&self, order: Arc<Order>) {
        let mut generations = self.lock();
        if generations.young.len() >= GENERATION {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(order.id, order);
    }

    pub(crate) fn forget(&self, id: OrderId) {
        let mut generations = self.lock();
        generations.young.remove(&id);
        generations.old.remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
