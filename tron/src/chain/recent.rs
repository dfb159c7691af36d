//! Which transactions were sent lately, so that a repeated sending goes to more nodes.

use std::collections::{HashSet, VecDeque};

use flash_core::id::TxId;

/// More than can be waiting for a block at any time.
const REMEMBERED: usize = 4_096;

/// The newest ids; forgetting one costs a node's help, nothing else.
#[derive(Debug, Default)]
pub(super) struct Recent {
    order: VecDeque<TxId>,
    ids: HashSet<TxId>,
}

impl Recent {
    /// Remembers an id, and says whether it was remembered already.
    pub(super) fn repeats(&mut self, id: TxId) -> bool {
        if !self.ids.insert(id) {
            return true;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_remembered_until_many_others_came() {
        let id = |n: usize| TxId::from_bytes(core::array::from_fn(|i| n.to_be_bytes().get(i).copied().unwrap_or(0)));
        let mut recent = Recent::default();
        assert!(!recent.repeats(id(0)));
        assert!(recent.repeats(id(0)));
        for n in 1..=REMEMBERED {
            assert!(!recent.repeats(id(n)));
        }
        assert!(!recent.repeats(id(0)));
        assert_eq!(recent.order.len(), recent.ids.len());
    }
}
