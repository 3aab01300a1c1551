//! Itemsets on their way into rank: the most frequent first, then the shortest, then by item.

use std::cmp::Reverse;

/// Itemsets, unpacked.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    items: Vec<u32>,
    order: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    count: u64,
    length: u32,
    /// The first item, for most are told apart by it.
    first: u32,
    start: usize,
}

impl Ranking {
    /// Adds an itemset.
    #[inline]
    pub(super) fn push(&mut self, items: &[u32], count: u64) {
        let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let first = items.first().copied().unwrap_or(0);
        self.order.push(Entry { count, length, first, start: self.items.len() });
        self.items.extend_from_slice(items);
    }

    /// Bytes it takes up.
    pub(super) fn memory(&self) -> usize {
        self.items.capacity() * size_of::<u32>() + self.order.capacity() * size_of::<Entry>()
    }

    /// Brings them into rank. By count first, which keeps those of one count as they came: in runs
    /// that are in order already, where they come from ranked lists.
    pub(super) fn sort(&mut self) {
        let Ranking { items, order } = self;
        let of = |entry: &Entry| &items[entry.start..entry.start + entry.length as usize];
        order.sort_by_key(|entry| Reverse(entry.count));
        for equal in order.chunk_by_mut(|one, other| one.count == other.count) {
            equal.sort_by(|one, other| {
                let rank = (one.length, one.first).cmp(&(other.length, other.first));
                rank.then_with(|| of(one).cmp(of(other)))
            });
        }
    }

    /// The itemsets and their counts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u32], u64)> {
        self.order.iter().map(|entry| {
            (&self.items[entry.start..entry.start + entry.length as usize], entry.count)
        })
    }
}
