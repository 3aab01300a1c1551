//! A ranked list that has grown: its itemsets with what they have gained since, and those that
//! have come later, as one ranked list.

use super::gains::{GainReader, Gains};
use super::ranking::{Group, Ranking};
use super::sets::{SetList, SetReader, Step};

/// A list and what has become of it.
#[derive(Clone, Copy, Debug)]
pub struct Grown<'g> {
    /// The itemsets as they were, [ranked](SetList::ranked).
    pub base: &'g SetList,
    /// What each number in them is now, ascending; `None` where all are what they were.
    pub numbers: Option<&'g [u32]>,
    /// What they have gained.
    pub gains: &'g Gains,
    /// How far that takes them: see [`reaches`].
    pub reaches: &'g [u64],
    /// Those that have come later, ranked.
    pub later: &'g SetList,
}

/// For each count of a ranked list, in its order and with the largest gain of its itemsets, the
/// highest count that these or any after them have now.
pub fn reaches(counts: impl DoubleEndedIterator<Item = (u64, u64)>) -> Vec<u64> {
    let mut highest = 0;
    let reach = |(count, most): (u64, u64)| {
        highest = highest.max(count.saturating_add(most));
        highest
    };
    let mut reaches: Vec<u64> = counts.rev().map(reach).collect();
    reaches.reverse();
    reaches
}

impl Grown<'_> {
    /// The itemsets that at least `least` transactions hold now, ranked, and where each count ends.
    pub fn ranked(&self, least: u64) -> (SetList, Vec<Step>) {
        let mut list = SetList::with_room(self.base.bytes().len() + self.later.bytes().len());
        let (mut steps, mut group) = (Vec::new(), Group::default());
        let mut reader = GrownReader::new(self, least);
        while let Some(count) = reader.next_group(self, &mut group) {
            steps.push(list.push_group(&group, count));
        }
        (list, steps)
    }

    /// What a number in the itemsets as they were is now.
    #[inline]
    pub(super) fn number(&self, item: u32) -> u32 {
        self.numbers.map_or(item, |numbers| numbers[item as usize])
    }
}

/// Reads the itemsets of a grown list, a count at a time. One by one, those that were there join
/// the group of what they count now; a group is whole as soon as none that is still to come reaches
/// so far, so that few are open.
pub struct GrownReader {
    least: u64,
    base: Front,
    later: Front,
    gains: GainReader,
    /// How many counts of the list have been read.
    counts: usize,
    open: Ranking,
    renamed: Vec<u32>,
}

/// Where the reading of a list is: before the itemset that was read last.
struct Front {
    reader: SetReader,
    /// The count of that one; its items are in the reader.
    count: Option<u64>,
}

impl GrownReader {
    /// At the front of those that at least `least` transactions hold now.
    pub fn new(grown: &Grown<'_>, least: u64) -> GrownReader {
        let (base, later) = (Front::new(grown.base), Front::new(grown.later));
        let (open, renamed) = (Ranking::default(), Vec::new());
        GrownReader { least, base, later, gains: grown.gains.reader(), counts: 0, open, renamed }
    }

    /// The highest count that is left; its itemsets, in rank, take the place of what is in `group`.
    /// The list is the one that it was made for.
    pub fn next_group(&mut self, grown: &Grown<'_>, group: &mut Group) -> Option<u64> {
        loop {
            let reach = grown.reaches.get(self.counts).copied().unwrap_or(u64::MAX);
            let reach = self.base.count.map(|_| reach);
            if self.open.highest() > reach.max(self.later.count) {
                return self.open.next_group(group);
            }
            match self.later.count {
                Some(count) if Some(count) > reach => self.read_later(grown, count),
                _ => self.read_count(grown, self.base.count?),
            }
        }
    }

    /// Reads what is of a count in the list.
    fn read_count(&mut self, grown: &Grown<'_>, count: u64) {
        let GrownReader { least, base, gains, open, renamed, .. } = self;
        while base.count == Some(count) {
            let now = count + gains.next(grown.gains);
            if now >= *least {
                let items = base.reader.items();
                let items = match grown.numbers {
                    None => items,
                    Some(numbers) => {
                        renamed.clear();
                        renamed.extend(items.iter().map(|&item| numbers[item as usize]));
                        &renamed[..]
                    }
                };
                open.push(items, now);
            }
            base.advance(grown.base);
        }
        self.counts += 1;
    }

    /// Reads what is of a count among those that have come later.
    fn read_later(&mut self, grown: &Grown<'_>, count: u64) {
        let GrownReader { least, later, open, .. } = self;
        while later.count == Some(count) {
            if count >= *least {
                open.push(later.reader.items(), count);
            }
            later.advance(grown.later);
        }
    }
}

impl Front {
    fn new(list: &SetList) -> Front {
        let mut front = Front { reader: SetReader::default(), count: None };
        front.advance(list);
        front
    }

    #[inline]
    fn advance(&mut self, list: &SetList) {
        self.count = self.reader.next(list).map(|(_, count)| count);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::collections::btree_map::Entry;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn grown_is_ranked_anew(
            before in proptest::collection::btree_map(
                proptest::collection::btree_set(0u32..6, 0..4), (1u64..6, 0u64..3), 0..30),
            later in proptest::collection::btree_map(
                proptest::collection::btree_set(0u32..7, 0..4), 1u64..6, 0..10),
            least in 0u64..7,
            renamed in any::<bool>(),
        ) {
            let new = |item: &u32| if renamed { item + 1 } else { *item };
            let mut base = SetList::default();
            for (items, (count, _)) in &before {
                base.push(&items.iter().copied().collect::<Vec<u32>>(), *count);
            }
            let (base, steps) = base.ranked().unwrap();
            let mut gains = Gains::default();
            let (mut wanted, mut most) = (BTreeMap::new(), BTreeMap::new());
            base.each(|items, count| {
                let gain = before[&items.iter().copied().collect()].1;
                gains.push(gain);
                let most = most.entry(count).or_insert(gain);
                *most = gain.max(*most);
                wanted.insert(items.iter().map(new).collect::<Vec<u32>>(), count + gain);
                Ok(())
            }).unwrap();
            let mut more = SetList::default();
            for (items, count) in later {
                let items: Vec<u32> = items.into_iter().collect();
                if let Entry::Vacant(place) = wanted.entry(items) {
                    more.push(place.key(), count);
                    place.insert(count);
                }
            }
            let numbers: Vec<u32> = (1..8).collect();
            let numbers = renamed.then_some(numbers.as_slice());
            let more = more.ranked().unwrap().0;
            let reaches = reaches(steps.iter().map(|step| (step.count, most[&step.count])));
            let (base, gains, later) = (&base, &gains, &more);
            let grown = Grown { base, numbers, gains, reaches: &reaches, later };
            let mut list = SetList::default();
            let held = wanted.iter().filter(|(_, count)| **count >= least);
            held.for_each(|(items, count)| list.push(items, *count));
            prop_assert_eq!(grown.ranked(least), list.ranked().unwrap());
        }
    }
}
