//! Sums of the steps of branching entropy over all n-grams of a length.

use super::table::{Branch, Branching, StepMoments, Steps};

/// Sums over the n-grams of each length. In fixed point: the order of the symbols, which depends on
/// the order of ingests, does not show.
pub(super) struct Sums {
    pub(super) of: Vec<SumsOfLength>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct SumsOfLength {
    pub(super) types: u64,
    pub(super) left: FixedSums,
    pub(super) right: FixedSums,
}

#[derive(Clone, Copy, Default)]
pub(super) struct FixedSums {
    sum: i128,
    squares: i128,
}

impl FixedSums {
    const ONE: f64 = (1u64 << 32) as f64;

    #[expect(clippy::cast_possible_truncation, reason = "steps are below a hundred nats")]
    pub(super) fn add(&mut self, step: f64, times: u64) {
        let fixed = |value: f64| (value * Self::ONE).round() as i128 * i128::from(times);
        self.sum += fixed(step);
        self.squares += fixed(step * step);
    }

    fn moments(&self, types: u64) -> StepMoments {
        if types == 0 {
            return StepMoments::default();
        }
        let share = |sum: i128| sum as f64 / Self::ONE / types as f64;
        let mean = share(self.sum);
        StepMoments { mean, variance: (share(self.squares) - mean * mean).max(0.0) }
    }
}

impl Sums {
    /// Sums of so many lengths, all nothing.
    pub(super) fn new(lengths: usize) -> Self {
        Sums { of: vec![SumsOfLength::default(); lengths] }
    }

    /// Adds the steps of the rows to those of what occurs once, and writes the moments.
    pub(super) fn finish(mut self, branching: &mut Branching, once_left: &[u64]) {
        let unit = branching.unit_entropy;
        let mut units = 0;
        for row in branching.rows(1) {
            units += 1;
            self.of[0].right.add(branching.right(row) - unit, 1);
            self.of[0].left.add(branching.left(row) - unit, 1);
        }
        let once = self.of[0].types - units;
        self.of[0].right.add(-unit, once);
        self.of[0].left.add(-unit, once);
        for length in 1..branching.longest {
            for row in branching.rows(length) {
                let longer = &mut self.of[length];
                longer.left.add(-branching.left(row), once_left[row.0 as usize]);
                for child in branching.children(row) {
                    longer.right.add(branching.right(Branch(child)) - branching.right(row), 1);
                    let suffix = branching.suffix(Branch(child));
                    let shorter = suffix.map_or(0.0, |suffix| branching.left(suffix));
                    longer.left.add(branching.left(Branch(child)) - shorter, 1);
                }
            }
        }
        let of = self.of.iter().take(branching.longest);
        branching.steps = of
            .map(|sums| Steps {
                types: sums.types,
                left: sums.left.moments(sums.types),
                right: sums.right.moments(sums.types),
            })
            .collect();
    }
}
