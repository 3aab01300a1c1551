//! How good an association rule A ⇒ C is: measures over counts of transactions.

use super::association::ratio;

/// The counts of a rule A ⇒ C.
///
/// The examples are for 30 transactions with A and C, 50 with A, 60 with C, 200 in all. Unless
/// noted, a measure takes no unit and is `None` where its divisor is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleCounts {
    both: u64,
    antecedent: u64,
    consequent: u64,
    transactions: u64,
}

impl RuleCounts {
    /// The counts of transactions with A and C, with A, with C, and of all; `None` if they
    /// contradict each other.
    pub fn new(both: u64, antecedent: u64, consequent: u64, transactions: u64) -> Option<Self> {
        let without = consequent.checked_sub(both)?;
        antecedent.checked_sub(both)?;
        transactions.checked_sub(antecedent)?.checked_sub(without)?;
        Some(RuleCounts { both, antecedent, consequent, transactions })
    }

    /// The share of transactions with A and C: n(A∪C)/N.
    ///
    /// From 0 to 1. Agrawal, Imieliński & Swami 1993.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(30, 50, 60, 200).unwrap();
    /// assert_eq!(rule.support(), Some(0.15));
    /// ```
    pub fn support(&self) -> Option<f64> {
        self.share(self.both)
    }

    /// How often C comes with A: n(A∪C)/n(A).
    ///
    /// From 0 to 1. Agrawal, Imieliński & Swami 1993.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(30, 50, 60, 200).unwrap();
    /// assert_eq!(rule.confidence(), Some(0.6));
    /// ```
    pub fn confidence(&self) -> Option<f64> {
        ratio(self.both as f64, self.antecedent as f64)
    }

    /// How many times likelier A makes C: confidence/(n(C)/N).
    ///
    /// 1 where A and C are independent. Brin, Motwani, Ullman & Tsur 1997.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(30, 50, 60, 200).unwrap();
    /// assert!((rule.lift().unwrap() - 2.0).abs() < 1e-12);
    /// ```
    pub fn lift(&self) -> Option<f64> {
        ratio(self.confidence()?, self.share(self.consequent)?)
    }

    /// How much of the support chance does not explain: support − n(A)·n(C)/N².
    ///
    /// From −¼ to ¼; 0 where A and C are independent. Piatetsky-Shapiro 1991.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(30, 50, 60, 200).unwrap();
    /// assert!((rule.leverage().unwrap() - 0.075).abs() < 1e-12);
    /// ```
    pub fn leverage(&self) -> Option<f64> {
        Some(self.support()? - self.share(self.antecedent)? * self.share(self.consequent)?)
    }

    /// How many times oftener the rule would fail by chance than it does:
    /// (1 − n(C)/N)/(1 − confidence).
    ///
    /// 1 where A and C are independent; infinite at confidence 1. Brin, Motwani, Ullman & Tsur
    /// 1997.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(30, 50, 60, 200).unwrap();
    /// assert!((rule.conviction().unwrap() - 1.75).abs() < 1e-12);
    /// ```
    pub fn conviction(&self) -> Option<f64> {
        let (confidence, consequent) = (self.confidence()?, self.share(self.consequent)?);
        if self.both == self.antecedent {
            return Some(f64::INFINITY);
        }
        Some((1.0 - consequent) / (1.0 - confidence))
    }

    /// Attraction or repulsion on one scale: leverage / max(s(AC)·(1−s(A)), s(A)·(s(C)−s(AC))).
    ///
    /// From −1 to 1, 0 where the divisor is 0. `None` at N = 0. Yan, Zhang & Zhang 2009.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(30, 50, 60, 200).unwrap();
    /// assert!((rule.zhang().unwrap() - 0.666667).abs() < 1e-6);
    /// ```
    pub fn zhang(&self) -> Option<f64> {
        let (both, antecedent) = (self.support()?, self.share(self.antecedent)?);
        let without = self.share(self.consequent - self.both)?;
        let divisor = (both * (1.0 - antecedent)).max(antecedent * without);
        Some(ratio(self.leverage()?, divisor).unwrap_or(0.0).clamp(-1.0, 1.0))
    }

    /// The share of transactions with A or C that have both: n(A∪C)/(n(A) + n(C) − n(A∪C)).
    ///
    /// From 0 to 1. Jaccard 1901.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(30, 50, 60, 200).unwrap();
    /// assert_eq!(rule.jaccard(), Some(0.375));
    /// ```
    pub fn jaccard(&self) -> Option<f64> {
        let either = self.antecedent as f64 + (self.consequent - self.both) as f64;
        ratio(self.both as f64, either)
    }

    /// How far A moves the belief in C towards certainty, or towards its contrary:
    /// (confidence − s(C))/(1 − s(C)) if that is positive, else (confidence − s(C))/s(C).
    ///
    /// From −1 to 1; 0 where A and C are independent. Shortliffe & Buchanan 1975.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(30, 50, 60, 200).unwrap();
    /// assert!((rule.certainty().unwrap() - 0.428571).abs() < 1e-6);
    /// ```
    pub fn certainty(&self) -> Option<f64> {
        let (confidence, consequent) = (self.confidence()?, self.share(self.consequent)?);
        let change = confidence - consequent;
        let scale = if change > 0.0 { 1.0 - consequent } else { consequent };
        Some(ratio(change, scale).unwrap_or(0.0).clamp(-1.0, 1.0))
    }

    /// The mean of the confidences of A ⇒ C and C ⇒ A: ½(n(A∪C)/n(A) + n(A∪C)/n(C)).
    ///
    /// From 0 to 1, whatever the number of transactions without A and C. Kulczyński 1927.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(30, 50, 60, 200).unwrap();
    /// assert!((rule.kulczynski().unwrap() - 0.55).abs() < 1e-12);
    /// ```
    pub fn kulczynski(&self) -> Option<f64> {
        Some(0.5 * (self.confidence()? + ratio(self.both as f64, self.consequent as f64)?))
    }

    /// How likely chance alone brings A and C together so often or oftener: Fisher's exact test,
    /// one-sided, P(X ≥ n(A∪C)) for the hypergeometric X of N, n(A) and n(C).
    ///
    /// From 0 to 1, small where the rule is no chance. Fisher 1935.
    ///
    /// ```
    /// # let rule = erya::measure::RuleCounts::new(3, 4, 4, 8).unwrap();
    /// assert!((rule.p_value().unwrap() - 17.0 / 70.0).abs() < 1e-12);
    /// ```
    pub fn p_value(&self) -> Option<f64> {
        let (all, left, right) = (self.transactions, self.antecedent, self.consequent);
        let (least, most) = ((left + right).saturating_sub(all), left.min(right));
        if self.both <= least {
            return Some(1.0);
        }
        let choose = |n: u64, k: u64| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
        let chance =
            |both: u64| choose(left, both) + choose(all - left, right - both) - choose(all, right);
        // The shorter tail is the one to add up, from its largest term on.
        let mean = left as f64 * right as f64 / all as f64;
        let (mut term, mut sum) = (1.0, 0.0);
        if self.both as f64 > mean {
            for both in self.both..=most {
                sum += term;
                let ways = (left - both) as f64 * (right - both) as f64;
                term *= ways / ((both + 1) as f64 * ((all + both + 1) - left - right) as f64);
                if term < sum * f64::EPSILON {
                    break;
                }
            }
            return Some((sum * chance(self.both).exp()).clamp(0.0, 1.0));
        }
        for both in (least..self.both).rev() {
            sum += term;
            let ways = both as f64 * ((all + both) - left - right) as f64;
            term *= ways / ((left - both + 1) as f64 * (right - both + 1) as f64);
            if term < sum * f64::EPSILON {
                break;
            }
        }
        Some((1.0 - sum * chance(self.both - 1).exp()).clamp(0.0, 1.0))
    }

    fn share(&self, count: u64) -> Option<f64> {
        ratio(count as f64, self.transactions as f64)
    }
}

/// ln n!, by Stirling's series; its error is below 1e-12 from 16 on.
fn ln_factorial(n: u64) -> f64 {
    if n < 16 {
        return (2..=n).map(|factor| (factor as f64).ln()).sum();
    }
    let x = n as f64 + 1.0;
    let square = x * x;
    let series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * square)) / square) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edges() {
        let sure = RuleCounts::new(5, 5, 9, 10).unwrap();
        assert_eq!(sure.conviction(), Some(f64::INFINITY));
        let all = RuleCounts::new(10, 10, 10, 10).unwrap();
        assert_eq!((all.zhang(), all.certainty(), all.lift()), (Some(0.0), Some(0.0), Some(1.0)));
        let none = RuleCounts::new(0, 0, 0, 10).unwrap();
        assert_eq!((none.confidence(), none.zhang(), none.jaccard()), (None, Some(0.0), None));
        assert_eq!(RuleCounts::new(0, 0, 0, 0).unwrap().support(), None);
        assert_eq!(RuleCounts::new(1, 6, 6, 10), None);
        let apart = RuleCounts::new(0, 5, 5, 10).unwrap();
        assert_eq!((apart.zhang(), apart.certainty()), (Some(-1.0), Some(-1.0)));
    }

    /// The test by adding up every table that is as extreme, with whole numbers.
    fn fisher(rule: &RuleCounts) -> f64 {
        let choose = |n: u64, k: u64| -> f64 {
            if k > n { 0.0 } else { (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product() }
        };
        let (all, left, right) = (rule.transactions, rule.antecedent, rule.consequent);
        let ways = |both: u64| choose(left, both) * choose(all - left, right - both);
        (rule.both..=left.min(right)).map(ways).sum::<f64>() / choose(all, right)
    }

    #[test]
    fn p_values_at_the_edges() {
        let p = |both, left, right, all| RuleCounts::new(both, left, right, all).unwrap().p_value();
        assert_eq!(p(0, 5, 5, 10), Some(1.0));
        assert_eq!(p(10, 10, 10, 10), Some(1.0));
        assert_eq!(p(0, 0, 0, 0), Some(1.0));
        // 1e6 over 2e6 holds its place among floats only as a logarithm.
        assert!(p(500_000, 500_000, 500_000, 1_000_000).unwrap() < 1e-300);
        assert!((p(250_000, 500_000, 500_000, 1_000_000).unwrap() - 0.5).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn p_values_are_those_of_all_tables(
            both in 0_u64..12, left in 0_u64..12, right in 0_u64..12, rest in 0_u64..12,
        ) {
            let total = both + left + right + rest;
            let rule = RuleCounts::new(both, both + left, both + right, total).unwrap();
            prop_assert!((rule.p_value().unwrap() - fisher(&rule)).abs() < 1e-10);
        }

        #[test]
        fn valid_counts_give_numbers(
            both in 0_u64..50, left in 0_u64..50, right in 0_u64..50, rest in 0_u64..50,
        ) {
            let total = both + left + right + rest;
            let rule = RuleCounts::new(both, both + left, both + right, total).unwrap();
            let mirrored = RuleCounts::new(both, both + right, both + left, total).unwrap();
            let symmetric: [fn(&RuleCounts) -> Option<f64>; 5] = [
                RuleCounts::support,
                RuleCounts::lift,
                RuleCounts::leverage,
                RuleCounts::jaccard,
                RuleCounts::kulczynski,
            ];
            for measure in symmetric {
                let (one, two) = (measure(&rule), measure(&mirrored));
                prop_assert_eq!(one.is_some(), two.is_some());
                prop_assert!((one.unwrap_or(0.0) - two.unwrap_or(0.0)).abs() < 1e-9);
            }
            for value in [rule.zhang(), rule.certainty()] {
                prop_assert!(value.is_none_or(|value| (-1.0..=1.0).contains(&value)));
            }
            prop_assert!(rule.conviction().is_none_or(|value| value >= 0.0));
        }
    }
}
