//! The leaves of the search: all choices of a few items counted at once.
//!
//! The numbers of transactions by the choice of items that they hold become, by one addition for
//! each item and choice, the numbers of transactions that hold at least the choice.

use super::bits::KERNELS;
use super::growth::Searcher;
use crate::error::Result;

/// Most items that are counted so.
pub(super) const MOST_SUMMED: usize = 16;

/// Sums are chosen where a search is guessed to cost so many times more: the guess is too high
/// where items exclude each other.
const CAUTION: f64 = 4.0;

/// What is known of a branch before it is searched: how many items it has, how often they occur in
/// how many transactions, and the least count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    pub(super) items: usize,
    pub(super) ones: u64,
    pub(super) of: u32,
    pub(super) least: u32,
}

impl Guess {
    /// Whether counting all choices costs less than searching for the frequent ones in bitmaps of
    /// so many words; `steps` is what finding the choices of all transactions costs.
    pub(super) fn suits_sums(self, words: usize, steps: usize) -> bool {
        let choices = f64::from(1u32 << self.items);
        let summing = choices * (self.items as f64 / 6.0 + 1.0) + steps as f64;
        let each = (words * self.items / 6 + 12) as f64;
        // Without a guess: if a search of every choice costs no more, there is nothing to gain.
        choices * each > summing && self.itemsets() * each > CAUTION * summing
    }

    /// How many choices are frequent, if the items were independent and equally frequent.
    fn itemsets(self) -> f64 {
        let share = self.ones as f64 / (self.items as f64 * f64::from(self.of));
        let least = f64::from(self.least) / f64::from(self.of);
        let deepest = least.ln() / share.ln();
        let (mut ways, mut sum) = (1.0, 0.0);
        for size in 1..=self.items {
            ways *= (self.items + 1 - size) as f64 / size as f64;
            let beyond = size as f64 - deepest;
            // Items are not equally frequent: the limit is a soft one.
            sum += ways * (-beyond.max(0.0)).exp();
        }
        sum
    }
}

impl Searcher<'_, '_> {
    /// Reports the choices of `items` that are frequent; the number at a set of bits is that of
    /// transactions that hold exactly these.
    pub(super) fn report_sums(&mut self, sums: &mut [u32], items: &[u32]) -> Result<()> {
        (KERNELS.superset_sums)(sums);
        self.output.step(sums.len())?;
        let least = self.output.least();
        if !self.output.only_counts() {
            return self.report_choices(sums, items, 0, 0, least);
        }
        let sizes = self.output.shared.sizes;
        if sizes.max == usize::MAX && sizes.min <= self.output.items.len() {
            self.output.add((KERNELS.at_least)(&sums[1..], least), 1);
            return Ok(());
        }
        let mut by_size = [0u64; MOST_SUMMED + 1];
        for (choice, _) in sums.iter().enumerate().skip(1).filter(|(_, sum)| **sum >= least) {
            by_size[choice.count_ones() as usize] += 1;
        }
        for (deeper, number) in by_size.into_iter().enumerate().filter(|(_, number)| *number > 0) {
            self.output.add(number, deeper);
        }
        Ok(())
    }

    fn report_choices(
        &mut self,
        sums: &[u32],
        items: &[u32],
        choice: usize,
        first: usize,
        least: u32,
    ) -> Result<()> {
        if !self.output.has_room() {
            return Ok(());
        }
        for (place, &item) in items.iter().enumerate().skip(first) {
            let larger = choice | 1 << place;
            if sums[larger] < least {
                continue;
            }
            self.output.items.push(item);
            self.output.emit(sums[larger])?;
            self.report_choices(sums, items, larger, place + 1, least)?;
            self.output.items.pop();
        }
        Ok(())
    }
}
