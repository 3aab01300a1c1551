//! Natural logarithms of counts, most of which are small and come again and again.

/// Counts below this have their logarithm in a table.
const SMALL: usize = 4096;

/// ln c, the same to the bit as `(c as f64).ln()`.
#[derive(Clone, Debug)]
pub struct Logarithms {
    small: Vec<f64>,
}

impl Default for Logarithms {
    fn default() -> Self {
        Logarithms { small: (0..SMALL).map(|count| (count as f64).ln()).collect() }
    }
}

impl Logarithms {
    /// ln c in nats; −∞ at 0.
    ///
    /// ```
    /// use erya::measure::Logarithms;
    /// let logarithms = Logarithms::default();
    /// assert_eq!(logarithms.of(7), 7_f64.ln());
    /// assert_eq!(logarithms.of(1 << 40), 40.0 * 2_f64.ln());
    /// ```
    #[inline]
    pub fn of(&self, count: u64) -> f64 {
        let place = usize::try_from(count).unwrap_or(usize::MAX);
        self.small.get(place).copied().unwrap_or_else(|| (count as f64).ln())
    }
}
