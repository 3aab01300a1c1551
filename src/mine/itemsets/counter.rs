//! Itemsets counted in new transactions, by the bits of their items.

use super::bits::{Field, KERNELS, WORD};
use super::gained::Gain;

/// In how many new transactions itemsets are. They come in the order of a list, in which each
/// shares its first items with the one before; so do their bits.
pub struct Counter {
    /// The new transactions that hold each item, by its present number.
    bits: Field,
    /// Behind a row of ones, those that hold the first item of the last itemset, the first two,
    /// and so on.
    common: Vec<u64>,
    /// How many these are.
    counts: Vec<u32>,
    /// Of how many items they are known.
    known: usize,
}

impl Counter {
    /// Of items by their numbers: which of the transactions each is.
    pub fn new(gain: &Gain<'_>, items: &[u32]) -> Counter {
        let Gain { data, first_new, .. } = *gain;
        let new = data.transactions() - first_new;
        let mut bits = Field::default();
        bits.reset(0, (new as usize).div_ceil(WORD));
        for &item in items {
            let row = bits.push();
            data.each_within(item, first_new..data.transactions(), |transaction| {
                let place = (transaction - first_new) as usize;
                row[place / WORD] |= 1 << (place % WORD);
            });
        }
        let common = vec![u64::MAX; bits.words];
        Counter { bits, common, counts: vec![new], known: 0 }
    }

    /// By the number of an item, the new transactions that hold it.
    pub(super) fn rows(&self) -> &Field {
        &self.bits
    }

    /// Begins another list.
    pub fn begin(&mut self) {
        self.known = 0;
    }

    /// Counts the next itemset, which shares so many items with the one before.
    #[inline]
    pub fn count(&mut self, items: &[u32], shared: usize, number: impl Fn(u32) -> u32) -> u64 {
        let words = self.bits.words;
        self.known = self.known.min(shared);
        if self.counts.len() <= items.len() {
            self.counts.resize(items.len() + 1, 0);
            self.common.resize((items.len() + 1) * words, 0);
        }
        while self.counts[self.known] > 0
            && let Some(&item) = items.get(self.known)
        {
            let (before, next) = self.common[self.known * words..].split_at_mut(words);
            let row = self.bits.row(number(item));
            self.known += 1;
            self.counts[self.known] = (KERNELS.and)(before, row, &mut next[..words]);
        }
        self.counts[self.known].into()
    }
}
