//! Counts of which most are small: a byte of each lies with whoever counts, and what goes beyond it
//! here.

use rustc_hash::FxHashMap;

/// What goes beyond the bytes, by what is counted.
#[derive(Default)]
pub(super) struct Beyond(FxHashMap<u64, u64>);

impl Beyond {
    /// Adds to the count of which that is the byte.
    pub(super) fn add(&mut self, key: u64, byte: &mut u8, times: u64) {
        let sum = u64::from(*byte) + times;
        let [low, ..] = sum.to_le_bytes();
        *byte = low;
        if sum > u64::from(low) {
            *self.0.entry(key).or_default() += sum - u64::from(low);
        }
    }

    /// The count of which that is the byte.
    pub(super) fn total(&self, key: u64, byte: u8) -> u64 {
        u64::from(byte) + self.0.get(&key).copied().unwrap_or(0)
    }

    /// Bytes that it takes, near enough for a budget.
    pub(super) fn memory(&self) -> u64 {
        self.0.len() as u64 * 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_numbers_add_up(
            added in
                proptest::collection::vec((0usize..3, prop_oneof![Just(1), 0u64..600]), 0..600),
        ) {
            let (mut beyond, mut bytes, mut naive) = (Beyond::default(), [0; 3], [0; 3]);
            for (key, times) in added {
                beyond.add(key as u64, &mut bytes[key], times);
                naive[key] += times;
            }
            let totals = [0, 1, 2].map(|key| beyond.total(key as u64, bytes[key]));
            prop_assert_eq!(totals, naive);
        }
    }
}
