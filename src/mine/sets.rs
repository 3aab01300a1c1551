//! Itemsets in a row, packed: each is what it shares with the one before, its other items, its
//! count. As they come out of a search, neighbours share most of their items.

use super::packed::take;
use super::ranking::{Group, Ranking};
use crate::error::Result;
use crate::index::put_varint;

/// Itemsets with their counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetList {
    number: u64,
    bytes: Vec<u8>,
    last: Vec<u32>,
}

/// Where the itemsets of one count end in a list that begins with the most frequent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The count.
    pub count: u64,
    /// How many itemsets there are until here.
    pub number: u64,
    /// How many bytes they take up.
    pub end: usize,
}

/// Reads a [`SetList`] from the front.
#[derive(Clone, Debug, Default)]
pub struct SetReader {
    at: usize,
    items: Vec<u32>,
    /// How many of the items were the first of the one before.
    shared: usize,
}

impl SetList {
    /// An empty list with room for so many bytes.
    pub(super) fn with_room(bytes: usize) -> SetList {
        SetList { bytes: Vec::with_capacity(bytes), ..SetList::default() }
    }

    /// Appends an itemset and its count.
    pub fn push(&mut self, items: &[u32], count: u64) {
        let shared = self.last.iter().zip(items).take_while(|(one, other)| one == other).count();
        self.put(items, shared, count);
    }

    /// The same, where it is known how many of its items the last one begins with.
    #[inline]
    fn put(&mut self, items: &[u32], shared: usize, count: u64) {
        put_varint(&mut self.bytes, shared as u64);
        put_varint(&mut self.bytes, (items.len() - shared) as u64);
        items[shared..].iter().for_each(|&item| put_varint(&mut self.bytes, item.into()));
        put_varint(&mut self.bytes, count);
        self.last.truncate(shared);
        self.last.extend_from_slice(&items[shared..]);
        self.number += 1;
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.number
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.number == 0
    }

    /// Bytes it takes up.
    pub fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// The packed form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// From the packed form of so many itemsets. Bytes that are not such a list end early; whoever
    /// stores them keeps a checksum.
    pub fn from_bytes(number: u64, bytes: Vec<u8>) -> SetList {
        SetList { number, bytes, last: Vec::new() }
    }

    /// The same itemsets with other numbers for their items: `numbers[item]`.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn renumbered(&self, numbers: &[u32]) -> Result<SetList> {
        let mut list = SetList::default();
        let mut own = Vec::new();
        self.each(|items, count| {
            own.clear();
            own.extend(items.iter().map(|&item| numbers[item as usize]));
            own.sort_unstable();
            list.push(&own, count);
            Ok(())
        })?;
        Ok(list)
    }

    /// The same itemsets, the most frequent first, then the shortest, then by their items; and
    /// where each count ends. What is before such an end is a list by itself.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn ranked(&self) -> Result<(SetList, Vec<Step>)> {
        let mut ranking = Ranking::default();
        self.each(|items, count| {
            ranking.push(items, count);
            Ok(())
        })?;
        Ok(SetList::packed(ranking))
    }

    /// Itemsets in rank, and where each count ends.
    pub(super) fn packed(mut ranking: Ranking) -> (SetList, Vec<Step>) {
        let (mut list, mut steps) = (SetList::default(), Vec::new());
        let mut group = Group::default();
        while let Some(count) = ranking.next_group(&mut group) {
            steps.push(list.push_group(&group, count));
        }
        (list, steps)
    }

    /// Appends the itemsets of the next count, and says where they end.
    pub(super) fn push_group(&mut self, group: &Group, count: u64) -> Step {
        group.iter().for_each(|items| self.push(items, count));
        Step { count, number: self.number, end: self.bytes.len() }
    }

    /// Calls `each` for every itemset in order.
    ///
    /// # Errors
    /// The first of `each`.
    pub fn each(&self, mut each: impl FnMut(&[u32], u64) -> Result<()>) -> Result<()> {
        let mut reader = SetReader::default();
        while let Some((items, count)) = reader.next(self) {
            each(items, count)?;
        }
        Ok(())
    }
}

impl SetReader {
    /// The next itemset of the list that it has read from so far.
    #[inline]
    pub fn next<'r>(&'r mut self, list: &SetList) -> Option<(&'r [u32], u64)> {
        let count = self.step(&list.bytes)?;
        Some((&self.items, count))
    }

    /// The items of the one that was read last.
    #[inline]
    pub(super) fn items(&self) -> &[u32] {
        &self.items
    }

    /// The next one, and how many of its items are those that the one before began with.
    #[inline]
    pub(super) fn next_shared<'r>(&'r mut self, list: &SetList) -> Option<(&'r [u32], usize, u64)> {
        let count = self.step(&list.bytes)?;
        Some((&self.items, self.shared, count))
    }

    #[inline]
    fn step(&mut self, bytes: &[u8]) -> Option<u64> {
        let shared = usize::try_from(take(bytes, &mut self.at)?).ok()?;
        if shared > self.items.len() {
            return None;
        }
        self.items.truncate(shared);
        self.shared = shared;
        for _ in 0..take(bytes, &mut self.at)? {
            let item = take(bytes, &mut self.at)?;
            self.items.push(u32::try_from(item).ok()?);
        }
        take(bytes, &mut self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sets_come_back(
            sets in proptest::collection::vec(
                (proptest::collection::vec(0u32..300, 0..6), 0u64..1 << 40), 0..20),
        ) {
            let mut list = SetList::default();
            sets.iter().for_each(|(items, count)| list.push(items, *count));
            let back = SetList::from_bytes(list.len(), list.bytes().to_vec());
            let mut read = Vec::new();
            back.each(|items, count| { read.push((items.to_vec(), count)); Ok(()) }).unwrap();
                prop_assert_eq!(read, sets);
        }

        #[test]
        fn ranked_begins_with_the_most_frequent(
            sets in proptest::collection::btree_map(
                proptest::collection::vec(0u32..9, 0..4), 0u64..5, 0..30),
            least in 0u64..6,
        ) {
            let mut list = SetList::default();
            sets.iter().for_each(|(items, count)| list.push(items, *count));
            let (ranked, steps) = list.ranked().unwrap();
            let reached = steps.partition_point(|step| step.count >= least);
            let (number, end) =
                reached.checked_sub(1).map_or((0, 0), |last| (steps[last].number, steps[last].end));
            let part = SetList::from_bytes(number, ranked.bytes()[..end].to_vec());
            let mut read = Vec::new();
            part.each(|items, count| { read.push((items.to_vec(), count)); Ok(()) }).unwrap();
            let mut wanted: Vec<(Vec<u32>, u64)> = sets.into_iter().collect();
            wanted.retain(|(_, count)| *count >= least);
            wanted.sort_by_key(|(items, count)| (Reverse(*count), items.len(), items.clone()));
            prop_assert_eq!(number, wanted.len() as u64);
            prop_assert_eq!(read, wanted);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let list = SetList::from_bytes(1, bytes);
            list.each(|_, _| Ok(())).unwrap();
        }
    }
}
