//! Itemsets counted in new transactions, by the bits of their items.

use super::itemsets::Gain;

/// In how many new transactions itemsets are. They come in the order of a list, in which each
/// shares its first items with the one before; so do their bits.
pub(super) struct Counter {
    /// Words of bits for all new transactions.
    words: usize,
    /// The new transactions that hold each item, by its present number.
    bits: Vec<u64>,
    /// Behind a row of ones, those that hold the first item of the last itemset, the first two,
    /// and so on.
    common: Vec<u64>,
    /// Of how many items they are known.
    known: usize,
    /// Whether none holds these.
    dead: bool,
}

impl Counter {
    /// Of items by their numbers: which of the transactions each is.
    pub(super) fn new(gain: &Gain<'_>, items: &[u32]) -> Counter {
        let Gain { data, first_new, .. } = *gain;
        let words = (data.transactions() - first_new).div_ceil(64).max(1) as usize;
        let mut bits = vec![0u64; items.len() * words];
        for (own, &item) in bits.chunks_exact_mut(words).zip(items) {
            data.each_within(item, first_new..data.transactions(), |transaction| {
                let row = (transaction - first_new) as usize;
                own[row / 64] |= 1 << (row % 64);
            });
        }
        Counter { words, bits, common: Vec::new(), known: 0, dead: false }
    }

    /// Begins another list.
    pub(super) fn begin(&mut self) {
        (self.known, self.dead) = (0, false);
    }

    /// Counts the next itemset, which shares so many items with the one before.
    #[inline]
    pub(super) fn count(
        &mut self,
        items: &[u32],
        shared: usize,
        number: impl Fn(u32) -> u32,
    ) -> u64 {
        if self.dead && self.known <= shared {
            return 0;
        }
        self.dead = false;
        self.known = self.known.min(shared);
        let words = self.words;
        self.common.resize(((items.len() + 1) * words).max(self.common.len()), u64::MAX);
        for &item in &items[self.known..] {
            let own = &self.bits[number(item) as usize * words..][..words];
            let (before, next) = self.common[self.known * words..].split_at_mut(words);
            let mut any = 0;
            for ((next, before), own) in next.iter_mut().zip(before).zip(own) {
                *next = *before & own;
                any |= *next;
            }
            self.known += 1;
            if any == 0 {
                self.dead = true;
                return 0;
            }
        }
        let last = &self.common[self.known * words..][..words];
        last.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}
