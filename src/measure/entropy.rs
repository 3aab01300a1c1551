//! The entropy of a distribution given by counts, and sums of c·ln c that come out the same to the
//! bit in whatever order they are added.

/// Bits after the point of the fixed-point numbers.
const FRACTION_BITS: u32 = 26;
const ONE: f64 = (1_u64 << FRACTION_BITS) as f64;
/// Counts below this, which are nearly all, have their value in a table.
const SMALL: u64 = 4096;

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
    let (mut total, mut sum) = (0_u64, 0_u64);
    for count in counts {
        total = total.saturating_add(count);
        sum = sum.saturating_add(exact(count));
    }
    of_fixed_sum(sum, total, exact(total))
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

/// The function c·ln c in fixed point, with a table for small c. Sums of its values are the same to
/// the bit in whatever order and grouping they are added; those of floating-point numbers are not.
///
/// A value is a whole number of 2⁻²⁶ nats. As Σ c·ln c ≤ T·ln T, sums fit 64 bits for counts of up
/// to 10¹⁰ together.
///
/// ```
/// use erya::measure::XLogX;
/// let xlogx = XLogX::new();
/// let sum = xlogx.of(2) + xlogx.of(1);
/// assert!((xlogx.entropy(sum, 3) - 0.636514).abs() < 1e-6);
/// ```
#[derive(Clone, Debug)]
pub struct XLogX {
    small: Vec<u64>,
}

impl XLogX {
    /// The function, its table filled.
    pub fn new() -> Self {
        XLogX { small: (0..SMALL).map(exact).collect() }
    }

    /// c·ln c in units of 2⁻²⁶ nats. 0 at 0 and at 1; the largest number where it would not fit.
    #[inline]
    pub fn of(&self, count: u64) -> u64 {
        let place = usize::try_from(count).unwrap_or(usize::MAX);
        self.small.get(place).copied().unwrap_or_else(|| exact(count))
    }

    /// The entropy of counts that are `total` together, from the sum of [`XLogX::of`] over them:
    /// ln T − S/T.
    ///
    /// In nats, exact to about 10⁻⁸. 0 at T = 0, and where one thing is all there is. Shannon 1948.
    pub fn entropy(&self, sum: u64, total: u64) -> f64 {
        of_fixed_sum(sum, total, self.of(total))
    }
}

impl Default for XLogX {
    fn default() -> Self {
        XLogX::new()
    }
}

/// The entropy from a sum in fixed point; `certain` is that of a single thing, of which the entropy
/// is 0 whatever the rounding.
fn of_fixed_sum(sum: u64, total: u64, certain: u64) -> f64 {
    if sum == certain { 0.0 } else { entropy_of_sum(total, sum as f64 / ONE) }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates where documented")]
#[expect(clippy::cast_sign_loss, reason = "c·ln c is not negative for whole numbers")]
fn exact(count: u64) -> u64 {
    let count = count.max(1) as f64;
    (count * count.ln() * ONE).round() as u64
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
        let xlogx = XLogX::new();
        assert_eq!((xlogx.of(0), xlogx.of(1), xlogx.of(u64::MAX)), (0, 0, u64::MAX));
        assert_eq!(xlogx.entropy(0, 0), 0.0);
        for total in [1, 2, 4095, 4096, 4097, 123_456_789] {
            assert_eq!(xlogx.entropy(xlogx.of(total), total), 0.0);
            assert_eq!(xlogx.of(total), exact(total));
        }
        // The largest corpus that the sums are promised for.
        assert!(exact(10_000_000_000) < u64::MAX);
    }

    proptest! {
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
