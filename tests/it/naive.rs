//! The naive model: every n-gram of a text in a map, and every number by brute force. It shares
//! nothing with the library but the reference path that cuts a line into units.

use std::collections::{BTreeMap, BTreeSet};

use erya::text::{Splitter, TextOptions};

/// An n-gram as the texts of its units.
pub(crate) type Gram = Vec<String>;
/// How often each of some n-grams occurs.
pub(crate) type Counts = BTreeMap<Gram, u64>;

/// Everything that was ingested, counted the slow way.
pub(crate) struct Naive {
    splitter: Splitter,
    order: usize,
    contents: BTreeSet<String>,
    /// Every n-gram up to the order.
    pub counts: Counts,
    /// Occurrences at the beginning of a run.
    pub at_start: Counts,
    /// Occurrences at the end of a run.
    pub at_end: Counts,
    /// `tokens[n - 1]`: occurrences of all n-grams.
    pub tokens: Vec<u64>,
    /// Lines with a unit.
    pub sentences: u64,
    /// Different contents.
    pub documents: u64,
}

/// The measures of an n-gram; `None` where one is not defined.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    pub pmi: Option<f64>,
    pub npmi: Option<f64>,
    pub g2: Option<f64>,
    pub t: Option<f64>,
    pub logdice: Option<f64>,
    pub entropies: Option<(f64, f64)>,
    pub varieties: Option<(u64, u64)>,
}

impl Naive {
    pub(crate) fn new(options: &TextOptions, order: usize) -> Self {
        Naive {
            splitter: Splitter::new(options),
            order,
            contents: BTreeSet::new(),
            counts: Counts::new(),
            at_start: Counts::new(),
            at_end: Counts::new(),
            tokens: vec![0; order],
            sentences: 0,
            documents: 0,
        }
    }

    /// Counts a document; false, and nothing changes, when the same was counted before.
    pub(crate) fn add(&mut self, text: &str) -> bool {
        if !self.contents.insert(text.to_owned()) {
            return false;
        }
        self.documents += 1;
        for line in text.split('\n') {
            let runs = self.runs(line);
            self.sentences += u64::from(!runs.is_empty());
            runs.iter().for_each(|run| self.add_run(run));
        }
        true
    }

    /// The runs of units of a text.
    pub(crate) fn runs(&self, text: &str) -> Vec<Gram> {
        let mut runs = vec![Gram::new()];
        for piece in self.splitter.pieces(text) {
            if piece.is_unit() {
                runs.last_mut().unwrap().push(piece.text.into_owned());
            } else if piece.boundary {
                runs.push(Gram::new());
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }

    /// Whether a text has no boundary in it.
    pub(crate) fn is_one_run(&self, text: &str) -> bool {
        self.splitter.pieces(text).iter().all(|piece| !piece.boundary)
    }

    fn add_run(&mut self, run: &[String]) {
        for length in 1..=self.order.min(run.len()) {
            for (start, gram) in run.windows(length).enumerate() {
                *self.counts.entry(gram.to_vec()).or_default() += 1;
                self.tokens[length - 1] += 1;
                if start == 0 {
                    *self.at_start.entry(gram.to_vec()).or_default() += 1;
                }
                if start + length == run.len() {
                    *self.at_end.entry(gram.to_vec()).or_default() += 1;
                }
            }
        }
    }

    pub(crate) fn count(&self, gram: &[String]) -> u64 {
        self.counts.get(gram).copied().unwrap_or(0)
    }

    pub(crate) fn start(&self, gram: &[String]) -> u64 {
        self.at_start.get(gram).copied().unwrap_or(0)
    }

    pub(crate) fn end(&self, gram: &[String]) -> u64 {
        self.at_end.get(gram).copied().unwrap_or(0)
    }

    /// How many different n-grams of a length there are.
    pub(crate) fn types(&self, length: usize) -> u64 {
        self.counts.keys().filter(|gram| gram.len() == length).count() as u64
    }

    /// The n-grams that fulfil a condition, in order.
    pub(crate) fn matching(&self, wanted: impl Fn(&[String]) -> bool) -> Vec<(Gram, u64)> {
        let found = self.counts.iter().filter(|(gram, _)| wanted(gram));
        found.map(|(gram, &count)| (gram.clone(), count)).collect()
    }

    /// The units after an n-gram shorter than the order; the end of a run is not among them.
    pub(crate) fn after(&self, gram: &[String]) -> BTreeMap<String, u64> {
        let longer = self.counts.range(gram.to_vec()..);
        let longer = longer.take_while(|(other, _)| other.starts_with(gram));
        let next = longer.filter(|(other, _)| other.len() == gram.len() + 1);
        next.map(|(other, &count)| (other.last().unwrap().clone(), count)).collect()
    }

    /// What precedes every n-gram shorter than the order: brute force, once for all.
    pub(crate) fn before(&self) -> BTreeMap<&[String], BTreeMap<&str, u64>> {
        let mut before: BTreeMap<&[String], BTreeMap<&str, u64>> = BTreeMap::new();
        for (gram, &count) in self.counts.iter().filter(|(gram, _)| gram.len() > 1) {
            before.entry(&gram[1..]).or_default().insert(gram[0].as_str(), count);
        }
        before
    }

    /// The measures of an n-gram; `before` is what [`Naive::before`] says of it.
    pub(crate) fn measures(&self, gram: &[String], before: &BTreeMap<&str, u64>) -> Measures {
        let mut measures = Measures::default();
        if gram.len() < self.order {
            let left: Vec<u64> = before.values().copied().collect();
            let right: Vec<u64> = self.after(gram).into_values().collect();
            let (start, end) = (self.start(gram), self.end(gram));
            measures.entropies = Some((entropy(&left, start), entropy(&right, end)));
            measures.varieties = Some((left.len() as u64 + start, right.len() as u64 + end));
        }
        let (count, total) = (self.count(gram), self.tokens[gram.len() - 1]);
        for (left, right) in self.splits(gram) {
            let (f, n) = (count as f64, total as f64);
            least(&mut measures.pmi, (n * f / (left as f64 * right as f64)).log2());
            if left + right > total + count || left > total || right > total {
                continue;
            }
            least(&mut measures.g2, g2(count, left, right, total));
            let expected = left as f64 * right as f64 / n;
            least(&mut measures.t, (f - expected) / f.sqrt());
            least(&mut measures.logdice, 14.0 + (2.0 * f / (left + right) as f64).log2());
        }
        measures.npmi = measures.pmi.map(|pmi| {
            if count == total { 1.0 } else { pmi / (total as f64 / count as f64).log2() }
        });
        measures
    }

    /// The margins of every split: those of a pair from the pairs, else the counts of the parts.
    fn splits(&self, gram: &[String]) -> Vec<(u64, u64)> {
        let parts = (1..gram.len()).map(|at| gram.split_at(at));
        let margins = parts.map(|(left, right)| match gram.len() {
            2 => (self.count(left) - self.end(left), self.count(right) - self.start(right)),
            _ => (self.count(left), self.count(right)),
        });
        margins.collect()
    }
}

fn least(slot: &mut Option<f64>, value: f64) {
    *slot = Some(slot.map_or(value, |least| least.min(value)));
}

/// The entropy of neighbours in nats, the edge being one neighbour of its own.
fn entropy(counts: &[u64], edge: u64) -> f64 {
    let counts = counts.iter().copied().chain((edge > 0).then_some(edge));
    let total: u64 = counts.clone().sum();
    let share = |count: u64| count as f64 / total as f64;
    counts.map(|count| -share(count) * share(count).ln()).sum()
}

/// Dunning's ratio from the four cells, with the sign of O11 − E11.
fn g2(o11: u64, left: u64, right: u64, total: u64) -> f64 {
    let cells = [
        (o11, left, right),
        (left - o11, left, total - right),
        (right - o11, total - left, right),
        (total + o11 - left - right, total - left, total - right),
    ];
    let expected = |row: u64, column: u64| row as f64 * column as f64 / total as f64;
    let filled = cells.into_iter().filter(|(cell, ..)| *cell > 0);
    let sum: f64 = filled
        .map(|(cell, row, column)| cell as f64 * (cell as f64 / expected(row, column)).ln())
        .sum();
    if (o11 as f64) < expected(left, right) { -2.0 * sum } else { 2.0 * sum }
}
