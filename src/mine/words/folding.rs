//! The folding of `minent`: candidates that their own parts explain give their counts to them.

use regex::Regex;

use crate::error::{Error, Result};
use crate::index::{CorpusView, Cut, Piece};
use crate::measure::Logarithms;

/// What a unit costs that is no word, as a logarithm.
const NULL_SCORE: f64 = -100.0;
const NO_WORD: u32 = u32::MAX;
/// Bits of the filter for each candidate.
const FILTER_BITS: usize = 16;

/// What is special about a unit when chunks are cut.
#[derive(Clone, Copy, Default)]
struct Traits {
    /// A mark at which nlp-zero always cuts.
    alone: bool,
    /// Letters, digits and points only.
    joins: bool,
    /// Ends in an ASCII letter or digit, so that what joins is drawn to it.
    draws: bool,
}

pub(super) struct Folding<'c> {
    cut: &'c Cut,
    logarithms: &'c Logarithms,
    /// The longest first, those of equal length as they came.
    pub candidates: Vec<Piece>,
    /// Of each candidate that stays a word, how much more frequent it is than its parts explain; no
    /// number where it has no parts.
    pub scores: Vec<f64>,
    /// By the number of a chunk: 0 once it is folded into its parts.
    pub counts: Vec<u64>,
    /// By the same, the logarithm of the count; no number where it is no word, so that a score with
    /// it is never the best.
    logs: Vec<f64>,
    prefixes: Prefixes,
    /// By symbol, where it is in a candidate.
    traits: Vec<Option<Traits>>,
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
    place: std::ops::Range<usize>,
    word: u32,
}

impl<'c> Folding<'c> {
    /// Makes ready to fold the chunks that are candidates, one after the other.
    ///
    /// # Errors
    /// None that a user could cause.
    pub(super) fn new(
        cut: &'c Cut,
        is_candidate: impl Fn(u64) -> bool,
        view: &CorpusView<'_>,
        logarithms: &'c Logarithms,
    ) -> Result<Self> {
        let joining = Regex::new(r"\A[a-zA-Z\d.]+\z")
            .map_err(|cause| Error::internal("a pattern of ours").because(cause))?;
        let mut traits = vec![None; view.dictionary().end() as usize];
        let pieces =
            cut.pieces().iter().filter(|piece| is_candidate(cut.counts()[piece.number as usize]));
        let mut candidates: Vec<Piece> = pieces.copied().collect();
        candidates.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        let mut prefixes = Prefixes::new(candidates.partition_point(|piece| piece.len() > 2));
        let counts = cut.counts().to_vec();
        let (mut logs, mut total) = (vec![f64::NAN; counts.len()], 0);
        for piece in &candidates {
            let symbols = cut.symbols(piece);
            for &symbol in symbols {
                traits[symbol as usize].get_or_insert_with(|| {
                    let text = view.dictionary().text(symbol);
                    Traits {
                        alone: ["。", "，", "、", "！", "？", " "].contains(&text),
                        joins: joining.is_match(text),
                        draws: text.ends_with(|last: char| last.is_ascii_alphanumeric()),
                    }
                });
            }
            prefixes.add(symbols, cut.pairs(piece));
            let count = counts[piece.number as usize];
            logs[piece.number as usize] = logarithms.of(count);
            total += count;
        }
        Ok(Folding {
            cut,
            logarithms,
            scores: vec![f64::NAN; candidates.len()],
            candidates,
            counts,
            logs,
            prefixes,
            traits,
            total,
            total_log: (total as f64).ln(),
            best: Vec::new(),
            parts: Vec::new(),
        })
    }

    /// Cuts a candidate as if it were no word, and folds it unless it is much more frequent than
    /// its parts explain.
    pub(super) fn fold(&mut self, candidate: usize) {
        let piece = self.candidates[candidate];
        if piece.len() == 1 {
            return;
        }
        let own = piece.number as usize;
        let total = self.total_log;
        let (count, log) = (self.counts[own], self.logs[own]);
        self.logs[own] = f64::NAN;
        self.divide(&piece, total);
        let mut score = log - total;
        let mut words = 0;
        for part in &self.parts {
            let log = self.logs.get(part.word as usize).map_or(NULL_SCORE, |&log| log);
            score -= log - total;
            words += u64::from(part.word != NO_WORD);
        }
        if score < (piece.len() - 1) as f64 && words == self.parts.len() as u64 {
            self.counts[own] = 0;
            self.total = self.total - count + count * words;
            self.total_log = (self.total as f64).ln();
            for part in &self.parts {
                let word = part.word as usize;
                self.counts[word] += count;
                self.logs[word] = self.logarithms.of(self.counts[word]);
            }
        } else {
            self.logs[own] = log;
            self.scores[candidate] = score;
        }
    }

    /// The maximum-probability path over the words that are left; ties go to the longer last word.
    fn divide(&mut self, piece: &Piece, total: f64) {
        let (symbols, pairs) = (self.cut.symbols(piece), self.cut.pairs(piece));
        let length = symbols.len();
        self.best.clear();
        let none = Best { score: f64::NEG_INFINITY, start: 0, word: NO_WORD };
        self.best.resize(length + 1, none);
        // Where nlp-zero begins, so that sums that are nearly equal are rounded as there.
        self.best[0].score = 1.0;
        let alone = |at: usize| self.traits[symbols[at] as usize].is_some_and(|unit| unit.alone);
        for start in 0..length {
            let so_far = self.best[start].score;
            let mut prefix = 0;
            for end in start + 1..=length {
                match end - start {
                    // What is divided is no word for the time being.
                    units if units == length => break,
                    1 => {}
                    _ if alone(end - 1) || alone(start) => break,
                    2 => prefix = Prefixes::begin(pairs[end - 2]),
                    _ => {
                        prefix = Prefixes::extend(prefix, symbols[end - 1]);
                        if !self.prefixes.contains(prefix) {
                            break;
                        }
                    }
                }
                let Some(word) = self.cut.number(piece, &(start..end)) else { continue };
                let score = so_far + (self.logs[word as usize] - total);
                if score > self.best[end].score {
                    self.best[end] = Best { score, start, word };
                }
            }
            // Only where no word ends here, however bad the path to it, as in nlp-zero.
            if self.best[start + 1].score == f64::NEG_INFINITY {
                let score = so_far + NULL_SCORE;
                self.best[start + 1] = Best { score, start, word: NO_WORD };
            }
        }
        self.parts.clear();
        let mut end = length;
        while end > 0 {
            let Best { start, word, .. } = self.best[end];
            self.parts.push(Part { place: start..end, word });
            end = start;
        }
        self.parts.reverse();
        self.join(piece);
    }

    /// Puts letters and digits that were cut apart together again.
    fn join(&mut self, piece: &Piece) {
        let symbols = self.cut.symbols(piece);
        let traits = |at: usize| self.traits[symbols[at] as usize].unwrap_or_default();
        let mut kept: usize = 0;
        let mut drawing = false;
        for at in 0..self.parts.len() {
            let Part { place, word } = &self.parts[at];
            let (place, word) = (place.clone(), *word);
            let draws = traits(place.end - 1).draws;
            let joins = drawing && draws && place.clone().all(|at| traits(at).joins);
            match kept.checked_sub(1) {
                Some(last) if joins => {
                    let joined = self.parts[last].place.start..place.end;
                    let word = self.cut.number(piece, &joined);
                    let word = word.filter(|&word| !self.logs[word as usize].is_nan());
                    self.parts[last] = Part { place: joined, word: word.unwrap_or(NO_WORD) };
                }
                _ => {
                    // After a failed join the next part starts anew, as in nlp-zero.
                    drawing = draws && !drawing;
                    self.parts[kept] = Part { place, word };
                    kept += 1;
                }
            }
        }
        self.parts.truncate(kept);
    }
}

/// What candidates of three units and more begin with, as a Bloom filter: most stretches of a
/// candidate begin no other one, and need not be looked for then.
struct Prefixes {
    bits: Vec<u64>,
    shift: u32,
}

impl Prefixes {
    fn new(candidates: usize) -> Self {
        let bits = (candidates * FILTER_BITS).next_power_of_two().max(1 << 10);
        Prefixes { bits: vec![0; bits / 64], shift: u64::BITS - bits.trailing_zeros() }
    }

    /// Adds the prefixes of a candidate.
    fn add(&mut self, symbols: &[u32], pairs: &[u32]) {
        let Some(&first) = pairs.first() else { return };
        let mut prefix = Self::begin(first);
        for &symbol in &symbols[2..] {
            prefix = Self::extend(prefix, symbol);
            let (word, bit) = self.place(prefix);
            self.bits[word] |= bit;
        }
    }

    /// The prefix of the two units of a pair.
    #[inline]
    fn begin(pair: u32) -> u64 {
        u64::from(pair)
    }

    /// A prefix with one more unit.
    #[inline]
    fn extend(prefix: u64, symbol: u32) -> u64 {
        let mixed = (prefix ^ u64::from(symbol) << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 32
    }

    /// Whether a candidate begins so; sometimes it does not.
    #[inline]
    fn contains(&self, prefix: u64) -> bool {
        let (word, bit) = self.place(prefix);
        self.bits[word] & bit != 0
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "below the number of bits")]
    fn place(&self, prefix: u64) -> (usize, u64) {
        let bit = (prefix.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> self.shift) as usize;
        (bit >> 6, 1 << (bit & 63))
    }
}
