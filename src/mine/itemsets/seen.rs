//! The generators found so far, for telling whether an itemset is one.
//!
//! An itemset is a generator when each itemset with one item less is one and has a higher count.
//! Those all come before it in the search. They are known by a hash of 128 bits, the exclusive or
//! of one for each item: two of ten million itemsets are taken for the same with a chance of 10⁻²⁵.

use rustc_hash::FxHashMap;

use crate::error::{Error, Result};

/// Bytes that an entry takes up, the free places of the table included.
const ENTRY: usize = 72;

/// Generators and their counts.
#[derive(Debug)]
pub(super) struct Seen {
    counts: FxHashMap<u128, u32>,
    most: usize,
}

impl Seen {
    /// Knows the empty itemset, which all transactions hold.
    pub(super) fn new(transactions: u32, memory: u64) -> Self {
        let most = usize::try_from(memory).unwrap_or(usize::MAX) / ENTRY;
        Seen { counts: FxHashMap::from_iter([(0, transactions)]), most }
    }

    /// Whether an itemset is a generator; remembers it if so.
    ///
    /// # Errors
    /// [`Error::Input`] when it no longer fits the memory.
    pub(super) fn admit(&mut self, items: &[u32], count: u32) -> Result<bool> {
        let all = items.iter().fold(0, |all, &item| all ^ hash(item));
        let is_above = |&item: &u32| {
            self.counts.get(&(all ^ hash(item))).is_some_and(|&smaller| smaller > count)
        };
        if !items.iter().all(is_above) {
            return Ok(false);
        }
        if self.counts.len() >= self.most {
            return Err(Error::input(format!(
                "more than {} generators do not fit the memory",
                self.most
            ))
            .hint("a higher support gives fewer; SET memory = … allows more"));
        }
        self.counts.insert(all, count);
        Ok(true)
    }
}

/// Two rounds of splitmix64.
fn hash(item: u32) -> u128 {
    let round = |seed: u64| {
        let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    let item = u64::from(item) + 1;
    u128::from(round(item)) << 64 | u128::from(round(item | 1 << 40))
}
