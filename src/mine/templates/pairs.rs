//! Counted pairs in order, packed: each is how far it is from the one before, and its count.

use std::cmp::Ordering;

use crate::index::put_varint;
use crate::mine::packed::take;

/// Pairs with their counts. A pair is a number; they ascend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    bytes: Vec<u8>,
    number: usize,
    last: u64,
}

/// Reads [`Pairs`] from the front.
struct Reader<'p> {
    bytes: &'p [u8],
    at: usize,
    last: u64,
}

impl Pairs {
    /// From the packed form, as far as it is one.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let mut pairs = Pairs { bytes, ..Pairs::default() };
        let (mut number, mut last) = (0, 0);
        for (pair, _) in pairs.iter() {
            (number, last) = (number + 1, pair);
        }
        (pairs.number, pairs.last) = (number, last);
        pairs
    }

    /// The packed form.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.number
    }

    /// Bytes that they take.
    pub(super) fn memory(&self) -> u64 {
        self.bytes.capacity() as u64
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        Reader { bytes: &self.bytes, at: 0, last: 0 }
    }

    /// Appends a pair that is greater than all that are there.
    fn push(&mut self, pair: u64, count: u64) {
        put_varint(&mut self.bytes, pair - self.last);
        put_varint(&mut self.bytes, count);
        self.last = pair;
        self.number += 1;
    }

    /// These and others, which come in order and each once.
    pub(super) fn merged(&self, more: impl Iterator<Item = (u64, u64)>) -> Pairs {
        let mut all = Pairs { bytes: Vec::with_capacity(self.bytes.len()), ..Pairs::default() };
        in_order(self.iter(), more).for_each(|(pair, count)| all.push(pair, count));
        all
    }
}

/// Pairs from two sides, each of which has them in order and each once; the counts of those that
/// both have add up.
pub(super) fn in_order(
    one: impl Iterator<Item = (u64, u64)>,
    other: impl Iterator<Item = (u64, u64)>,
) -> impl Iterator<Item = (u64, u64)> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || {
        let (Some((first, _)), Some((second, _))) = (one.peek(), other.peek()) else {
            return one.next().or_else(|| other.next());
        };
        match first.cmp(second) {
            Ordering::Less => one.next(),
            Ordering::Greater => other.next(),
            Ordering::Equal => {
                let (pair, count) = one.next()?;
                Some((pair, count + other.next().map_or(0, |(_, count)| count)))
            }
        }
    })
}

impl Iterator for Reader<'_> {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let distance = take(self.bytes, &mut self.at)?;
        let count = take(self.bytes, &mut self.at)?;
        self.last = self.last.checked_add(distance)?;
        Some((self.last, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn merged_as_maps_are(
            one in proptest::collection::btree_map(0u64..1 << 40, 1u64..1000, 0..20),
            two in proptest::collection::btree_map(0u64..1 << 40, 1u64..1000, 0..20),
            shared in proptest::collection::btree_map(0u64..50, 1u64..1000, 0..20),
        ) {
            let pairs = |map: &BTreeMap<u64, u64>| {
                Pairs::default().merged(map.iter().map(|(pair, count)| (*pair, *count)))
            };
            let (mut first, mut second) = (one, two);
            first.extend(shared.clone());
            second.extend(shared);
            let sum = pairs(&first).merged(second.iter().map(|(pair, count)| (*pair, *count)));
            for (pair, count) in second {
                *first.entry(pair).or_default() += count;
            }
            prop_assert_eq!(sum.len(), first.len());
            let again = Pairs::new(sum.bytes().to_vec());
            prop_assert_eq!(&again, &sum);
            prop_assert_eq!(again.iter().collect::<BTreeMap<_, _>>(), first);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let pairs = Pairs::new(bytes);
            prop_assert_eq!(pairs.iter().count(), pairs.len());
        }
    }
}
