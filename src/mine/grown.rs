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
        let mut moved = Ranking::default();
        let mut unmoved = 0u64;
        self.each_of_base(|items, count, gain| {
            if gain > 0 && count + gain >= least {
                moved.push(items, count + gain);
            }
            unmoved += u64::from(gain == 0 && count >= least);
        });
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
        let (mut list, mut steps) = (SetList::default(), Vec::new());
        let mut others = moved.iter().peekable();
        self.each_of_base(|items, count, gain| {
            if gain > 0 || count < least {
                return;
            }
            while let Some((other, own)) =
                others.next_if(|&other| ranks(other, (items, count)) == Ordering::Less)
            {
                list.push_ranked(other, own, &mut steps);
            }
            list.push_ranked(items, count, &mut steps);
        });
        others.for_each(|(items, count)| list.push_ranked(items, count, &mut steps));
        Ok((list, steps))
    }

    /// What a number in the itemsets as they were is now.
    #[inline]
    pub(super) fn number(&self, item: u32) -> u32 {
        self.numbers.map_or(item, |numbers| numbers[item as usize])
    }

    /// Calls `each` with the itemsets as they were, by their present numbers, and what they have
    /// gained.
    fn each_of_base(&self, mut each: impl FnMut(&[u32], u64, u64)) {
        let (mut reader, mut gains) = (SetReader::default(), self.gains.reader());
        let mut renamed = Vec::new();
        while let Some((items, count)) = reader.next(self.base) {
            let gain = gains.next();
            match self.numbers {
                None => each(items, count, gain),
                Some(numbers) => {
                    renamed.clear();
                    renamed.extend(items.iter().map(|&item| numbers[item as usize]));
                    each(&renamed, count, gain);
                }
            }
        }
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
