//! What is searched for: the least count, the kind of itemsets, and the constraints on them.

use crate::error::{Error, Result};

/// Which of the frequent itemsets are wanted.
///
/// An itemset is frequent when at least [`Search::min_count`] transactions hold it. The empty
/// itemset is never reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// All of them.
    #[default]
    All,
    /// Those to which no item can be added without losing a transaction (Pasquier et al. 1999).
    Closed,
    /// Those to which no item can be added without becoming infrequent (Bayardo 1998).
    Maximal,
    /// Those from which no item can be taken without gaining a transaction (Bastide et al. 2000);
    /// an item of every transaction is in none, for the empty itemset is as frequent.
    Generators,
}

/// The names of [`Target`], in its order.
const TARGETS: [(&str, Target); 4] = [
    ("all", Target::All),
    ("closed", Target::Closed),
    ("maximal", Target::Maximal),
    ("generators", Target::Generators),
];

impl Target {
    /// What the targets are called in a query.
    pub const NAMES: &'static [&'static str] = &["all", "closed", "maximal", "generators"];

    /// Whether items that are in no itemset of a branch decide what is found there.
    pub(super) fn is_guarded(self) -> bool {
        self == Target::Closed || self == Target::Maximal
    }

    /// The target of a name.
    pub fn named(name: &str) -> Option<Target> {
        TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
    }
}

/// A search for frequent itemsets.
///
/// Sizes, `contains` and `without` select: what they leave is the part of the unconstrained answer
/// that meets them. So a closed itemset found under a constraint is closed in all the data, and a
/// maximal one has no frequent superset, whether or not that meets the constraint. The search uses
/// them to leave out branches that hold nothing wanted.
#[derive(Clone, Debug)]
pub struct Search {
    /// The least number of transactions, this number included; 0 is taken for 1.
    pub min_count: u64,
    /// Which of the frequent itemsets.
    pub target: Target,
    /// The least number of items.
    pub min_size: usize,
    /// The largest number of items; 0 for no limit.
    pub max_size: usize,
    /// Only so many: those of the highest counts, at equal counts those of fewer items, then those
    /// whose items come first by number. They are handed over in this order.
    pub top: Option<usize>,
    /// Items that every itemset has to contain.
    pub contains: Vec<u32>,
    /// Items that no itemset may contain.
    pub without: Vec<u32>,
    /// How many threads search; the answer and its order do not depend on it.
    pub threads: usize,
    /// Bytes of memory to stay within.
    pub memory: u64,
}

impl Default for Search {
    fn default() -> Self {
        Search {
            min_count: 1,
            target: Target::All,
            min_size: 1,
            max_size: 0,
            top: None,
            contains: Vec::new(),
            without: Vec::new(),
            threads: 1,
            memory: 1 << 30,
        }
    }
}

impl Search {
    /// The least count, as one of transactions; `None` where no itemset can reach it.
    pub(super) fn min(&self, transactions: u32) -> Option<u32> {
        let min = u32::try_from(self.min_count.max(1)).ok()?;
        (min <= transactions).then_some(min)
    }

    /// The sizes an itemset may have, both ends included.
    pub(super) fn sizes(&self) -> Sizes {
        let max = if self.max_size == 0 { usize::MAX } else { self.max_size };
        Sizes { min: self.min_size.max(1), max }
    }

    /// Refuses to begin what will not fit.
    ///
    /// # Errors
    /// [`Error::Input`] when `bytes` are more than the memory.
    pub(super) fn afford(&self, bytes: u64, what: &str) -> Result<()> {
        if bytes <= self.memory {
            return Ok(());
        }
        Err(Error::input(format!(
            "{what} take {} MB of memory, and {} MB are allowed",
            bytes.div_ceil(1 << 20),
            self.memory >> 20
        ))
        .hint("a higher support needs less; SET memory = … allows more"))
    }
}

/// A range of sizes, both ends included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) min: usize,
    pub(super) max: usize,
}

impl Sizes {
    /// Whether an itemset of `size` items is wanted.
    pub(super) fn hold(self, size: usize) -> bool {
        self.min <= size && size <= self.max
    }
}
