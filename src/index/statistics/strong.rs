//! Which pairs hold together at some thresholds.

use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use super::bits::{Bits, Ranked};
use super::pairs::Pairs;
use crate::control::on_threads;
use crate::measure::Logarithms;

/// Symbols below this are looked up in a bit matrix: the frequent ones, for they came first.
const DENSE: u32 = 4096;

/// When a pair is strong: more frequent than a share of all pairs, and more than its parts predict.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Thresholds {
    /// ln p(ab) − ln p(a) − ln p(b), in nats, must be above this.
    pub min_pmi: f64,
    /// p(ab) must be above this.
    pub min_proba: f64,
}

impl Thresholds {
    /// The defaults of `minent`: most thresholds that are asked for are not below.
    pub const FIRM: Thresholds = Thresholds { min_pmi: 1.0, min_proba: 1e-7 };

    /// Whether everything strong for `other` is strong for these as well.
    pub fn include(&self, other: &Thresholds) -> bool {
        self.min_pmi <= other.min_pmi && self.min_proba <= other.min_proba
    }
}

/// The pairs above some thresholds, by their numbers.
pub(super) struct StrongPairs {
    pairs: Ranked,
    /// How often any of them occurs.
    occurrences: u64,
}

impl StrongPairs {
    /// Picks the strong pairs out of all. The number behind the last is that of no strong one.
    pub(super) fn new(pairs: &Pairs, thresholds: Thresholds, threads: usize) -> Self {
        let logarithms = Logarithms::default();
        let total = logarithms.of(pairs.unit_total);
        let units: Vec<f64> =
            pairs.units.iter().map(|&count| logarithms.of(count) - total).collect();
        let total = logarithms.of(pairs.pair_total);
        let min_proba = thresholds.min_proba.ln();
        let is_strong = |(first, second, count): (u32, u32, u64)| {
            let log = logarithms.of(count) - total;
            let pmi = log - units[first as usize] - units[second as usize];
            log > min_proba && pmi > thresholds.min_pmi
        };
        // Whole words for each thread.
        let mut words = vec![0; (pairs.len() >> 6) + 1];
        let share = words.len().div_ceil(threads.max(1));
        let shares = words.chunks_mut(share).zip(0..).collect();
        let occurrences = on_threads(shares, |(words, part): (&mut [u64], usize)| {
            let first = (part * share) << 6;
            let own = first..pairs.len().min(first + (words.len() << 6));
            let mut occurrences = 0;
            for (pair, at) in pairs.range(own).zip(0..) {
                let is_strong = u64::from(is_strong(pair));
                words[at >> 6] |= is_strong << (at & 63);
                occurrences += pair.2 * is_strong;
            }
            occurrences
        });
        let occurrences = occurrences.into_iter().sum();
        StrongPairs { pairs: Ranked::new(Bits::from_words(words)), occurrences }
    }

    #[cfg(test)]
    pub(super) fn of(bits: Bits, pairs: &Pairs) -> Self {
        let strong = (0..pairs.len()).filter(|&number| bits.contains(number));
        let occurrences = strong.map(|number| pairs.count_of(number)).sum();
        StrongPairs { pairs: Ranked::new(bits), occurrences }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.pairs.len()
    }

    /// How often any of them occurs.
    pub(super) fn occurrences(&self) -> u64 {
        self.occurrences
    }

    /// Whether the second unit of a pair belongs to the first.
    #[inline]
    pub(super) fn contains(&self, pair: u32) -> bool {
        self.pairs.contains(pair)
    }

    /// The number of a strong pair among the strong ones.
    #[inline]
    pub(super) fn number(&self, pair: u32) -> u32 {
        self.pairs.rank(pair)
    }
}

impl Pairs {
    /// The pairs that are strong at some thresholds, numbered among themselves.
    pub(in crate::index) fn strong(&self, thresholds: Thresholds, threads: usize) -> Pairs {
        let strong = StrongPairs::new(self, thresholds, threads);
        self.only(|number| strong.contains(number))
    }
}

/// Strong pairs by their symbols, for reading text.
pub(super) struct Matrix {
    dense: Bits,
    sparse: hashbrown::HashSet<u64, FxBuildHasher>,
}

impl Matrix {
    pub(super) fn new(pairs: &Pairs, strong: &StrongPairs) -> Self {
        let dense = Bits::up_to((DENSE * DENSE) as usize);
        let mut matrix = Matrix { dense, sparse: Default::default() };
        for ((first, second, _), number) in pairs.iter().zip(0..) {
            if !strong.contains(number) {
                continue;
            }
            if first < DENSE && second < DENSE {
                matrix.dense.set((first * DENSE + second) as usize, true);
            } else {
                matrix.sparse.insert(u64::from(first) << 32 | u64::from(second));
            }
        }
        matrix
    }

    #[inline]
    pub(super) fn contains(&self, first: u32, second: u32) -> bool {
        if first < DENSE && second < DENSE {
            self.dense.contains((first * DENSE + second) as usize)
        } else {
            self.sparse.contains(&(u64::from(first) << 32 | u64::from(second)))
        }
    }
}
