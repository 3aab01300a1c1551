//! The entropy of a distribution given by counts, and sums of c·ln c that come out the same to the
//! bit in whatever order they are added.

use std::sync::LazyLock;

/// Bits after the point of the fixed-point numbers.
const FRACTION_BITS: u32 = 26;
const ONE: f64 = (1_u64 << FRACTION_BITS) as f64;

/// c·ln c for the counts below its length, which are nearly all.
static SMALL: LazyLock<Vec<u128>> = LazyLock::new(|| (0..4096).map(compute).collect());

/// How uncertain it is which of the things counted comes next: H = −Σ (c/T)·ln(c/T), T = Σ c.
///
/// In nats. Counts of 0 add nothing; 0 if all are 0. Shannon 1948.
///
/// ```
/// use erya::measure::entropy;
/// assert!((entropy([2, 1, 1]) - 1.039721).abs() < 1e-6);
/// assert_eq!(entropy([7]), 0.0);
/// ```
pub fn entropy(counts: impl IntoIterator<Item = u64>) -> f64 {
    let (mut total, mut sum) = (0, XLogX::default());
    for count in counts {
        total += count;
        sum.add(count);
    }
    sum.entropy(total)
}

/// The same from T and S = Σ c·ln c: H = ln T − S/T.
///
/// In nats. 0 at T = 0, and never below, whatever the rounding of `sum`. Shannon 1948.
///
/// ```
/// use erya::measure::entropy_of_sum;
/// assert!((entropy_of_sum(4, 2.0 * 2_f64.ln()) - 1.039721).abs() < 1e-6);
/// ```
pub fn entropy_of_sum(total: u64, sum: f64) -> f64 {
    if total == 0 {
        return 0.0;
    }
    let total = total as f64;
    (total.ln() - sum / total).max(0.0)
}

/// An entropy corrected for what a sample of `total` misses: H + (K − 1)/(2·T), K the number of
/// distinct things seen.
///
/// In nats. The entropy itself at T = 0 or K = 0. Miller 1955.
///
/// ```
/// use erya::measure::{entropy, miller_madow};
/// assert!((miller_madow(entropy([2, 1, 1]), 3, 4) - 1.289721).abs() < 1e-6);
/// ```
pub fn miller_madow(entropy: f64, distinct: u64, total: u64) -> f64 {
    if total == 0 {
        return entropy;
    }
    entropy + distinct.saturating_sub(1) as f64 / (2.0 * total as f64)
}

/// A sum of c·ln c in fixed point: its value does not depend on the order or grouping of additions,
/// as that of floating-point numbers does.
///
/// Each summand is rounded to 2⁻²⁶. The sum cannot overflow: a table of 2⁶⁴ counts, each of 2⁶⁴,
/// takes it to 2¹⁶⁰ only in a corpus that no disk holds; of counts that together fit 64 bits, it
/// stays below 2⁹⁶.
///
/// ```
/// use erya::measure::XLogX;
/// let mut left = XLogX::of(3);
/// left.add(5);
/// let mut right = XLogX::of(5);
/// right.merge(XLogX::of(3));
/// assert_eq!(left, right);
/// assert!((left.to_f64() - 11.343026).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct XLogX(u128);

impl XLogX {
    /// The sum of one count. Nothing for 0 and 1.
    #[inline]
    pub fn of(count: u64) -> Self {
        let small = usize::try_from(count).ok().and_then(|count| SMALL.get(count));
        XLogX(small.copied().unwrap_or_else(|| compute(count)))
    }

    /// Adds a count.
    #[inline]
    pub fn add(&mut self, count: u64) {
        self.merge(XLogX::of(count));
    }

    /// Adds another sum.
    #[inline]
    pub fn merge(&mut self, other: XLogX) {
        self.0 = self.0.saturating_add(other.0);
    }

    /// The sum in nats.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ONE
    }

    /// The sum in units of 2⁻²⁶ nats, for storing.
    pub fn bits(self) -> u128 {
        self.0
    }

    /// The sum that [`XLogX::bits`] gave.
    pub fn from_bits(bits: u128) -> Self {
        XLogX(bits)
    }

    /// The entropy of the counts in this sum, which are `total` together: ln T − S/T.
    ///
    /// In nats, exact to about 10⁻⁸. 0 at T = 0. Shannon 1948.
    ///
    /// ```
    /// use erya::measure::XLogX;
    /// let mut sum = XLogX::of(2);
    /// sum.merge(XLogX::of(1));
    /// assert!((sum.entropy(3) - 0.636514).abs() < 1e-6);
    /// ```
    pub fn entropy(self, total: u64) -> f64 {
        // A single thing that makes up all of the total is certain, whatever the rounding.
        if self == XLogX::of(total) {
            return 0.0;
        }
        entropy_of_sum(total, self.to_f64())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "2^64·ln 2^64·2^26 is below 2^96")]
#[expect(clippy::cast_sign_loss, reason = "c·ln c is not negative for whole numbers")]
fn compute(count: u64) -> u128 {
    let count = count.max(1) as f64;
    (count * count.ln() * ONE).round() as u128
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edges() {
        assert_eq!(entropy([]), 0.0);
        assert_eq!(entropy([0, 0]), 0.0);
        assert_eq!(entropy([1_000_003]), 0.0);
        assert_eq!(miller_madow(0.0, 0, 0), 0.0);
        assert!((entropy([1; 1000]) - 1000_f64.ln()).abs() < 1e-7);
        assert!(XLogX::of(u64::MAX).to_f64() > 8e20);
        let sum = XLogX::of(77);
        assert_eq!(XLogX::from_bits(sum.bits()), sum);
    }

    proptest! {
        #[test]
        fn any_order_gives_the_same_bits(counts in prop::collection::vec(0_u64..1 << 40, 0..40)) {
            let sum = |counts: &[u64]| {
                counts.iter().fold(XLogX::default(), |mut sum, &count| {
                    sum.add(count);
                    sum
                })
            };
            let whole = sum(&counts);
            let reversed: Vec<u64> = counts.iter().rev().copied().collect();
            prop_assert_eq!(whole, sum(&reversed));
            let (left, right) = counts.split_at(counts.len() / 2);
            let mut parts = sum(right);
            parts.merge(sum(left));
            prop_assert_eq!(whole, parts);
        }

        #[test]
        fn it_is_the_entropy_of_the_shares(counts in prop::collection::vec(1_u64..100_000, 1..60)) {
            let total = counts.iter().sum::<u64>() as f64;
            let share = |&count: &u64| count as f64 / total;
            let naive: f64 = counts.iter().map(share).map(|share| -share * share.ln()).sum();
            let value = entropy(counts.iter().copied());
            prop_assert!((value - naive).abs() < 1e-6);
            prop_assert!(value >= 0.0 && value <= (counts.len() as f64).ln() + 1e-7);
        }
    }
}
