//! What a word is worth: the predictive probability of a Dirichlet process with a discount, whose
//! base measure spells words by pairs of units and knows how long words are, tilted by autonomy.
//!
//! p(w) = ((c(w) − d)⁺ + (α + d·T)·p₀(w)) / (α + N) · exp(t·weight(w) + b), with c(w) the words w
//! among all N words, T of them distinct, leaving out the run that is being cut, and weight(w) what
//! nvbe lets w weigh on a path.

use std::sync::Arc;

use crate::index::{Branch, Branching, prefetch};
use crate::measure::path_weight;
use crate::mine::Arguments;
use crate::word::{Autonomy, Model, RunRows, Scores};

/// The weight of a word on a path of nvbe is held within these bounds before it tilts.
const MOST_WEIGHT: f64 = 20.0;
/// How much of a spelling goes by pairs of units, the rest by units alone.
const PAIRS: f64 = 0.5;
/// The share of words of each length, and what is left for each longer one.
const LENGTHS: [f64; 4] = [0.35, 0.5, 0.1, 0.05];

/// The parameters of the process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    /// α: how many words the base measure is worth.
    pub strength: f64,
    /// d: what is taken off each count.
    pub discount: f64,
    /// t: how much the weight on a path tilts.
    pub tilt: f64,
    /// b: what each word gets beyond that.
    pub bonus: f64,
}

impl Process {
    pub(super) fn new(arguments: &Arguments) -> Self {
        Process {
            strength: arguments.real("strength"),
            discount: arguments.real("discount"),
            tilt: arguments.real("tilt"),
            bonus: arguments.real("bonus"),
        }
    }
}

/// What does not change while counts do.
pub(super) struct Weights {
    pub(super) autonomy: Autonomy,
    process: Process,
    /// By row, its place when those that occur more often come first. Whatever is kept of words is
    /// kept by rank: what is often looked at lies together then, and stays in the cache.
    ranks: Vec<u32>,
    /// By rank: exp(t·weight + b), and the same times p₀; side by side, as both are wanted.
    factors: Vec<[f32; 2]>,
}

/// The counts of words at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// N.
    pub words: f64,
    /// T.
    pub types: f64,
}

impl Weights {
    #[expect(clippy::cast_possible_truncation, reason = "weights need no more digits")]
    pub(super) fn new(autonomy: Autonomy, process: Process) -> Self {
        let ranks = ranks(autonomy.branching());
        let mut weights = Weights { autonomy, process, ranks, factors: Vec::new() };
        let branching = Arc::clone(weights.autonomy.branching());
        let longest = weights.autonomy.longest();
        let rows = branching.len();
        let mut factors = vec![[0.0; 2]; rows];
        let mut spellings = vec![0.0; rows];
        for length in 1..=longest {
            for row in branching.rows(length) {
                let at = row.0 as usize;
                if length == 1 {
                    spellings[at] = branching.count(row) as f64 / branching.total as f64;
                }
                let (left, right) = weights.autonomy.of_row(row);
                let tilt = weights.tilt(left, right, length);
                let rank = weights.ranks[at] as usize;
                let base = tilt * weights.base(spellings[at], length);
                factors[rank] = [tilt as f32, base as f32];
                if length < longest {
                    for child in branching.children(row) {
                        let pair = last_pair(&branching, row, Branch(child), length + 1);
                        spellings[child as usize] = spellings[at] * pair;
                    }
                }
            }
        }
        weights.factors = factors;
        weights
    }

    fn tilt(&self, left: f64, right: f64, length: usize) -> f64 {
        let weight = path_weight(left, right, length).clamp(-MOST_WEIGHT, MOST_WEIGHT);
        (self.process.tilt * weight + self.process.bonus).exp()
    }

    /// p₀ of a word, from the probability of its spelling.
    fn base(&self, spelling: f64, length: usize) -> f64 {
        let share = LENGTHS.get(length - 1).copied().unwrap_or_else(|| {
            let beyond = i32::try_from(length - LENGTHS.len()).unwrap_or(i32::MAX);
            LENGTHS[LENGTHS.len() - 1] * 0.5f64.powi(beyond)
        });
        (spelling * share).clamp(1e-37, 0.5)
    }

    /// The rank of a row.
    #[inline(always)]
    pub(super) fn rank(&self, row: Branch) -> u32 {
        self.ranks[row.0 as usize]
    }

    /// How much a word with a rank is worth, before the division by α + N, which all have.
    #[inline]
    pub(super) fn of_rank(&self, rank: u32, count: f64, fresh: f64) -> f64 {
        let [tilt, base] = self.factors[rank as usize].map(f64::from);
        tilt * (count - self.process.discount).max(0.0) + base * fresh
    }

    /// How many ranks there are.
    pub(super) fn len(&self) -> usize {
        self.factors.len()
    }

    /// Asks for what is said of the stretches from a unit on.
    #[inline(always)]
    pub(super) fn ask_for(&self, rows: &RunRows, unit: usize) {
        self.autonomy.ask_for(rows, unit);
        for row in rows.from(unit).iter().flatten() {
            prefetch(&self.ranks, row.0 as usize);
        }
    }

    /// Asks for the factors of a rank.
    #[inline(always)]
    pub(super) fn ask_for_factors(&self, rank: u32) {
        prefetch(&self.factors, rank as usize);
    }

    /// α + d·T and 1/(α + N).
    pub(super) fn factors(&self, tally: Tally) -> (f64, f64) {
        let Process { strength, discount, .. } = self.process;
        (strength + discount * tally.types, 1.0 / (strength + tally.words))
    }

    /// What a word that occurs once or never is worth for the base measure: tilt · p₀.
    pub(super) fn once(&self, rows: &RunRows, start: usize, length: usize) -> f64 {
        let prefix = rows.get(start, length - 1);
        let suffix = if length == 1 { None } else { rows.get(start + 1, length - 1) };
        let (left, right) = self.autonomy.of_once(length, prefix, suffix);
        let branching = self.autonomy.branching();
        let total = branching.total as f64;
        let unit = |at: usize| rows.get(at, 1);
        let count = |row: Option<Branch>| row.map_or(1.0, |row| branching.count(row) as f64);
        let mut spelling = count(unit(start)) / total;
        for at in start + 1..start + length {
            let pair = count(rows.get(at - 1, 2));
            spelling *= spell(branching, unit(at - 1), unit(at), pair);
        }
        self.tilt(left, right, length) * self.base(spelling, length)
    }
}

/// By row, its rank: by powers of two of the count, in each as the rows come.
fn ranks(branching: &Branching) -> Vec<u32> {
    let class = |row: Branch| branching.count(row).leading_zeros() as usize;
    let rows = || (0..u32::try_from(branching.len()).unwrap_or(u32::MAX)).map(Branch);
    let mut next = [0u32; u64::BITS as usize + 2];
    rows().for_each(|row| next[class(row) + 1] += 1);
    for class in 1..next.len() {
        next[class] += next[class - 1];
    }
    let rank = |row: Branch| {
        let next = &mut next[class(row)];
        *next += 1;
        *next - 1
    };
    rows().map(rank).collect()
}

/// p(last unit | the unit before it) of a row that extends `prefix`, as spellings go.
fn last_pair(branching: &Branching, prefix: Branch, row: Branch, length: usize) -> f64 {
    let pair = (2..length).fold(row, |pair, _| branching.suffix(pair).unwrap_or(pair));
    let first = branching.unit(branching.last_symbol(prefix));
    let second = branching.unit(branching.last_symbol(row));
    spell(branching, first, second, branching.count(pair) as f64)
}

/// p(second | first): by the pair and by the unit alone. What has no row occurs once.
fn spell(branching: &Branching, first: Option<Branch>, second: Option<Branch>, pair: f64) -> f64 {
    let count = |row: Option<Branch>| row.map_or(1.0, |row| branching.count(row) as f64);
    let alone = count(second) / branching.total as f64;
    PAIRS * pair / count(first) + (1.0 - PAIRS) * alone
}

/// The process with the counts that sampling ended with, as a model that cuts any text.
pub(super) struct Sampled {
    weights: Weights,
    /// By rank, how often it is expected to be a word.
    expected: Vec<f32>,
    fresh: f64,
    scale: f64,
}

impl Sampled {
    pub(super) fn new(weights: Weights, expected: Vec<f32>, tally: Tally) -> Self {
        let (fresh, scale) = weights.factors(tally);
        Sampled { weights, expected, fresh, scale }
    }
}

impl Model for Sampled {
    fn score(&self, symbols: &[u32], scores: &mut Scores) {
        let longest = self.weights.autonomy.longest();
        scores.begin(symbols.len(), longest);
        let mut rows = RunRows::default();
        rows.fill(self.weights.autonomy.branching(), symbols, longest.max(2));
        for start in 0..symbols.len() {
            for length in 1..=self.weights.autonomy.reach(symbols, start) {
                let weight = match rows.get(start, length) {
                    Some(row) => {
                        let rank = self.weights.rank(row);
                        let count = f64::from(self.expected[rank as usize]);
                        self.weights.of_rank(rank, count, self.fresh)
                    }
                    None => self.fresh * self.weights.once(&rows, start, length),
                };
                scores.set(start, length, (weight * self.scale).ln());
            }
        }
    }
}
