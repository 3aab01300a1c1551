//! From an itemset to its count.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::sets::SetList;
use crate::error::Result;

/// Itemsets, each once, that can be found by their items.
#[derive(Default)]
pub(super) struct Lookup {
    /// Places with the hashes of their items, which tell nearly all of them apart.
    table: HashTable<(u64, usize)>,
    starts: Vec<usize>,
    items: Vec<u32>,
    counts: Vec<u64>,
}

fn hash(items: &[u32]) -> u64 {
    FxBuildHasher.hash_one(items)
}

impl Lookup {
    /// Those of a list that a condition on their count holds for.
    pub(super) fn new(list: &SetList, least: u64) -> Result<Lookup> {
        let mut lookup = Lookup::default();
        list.each(|items, count| {
            if count >= least {
                lookup.insert(items, count);
            }
            Ok(())
        })?;
        Ok(lookup)
    }

    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    pub(super) fn memory(&self) -> usize {
        self.table.capacity() * 17 + self.items.capacity() * 4 + self.counts.capacity() * 16
    }

    pub(super) fn items(&self, place: usize) -> &[u32] {
        let end = self.starts.get(place + 1).copied().unwrap_or(self.items.len());
        &self.items[self.starts[place]..end]
    }

    pub(super) fn count(&self, place: usize) -> u64 {
        self.counts[place]
    }

    /// The place of an itemset.
    pub(super) fn find(&self, items: &[u32]) -> Option<usize> {
        self.look(hash(items), items)
    }

    fn look(&self, hash: u64, items: &[u32]) -> Option<usize> {
        let is_it = |&(own, place): &(u64, usize)| own == hash && self.items(place) == items;
        self.table.find(hash, is_it).map(|&(_, place)| place)
    }

    /// Adds an itemset; false where it is there already.
    pub(super) fn insert(&mut self, items: &[u32], count: u64) -> bool {
        let hash = hash(items);
        if self.look(hash, items).is_some() {
            return false;
        }
        let place = self.counts.len();
        self.starts.push(self.items.len());
        self.items.extend_from_slice(items);
        self.counts.push(count);
        self.table.insert_unique(hash, (hash, place), |&(hash, _)| hash);
        true
    }
}

/// Calls `each` with an itemset less one of its items, for each of them.
pub(super) fn each_without_one(items: &[u32], rest: &mut Vec<u32>, mut each: impl FnMut(&[u32])) {
    for left_out in 0..items.len() {
        rest.clear();
        rest.extend_from_slice(&items[..left_out]);
        rest.extend_from_slice(&items[left_out + 1..]);
        each(rest);
    }
}
