//! What a search stands on: the transactions that can matter, and the frequent items in them.

use std::ops::Range;

use super::search::{Search, Target};
use crate::index::Vertical;

/// An item, and how many transactions hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) item: u32,
    pub(super) count: u32,
}

/// The data of a search, constraints applied where that changes no answer.
///
/// For all targets but generators, an itemset with the items of `contains` is found among the
/// transactions that hold them. A generator is one by comparison with its subsets, which may lack
/// them.
#[derive(Debug)]
pub(super) struct Ground<'d> {
    data: &'d Vertical,
    /// The number of each transaction among those that matter, [`NONE`] for the others; `None`
    /// where all matter.
    rows: Option<Vec<u32>>,
    /// Items that every itemset has to have, ascending.
    pub(super) wanted: Vec<u32>,
    /// Those of them that are in every transaction that matters, and so begin every itemset: all
    /// but for generators.
    pub(super) prefix: Vec<u32>,
    /// How many transactions matter.
    pub(super) transactions: u32,
    /// Items of all of these that are not in `prefix`.
    pub(super) full: Vec<u32>,
    /// The other frequent items, the most frequent first, then by number.
    pub(super) heads: Vec<Counted>,
    /// Frequent items that no itemset may contain, but which decide what is closed or maximal.
    pub(super) guards: Vec<Counted>,
}

/// The number of a transaction that does not matter.
const NONE: u32 = u32::MAX;

impl<'d> Ground<'d> {
    /// Looks at every item once. `None` where nothing can be found.
    pub(super) fn new(data: &'d Vertical, search: &Search, min: u32) -> Option<Self> {
        let mut wanted = search.contains.clone();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.iter().any(|item| search.without.contains(item) || data.count(*item) < min) {
            return None;
        }
        let mut ground = Ground {
            data,
            rows: None,
            wanted: Vec::new(),
            prefix: Vec::new(),
            transactions: data.transactions(),
            full: Vec::new(),
            heads: Vec::new(),
            guards: Vec::new(),
        };
        if !wanted.is_empty() {
            let (rows, number) = holding(data, &wanted);
            if number < min {
                return None;
            }
            ground.rows = Some(rows);
            ground.transactions = number;
        }
        ground.gather(search, &wanted, min);
        if search.target == Target::Generators {
            // The items that are frequent with the wanted ones, in all transactions.
            ground.rows = None;
            ground.transactions = data.transactions();
            let frequent: Vec<u32> = ground.heads.iter().map(|head| head.item).collect();
            let items =
                frequent.into_iter().chain(ground.full.drain(..)).chain(wanted.iter().copied());
            ground.heads = items.map(|item| Counted { item, count: data.count(item) }).collect();
            ground.heads.retain(|head| head.count < ground.transactions);
            ground.guards.clear();
        } else {
            ground.prefix.clone_from(&wanted);
        }
        ground.wanted = wanted;
        ground.heads.sort_unstable_by_key(|head| (u32::MAX - head.count, head.item));
        Some(ground)
    }

    fn gather(&mut self, search: &Search, wanted: &[u32], min: u32) {
        let guarded = search.target.is_guarded();
        for item in 0..self.data.items() {
            if self.data.count(item) < min || wanted.binary_search(&item).is_ok() {
                continue;
            }
            let mut count = self.data.count(item);
            if self.rows.is_some() {
                count = 0;
                self.each(item, |_| count += 1);
            }
            if count < min {
                continue;
            }
            if search.without.contains(&item) {
                if guarded {
                    self.guards.push(Counted { item, count });
                }
            } else if count == self.transactions {
                self.full.push(item);
            } else {
                self.heads.push(Counted { item, count });
            }
        }
    }

    /// Calls `each` with the transactions that matter and hold an item, ascending from 0.
    pub(super) fn each(&self, item: u32, mut each: impl FnMut(u32)) {
        match &self.rows {
            None => self.data.each(item, each),
            Some(rows) => self.data.each(item, |transaction| {
                let row = rows[transaction as usize];
                if row != NONE {
                    each(row);
                }
            }),
        }
    }

    /// Calls `each` with those of them within a range.
    pub(super) fn each_within(&self, item: u32, range: Range<u32>, mut each: impl FnMut(u32)) {
        match &self.rows {
            None => self.data.each_within(item, range, each),
            Some(_) => self.each(item, |row| {
                if range.contains(&row) {
                    each(row);
                }
            }),
        }
    }

    /// How often the items are held, which is what copies of the data grow with.
    pub(super) fn postings(&self) -> u64 {
        let counted = self.heads.iter().chain(&self.guards);
        counted.map(|counted| u64::from(counted.count)).sum()
    }

    /// Bits of the bitmaps of all of them.
    pub(super) fn bits(&self) -> u64 {
        let lines = (self.heads.len() + self.guards.len()) as u64;
        lines.saturating_mul(u64::from(self.transactions).next_multiple_of(64))
    }
}

/// Numbers the transactions that hold all of `items`, of which there is at least one.
fn holding(data: &Vertical, items: &[u32]) -> (Vec<u32>, u32) {
    let mut rows = vec![0u32; data.transactions() as usize];
    for &item in items {
        data.each(item, |transaction| rows[transaction as usize] += 1);
    }
    let mut number = 0;
    for row in &mut rows {
        if *row as usize == items.len() {
            *row = number;
            number += 1;
        } else {
            *row = NONE;
        }
    }
    (rows, number)
}
