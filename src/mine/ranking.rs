//! Itemsets on their way into rank: the most frequent first, then the shortest, then by item.

use std::collections::BinaryHeap;
use std::collections::hash_map::Entry as Place;

use rustc_hash::FxHashMap;

/// What a key keeps of an item, and of how many.
const ITEM_BITS: u32 = 14;
const ITEMS: u32 = 4;

/// Itemsets, unpacked, each among those of its count: they are sorted a count at a time, in a cache
/// as a rule, and whoever reads them in turn needs no room for all.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    places: FxHashMap<u64, usize>,
    groups: Vec<Group>,
    /// The groups that are of no count.
    free: Vec<usize>,
    counts: BinaryHeap<u64>,
}

/// Itemsets of one count.
#[derive(Debug, Default)]
pub struct Group {
    /// Of each its length and its items.
    words: Vec<u32>,
    order: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Its length and its first items, as far as they go into it: no other of its count that ranks
    /// higher has a greater one.
    key: u64,
    start: usize,
}

impl Ranking {
    /// Adds an itemset.
    #[inline]
    pub(super) fn push(&mut self, items: &[u32], count: u64) {
        self.group(count).push(items);
    }

    /// Bytes it takes up.
    pub(super) fn memory(&self) -> usize {
        let of = |group: &Group| {
            group.words.capacity() * size_of::<u32>() + group.order.capacity() * size_of::<Entry>()
        };
        self.groups.iter().map(of).sum()
    }

    /// The itemsets of a count.
    #[inline]
    fn group(&mut self, count: u64) -> &mut Group {
        let place = match self.places.entry(count) {
            Place::Occupied(known) => *known.get(),
            Place::Vacant(unknown) => {
                self.counts.push(count);
                let place = self.free.pop().unwrap_or_else(|| {
                    self.groups.push(Group::default());
                    self.groups.len() - 1
                });
                *unknown.insert(place)
            }
        };
        &mut self.groups[place]
    }

    /// The highest count that there is.
    pub(super) fn highest(&self) -> Option<u64> {
        self.counts.peek().copied()
    }

    /// Takes out those of the highest count and brings them into rank, in place of what is in
    /// `group`.
    pub(super) fn next_group(&mut self, group: &mut Group) -> Option<u64> {
        let count = self.counts.pop()?;
        let place = self.places.remove(&count)?;
        group.clear();
        std::mem::swap(group, &mut self.groups[place]);
        self.free.push(place);
        group.sort();
        Some(count)
    }
}

impl Group {
    #[inline]
    fn push(&mut self, items: &[u32]) {
        self.order.push(Entry { key: key(items), start: self.words.len() });
        self.words.push(u32::try_from(items.len()).unwrap_or(u32::MAX));
        self.words.extend_from_slice(items);
    }

    fn clear(&mut self) {
        self.words.clear();
        self.order.clear();
    }

    /// Those that come from ranked lists are in runs that are in order already.
    fn sort(&mut self) {
        let Group { words, order } = self;
        order.sort_by(|one, other| {
            one.key.cmp(&other.key).then_with(|| {
                let (own, others) = (items(words, one), items(words, other));
                own.len().cmp(&others.len()).then_with(|| own.cmp(others))
            })
        });
    }

    /// The itemset at a place.
    pub fn get(&self, place: usize) -> Option<&[u32]> {
        self.order.get(place).map(|entry| items(&self.words, entry))
    }

    /// The itemsets.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.order.iter().map(|entry| items(&self.words, entry))
    }
}

#[inline]
fn items<'w>(words: &'w [u32], entry: &Entry) -> &'w [u32] {
    let (length, rest) = words[entry.start..].split_first().unwrap_or((&0, &[]));
    &rest[..*length as usize]
}

/// The length and the first items; what is too large for its place leaves the rest out.
#[inline]
fn key(items: &[u32]) -> u64 {
    let largest = (1u64 << ITEM_BITS) - 1;
    let mut key = (items.len() as u64).min(255) << (ITEMS * ITEM_BITS);
    if items.len() >= 255 {
        return key;
    }
    let mut bits = ITEMS * ITEM_BITS;
    for &item in items.iter().take(ITEMS as usize) {
        bits -= ITEM_BITS;
        key |= u64::from(item).min(largest) << bits;
        if u64::from(item) >= largest {
            break;
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranked_by_count_length_and_items(
            sets in proptest::collection::vec((proptest::collection::vec(
                prop_oneof![0u32..4, (1u32 << 14) - 2..(1 << 14) + 2], 0..6),
                prop_oneof![0u64..9, any::<u64>()]), 0..30),
            long in 0u32..3,
        ) {
            let mut sets = sets;
            for last in 0..long {
                sets.push(((0..254 + last).chain([1000 - last]).collect(), 5));
            }
            let mut ranking = Ranking::default();
            sets.iter().for_each(|(items, count)| ranking.push(items, *count));
            let (mut ranked, mut group) = (Vec::new(), Group::default());
            while let Some(highest) = ranking.highest() {
                assert_eq!(ranking.next_group(&mut group), Some(highest));
                ranked.extend(group.iter().map(|items| (items.to_vec(), highest)));
            }
            sets.sort_by_key(|(items, count)| (Reverse(*count), items.len(), items.clone()));
            prop_assert_eq!(ranked, sets);
        }
    }
}
