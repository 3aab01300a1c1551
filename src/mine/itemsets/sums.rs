//! The leaves of the search: all choices of a few items counted at once.
//!
//! The numbers of transactions by the choice of items that they hold become, by one addition for
//! each item and choice, the numbers of transactions that hold at least the choice.

use super::bits::KERNELS;
use super::growth::Searcher;
use crate::error::Result;

/// Most items that are counted so.
pub(super) const MOST_HEADS: usize = 16;

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
        let mut by_size = [0u64; MOST_HEADS + 1];
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
