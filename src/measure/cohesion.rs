//! How firmly an n-gram of any length holds together, and how free it is at its ends.

use super::association::ratio;

/// The weakest joint of an n-gram: the smallest of log2(N·f/(f(left)·f(right))) over its splits.
///
/// `count` and `total` are of the order of the n-gram; `splits` are the counts of the two parts at
/// each place. In bits. `None` if a count is 0 or there is no split. The "solidity" of Chinese
/// new-word discovery; for pairs, Church & Hanks 1990.
///
/// ```
/// use erya::measure::ngram_pmi;
/// let pmi = ngram_pmi(110, 1_000_000, [(2552, 221), (300, 221)]);
/// assert!((pmi.unwrap() - 7.607613).abs() < 1e-6);
/// ```
pub fn ngram_pmi(
    count: u64,
    total: u64,
    splits: impl IntoIterator<Item = (u64, u64)>,
) -> Option<f64> {
    let mut largest = 0.0_f64;
    for (left, right) in splits {
        if left == 0 || right == 0 {
            return None;
        }
        largest = largest.max(left as f64 * right as f64);
    }
    if count == 0 || total == 0 || largest == 0.0 {
        return None;
    }
    Some((total as f64).log2() + (count as f64).log2() - largest.log2())
}

/// How far an n-gram is one thing, by the mean of its splits:
/// p(w)² / (1/(n−1)·Σ p(left)·p(right)).
///
/// `probability` is p(w), `splits` are the probabilities of the two parts at each of the n − 1
/// places. Without unit. `None` if there is no split or their mean is 0. Silva & Lopes 1999.
///
/// ```
/// use erya::measure::scp_f;
/// let scp = scp_f(0.001, [(0.002, 0.004), (0.001, 0.008)]);
/// assert!((scp.unwrap() - 0.125).abs() < 1e-12);
/// ```
pub fn scp_f(probability: f64, splits: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    let (mut places, mut sum) = (0_u32, 0.0);
    for (left, right) in splits {
        places += 1;
        sum += left * right;
    }
    ratio(probability * probability, ratio(sum, f64::from(places))?)
}

/// A step of branching entropy, H(w1..n) − H(w1..n−1), as a deviation from the mean step of all
/// n-grams of that length: (step − mean)/√variance.
///
/// In standard deviations. 0 where the variance is 0, as all steps are the mean. The autonomy of a
/// word is the sum of this over its two directions. Magistry & Sagot 2012.
///
/// ```
/// use erya::measure::nvbe;
/// assert_eq!(nvbe(0.5, -0.25, 2.25), 0.5);
/// ```
pub fn nvbe(step: f64, mean: f64, variance: f64) -> f64 {
    if variance > 0.0 { (step - mean) / variance.sqrt() } else { 0.0 }
}

/// What a word of so many units weighs on a path, from its steps on both sides as [`nvbe`] has
/// them: (1.1·left + 0.9·right)·units − |units − 2|.
///
/// In standard deviations. Magistry & Sagot 2012 take (left + right)·units. Words are about two
/// units long: each unit more or less costs one deviation. Where words begin says a little more
/// than where they end. All three constants were chosen on a month of newspaper with its gold
/// standard.
///
/// ```
/// use erya::measure::path_weight;
/// assert_eq!(path_weight(0.5, 0.5, 2), 2.0);
/// assert_eq!(path_weight(0.5, 0.5, 3), 2.0);
/// ```
pub fn path_weight(left: f64, right: f64, units: usize) -> f64 {
    const LEFT: f64 = 1.1;
    const RIGHT: f64 = 0.9;
    const USUAL: f64 = 2.0;
    let units = units as f64;
    (LEFT * left + RIGHT * right) * units - (units - USUAL).abs()
}

/// Number, mean and variance of the numbers added, in one pass and without cancellation.
///
/// The variance is that of a population. Welford 1962; Chan, Golub & LeVeque 1979 for the merge.
///
/// ```
/// use erya::measure::Moments;
/// let mut moments = Moments::default();
/// [2.0, 4.0, 9.0].into_iter().for_each(|value| moments.add(value));
/// assert_eq!((moments.count(), moments.mean()), (3, 5.0));
/// assert!((moments.variance() - 26.0 / 3.0).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds a number.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
    }

    /// Adds all numbers of `other`. The result depends on the order of merges in its last bits: for
    /// the same bytes from any number of threads, merge in a fixed order.
    pub fn merge(&mut self, other: Moments) {
        let count = self.count + other.count;
        let Some(share) = ratio(other.count as f64, count as f64) else { return };
        let distance = other.mean - self.mean;
        self.squares += other.squares + distance * distance * self.count as f64 * share;
        self.mean += distance * share;
        self.count = count;
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; 0 if there are none.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Their variance; 0 if there are none.
    pub fn variance(&self) -> f64 {
        ratio(self.squares, self.count as f64).unwrap_or(0.0).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::measure::Contingency;

    #[test]
    fn edges() {
        assert_eq!(ngram_pmi(0, 10, [(1, 1)]), None);
        assert_eq!(ngram_pmi(1, 10, []), None);
        assert_eq!(ngram_pmi(1, 10, [(1, 1), (0, 3)]), None);
        assert_eq!(scp_f(0.1, []), None);
        assert_eq!(scp_f(0.0, [(0.0, 0.1)]), None);
        assert_eq!(nvbe(3.0, 1.0, 0.0), 0.0);
        let mut empty = Moments::default();
        empty.merge(Moments::default());
        assert_eq!((empty.mean(), empty.variance()), (0.0, 0.0));
    }

    proptest! {
        #[test]
        fn of_a_pair_it_is_the_pmi(
            o11 in 1_u64..99, r in 0_u64..99, c in 0_u64..99, n in 0_u64..9999,
        ) {
            let (r1, c1) = (o11 + r, o11 + c);
            let total = o11 + r + c + n;
            let pmi = Contingency::new(o11, r1, c1, total).unwrap().pmi().unwrap();
            prop_assert!((ngram_pmi(o11, total, [(r1, c1)]).unwrap() - pmi).abs() < 1e-9);
        }

        #[test]
        fn merged_moments_are_those_of_the_whole(
            values in prop::collection::vec(-1e3_f64..1e3, 0..50), cut in 0_usize..50,
        ) {
            let of = |values: &[f64]| {
                let mut moments = Moments::default();
                values.iter().for_each(|&value| moments.add(value));
                moments
            };
            let (left, right) = values.split_at(cut.min(values.len()));
            let (whole, mut merged) = (of(&values), of(left));
            merged.merge(of(right));
            prop_assert_eq!(merged.count(), whole.count());
            prop_assert!((merged.mean() - whole.mean()).abs() < 1e-9);
            prop_assert!((merged.variance() - whole.variance()).abs() < 1e-6);
        }
    }
}
