//! A map in two layers: what earlier commits of the batch put, and what the commit at hand puts on top.

use std::collections::HashMap;
use std::hash::Hash;

#[derive(Debug)]
pub(super) struct Layered<K, V> {
    kept: HashMap<K, V>,
    last: HashMap<K, V>,
}

impl<K, V> Default for Layered<K, V> {
    fn default() -> Self {
        Self { kept: HashMap::new(), last: HashMap::new() }
    }
}

impl<K: Eq + Hash, V> Layered<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.last.get(key).or_else(|| self.kept.get(key))
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        self.last.insert(key, value);
    }

    /// The commit at hand is part of the batch.
    pub(super) fn keep(&mut self) {
        self.kept.extend(self.last.drain());
    }

    /// It is not.
    pub(super) fn drop_last(&mut self) {
        self.last.clear();
    }

    pub(super) fn into_sorted(self) -> Vec<(K, V)>
    where
        K: Ord,
    {
        let mut all: Vec<_> = self.kept.into_iter().collect();
        all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        all
    }

    pub(super) fn into_sorted_by_key<T: Ord>(self, by: impl Fn(&K) -> T) -> Vec<V> {
        let mut all: Vec<_> = self.kept.into_iter().collect();
        all.sort_unstable_by_key(|(key, _)| by(key));
        all.into_iter().map(|(_, value)| value).collect()
    }
}
