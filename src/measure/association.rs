//! How strongly two units attract each other: measures over a table of two by two counts.
//!
//! The margins come from the table of pairs, never from counts of single units: an occurrence at
//! the edge of a sentence has no pair, and the cells would go negative.

/// The four cells of a pair (w1, w2), by one cell, two margins and the total.
///
/// For a window of W slots, all of r1, c1 and n are W times the counts of units, so that
/// E11 = W·f1·f2/N.
///
/// All methods take time O(1) and give `None` where the table shows null. The examples are for
/// O11 = 110, R1 = 2552, C1 = 221, N = 10⁶.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contingency {
    o11: u64,
    r1: u64,
    c1: u64,
    n: u64,
}

impl Contingency {
    /// The table with `o11` pairs (w1, w2), `r1` pairs (w1, ·), `c1` pairs (·, w2) and `n` in all;
    /// `None` if a cell would be negative.
    ///
    /// ```
    /// use erya::measure::Contingency;
    /// assert!(Contingency::new(110, 2552, 221, 1_000_000).is_some());
    /// assert!(Contingency::new(3, 2, 2, 10).is_none());
    /// ```
    pub fn new(o11: u64, r1: u64, c1: u64, n: u64) -> Option<Self> {
        let o21 = c1.checked_sub(o11)?;
        r1.checked_sub(o11)?;
        n.checked_sub(r1)?.checked_sub(o21)?;
        Some(Contingency { o11, r1, c1, n })
    }

    /// The same with w1 and w2 exchanged.
    #[must_use]
    pub fn transposed(self) -> Self {
        Contingency { r1: self.c1, c1: self.r1, ..self }
    }

    /// How many pairs are expected if the units are independent: R1·C1/N. `None` at N = 0.
    pub fn expected(&self) -> Option<f64> {
        ratio(self.r1 as f64 * self.c1 as f64, self.n as f64)
    }

    /// How many bits likelier the pair is than chance: log2(O11/E11).
    ///
    /// In bits. `None` at O11 = 0. Church & Hanks 1990.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.pmi().unwrap() - 7.607613).abs() < 1e-6);
    /// ```
    pub fn pmi(&self) -> Option<f64> {
        self.power_pmi(1)
    }

    /// The same on a scale from −1 to 1: pmi / −log2(O11/N).
    ///
    /// Without unit. `None` at O11 = 0; 1 at O11 = N. Bouma 2009.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.npmi().unwrap() - 0.578517).abs() < 1e-6);
    /// ```
    pub fn npmi(&self) -> Option<f64> {
        let pmi = self.pmi()?;
        if self.o11 == self.n {
            return Some(1.0);
        }
        let surprise = (self.n as f64).log2() - (self.o11 as f64).log2();
        Some(ratio(pmi, surprise).unwrap_or(1.0).clamp(-1.0, 1.0))
    }

    /// PMI with more weight on frequent pairs: log2(O11²/E11).
    ///
    /// In bits. `None` at O11 = 0. Daille 1994.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.mi2().unwrap() - 14.388973).abs() < 1e-6);
    /// ```
    pub fn mi2(&self) -> Option<f64> {
        self.power_pmi(2)
    }

    /// PMI with yet more weight on frequent pairs: log2(O11³/E11).
    ///
    /// In bits. `None` at O11 = 0. Daille 1994.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.mi3().unwrap() - 21.170333).abs() < 1e-6);
    /// ```
    pub fn mi3(&self) -> Option<f64> {
        self.power_pmi(3)
    }

    /// How many standard deviations, as O11 itself gives them, the pair exceeds chance:
    /// (O11 − E11)/√O11.
    ///
    /// Without unit. `None` at O11 = 0. Church, Gale, Hanks & Hindle 1991.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.t().unwrap() - 10.434314).abs() < 1e-6);
    /// ```
    pub fn t(&self) -> Option<f64> {
        let o11 = self.o11 as f64;
        ratio(o11 - self.expected()?, o11.sqrt())
    }

    /// How many standard deviations, as chance gives them, the pair exceeds chance:
    /// (O11 − E11)/√E11.
    ///
    /// Without unit. `None` at E11 = 0. Dennis 1964.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.z().unwrap() - 145.721546).abs() < 1e-6);
    /// ```
    pub fn z(&self) -> Option<f64> {
        let expected = self.expected()?;
        ratio(self.o11 as f64 - expected, expected.sqrt())
    }

    /// The squared distance from independence: N(O11·O22 − O12·O21)²/(R1·R2·C1·C2).
    ///
    /// Without unit, with one degree of freedom. `None` where a margin is 0. Pearson 1900.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.chi2().unwrap() - 21293.804727).abs() < 1e-6);
    /// ```
    pub fn chi2(&self) -> Option<f64> {
        let [[o11, o12], [o21, o22]] = self.cells();
        let ([r1, r2], [c1, c2]) = self.margins();
        // Each factor by itself stays within the range of a double.
        let distance = ratio(o11 * o22 - o12 * o21, r1 * r2)?;
        Some(ratio(distance * self.n as f64, c1)? * ratio(o11 * o22 - o12 * o21, c2)?)
    }

    /// How much likelier the counts are if the units are not independent: 2·Σ Oij·ln(Oij/Eij) with
    /// 0·ln 0 = 0, and with the sign of O11 − E11.
    ///
    /// In nats, twice; one degree of freedom. 0 where a margin is 0, `None` at N = 0. Dunning 1993.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.g2().unwrap() - 1012.568398).abs() < 1e-6);
    /// ```
    pub fn g2(&self) -> Option<f64> {
        let expected = self.expected()?;
        let (rows, columns) = self.margins();
        let mut sum = 0.0;
        for (row, cells) in rows.into_iter().zip(self.cells()) {
            for (column, cell) in columns.into_iter().zip(cells) {
                if cell > 0.0 {
                    sum += cell * (cell / (row * column / self.n as f64)).ln();
                }
            }
        }
        // Rounding may leave a sum of nothing a little below zero.
        let magnitude = (2.0 * sum).max(0.0);
        Some(if (self.o11 as f64) < expected { -magnitude } else { magnitude })
    }

    /// Which share of the occurrences of the two units is the pair: 2·O11/(R1 + C1).
    ///
    /// From 0 to 1. `None` at R1 + C1 = 0. Dice 1945.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.dice().unwrap() - 0.079336).abs() < 1e-6);
    /// ```
    pub fn dice(&self) -> Option<f64> {
        ratio(2.0 * self.o11 as f64, self.r1 as f64 + self.c1 as f64)
    }

    /// Dice on a scale that does not depend on the size of the corpus: 14 + log2(dice).
    ///
    /// In bits, at most 14. `None` at O11 = 0. Rychlý 2008.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.logdice().unwrap() - 10.344128).abs() < 1e-6);
    /// ```
    pub fn logdice(&self) -> Option<f64> {
        self.dice().filter(|&dice| dice > 0.0).map(|dice| 14.0 + dice.log2())
    }

    /// How much the less attached unit depends on the other: min(O11/R1, O11/C1).
    ///
    /// From 0 to 1. `None` at R1 = 0 or C1 = 0. Pedersen 1998.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.min_sensitivity().unwrap() - 0.043103).abs() < 1e-6);
    /// ```
    pub fn min_sensitivity(&self) -> Option<f64> {
        let o11 = self.o11 as f64;
        Some(ratio(o11, self.r1 as f64)?.min(ratio(o11, self.c1 as f64)?))
    }

    /// How much w1 raises the probability of w2: O11/R1 − O21/R2.
    ///
    /// From −1 to 1. `None` at R1 = 0 or R1 = N. Gries 2013.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.dp_forward().unwrap() - 0.042992).abs() < 1e-6);
    /// ```
    pub fn dp_forward(&self) -> Option<f64> {
        let ([[o11, _], [o21, _]], ([r1, r2], _)) = (self.cells(), self.margins());
        Some(ratio(o11, r1)? - ratio(o21, r2)?)
    }

    /// How much w2 raises the probability of w1: O11/C1 − O12/C2.
    ///
    /// From −1 to 1. `None` at C1 = 0 or C1 = N. Gries 2013.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.dp_backward().unwrap() - 0.495295).abs() < 1e-6);
    /// ```
    pub fn dp_backward(&self) -> Option<f64> {
        self.transposed().dp_forward()
    }

    /// How many times, as a power of two, w2 is commoner after w1 than elsewhere:
    /// log2((O11/R1)/(O21/R2)), where O11 and O21 count ½ if they are 0.
    ///
    /// In bits. `None` at R1 = 0 or R1 = N. Hardie 2014.
    ///
    /// ```
    /// # let table = erya::measure::Contingency::new(110, 2552, 221, 1_000_000).unwrap();
    /// assert!((table.log_ratio().unwrap() - 8.597413).abs() < 1e-6);
    /// ```
    pub fn log_ratio(&self) -> Option<f64> {
        let ([[o11, _], [o21, _]], ([r1, r2], _)) = (self.cells(), self.margins());
        let half = |count: f64| if count == 0.0 { 0.5 } else { count };
        Some((ratio(half(o11), r1)? / ratio(half(o21), r2)?).log2())
    }

    fn power_pmi(&self, power: i32) -> Option<f64> {
        let expected = self.expected()?;
        (self.o11 > 0).then(|| f64::from(power) * (self.o11 as f64).log2() - expected.log2())
    }

    fn cells(&self) -> [[f64; 2]; 2] {
        let Contingency { o11, r1, c1, n } = *self;
        [[o11 as f64, (r1 - o11) as f64], [(c1 - o11) as f64, (n - r1 - (c1 - o11)) as f64]]
    }

    /// R1 and R2, C1 and C2.
    fn margins(&self) -> ([f64; 2], [f64; 2]) {
        let Contingency { r1, c1, n, .. } = *self;
        ([r1 as f64, (n - r1) as f64], [c1 as f64, (n - c1) as f64])
    }
}

/// The PMI of nlp-zero: ln p(xy) − ln p(x) − ln p(y), from relative frequencies of pairs among
/// `pairs` and of units among `units`.
///
/// In nats, unlike [`Contingency::pmi`]. `None` where a count is 0. Su 2018, nlp-zero.
///
/// ```
/// use erya::measure::ln_pmi;
/// let pmi = ln_pmi(110, 1_000_000, 2552, 221, 1_000_001).unwrap();
/// assert!((pmi - 5.273198).abs() < 1e-6);
/// ```
pub fn ln_pmi(xy: u64, pairs: u64, x: u64, y: u64, units: u64) -> Option<f64> {
    if [xy, pairs, x, y, units].contains(&0) {
        return None;
    }
    let share = |count: u64, total: u64| (count as f64 / total as f64).ln();
    Some(share(xy, pairs) - share(x, units) - share(y, units))
}

/// The quotient, unless the divisor is 0.
pub(super) fn ratio(dividend: f64, divisor: f64) -> Option<f64> {
    (divisor != 0.0).then(|| dividend / divisor)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Measure = fn(&Contingency) -> Option<f64>;

    const COLUMNS: [(&str, Measure); 13] = [
        ("expected", Contingency::expected),
        ("pmi", Contingency::pmi),
        ("npmi", Contingency::npmi),
        ("g2", Contingency::g2),
        ("chi2", Contingency::chi2),
        ("t", Contingency::t),
        ("z", Contingency::z),
        ("dice", Contingency::dice),
        ("logdice", Contingency::logdice),
        ("mi3", Contingency::mi3),
        ("dp_forward", Contingency::dp_forward),
        ("dp_backward", Contingency::dp_backward),
        ("min_sensitivity", Contingency::min_sensitivity),
    ];

    /// The rows of MEASURES.md; a null is NaN here, and g2 has its sign.
    const NULL: f64 = f64::NAN;
    #[rustfmt::skip]
    const ROWS: [([u64; 4], [f64; 13]); 5] = [
        ([110, 2552, 221, 1_000_000],
         [0.563992, 7.607613, 0.578517, 1012.568398, 21293.804727, 10.434314, 145.721546, 0.079336,
          10.344128, 21.170333, 0.042992, 0.495295, 0.043103]),
        ([7, 15334, 120, 191_998],
         [9.58385, -0.453250, -0.030743, -0.829802, 0.757556, -0.976603, -0.834636, 0.000906,
          3.891662, 5.161459, -0.000183, -0.021546, 0.000457]),
        ([30, 30, 30, 1000],
         [0.9, 5.058894, 1.0, 269.484336, 1000.0, 5.312909, 30.674093, 1.0, 14.0, 14.872675, 1.0,
          1.0, 1.0]),
        ([3, 3, 2000, 100_000],
         [0.06, 5.643856, 0.375639, 23.476550, 147.00441, 1.697410, 12.0025, 0.002996, 5.617016,
          8.813781, 0.980029, 0.0015, 0.0015]),
        ([0, 50, 60, 10_000],
         [0.3, NULL, NULL, -0.603321, 0.303328, NULL, -0.547723, 0.0, NULL, NULL, -0.00603,
          -0.00503, 0.0]),
    ];

    #[test]
    fn the_fixtures_to_six_decimals() {
        for ([o11, r1, c1, n], values) in ROWS {
            let table = Contingency::new(o11, r1, c1, n).unwrap();
            for ((name, measure), wanted) in COLUMNS.into_iter().zip(values) {
                match measure(&table) {
                    None => assert!(wanted.is_nan(), "{name} of {table:?} is null"),
                    Some(value) => {
                        assert!((value - wanted).abs() < 1e-6, "{name} of {table:?}: {value}");
                    }
                }
            }
        }
    }

    #[test]
    fn edges() {
        let all = Contingency::new(10, 10, 10, 10).unwrap();
        assert_eq!((all.npmi(), all.pmi(), all.g2()), (Some(1.0), Some(0.0), Some(0.0)));
        assert_eq!((all.chi2(), all.dp_forward(), all.log_ratio()), (None, None, None));
        let none = Contingency::new(0, 0, 0, 0).unwrap();
        assert!(COLUMNS.iter().all(|(_, measure)| measure(&none).is_none()));
        let apart = Contingency::new(0, 5, 5, 10).unwrap();
        assert!((apart.log_ratio().unwrap() - 0.1_f64.log2()).abs() < 1e-12);
        assert!(Contingency::new(0, 6, 5, 10).is_none());
        assert_eq!(ln_pmi(0, 10, 1, 1, 10), None);
    }

    fn any_table() -> impl Strategy<Value = Contingency> {
        let size = prop_oneof![0_u64..4, 0_u64..1000, 0_u64..1 << 40];
        let cells = [size.clone(), size.clone(), size.clone(), size];
        cells.prop_map(|[o11, o12, o21, o22]| {
            Contingency::new(o11, o11 + o12, o11 + o21, o11 + o12 + o21 + o22).unwrap()
        })
    }

    proptest! {
        #[test]
        fn no_valid_cells_give_nan_or_infinity(table in any_table()) {
            for (name, measure) in COLUMNS.into_iter().chain([
                ("mi2", Contingency::mi2 as Measure),
                ("log_ratio", Contingency::log_ratio),
            ]) {
                if let Some(value) = measure(&table) {
                    prop_assert!(value.is_finite(), "{} of {:?}: {}", name, table, value);
                }
            }
            for bounded in [table.npmi(), table.dp_forward(), table.dp_backward(), table.dice()] {
                prop_assert!(bounded.is_none_or(|value| (-1.0..=1.0).contains(&value)));
            }
            prop_assert!(table.logdice().is_none_or(|value| value <= 14.0));
        }

        #[test]
        fn exchanging_the_units_changes_only_the_directed(table in any_table()) {
            let other = table.transposed();
            for (name, measure) in COLUMNS {
                if !name.starts_with("dp_") {
                    let (one, two) = (measure(&table), measure(&other));
                    prop_assert_eq!(one.is_some(), two.is_some());
                    let (one, two) = (one.unwrap_or(0.0), two.unwrap_or(0.0));
                    prop_assert!((one - two).abs() <= 1e-9 * one.abs().max(1e-9 * table.n as f64));
                }
            }
            prop_assert_eq!(table.dp_forward(), other.dp_backward());
        }
    }
}
