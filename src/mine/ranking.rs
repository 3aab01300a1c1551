//! Itemsets on their way into rank: the most frequent first, then the shortest, then by item.

use std::cmp::Reverse;

/// What a key keeps of an item.
const ITEM_BITS: u32 = 28;

/// Itemsets, unpacked.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    /// Of each the halves of its count, its length and its items.
    words: Vec<u32>,
    order: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// Its length and its first items, as far as they go into it: no other of its count that ranks
    /// higher has a greater one.
    key: u64,
    start: usize,
}

impl Ranking {
    /// None, with room for so many, and so many items in them.
    pub(super) fn with_room(number: usize, items: usize) -> Ranking {
        Ranking { words: Vec::with_capacity(items + 3 * number), order: Vec::with_capacity(number) }
    }

    /// Adds an itemset.
    #[inline]
    pub(super) fn push(&mut self, items: &[u32], count: u64) {
        self.order.push(Entry { key: key(items), start: self.words.len() });
        let half = |half: u64| u32::try_from(half & u64::from(u32::MAX)).unwrap_or(0);
        let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.words.extend_from_slice(&[half(count), half(count >> 32), length]);
        self.words.extend_from_slice(items);
    }

    /// Bytes it takes up.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&self.words[..]) + size_of_val(&self.order[..])
    }

    /// Brings them into rank. By count first, which leaves those of one count as they came: in
    /// runs that are in order already, where they come from ranked lists.
    pub(super) fn sort(&mut self) {
        let ends = self.sort_by_count();
        let Ranking { words, order } = self;
        let mut start = 0;
        for end in ends {
            order[start..end].sort_by(|one, other| {
                one.key.cmp(&other.key).then_with(|| {
                    let (own, others) = (items(words, one), items(words, other));
                    own.len().cmp(&others.len()).then_with(|| own.cmp(others))
                })
            });
            start = end;
        }
    }

    /// Says where each count ends.
    fn sort_by_count(&mut self) -> Vec<usize> {
        let Ranking { words, order } = self;
        let most = order.iter().map(|entry| count(words, entry)).max().unwrap_or(0);
        let Some(counts) = usize::try_from(most).ok().filter(|most| most / 4 <= order.len()) else {
            order.sort_by_key(|entry| Reverse(count(words, entry)));
            let ends = (1..order.len())
                .filter(|&place| count(words, &order[place - 1]) != count(words, &order[place]));
            return ends.chain([order.len()]).collect();
        };
        // How many have each count, the highest first, becomes the place of the next of them, and
        // that in the end where they end.
        let mut places = vec![0usize; counts + 1];
        let place = |entry: &Entry| usize::try_from(most - count(words, entry)).unwrap_or(counts);
        order.iter().for_each(|entry| places[place(entry)] += 1);
        let mut before = 0;
        for place in &mut places {
            before += std::mem::replace(place, before);
        }
        let mut sorted = vec![Entry::default(); order.len()];
        for entry in order.iter() {
            let next = &mut places[place(entry)];
            sorted[*next] = *entry;
            *next += 1;
        }
        *order = sorted;
        places
    }

    /// The itemsets and their counts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u32], u64)> {
        let words = &self.words;
        self.order.iter().map(|entry| (items(words, entry), count(words, entry)))
    }
}

#[inline]
fn count(words: &[u32], entry: &Entry) -> u64 {
    u64::from(words[entry.start]) | u64::from(words[entry.start + 1]) << 32
}

#[inline]
fn items<'w>(words: &'w [u32], entry: &Entry) -> &'w [u32] {
    let length = words[entry.start + 2] as usize;
    &words[entry.start + 3..][..length]
}

/// The length, the first and the second item; what is too large for its place leaves the rest out.
#[inline]
fn key(items: &[u32]) -> u64 {
    let largest = (1u64 << ITEM_BITS) - 1;
    let length = (items.len() as u64).min(255) << (2 * ITEM_BITS);
    let item = |place: usize| items.get(place).map_or(0, |&item| u64::from(item).min(largest));
    match item(0) {
        _ if items.len() >= 255 => length,
        first if first == largest => length | first << ITEM_BITS,
        first => length | first << ITEM_BITS | item(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranked_by_count_length_and_items(
            sets in proptest::collection::vec((proptest::collection::vec(
                prop_oneof![0u32..4, (1u32 << 28) - 2..(1 << 28) + 2], 0..4),
                prop_oneof![0u64..9, any::<u64>()]), 0..30),
            long in 0u32..3,
        ) {
            let mut sets = sets;
            for last in 0..long {
                sets.push(((0..254 + last).chain([1000 - last]).collect(), 5));
            }
            let mut ranking = Ranking::default();
            sets.iter().for_each(|(items, count)| ranking.push(items, *count));
            ranking.sort();
            let ranked: Vec<(Vec<u32>, u64)> =
                ranking.iter().map(|(items, count)| (items.to_vec(), count)).collect();
            sets.sort_by_key(|(items, count)| (Reverse(*count), items.len(), items.clone()));
            prop_assert_eq!(ranked, sets);
        }
    }
}
