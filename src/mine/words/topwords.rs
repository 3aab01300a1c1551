//! `topwords`: a word dictionary by maximum likelihood (TopWORDS, Deng, Bol, Li & Liu 2016).
//!
//! All frequent strings begin as words. EM estimates how probable each is, by all ways to cut the
//! text at once; what is hardly ever used is pruned, until no more changes. Words are ranked by how
//! much the text would lose without them.

use std::sync::Arc;

use super::method::{Evidence, Found, Method, Request, Word};
use super::runs::{need_text, on_runs};
use crate::error::Result;
use crate::index::{Branch, Branching};
use crate::mine::{Bounds, ParameterKind, ParameterRow};
use crate::word::RunRows;

/// The row of the method.
pub(super) const METHOD: Method = Method {
    name: "topwords",
    help: "starts from all frequent strings, estimates their probabilities, prunes the unused",
    score: "significance: how many nats likelier the text is with the word than without; count is \
            the expected count, rounded",
    paper: "Deng, Bol, Li & Liu 2016, On the unsupervised analysis of domain-specific Chinese \
            texts, PNAS 113(22)",
    parameters: &[
        ParameterRow {
            name: "min_count",
            kind: ParameterKind::COUNT,
            default: "5",
            help: "a string of several units occurs so often to begin with",
        },
        ParameterRow {
            name: "max_length",
            kind: ParameterKind::POSITIVE,
            default: "4",
            help: "the most units of a word; below the order of the corpus in any case",
        },
        ParameterRow {
            name: "iterations",
            kind: ParameterKind::COUNT,
            default: "10",
            help: "how often all probabilities are estimated anew",
        },
        ParameterRow {
            name: "min_expected",
            kind: ParameterKind::Real(Bounds::from(0.0)),
            default: "1",
            help: "a word of several units that is expected less often is pruned",
        },
    ],
    measures: &["expected"],
    find,
    model: None,
    why,
};

/// The dictionary while it is being estimated.
struct Estimate {
    branching: Arc<Branching>,
    longest: usize,
    /// By row, θ; 0 once pruned.
    probabilities: Vec<f64>,
    /// What a unit without a row is worth.
    once: f64,
}

/// Sums over a part of the text, in fixed point so that the number of threads does not show.
struct Sums {
    expected: Vec<u64>,
    significance: Vec<u64>,
    once: u64,
    rows: RunRows,
    lattice: Lattice,
}

/// Fixed point: 2⁻²⁰.
const ONE: f64 = (1u64 << 20) as f64;
/// No single occurrence counts for more than this in a significance, in nats.
const MOST: f64 = 30.0;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "values are small")]
fn fixed(value: f64) -> u64 {
    (value * ONE).round() as u64
}

/// Forward and backward sums over the ways to cut a run.
#[derive(Default)]
struct Lattice {
    worth: Vec<f64>,
    forward: Vec<f64>,
    backward: Vec<f64>,
    /// By end, what the sums up to there were divided by beyond those before.
    scales: Vec<f64>,
}

impl Lattice {
    /// Fills the sums; `worth` is there. Sums at each place are scaled to 1 forward, and backward
    /// by the same factors.
    fn fill(&mut self, longest: usize) {
        let units = self.worth.len() / longest;
        for sums in [&mut self.forward, &mut self.backward, &mut self.scales] {
            sums.clear();
            sums.resize(units + 1, 1.0);
        }
        for end in 1..=units {
            let mut sum = 0.0;
            let mut scale = 1.0;
            for length in 1..=longest.min(end) {
                let start = end - length;
                sum += self.forward[start] * self.worth[start * longest + length - 1] * scale;
                scale /= self.scales[start].max(f64::MIN_POSITIVE);
            }
            self.scales[end] = sum.max(f64::MIN_POSITIVE);
            self.forward[end] = 1.0;
        }
        for start in (0..units).rev() {
            let mut sum = 0.0;
            let mut scale = 1.0;
            for length in 1..=longest.min(units - start) {
                scale /= self.scales[start + length];
                sum += self.worth[start * longest + length - 1]
                    * self.backward[start + length]
                    * scale;
            }
            self.backward[start] = sum;
        }
    }

    /// The probability that the word of `length` units at `start` is one.
    fn posterior(&self, start: usize, length: usize, longest: usize) -> f64 {
        let scale: f64 = self.scales[start + 1..=start + length].iter().product();
        let way = self.worth[start * longest + length - 1] * self.backward[start + length];
        (way / scale / self.backward[0].max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }
}

impl Estimate {
    fn new(request: &Request<'_>) -> Result<Self> {
        let arguments = request.arguments;
        let longest = request.longest(request.view.order() - 1);
        let branching = request.view.branching(longest.max(4), request.cost, request.control)?;
        let least = arguments.count("min_count").max(2);
        let mut counts = vec![0.0; branching.len()];
        for length in 1..=longest {
            for row in branching.rows(length) {
                let count = branching.count(row);
                if length == 1 || count >= least {
                    counts[row.0 as usize] = count as f64;
                }
            }
        }
        let mut estimate = Estimate { branching, longest, probabilities: counts, once: 1.0 };
        estimate.normalize();
        Ok(estimate)
    }

    /// Makes counts probabilities.
    fn normalize(&mut self) {
        let total = self.probabilities.iter().sum::<f64>().max(1.0);
        self.probabilities.iter_mut().for_each(|count| *count /= total);
        self.once = 1.0 / total;
    }

    /// What each word is expected to be used, and its significance.
    fn expect(&self, request: &Request<'_>) -> Result<Sums> {
        let begin = || Sums {
            expected: vec![0; self.probabilities.len()],
            significance: vec![0; self.probabilities.len()],
            once: 0,
            rows: RunRows::default(),
            lattice: Lattice::default(),
        };
        let parts = on_runs(request, "expectation", begin, |sums, run| self.run(sums, run))?;
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_else(begin);
        for part in parts {
            let add = |to: &mut Vec<u64>, from: Vec<u64>| {
                to.iter_mut().zip(from).for_each(|(sum, more)| *sum += more);
            };
            add(&mut all.expected, part.expected);
            add(&mut all.significance, part.significance);
            all.once += part.once;
        }
        Ok(all)
    }

    fn run(&self, sums: &mut Sums, run: &[u32]) {
        let longest = self.longest;
        sums.rows.fill(&self.branching, run, longest);
        sums.lattice.worth.clear();
        sums.lattice.worth.resize(run.len() * longest, 0.0);
        for start in 0..run.len() {
            for length in 1..=longest.min(run.len() - start) {
                let worth = match sums.rows.get(start, length) {
                    // A unit that is never used by itself has to be worth something all the same.
                    Some(row) if length == 1 => {
                        self.probabilities[row.0 as usize].max(self.once * 1e-3)
                    }
                    Some(row) => self.probabilities[row.0 as usize],
                    None if length == 1 => self.once,
                    None => 0.0,
                };
                sums.lattice.worth[start * longest + length - 1] = worth;
            }
        }
        sums.lattice.fill(longest);
        for start in 0..run.len() {
            for length in 1..=longest.min(run.len() - start) {
                if sums.lattice.worth[start * longest + length - 1] == 0.0 {
                    continue;
                }
                let posterior = sums.lattice.posterior(start, length, longest);
                match sums.rows.get(start, length) {
                    Some(row) => {
                        let loss = -(-posterior).ln_1p();
                        sums.expected[row.0 as usize] += fixed(posterior);
                        sums.significance[row.0 as usize] += fixed(loss.min(MOST));
                    }
                    None => sums.once += fixed(posterior),
                }
            }
        }
    }

    /// One step of EM, with pruning.
    fn step(&mut self, sums: &Sums, least: f64) {
        let units = self.branching.rows(1).count();
        for (row, probability) in self.probabilities.iter_mut().enumerate() {
            let expected = sums.expected[row] as f64 / ONE;
            *probability = if row >= units && expected < least { 0.0 } else { expected };
        }
        self.normalize();
    }
}

fn estimated(request: &Request<'_>) -> Result<(Estimate, Sums)> {
    need_text(request.view, "topwords")?;
    let mut estimate = Estimate::new(request)?;
    let least = request.arguments.real("min_expected");
    for _ in 0..request.arguments.count("iterations") {
        let sums = estimate.expect(request)?;
        estimate.step(&sums, least);
    }
    let sums = estimate.expect(request)?;
    Ok((estimate, sums))
}

/// The expected count of a row and its significance.
fn figures(sums: &Sums, row: Branch) -> (f64, f64) {
    let at = row.0 as usize;
    (sums.expected[at] as f64 / ONE, sums.significance[at] as f64 / ONE)
}

fn find(request: &Request<'_>) -> Result<Found> {
    let (estimate, sums) = estimated(request)?;
    let branching = &estimate.branching;
    let mut words = Vec::new();
    let mut open: Vec<(Branch, Vec<u32>)> =
        branching.rows(1).map(|row| (row, Vec::new())).collect();
    while let Some((row, mut symbols)) = open.pop() {
        symbols.push(branching.last_symbol(row));
        if symbols.len() < estimate.longest {
            open.extend(branching.children(row).map(|child| (Branch(child), symbols.clone())));
        }
        let (expected, significance) = figures(&sums, row);
        let count = rounded(expected);
        if estimate.probabilities[row.0 as usize] > 0.0 && count > 0 {
            let (score, measures) = (Some(significance), vec![Some(expected)]);
            words.push(Word { symbols, count, score, measures });
        }
    }
    Ok(Found::from(words))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are not negative"
)]
fn rounded(expected: f64) -> u64 {
    expected.round() as u64
}

fn why(request: &Request<'_>, symbols: &[u32]) -> Result<Vec<Evidence>> {
    let (estimate, sums) = estimated(request)?;
    let arguments = request.arguments;
    let length = symbols.len();
    let short = &symbols[..length.min(request.view.order())];
    let occurs = request.view.counter().count(short)? as f64;
    let least = if length == 1 { 1.0 } else { arguments.count("min_count").max(2) as f64 };
    let limit = format!("<= {}", estimate.longest);
    let mut evidence = vec![
        Evidence::at_least("count", Some(occurs), least),
        Evidence::judged("units", Some(length as f64), limit, length <= estimate.longest),
    ];
    let row = estimate.branching.find(symbols).filter(|_| length <= estimate.longest);
    let Some(row) = row else {
        evidence.push(Evidence::verdict(None, "it never was a candidate"));
        return Ok(evidence);
    };
    let (expected, significance) = figures(&sums, row);
    let kept = estimate.probabilities[row.0 as usize] > 0.0;
    let least = if length == 1 { 0.5 } else { arguments.real("min_expected").max(0.5) };
    let met = kept && expected >= least;
    let limit = format!(">= {least}");
    evidence.push(Evidence::judged("expected count", Some(expected), limit, met));
    evidence.push(Evidence::shown("significance", Some(significance)));
    let count = Some(rounded(expected)).filter(|count| kept && *count > 0);
    evidence.push(Evidence::verdict(count, "pruned: its parts explain the text as well"));
    Ok(evidence)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The weights of all ways through the rest of a run, each with its words.
    fn ways(worth: &[f64], longest: usize, start: usize) -> Vec<(f64, Vec<(usize, usize)>)> {
        let units = worth.len() / longest;
        if start == units {
            return vec![(1.0, Vec::new())];
        }
        let mut all = Vec::new();
        for length in 1..=longest.min(units - start) {
            for (weight, mut words) in ways(worth, longest, start + length) {
                words.push((start, length));
                all.push((weight * worth[start * longest + length - 1], words));
            }
        }
        all
    }

    proptest! {
        #[test]
        fn posteriors_are_those_of_all_ways(
            units in 1usize..8, longest in 1usize..5,
            values in prop::collection::vec(1e-6f64..1.0, 40),
        ) {
            let worth: Vec<f64> = values.into_iter().cycle().take(units * longest).collect();
            let all = ways(&worth, longest, 0);
            let total: f64 = all.iter().map(|(weight, _)| weight).sum();
            let mut lattice = Lattice { worth, ..Lattice::default() };
            lattice.fill(longest);
            for start in 0..units {
                for length in 1..=longest.min(units - start) {
                    let with = all.iter().filter(|(_, words)| words.contains(&(start, length)));
                    let wanted = with.map(|(weight, _)| weight).sum::<f64>() / total;
                    prop_assert!((lattice.posterior(start, length, longest) - wanted).abs() < 1e-9);
                }
            }
        }
    }
}
