//! Words as codes of their units, one after the other in one array: what a lexicon is built from.
//!
//! A list for each word would take more memory than its codes, and sorting them would look at all
//! of it in no order.

/// The codes from here on look the same in the beginning of a word.
const MOST: u32 = 0xffff;

/// Words with a value each.
pub(super) struct Coded<V> {
    codes: Vec<u32>,
    /// By word, where its codes end.
    ends: Vec<usize>,
    values: Vec<V>,
}

impl<V> Default for Coded<V> {
    fn default() -> Self {
        Coded { codes: Vec::new(), ends: Vec::new(), values: Vec::new() }
    }
}

impl<V: Copy> Coded<V> {
    pub(super) fn push(&mut self, word: &[u32], value: V) {
        self.codes.extend_from_slice(word);
        self.ends.push(self.codes.len());
        self.values.push(value);
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn word(&self, number: usize) -> &[u32] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.codes[start..self.ends[number]]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u32], V)> {
        self.values.iter().enumerate().map(|(number, value)| (self.word(number), *value))
    }

    /// The values, of which some thing else may be made.
    pub(super) fn values(&self) -> &[V] {
        &self.values
    }

    /// Other codes for the same words.
    pub(super) fn recode(&mut self, code: impl Fn(u32) -> u32) {
        self.codes.iter_mut().for_each(|own| *own = code(*own));
    }

    /// Other values for the same words.
    pub(super) fn revalue<W>(self, value: impl Fn(V) -> W) -> Coded<W> {
        let Coded { codes, ends, values } = self;
        Coded { codes, ends, values: values.into_iter().map(value).collect() }
    }

    /// The words in ascending order, each once, with the values of equal ones put together.
    pub(super) fn sorted(self, together: impl Fn(V, V) -> V) -> Self {
        // The beginning of a word tells most of them apart; up to a code that finds no room in it.
        let beginning = |word: &[u32]| {
            let (mut all, mut rest) = (0, word.iter());
            for _ in 0..4 {
                let code = rest.next().map_or(0, |code| u64::from((*code).min(MOST)));
                all = all << 16 | code;
                if code == u64::from(MOST) {
                    rest = [].iter();
                }
            }
            all
        };
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let all = (0..self.len()).map(|index| (beginning(self.word(index)), number(index)));
        let mut order: Vec<(u64, u32)> = all.collect();
        order.sort_unstable_by(|one, other| {
            let whole = |place: &(u64, u32)| self.word(place.1 as usize);
            one.0.cmp(&other.0).then_with(|| whole(one).cmp(whole(other)))
        });
        let mut sorted = Coded {
            codes: Vec::with_capacity(self.codes.len()),
            ends: Vec::with_capacity(self.len()),
            values: Vec::with_capacity(self.len()),
        };
        for (_, index) in order {
            let (word, value) = (self.word(index as usize), self.values[index as usize]);
            let is_another = sorted.last() != Some(word);
            match sorted.values.last_mut().filter(|_| !is_another) {
                Some(last) => *last = together(*last, value),
                None => sorted.push(word, value),
            }
        }
        sorted
    }

    fn last(&self) -> Option<&[u32]> {
        self.len().checked_sub(1).map(|last| self.word(last))
    }

    /// The value of a word, where all are in ascending order.
    pub(super) fn find(&self, word: &[u32]) -> Option<V> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.word(middle).cmp(word) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(self.values[middle]),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorted_as_a_map_is(
            words in prop::collection::vec(
                (prop::collection::vec(prop_oneof![1u32..4, 65_533u32..65_538], 1..7), 1u64..9),
                0..40),
        ) {
            let mut coded = Coded::default();
            let mut naive: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
            for (word, value) in &words {
                coded.push(word, *value);
                *naive.entry(word.clone()).or_default() += value;
            }
            let coded = coded.sorted(|one, other| one + other);
            let found: Vec<(Vec<u32>, u64)> =
                coded.iter().map(|(word, value)| (word.to_vec(), value)).collect();
            prop_assert_eq!(&found, &naive.clone().into_iter().collect::<Vec<_>>());
            for (word, _) in &words {
                prop_assert_eq!(coded.find(word), naive.get(word).copied());
                prop_assert_eq!(coded.find(&word[1..]), naive.get(&word[1..]).copied());
            }
        }
    }
}
