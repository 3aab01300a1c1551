//! Things in the order of their counts, of which often only the first are wanted.

use std::cmp::Reverse;
use std::iter::Peekable;
use std::vec::IntoIter;

/// Things by descending count, equally frequent ones by a key. Keys are made when things of their
/// count are reached: there may be a million, of which ten are wanted.
pub(super) struct Ranked<T, K, M> {
    rest: Peekable<IntoIter<(u64, T)>>,
    equal: IntoIter<(K, T)>,
    make: M,
}

impl<T, K: Ord, M: FnMut(&T) -> K> Ranked<T, K, M> {
    /// Sorts things that come with their counts; no two that are equally frequent have one key.
    pub(super) fn new(mut things: Vec<(u64, T)>, make: M) -> Self {
        things.sort_unstable_by_key(|(count, _)| Reverse(*count));
        let rest = things.into_iter().peekable();
        Ranked { rest, equal: Vec::new().into_iter(), make }
    }
}

impl<T, K: Ord, M: FnMut(&T) -> K> Iterator for Ranked<T, K, M> {
    type Item = (K, T);

    fn next(&mut self) -> Option<(K, T)> {
        if self.equal.len() == 0 {
            let count = self.rest.peek()?.0;
            let mut equal = Vec::new();
            while let Some((_, thing)) = self.rest.next_if(|(own, _)| *own == count) {
                equal.push(((self.make)(&thing), thing));
            }
            equal.sort_by(|(a, _), (b, _)| a.cmp(b));
            self.equal = equal.into_iter();
        }
        self.equal.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rest.len() + self.equal.len();
        (left, Some(left))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_sorted(things in prop::collection::btree_map(any::<u16>(), 0_u64..5, 0..60)) {
            let counted = things.iter().map(|(&thing, &count)| (count, thing)).collect();
            let mut ranked = Ranked::new(counted, |thing: &u16| u32::from(*thing));
            let mut wanted: Vec<(Reverse<u64>, u16)> =
                things.iter().map(|(&thing, &count)| (Reverse(count), thing)).collect();
            wanted.sort();
            for (left, (_, thing)) in (1..=wanted.len()).rev().zip(wanted) {
                prop_assert_eq!(ranked.size_hint(), (left, Some(left)));
                prop_assert_eq!(ranked.next(), Some((u32::from(thing), thing)));
            }
            prop_assert!(ranked.next().is_none());
        }
    }
}
