//! A ranked list that has grown: its itemsets with what they have gained since, and those that
//! have come later, as one ranked list.

use std::cmp::Ordering;

use super::gains::Gains;
use super::ranking::Ranking;
use super::sets::{SetList, SetReader, Step};
use crate::error::Result;

/// A list and what has become of it.
#[derive(Clone, Copy, Debug)]
pub struct Grown<'g> {
    /// The itemsets as they were, [ranked](SetList::ranked).
    pub base: &'g SetList,
    /// What each number in them is now, ascending; `None` where all are what they were.
    pub numbers: Option<&'g [u32]>,
    /// What they have gained.
    pub gains: &'g Gains,
    /// Those that have come later, in any order.
    pub later: &'g SetList,
}

impl Grown<'_> {
    /// The itemsets that at least `least` transactions hold now, ranked, and where each count ends.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn ranked(&self, least: u64) -> Result<(SetList, Vec<Step>)> {
        let (mut moved, unmoved) = self.moved(least);
        self.later.each(|items, count| {
            if count >= least {
                moved.push(items, count);
            }
            Ok(())
        })?;
        moved.sort();
        if unmoved == 0 {
            return Ok(SetList::packed(&moved));
        }
        let mut list = SetList::with_room(self.base.bytes().len() + self.later.bytes().len());
        let mut steps = Vec::new();
        let mut others = moved.iter().peekable();
        let (mut reader, mut gains) = (SetReader::default(), self.gains.reader());
        let mut renamed = Vec::new();
        // Whether the last one of the new list is the one before in the old list.
        let mut follows = false;
        while let Some((items, shared, count)) = reader.next_shared(self.base) {
            if gains.next() > 0 || count < least {
                follows = false;
                continue;
            }
            let items = self.renamed(items, &mut renamed);
            while let Some((other, own)) =
                others.next_if(|&other| ranks(other, (items, count)) == Ordering::Less)
            {
                list.push_ranked(other, own, &mut steps);
                follows = false;
            }
            match follows {
                true => list.push_next(items, shared, count, &mut steps),
                false => list.push_ranked(items, count, &mut steps),
            }
            follows = true;
        }
        others.for_each(|(items, count)| list.push_ranked(items, count, &mut steps));
        Ok((list, steps))
    }

    /// Those of the list that are frequent now and have gained, and how many have not.
    fn moved(&self, least: u64) -> (Ranking, u64) {
        // An itemset takes three bytes or more.
        let bytes = self.base.bytes().len() + self.later.bytes().len();
        let mut moved = Ranking::with_room(bytes / 3, bytes);
        let (mut reader, mut gains) = (SetReader::default(), self.gains.reader());
        let (mut unmoved, mut renamed) = (0, Vec::new());
        while let Some((items, count)) = reader.next(self.base) {
            let gain = gains.next();
            if count + gain < least {
                continue;
            }
            match gain {
                0 => unmoved += 1,
                _ => moved.push(self.renamed(items, &mut renamed), count + gain),
            }
        }
        (moved, unmoved)
    }

    /// What a number in the itemsets as they were is now.
    #[inline]
    pub(super) fn number(&self, item: u32) -> u32 {
        self.numbers.map_or(item, |numbers| numbers[item as usize])
    }

    /// An itemset as it was by its present numbers.
    #[inline]
    fn renamed<'r>(&self, items: &'r [u32], renamed: &'r mut Vec<u32>) -> &'r [u32] {
        let Some(numbers) = self.numbers else { return items };
        renamed.clear();
        renamed.extend(items.iter().map(|&item| numbers[item as usize]));
        renamed
    }
}

/// How two itemsets rank.
fn ranks(one: (&[u32], u64), other: (&[u32], u64)) -> Ordering {
    let rank = other.1.cmp(&one.1).then(one.0.len().cmp(&other.0.len()));
    rank.then_with(|| one.0.cmp(other.0))
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
            let base = base.ranked().unwrap().0;
            let mut gains = Gains::default();
            let mut wanted = BTreeMap::new();
            base.each(|items, count| {
                let gain = before[&items.iter().copied().collect()].1;
                gains.push(gain);
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
            let grown = Grown { base: &base, numbers, gains: &gains, later: &more };
            let mut list = SetList::default();
            let held = wanted.iter().filter(|(_, count)| **count >= least);
            held.for_each(|(items, count)| list.push(items, *count));
            prop_assert_eq!(grown.ranked(least).unwrap(), list.ranked().unwrap());
        }
    }
}
