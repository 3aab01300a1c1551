//! How much commoner something is in one corpus than in another.

use super::association::{Contingency, ratio};

/// A thing that occurs `a` times among `c` in the one corpus, and `b` times among `d` in the other.
///
/// The examples are for a = 120, c = 10 000, b = 60, d = 20 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    a: u64,
    c: u64,
    b: u64,
    d: u64,
}

impl Comparison {
    /// The comparison of `a` among `c` with `b` among `d`; `None` if a part exceeds its whole, or
    /// the two together do not fit 64 bits.
    pub fn new(a: u64, c: u64, b: u64, d: u64) -> Option<Self> {
        (a <= c && b <= d && c.checked_add(d).is_some()).then_some(Comparison { a, c, b, d })
    }

    /// How surely the shares differ: G² of the four cells a, b, c − a, d − b, negative where the
    /// thing is rarer in the first corpus.
    ///
    /// In nats, twice; one degree of freedom. 0 where a corpus is empty, `None` where both are.
    /// Dunning 1993.
    ///
    /// ```
    /// # let comparison = erya::measure::Comparison::new(120, 10_000, 60, 20_000).unwrap();
    /// assert!((comparison.g2().unwrap() - 83.721470).abs() < 1e-6);
    /// ```
    pub fn g2(&self) -> Option<f64> {
        self.cells()?.g2()
    }

    /// The same without the two large cells: 2(a·ln(a/E1) + b·ln(b/E2)) with E1 = c(a+b)/(c+d) and
    /// E2 = d(a+b)/(c+d), 0·ln 0 = 0, negative where the thing is rarer in the first corpus.
    ///
    /// In nats, twice. `None` where both corpora are empty. Rayson & Garside 2000.
    ///
    /// ```
    /// # let comparison = erya::measure::Comparison::new(120, 10_000, 60, 20_000).unwrap();
    /// assert!((comparison.g2_rayson().unwrap() - 83.177662).abs() < 1e-6);
    /// ```
    pub fn g2_rayson(&self) -> Option<f64> {
        let [a, b, c, d] = [self.a, self.b, self.c, self.d].map(|count| count as f64);
        let expected = |whole: f64| ratio(whole * (a + b), c + d);
        let (first, second) = (expected(c)?, expected(d)?);
        let term = |count: f64, expected: f64| {
            if count > 0.0 { count * (count / expected).ln() } else { 0.0 }
        };
        let magnitude = (2.0 * (term(a, first) + term(b, second))).max(0.0);
        Some(if a < first { -magnitude } else { magnitude })
    }

    /// How many times, as a power of two, the thing is commoner: log2((a/c)/(b/d)), where a and b
    /// count ½ if they are 0.
    ///
    /// In bits. `None` where a corpus is empty. Hardie 2014.
    ///
    /// ```
    /// # let comparison = erya::measure::Comparison::new(120, 10_000, 60, 20_000).unwrap();
    /// assert_eq!(comparison.log_ratio(), Some(2.0));
    /// ```
    pub fn log_ratio(&self) -> Option<f64> {
        self.cells()?.log_ratio()
    }

    /// How many times commoner the thing is per million, smoothed by k: (fpm1 + k)/(fpm2 + k).
    ///
    /// Without unit. `None` where a corpus is empty, and at b = 0 with k = 0. Kilgarriff 2009,
    /// with k = 1.
    ///
    /// ```
    /// # let comparison = erya::measure::Comparison::new(120, 10_000, 60, 20_000).unwrap();
    /// assert!((comparison.simple_maths(1.0).unwrap() - 3.999000).abs() < 1e-6);
    /// ```
    pub fn simple_maths(&self, k: f64) -> Option<f64> {
        let per_million = |part: u64, whole: u64| ratio(part as f64 * 1e6, whole as f64);
        simple_maths(per_million(self.a, self.c)?, per_million(self.b, self.d)?, k)
    }

    fn cells(&self) -> Option<Contingency> {
        Contingency::new(self.a, self.c, self.a.checked_add(self.b)?, self.c + self.d)
    }
}

/// The ratio of two frequencies per million, smoothed by k: (fpm1 + k)/(fpm2 + k).
///
/// Without unit. `None` where the divisor is 0. Kilgarriff 2009, with k = 1.
///
/// ```
/// use erya::measure::simple_maths;
/// assert!((simple_maths(12_000.0, 3_000.0, 1.0).unwrap() - 3.999000).abs() < 1e-6);
/// ```
pub fn simple_maths(first: f64, second: f64, k: f64) -> Option<f64> {
    ratio(first + k, second + k)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edges() {
        let empty = Comparison::new(0, 0, 0, 0).unwrap();
        assert_eq!((empty.g2(), empty.g2_rayson(), empty.log_ratio()), (None, None, None));
        assert_eq!(empty.simple_maths(1.0), None);
        assert_eq!(Comparison::new(2, 1, 0, 0), None);
        let absent = Comparison::new(4, 10, 0, 10).unwrap();
        assert_eq!(absent.log_ratio(), Some(3.0));
        assert_eq!(absent.simple_maths(0.0), None);
    }

    proptest! {
        #[test]
        fn valid_counts_give_numbers(
            a in 0_u64..99, b in 0_u64..99, c in 0_u64..9999, d in 0_u64..9999,
        ) {
            let one = Comparison::new(a, a + c, b, b + d).unwrap();
            let other = Comparison::new(b, b + d, a, a + c).unwrap();
            for measure in [Comparison::g2, Comparison::g2_rayson, Comparison::log_ratio] {
                if let (Some(one), Some(other)) = (measure(&one), measure(&other)) {
                    prop_assert!(one.is_finite());
                    prop_assert!((one.abs() - other.abs()).abs() < 1e-6);
                }
            }
            prop_assert!(one.simple_maths(1.0).is_none_or(f64::is_finite));
        }
    }
}
