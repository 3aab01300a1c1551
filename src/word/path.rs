//! The best way through a run of units, every stretch of them having a score as a word.

/// Scores of all stretches of a run: that of the one from `start` with `length` units stands at
/// `start · longest + length − 1`.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// The longest word.
    pub longest: usize,
    /// Negative infinity for what reaches beyond the end.
    pub of: Vec<f64>,
}

impl Scores {
    /// Makes room for a run of so many units, all scores negative infinity.
    pub fn begin(&mut self, units: usize, longest: usize) {
        self.longest = longest;
        self.of.clear();
        self.of.resize(units * longest, f64::NEG_INFINITY);
    }

    /// Sets the score of a stretch.
    #[inline]
    pub fn set(&mut self, start: usize, length: usize, score: f64) {
        self.of[start * self.longest + length - 1] = score;
    }
}

/// Finds best paths; keeps its buffer.
#[derive(Clone, Debug, Default)]
pub struct Path {
    best: Vec<(f64, u32)>,
}

impl Path {
    /// Puts the lengths of the words of the best path into `lengths`. A unit that is in no word
    /// with a score stands alone. Ties go to the longer last word.
    pub fn best(&mut self, scores: &Scores, lengths: &mut Vec<usize>) {
        let longest = scores.longest.max(1);
        let units = scores.of.len() / longest;
        self.best.clear();
        self.best.resize(units + 1, (f64::NEG_INFINITY, 1));
        self.best[0].0 = 0.0;
        for start in 0..units {
            let so_far = self.best[start].0;
            let most = longest.min(units - start);
            for length in 1..=most {
                let score = so_far + scores.of[start * longest + length - 1];
                let best = &mut self.best[start + length];
                if score > best.0 {
                    *best = (score, u32::try_from(length).unwrap_or(1));
                }
            }
            if self.best[start + 1].0 == f64::NEG_INFINITY {
                self.best[start + 1].0 = so_far;
            }
        }
        lengths.clear();
        let mut end = units;
        while end > 0 {
            let length = self.best[end].1 as usize;
            lengths.push(length);
            end -= length;
        }
        lengths.reverse();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The best sum over all ways, by trying each.
    fn brute(scores: &Scores, start: usize) -> f64 {
        let units = scores.of.len() / scores.longest;
        if start == units {
            return 0.0;
        }
        let ways = (1..=scores.longest.min(units - start)).map(|length| {
            scores.of[start * scores.longest + length - 1] + brute(scores, start + length)
        });
        ways.fold(f64::NEG_INFINITY, f64::max)
    }

    proptest! {
        #[test]
        fn no_other_way_is_better(units in 0usize..9, longest in 1usize..5, seed in any::<u64>()) {
            let mut scores = Scores::default();
            scores.begin(units, longest);
            let mut state = seed | 1;
            for start in 0..units {
                for length in 1..=longest.min(units - start) {
                    state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                    scores.set(start, length, (state >> 40) as f64 / 1e5 - 80.0);
                }
            }
            let mut lengths = Vec::new();
            Path::default().best(&scores, &mut lengths);
            prop_assert_eq!(lengths.iter().sum::<usize>(), units);
            let mut start = 0;
            let mut sum = 0.0;
            for length in lengths {
                sum += scores.of[start * longest + length - 1];
                start += length;
            }
            prop_assert!((sum - brute(&scores, 0)).abs() < 1e-9);
        }
    }
}
