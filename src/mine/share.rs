//! Shares as they were written: exact decimals, compared with fractions without rounding.

use std::cmp::Ordering;

/// A number from 0 on, exactly as its decimals say: 0.07 is seven hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    numerator: u128,
    denominator: u128,
}

/// More decimals than these change no comparison of counts below 2³².
const MOST_DECIMALS: usize = 18;

impl Share {
    /// The share that `value` is written as, in its shortest form that reads back the same;
    /// `percent` makes it hundredths. `None` for what is negative or no number.
    ///
    /// ```
    /// use erya::mine::Share;
    /// assert_eq!(Share::new(0.07, false).unwrap().least(100, false), 7);
    /// assert_eq!(Share::new(7.0, true).unwrap().least(100, true), 8);
    /// ```
    pub fn new(value: f64, percent: bool) -> Option<Share> {
        if !value.is_finite() || value.is_sign_negative() && value != 0.0 {
            return None;
        }
        let text = format!("{}", value.abs());
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let decimals = &decimals[..decimals.len().min(MOST_DECIMALS)];
        let scale = u32::try_from(decimals.len()).ok()?;
        let denominator = 10u128.pow(scale) * if percent { 100 } else { 1 };
        let numerator = format!("{whole}{decimals}").parse().ok()?;
        Some(Share { numerator, denominator })
    }

    /// The least count that is this share of `total`, or more than it.
    pub fn least(self, total: u64, more: bool) -> u64 {
        let exact = self.numerator.saturating_mul(total.into());
        let least = match more {
            true => exact / self.denominator + 1,
            false => exact.div_ceil(self.denominator),
        };
        u64::try_from(least).unwrap_or(u64::MAX)
    }

    /// How `part` of `whole` compares with it. Of nothing, every part is none.
    pub fn compare(self, part: u64, whole: u64) -> Ordering {
        let share = self.numerator.saturating_mul(whole.into());
        u128::from(part).saturating_mul(self.denominator).cmp(&share)
    }

    /// Whether `part` of `whole` is this share or more; more only, where that is asked.
    pub fn is_reached(self, part: u64, whole: u64, more: bool) -> bool {
        match self.compare(part, whole) {
            Ordering::Greater => true,
            Ordering::Equal => !more,
            Ordering::Less => false,
        }
    }

    /// Whether it is beyond one.
    pub fn is_beyond_one(self) -> bool {
        self.numerator > self.denominator
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_are_exact() {
        let three = Share::new(0.3, false).unwrap();
        assert!(three.is_reached(3, 10, false));
        assert!(!three.is_reached(3, 10, true));
        assert!(!three.is_reached(29_999_999, 100_000_000, false));
        assert_eq!(Share::new(0.06, false).unwrap().least(930, true), 56);
        assert_eq!(Share::new(1e-7, false).unwrap().least(10_000_000, false), 1);
        assert_eq!(Share::new(0.0, false).unwrap().least(10, false), 0);
        assert_eq!(Share::new(-0.5, false), None);
        assert!(Share::new(100.1, true).unwrap().is_beyond_one());
    }

    proptest! {
        #[test]
        fn hundredths(hundredths in 0u32..=100, total in 0u64..5000) {
            let exact = u64::from(hundredths) * total;
            for share in [
                Share::new(f64::from(hundredths) / 100.0, false).unwrap(),
                Share::new(f64::from(hundredths), true).unwrap(),
            ] {
                prop_assert_eq!(share.least(total, false), exact.div_ceil(100));
                prop_assert_eq!(share.least(total, true), exact / 100 + 1);
            }
        }
    }
}
