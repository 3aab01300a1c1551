//! The folding of `minent`: candidates that their own parts explain give their counts to them.

use std::ops::Range;

use super::lattices::{Batch, Edge, Lattices};
use crate::control::{Control, both, in_turn};
use crate::error::Result;
use crate::index::{CorpusView, Cost, Cut, Piece, prefetch, spacious};
use crate::measure::Logarithms;
use crate::word::Joining;

/// What a unit costs that is no word, as a logarithm.
const NULL_SCORE: f64 = -100.0;
const NO_WORD: u32 = u32::MAX;
/// How many candidates are folded between two looks at the controls.
const BATCH: usize = 1 << 9;
/// How many edges before its turn a word is asked for; nothing is in a cache by itself.
const AHEAD: usize = 32;
/// How many candidates before its turn one is.
const SOON: usize = 8;

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
    candidates: &'c [Piece],
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

/// A candidate that stays a word.
pub(super) struct Folded {
    /// Its place among all candidates.
    pub candidate: usize,
    /// How often it is a word.
    pub count: u64,
    /// How much more frequent it is than its parts explain; no number where it has no parts.
    pub score: f64,
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
    /// Makes ready to fold the pieces that were kept.
    pub(super) fn new(
        cut: &'c Cut,
        (view, cost): (&CorpusView<'_>, Cost),
        logarithms: &'c Logarithms,
    ) -> Self {
        let least = cut.least();
        let tally = |count| match count {
            count if count < least => Tally { count, log: f64::NAN },
            count => Tally { count, log: logarithms.of(count) },
        };
        let tallies = || {
            let tallies = cut.tallies(tally);
            let frequent = tallies.iter().filter(|tally| tally.count >= least);
            (frequent.map(|tally| tally.count).sum(), tallies)
        };
        let candidates = cut.pieces();
        let lattices = || Lattices::new(cut, view.dictionary(), candidates);
        let ((total, tallies), lattices) = both(cost.threads, tallies, lattices);
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

    /// Folds all candidates, one after the other; their lattices are found ahead. Gives those that
    /// stay words: once one had its turn, its count does not change any more.
    ///
    /// # Errors
    /// An interruption.
    pub(super) fn fold_all(&mut self, threads: usize, control: &Control) -> Result<Vec<Folded>> {
        let Folding { candidates, lattices, words } = self;
        let (mut folded, mut first) = (spacious(candidates.len()), 0);
        let ranges = (0..candidates.len()).step_by(BATCH);
        let ranges = ranges.map(|first| first..candidates.len().min(first + BATCH));
        let found = |range| lattices.of(candidates, range);
        in_turn(threads, ranges, found, |batch: Batch| {
            control.check()?;
            first += words.fold(candidates, first, lattices, &batch, &mut folded);
            Ok(())
        })?;
        Ok(folded)
    }
}

impl Words<'_> {
    /// Folds the candidates of a batch, the first of which is given, and tells how many there are.
    fn fold(
        &mut self,
        candidates: &[Piece],
        first: usize,
        lattices: &Lattices<'_>,
        batch: &Batch,
        folded: &mut Vec<Folded>,
    ) -> usize {
        let mut candidate = first;
        for (place, draws) in batch.candidates() {
            let piece = &candidates[candidate];
            if let Some(later) = candidates.get(candidate + SOON) {
                prefetch(&self.tallies, later.number as usize);
            }
            let edges = &batch.edges()[place.clone()];
            let ahead = place.start + AHEAD..place.end + AHEAD;
            for edge in batch.edges().get(ahead).unwrap_or_default() {
                prefetch(&self.tallies, edge.word as usize);
            }
            let score = if edges.is_empty() {
                Some(f64::NAN)
            } else {
                let tally = &mut self.tallies[piece.number as usize];
                let log = std::mem::replace(&mut tally.log, f64::NAN);
                self.divide(piece.len(), edges);
                if draws {
                    self.join(piece, lattices);
                }
                self.judge(piece, log)
            };
            if let Some(score) = score {
                let count = self.tallies[piece.number as usize].count;
                folded.push(Folded { candidate, count, score });
            }
            candidate += 1;
        }
        candidate - first
    }

    /// Folds a candidate into the parts that it was cut into, as if it were no word, unless it is
    /// much more frequent than they explain; how much that is.
    fn judge(&mut self, piece: &Piece, log: f64) -> Option<f64> {
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
            return Some(score);
        }
        let count = std::mem::take(&mut own.count);
        self.total = self.total - count + count * words;
        self.total_log = (self.total as f64).ln();
        for part in &self.parts {
            let tally = &mut self.tallies[part.word as usize];
            tally.count += count;
            tally.log = self.logarithms.of(tally.count);
        }
        None
    }

    /// The maximum-probability path over the words that are left; ties go to the longer last word.
    fn divide(&mut self, length: usize, edges: &[Edge]) {
        self.parts.clear();
        if length == 2 {
            // There is but one way, and that is what most candidates are.
            self.parts.extend(edges.iter().map(|&Edge { start, end, word }| {
                let is_word = !self.tallies[word as usize].log.is_nan();
                let word = if is_word { word } else { NO_WORD };
                Part { place: start as usize..end as usize, word }
            }));
            return;
        }
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
