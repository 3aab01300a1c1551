//! A bit for each of many numbers.

use std::ops::Range;

/// Numbers that something is true of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// For numbers up to and including `last`, true of none.
    pub(super) fn up_to(last: usize) -> Self {
        Bits(vec![0; (last >> 6) + 1])
    }

    /// Bits as words; number 0 is the lowest bit of the first.
    pub(super) fn from_words(words: Vec<u64>) -> Self {
        Bits(words)
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }

    /// Says that it is true of a number, if it is.
    #[inline]
    pub(super) fn set(&mut self, number: usize, is_true: bool) {
        self.0[number >> 6] |= u64::from(is_true) << (number & 63);
    }

    #[inline]
    pub(super) fn contains(&self, number: usize) -> bool {
        self.0[number >> 6] >> (number & 63) & 1 == 1
    }

    /// Whether it is true of any number of a range.
    #[inline]
    pub(super) fn any(&self, range: Range<usize>) -> bool {
        let mut at = range.start;
        while at < range.end {
            let bits = self.0[at >> 6] >> (at & 63);
            let inside = (range.end - at).min(64 - (at & 63));
            if bits << (64 - inside) != 0 {
                return true;
            }
            at += inside;
        }
        false
    }
}

/// Bits, and how many there are below any number.
pub(super) struct Ranked {
    bits: Bits,
    /// By word, how many are in the words before it.
    before: Vec<u32>,
}

impl Ranked {
    pub(super) fn new(bits: Bits) -> Self {
        let sum =
            |sum: &mut u32, word: &u64| Some(std::mem::replace(sum, *sum + word.count_ones()));
        Ranked { before: bits.0.iter().scan(0, sum).collect(), bits }
    }

    #[inline]
    pub(super) fn contains(&self, number: u32) -> bool {
        self.bits.contains(number as usize)
    }

    /// Of how many smaller numbers it is true.
    #[inline]
    pub(super) fn rank(&self, number: u32) -> u32 {
        let word = number as usize >> 6;
        let below = self.bits.0[word] & ((1 << (number & 63)) - 1);
        self.before[word] + below.count_ones()
    }

    /// Of how many numbers it is true.
    pub(super) fn len(&self) -> u32 {
        let last = self.bits.0.last().map_or(0, |word| word.count_ones());
        self.before.last().map_or(0, |before| before + last)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_those_that_were_set(
            wanted in prop::collection::vec(any::<bool>(), 1..300),
            ends in prop::collection::vec((0..300usize, 0..300usize), 20),
        ) {
            let mut bits = Bits::up_to(wanted.len() - 1);
            for (number, &is_true) in wanted.iter().enumerate() {
                bits.set(number, is_true);
            }
            for (start, end) in ends {
                let (start, end) = (start.min(wanted.len()), end.min(wanted.len()));
                let any = start < end && wanted[start..end].contains(&true);
                prop_assert_eq!(bits.any(start..end), any);
            }
            let ranked = Ranked::new(bits);
            let mut rank = 0;
            for (number, &is_true) in (0..).zip(&wanted) {
                prop_assert_eq!((ranked.contains(number), ranked.rank(number)), (is_true, rank));
                rank += u32::from(is_true);
            }
            prop_assert_eq!(ranked.len(), rank);
        }
    }
}
