//! The folding of `minent`: candidates that their own parts explain give their counts to them.

use std::ops::Range;

use super::lattices::{Batch, Edge, Lattices};
use crate::control::{Control, both, in_turn};
use crate::error::Result;
use crate::index::{CorpusView, Cost, Cut, Piece, prefetch};
use crate::measure::Logarithms;
use crate::word::Joining;

/// What a unit costs that is no word, as a logarithm.
const NULL_SCORE: f64 = -100.0;
const NO_WORD: u32 = u32::MAX;
/// How many candidates are folded between two looks at the controls.
const BATCH: usize = 1 << 11;
/// How many edges before its turn a word is asked for; nothing is in a cache by itself.
const AHEAD: usize = 32;

/// How often a piece is a word; no longer one that is folded.
#[derive(Clone, Copy)]
struct Tally {
    /// 0 once it is folded into its parts.
    count: u64,
    /// The logarithm; no number where it is no word, so that a score with it is never the best.
    log: f64,
}

pub(super) struct Folding<'c> {
    /// The longest first, those of equal length as they came.
    pub candidates: Vec<Piece>,
    lattices: Lattices<'c>,
    words: Words<'c>,
}

/// What is a word so far.
struct Words<'c> {
    logarithms: &'c Logarithms,
    /// By the number of a piece.
    tallies: Vec<Tally>,
    total: u64,
    /// ln of the total.
    total_log: f64,
    best: Vec<Best>,
    parts: Vec<Part>,
}

/// The best score up to a position, where the last part of it begins, and which word that is.
#[derive(Clone, Copy)]
struct Best {
    score: f64,
    start: usize,
    word: u32,
}

/// A part of a candidate that is cut, and the word that it is.
struct Part {
    place: Range<usize>,
    word: u32,
}

impl<'c> Folding<'c> {
    /// Makes ready to fold the pieces that occur at least so often.
    pub(super) fn new(
        cut: &'c Cut,
        least: u64,
        (view, cost): (&CorpusView<'_>, Cost),
        logarithms: &'c Logarithms,
    ) -> Self {
        let tally = |count| match count {
            count if count < least => Tally { count, log: f64::NAN },
            count => Tally { count, log: logarithms.of(count) },
        };
        let tallies = || {
            let tallies = cut.tallies(least, tally);
            let frequent = tallies.iter().filter(|tally| tally.count >= least);
            (frequent.map(|tally| tally.count).sum(), tallies)
        };
        let candidates = || {
            let candidates = cut.longest_first(least);
            let lattices = Lattices::new(cut, view.dictionary(), &candidates);
            (candidates, lattices)
        };
        let ((total, tallies), (candidates, lattices)) = both(cost.threads, tallies, candidates);
        let total: u64 = total;
        let words = Words {
            logarithms,
            tallies,
            total,
            total_log: (total as f64).ln(),
            best: Vec::new(),
            parts: Vec::new(),
        };
        Folding { candidates, lattices, words }
    }

    /// Folds all candidates, one after the other; their lattices are found ahead. Of each that
    /// stays a word, how much more frequent it is than its parts explain; no number where it has no
    /// parts.
    ///
    /// # Errors
    /// An interruption.
    pub(super) fn fold_all(&mut self, threads: usize, control: &Control) -> Result<Vec<f64>> {
        let Folding { candidates, lattices, words } = self;
        let candidates = &*candidates;
        let mut scores = Vec::with_capacity(candidates.len());
        let ranges = (0..candidates.len()).step_by(BATCH);
        let ranges = ranges.map(|first| first..candidates.len().min(first + BATCH));
        let found = |range| lattices.of(candidates, range);
        in_turn(threads, ranges, found, |batch: Batch| {
            control.check()?;
            words.fold(&candidates[scores.len()..], lattices, &batch, &mut scores);
            Ok(())
        })?;
        Ok(scores)
    }

    /// How often a candidate is a word.
    pub(super) fn count(&self, candidate: usize) -> u64 {
        self.words.tallies[self.candidates[candidate].number as usize].count
    }
}

impl Words<'_> {
    /// Folds the candidates of a batch, which are the first of some.
    fn fold(
        &mut self,
        candidates: &[Piece],
        lattices: &Lattices<'_>,
        batch: &Batch,
        scores: &mut Vec<f64>,
    ) {
        for ((place, draws), piece) in batch.candidates().zip(candidates) {
            let edges = &batch.edges()[place.clone()];
            let ahead = place.start + AHEAD..place.end + AHEAD;
            for edge in batch.edges().get(ahead).unwrap_or_default() {
                prefetch(&self.tallies, edge.word as usize);
            }
            if edges.is_empty() {
                scores.push(f64::NAN);
                continue;
            }
            let own = std::mem::replace(&mut self.tallies[piece.number as usize].log, f64::NAN);
            self.divide(piece.len(), edges);
            if draws {
                self.join(piece, lattices);
            }
            scores.push(self.judge(piece, own));
        }
    }

    /// Folds a candidate into the parts that it was cut into, as if it were no word, unless it is
    /// much more frequent than they explain; how much that is.
    fn judge(&mut self, piece: &Piece, log: f64) -> f64 {
        let total = self.total_log;
        let mut score = log - total;
        let mut words = 0;
        for part in &self.parts {
            let tally = self.tallies.get(part.word as usize);
            score -= tally.map_or(NULL_SCORE, |tally| tally.log) - total;
            words += u64::from(part.word != NO_WORD);
        }
        let own = &mut self.tallies[piece.number as usize];
        if score >= (piece.len() - 1) as f64 || words < self.parts.len() as u64 {
            own.log = log;
            return score;
        }
        let count = std::mem::take(&mut own.count);
        self.total = self.total - count + count * words;
        self.total_log = (self.total as f64).ln();
        for part in &self.parts {
            let tally = &mut self.tallies[part.word as usize];
            tally.count += count;
            tally.log = self.logarithms.of(tally.count);
        }
        f64::NAN
    }

    /// The maximum-probability path over the words that are left; ties go to the longer last word.
    fn divide(&mut self, length: usize, edges: &[Edge]) {
        let total = self.total_log;
        self.best.clear();
        let none = Best { score: f64::NEG_INFINITY, start: 0, word: NO_WORD };
        self.best.resize(length + 1, none);
        // Where nlp-zero begins, so that sums that are nearly equal are rounded as there.
        self.best[0].score = 1.0;
        for &Edge { start, end, word } in edges {
            let (start, end) = (start as usize, end as usize);
            let score = self.reached(start) + (self.tallies[word as usize].log - total);
            if score > self.best[end].score {
                self.best[end] = Best { score, start, word };
            }
        }
        self.reached(length);
        self.parts.clear();
        let mut end = length;
        while end > 0 {
            let Best { start, word, .. } = self.best[end];
            self.parts.push(Part { place: start..end, word });
            end = start;
        }
        self.parts.reverse();
    }

    /// The best score up to a place that no other word can end at: where none does, a unit that is
    /// no word ends there, however bad the path to it, as in nlp-zero.
    #[inline]
    fn reached(&mut self, place: usize) -> f64 {
        if self.best[place].score == f64::NEG_INFINITY {
            let (start, word) = (place - 1, NO_WORD);
            let score = self.best[start].score + NULL_SCORE;
            self.best[place] = Best { score, start, word };
        }
        self.best[place].score
    }

    /// Puts letters and digits that were cut apart together again.
    fn join(&mut self, piece: &Piece, lattices: &Lattices<'_>) {
        let Words { parts, tallies, .. } = self;
        let traits = lattices.traits(piece);
        let mut joining = Joining::default();
        let mut is_joined = |Part { place, .. }: &Part| {
            let draws = traits(place.end - 1).draws;
            joining.next(draws, || place.clone().all(|at| traits(at).joins))
        };
        // Nothing is before the first.
        parts.first().map(&mut is_joined);
        parts.dedup_by(|part, before| {
            let is_joined = is_joined(part);
            if is_joined {
                before.place.end = part.place.end;
                let word = lattices.number(piece, before.place.clone());
                let word = word.filter(|&word| !tallies[word as usize].log.is_nan());
                before.word = word.unwrap_or(NO_WORD);
            }
            is_joined
        });
    }
}
