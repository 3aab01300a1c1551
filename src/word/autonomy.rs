//! Autonomy: how much a stretch of units behaves like a word, by the variation of branching entropy
//! at its two ends, as deviations from what is usual for its length (Magistry & Sagot 2012).
//!
//! The segmentation takes the way on which the words weigh the most together: their autonomies,
//! each as often as the word has units, less what an unusual length costs. A number begins a word
//! or is one; nothing stands before it in a word.

use std::sync::Arc;

use super::model::Model;
use super::path::Scores;
use crate::index::{Branch, Branching, Dictionary, StepMoments, prefetch};
use crate::measure::{nvbe, path_weight};
use crate::text::DIGIT_CLASS;

/// The autonomy of every n-gram, also of those that occur once or never.
pub struct Autonomy {
    branching: Arc<Branching>,
    longest: usize,
    /// By row, the deviations of its left and of its right step.
    rows: Vec<(f32, f32)>,
    /// By length less one, what turns steps into deviations.
    left: Vec<StepMoments>,
    right: Vec<StepMoments>,
    /// By symbol, whether it is a number.
    numbers: Vec<bool>,
}

impl Autonomy {
    /// The autonomies of n-grams of up to `longest` units, as far as the table reaches.
    #[expect(clippy::cast_possible_truncation, reason = "deviations need no more digits")]
    pub fn new(branching: Arc<Branching>, dictionary: &Dictionary, longest: usize) -> Self {
        let longest = longest.clamp(1, branching.longest.max(1));
        let left = (1..=longest).map(|length| branching.steps(length).left).collect();
        let right = (1..=longest).map(|length| branching.steps(length).right).collect();
        let is_number = |symbol: u32| {
            let text = dictionary.text(symbol);
            text == DIGIT_CLASS || text.starts_with(|first: char| first.is_ascii_digit())
        };
        let numbers = (0..dictionary.end()).map(is_number).collect();
        let mut autonomy = Autonomy { branching, longest, rows: Vec::new(), left, right, numbers };
        let branching = &autonomy.branching;
        let mut rows = vec![(0.0, 0.0); branching.len()];
        for row in branching.rows(1) {
            let (left, right) = autonomy.of_parts(1, Some(row), None, None);
            rows[row.0 as usize] = (left as f32, right as f32);
        }
        for length in 2..=longest {
            for prefix in branching.rows(length - 1) {
                for child in branching.children(prefix) {
                    let suffix = branching.suffix(Branch(child));
                    let steps =
                        autonomy.of_parts(length, Some(Branch(child)), Some(prefix), suffix);
                    rows[child as usize] = (steps.0 as f32, steps.1 as f32);
                }
            }
        }
        autonomy.rows = rows;
        autonomy
    }

    /// The table it is made from.
    pub fn branching(&self) -> &Arc<Branching> {
        &self.branching
    }

    /// The longest n-gram it knows.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The longest word that may begin at a unit of a run.
    #[inline]
    pub fn reach(&self, symbols: &[u32], start: usize) -> usize {
        let after = &symbols[start + 1..symbols.len().min(start + self.longest)];
        let is_number = |&symbol: &u32| self.numbers.get(symbol as usize) == Some(&true);
        1 + after.iter().position(is_number).unwrap_or(after.len())
    }

    /// The deviations of the left and the right step of an n-gram with a row.
    pub fn of_row(&self, row: Branch) -> (f64, f64) {
        let (left, right) = self.rows.get(row.0 as usize).copied().unwrap_or_default();
        (f64::from(left), f64::from(right))
    }

    /// The same of an n-gram without a row, from its prefix and its suffix.
    #[inline]
    pub fn of_once(
        &self,
        length: usize,
        prefix: Option<Branch>,
        suffix: Option<Branch>,
    ) -> (f64, f64) {
        self.of_parts(length, None, prefix, suffix)
    }

    fn of_parts(
        &self,
        length: usize,
        row: Option<Branch>,
        prefix: Option<Branch>,
        suffix: Option<Branch>,
    ) -> (f64, f64) {
        let branching = &self.branching;
        let shorter = |part: Option<Branch>, entropy: fn(&Branching, Branch) -> f64| match length {
            1 => branching.unit_entropy,
            _ => part.map_or(0.0, |part| entropy(branching, part)),
        };
        let own =
            |entropy: fn(&Branching, Branch) -> f64| row.map_or(0.0, |row| entropy(branching, row));
        let (of_left, of_right) = (self.left[length - 1], self.right[length - 1]);
        let left = own(Branching::left) - shorter(suffix, Branching::left);
        let right = own(Branching::right) - shorter(prefix, Branching::right);
        (nvbe(left, of_left.mean, of_left.variance), nvbe(right, of_right.mean, of_right.variance))
    }

    /// The deviations of both steps of a string of symbols, and its row if it occurs twice.
    pub fn of(&self, symbols: &[u32]) -> Option<(Option<Branch>, f64, f64)> {
        let length = symbols.len();
        if length == 0 || length > self.longest {
            return None;
        }
        let row = self.branching.find(symbols);
        let (left, right) = match row {
            Some(row) => self.of_row(row),
            None => {
                let prefix = self.branching.find(&symbols[..length - 1]);
                self.of_once(length, prefix, self.branching.find(&symbols[1..]))
            }
        };
        Some((row, left, right))
    }
}

/// How many units ahead memory is asked for.
const AHEAD: usize = 8;

/// The rows of all stretches of a run, as [`Scores`] has its scores.
#[derive(Clone, Debug, Default)]
pub struct RunRows {
    longest: usize,
    rows: Vec<Option<Branch>>,
}

impl RunRows {
    /// Looks up a run, or several with a symbol in between that nothing has, length by length:
    /// looks at memory along one stretch wait for each other, those of different stretches do not,
    /// and are asked for ahead.
    pub fn fill(&mut self, branching: &Branching, symbols: &[u32], longest: usize) {
        self.longest = longest;
        self.rows.clear();
        self.rows.resize(symbols.len() * longest, None);
        for (unit, &symbol) in symbols.iter().enumerate() {
            self.rows[unit * longest] = branching.unit(symbol);
        }
        for length in 2..=longest {
            for (start, &symbol) in symbols.iter().skip(length - 1).enumerate() {
                let at = start * longest + length - 1;
                let ahead = |units: usize| self.rows.get(at - 1 + units * longest).copied();
                if let Some(Some(row)) = ahead(2 * AHEAD) {
                    branching.ask_for_extensions(row);
                }
                if let Some(Some(row)) = ahead(AHEAD) {
                    branching.ask_for_symbols(row);
                }
                if let Some(shorter) = self.rows[at - 1] {
                    self.rows[at] = branching.child(shorter, symbol);
                }
            }
        }
    }

    /// The row of a stretch.
    #[inline]
    pub fn get(&self, start: usize, length: usize) -> Option<Branch> {
        if length == 0 { None } else { self.rows[start * self.longest + length - 1] }
    }

    /// The rows of the stretches from a unit on, the shortest first; none behind the end.
    #[inline(always)]
    pub fn from(&self, unit: usize) -> &[Option<Branch>] {
        self.rows.get(unit * self.longest..(unit + 1) * self.longest).unwrap_or_default()
    }
}

impl Model for Autonomy {
    fn score(&self, symbols: &[u32], scores: &mut Scores) {
        let mut rows = RunRows::default();
        rows.fill(&self.branching, symbols, self.longest);
        self.score_rows(symbols, 0, &rows, scores);
    }
}

impl Autonomy {
    /// Asks for what is said of the stretches from a unit on.
    #[inline(always)]
    pub fn ask_for(&self, rows: &RunRows, unit: usize) {
        for row in rows.from(unit).iter().flatten() {
            prefetch(&self.rows, row.0 as usize);
            self.branching.ask_for_entropies(*row);
        }
    }

    /// Scores a run that begins at a unit of what `rows` has the rows of.
    pub fn score_rows(&self, symbols: &[u32], first: usize, rows: &RunRows, scores: &mut Scores) {
        scores.begin(symbols.len(), self.longest);
        for start in 0..symbols.len() {
            self.ask_for(rows, first + start + AHEAD);
            for length in 1..=self.reach(symbols, start) {
                let (left, right) = match rows.get(first + start, length) {
                    Some(row) => self.of_row(row),
                    None => {
                        let prefix = rows.get(first + start, length - 1);
                        let suffix = match length {
                            1 => None,
                            _ => rows.get(first + start + 1, length - 1),
                        };
                        self.of_once(length, prefix, suffix)
                    }
                };
                scores.set(start, length, path_weight(left, right, length));
            }
        }
    }
}
