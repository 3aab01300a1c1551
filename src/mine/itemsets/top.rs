//! The best so many itemsets, and the count that a further one has to reach.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::sink::Sink;
use crate::error::Result;

/// What an itemset is ranked by, the best the least: the highest count, then the fewest items,
/// then the items that come first by number.
type Rank = (Reverse<u32>, usize, Vec<u32>);

/// The best itemsets seen so far.
#[derive(Debug)]
pub(super) struct Best {
    wanted: usize,
    /// The worst on top.
    heap: BinaryHeap<Rank>,
}

impl Best {
    pub(super) fn new(wanted: usize) -> Self {
        Best { wanted, heap: BinaryHeap::new() }
    }

    /// Takes an itemset, items ascending, and drops the worst where that is one too many.
    pub(super) fn offer(&mut self, items: &[u32], count: u32) {
        if self.heap.len() < self.wanted {
            self.heap.push((Reverse(count), items.len(), items.to_vec()));
            return;
        }
        let Some(mut worst) = self.heap.peek_mut() else {
            return;
        };
        let rank = (Reverse(count), items.len());
        if rank < (worst.0, worst.1) || rank == (worst.0, worst.1) && *items < *worst.2 {
            *worst = (rank.0, rank.1, items.to_vec());
        }
    }

    /// The count below which nothing gets in any more.
    pub(super) fn floor(&self) -> u32 {
        if self.heap.len() < self.wanted {
            return 0;
        }
        self.heap.peek().map_or(0, |worst| worst.0.0)
    }

    /// Hands the itemsets over, the best first, and says how many.
    pub(super) fn deliver(self, sink: &mut dyn Sink) -> Result<u64> {
        let ranked = self.heap.into_sorted_vec();
        let number = ranked.len() as u64;
        if !sink.lists() {
            sink.tally(number)?;
            return Ok(number);
        }
        for (Reverse(count), _, items) in &ranked {
            sink.take(items, u64::from(*count))?;
        }
        Ok(number)
    }
}
