//! The folding of `minent`: candidates that their own parts explain give their counts to them.

use regex::Regex;

use crate::control::both;
use crate::error::{Error, Result};
use crate::index::{CorpusView, Cost, Cut, Key, Piece, prefetch};
use crate::measure::Logarithms;

/// What a unit costs that is no word, as a logarithm.
const NULL_SCORE: f64 = -100.0;
const NO_WORD: u32 = u32::MAX;
/// Stretches of up to so many units are looked for without asking whether a candidate begins so.
const SHORT: usize = 4;
/// How many candidates before it is folded one is asked for; nothing is in a cache by itself.
const AHEAD: usize = 16;
/// Stretches of a candidate that are asked for, at most.
const ASKED: usize = 6;
/// Bits of the filter for each candidate that is longer.
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

impl Traits {
    fn of(text: &str, joining: &Regex) -> Self {
        let is_plain = |one: char| one.is_ascii_alphanumeric() || one == '.';
        // Digits of other scripts count as well; most units have none.
        let may_join = |one: char| is_plain(one) || !one.is_ascii() && one.is_numeric();
        Traits {
            alone: ["。", "，", "、", "！", "？", " "].contains(&text),
            joins: text.chars().all(may_join) && joining.is_match(text),
            draws: text.ends_with(|last: char| last.is_ascii_alphanumeric()),
        }
    }
}

/// How often a piece is a word; no longer one that is folded.
#[derive(Clone, Copy)]
struct Tally {
    /// 0 once it is folded into its parts.
    count: u64,
    /// The logarithm; no number where it is no word, so that a score with it is never the best.
    log: f64,
}

pub(super) struct Folding<'c> {
    cut: &'c Cut,
    logarithms: &'c Logarithms,
    /// The longest first, those of equal length as they came.
    pub candidates: Vec<Piece>,
    /// Of each candidate that stays a word, how much more frequent it is than its parts explain; no
    /// number where it has no parts.
    pub scores: Vec<f64>,
    /// By the number of a piece.
    tallies: Vec<Tally>,
    prefixes: Prefixes,
    /// By symbol.
    traits: Vec<Traits>,
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
    /// Makes ready to fold the pieces that occur at least so often, one after the other.
    ///
    /// # Errors
    /// None that a user could cause.
    pub(super) fn new(
        cut: &'c Cut,
        least: u64,
        (view, cost): (&CorpusView<'_>, Cost),
        logarithms: &'c Logarithms,
    ) -> Result<Self> {
        let joining = Regex::new(r"\A[a-zA-Z\d.]+\z")
            .map_err(|cause| Error::internal("a pattern of ours").because(cause))?;
        let dictionary = view.dictionary();
        let texts = (0..dictionary.end()).map(|symbol| dictionary.text(symbol));
        let traits = texts.map(|text| Traits::of(text, &joining)).collect();
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
            let long = candidates.partition_point(|piece| piece.len() > SHORT);
            let mut prefixes = Prefixes::new(long);
            for piece in &candidates[..long] {
                if !cut.stands_alone(piece) {
                    prefixes.add(cut.symbols(piece));
                }
            }
            (candidates, prefixes)
        };
        let ((total, tallies), (candidates, prefixes)) = both(cost.threads, tallies, candidates);
        let total: u64 = total;
        Ok(Folding {
            cut,
            logarithms,
            scores: vec![f64::NAN; candidates.len()],
            candidates,
            tallies,
            prefixes,
            traits,
            total,
            total_log: (total as f64).ln(),
            best: Vec::new(),
            parts: Vec::new(),
        })
    }

    /// How often a candidate is a word.
    pub(super) fn count(&self, candidate: usize) -> u64 {
        self.tallies[self.candidates[candidate].number as usize].count
    }

    /// Folds all candidates that there are from one number on, up to so many.
    pub(super) fn fold_from(&mut self, first: usize, most: usize) {
        for candidate in first..self.candidates.len().min(first + most) {
            if let Some(piece) = self.candidates.get(candidate + AHEAD) {
                self.cut.ask(piece);
            }
            self.ask(candidate + AHEAD / 2);
            self.fold(candidate);
        }
    }

    /// Asks for what is known of the stretches of a candidate.
    #[inline]
    fn ask(&self, candidate: usize) {
        let Some(piece) = self.candidates.get(candidate).filter(|piece| piece.len() > 1) else {
            return;
        };
        prefetch(&self.tallies, piece.number as usize);
        let symbols = self.cut.symbols(piece);
        for (three, end) in symbols.windows(3).zip(3..).take(ASKED) {
            prefetch(&self.tallies, self.cut.pair(piece, end - 1) as usize);
            prefetch(&self.tallies, self.cut.pair(piece, end) as usize);
            if symbols.len() > 3 && !self.cut.is_alone(piece, end) {
                self.cut.ask_longer(Key::of(three));
            }
        }
    }

    /// Cuts a candidate as if it were no word, and folds it unless it is much more frequent than
    /// its parts explain.
    fn fold(&mut self, candidate: usize) {
        let piece = self.candidates[candidate];
        if piece.len() == 1 {
            return;
        }
        let own = piece.number as usize;
        let total = self.total_log;
        let Tally { count, log } = self.tallies[own];
        self.tallies[own].log = f64::NAN;
        self.divide(&piece, total);
        let mut score = log - total;
        let mut words = 0;
        for part in &self.parts {
            let tally = self.tallies.get(part.word as usize);
            score -= tally.map_or(NULL_SCORE, |tally| tally.log) - total;
            words += u64::from(part.word != NO_WORD);
        }
        if score < (piece.len() - 1) as f64 && words == self.parts.len() as u64 {
            self.tallies[own].count = 0;
            self.total = self.total - count + count * words;
            self.total_log = (self.total as f64).ln();
            for part in &self.parts {
                let tally = &mut self.tallies[part.word as usize];
                tally.count += count;
                tally.log = self.logarithms.of(tally.count);
            }
        } else {
            self.tallies[own].log = log;
            self.scores[candidate] = score;
        }
    }

    /// The maximum-probability path over the words that are left; ties go to the longer last word.
    fn divide(&mut self, piece: &Piece, total: f64) {
        let symbols = self.cut.symbols(piece);
        let length = symbols.len();
        if let [first, second] = *symbols {
            self.divide_pair(piece, [first, second]);
            return;
        }
        self.best.clear();
        let none = Best { score: f64::NEG_INFINITY, start: 0, word: NO_WORD };
        self.best.resize(length + 1, none);
        // Where nlp-zero begins, so that sums that are nearly equal are rounded as there.
        self.best[0].score = 1.0;
        for start in 0..length {
            self.go_on(piece, symbols, start, total);
            // Only where no word ends here, however bad the path to it, as in nlp-zero.
            if self.best[start + 1].score == f64::NEG_INFINITY {
                let score = self.best[start].score + NULL_SCORE;
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

    /// There is one way only, the pair itself being no word.
    fn divide_pair(&mut self, piece: &Piece, symbols: [u32; 2]) {
        self.parts.clear();
        for (symbol, start) in symbols.into_iter().zip(0..) {
            let unit = self.cut.unit(symbol);
            let is_word = !self.tallies[unit as usize].log.is_nan();
            let word = if is_word { unit } else { NO_WORD };
            self.parts.push(Part { place: start..start + 1, word });
        }
        self.join(piece);
    }

    /// Looks for the words that begin at a place of what is divided.
    #[inline]
    fn go_on(&mut self, piece: &Piece, symbols: &[u32], start: usize, total: f64) {
        let length = symbols.len();
        let so_far = self.best[start].score;
        let mut take = |tallies: &[Tally], end: usize, word: u32| {
            let score = so_far + (tallies[word as usize].log - total);
            if score > self.best[end].score {
                self.best[end] = Best { score, start, word };
            }
        };
        take(&self.tallies, start + 1, self.cut.unit(symbols[start]));
        if self.traits[symbols[start] as usize].alone {
            return;
        }
        let mut key = Key::default().and(symbols[start]);
        for end in start + 2..=length {
            let symbol = symbols[end - 1];
            // What is divided is no word for the time being.
            if end - start == length || self.traits[symbol as usize].alone {
                break;
            }
            key = key.and(symbol);
            if end - start == 2 {
                take(&self.tallies, end, self.cut.pair(piece, end));
                continue;
            }
            let goes_on = end - start <= SHORT || self.prefixes.contains(key);
            if !goes_on || self.cut.is_alone(piece, end) {
                break;
            }
            if let Some(word) = self.cut.longer(key, piece, start..end) {
                take(&self.tallies, end, word);
            }
        }
    }

    /// The number of a stretch of a piece, if it may be a word.
    fn number(&self, piece: &Piece, place: &std::ops::Range<usize>) -> Option<u32> {
        let symbols = &self.cut.symbols(piece)[place.clone()];
        match symbols {
            [symbol] => Some(self.cut.unit(*symbol)),
            [_, _] => Some(self.cut.pair(piece, place.end)),
            _ => self.cut.longer(Key::of(symbols), piece, place.clone()),
        }
    }

    /// Puts letters and digits that were cut apart together again.
    fn join(&mut self, piece: &Piece) {
        let symbols = self.cut.symbols(piece);
        let traits = |at: usize| self.traits[symbols[at] as usize];
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
                    let word = self.number(piece, &joined);
                    let word = word.filter(|&word| !self.tallies[word as usize].log.is_nan());
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

/// What longer candidates begin with, as a Bloom filter: most stretches of a candidate begin no
/// other one, and need not be looked for then.
struct Prefixes {
    bits: Vec<u64>,
    shift: u32,
}

impl Prefixes {
    fn new(candidates: usize) -> Self {
        let bits = (candidates * FILTER_BITS).next_power_of_two().max(1 << 10);
        Prefixes { bits: vec![0; bits / 64], shift: u64::BITS - bits.trailing_zeros() }
    }

    /// Adds the longer prefixes of a candidate.
    fn add(&mut self, symbols: &[u32]) {
        let mut key = Key::default();
        for (&symbol, length) in symbols.iter().zip(1..) {
            key = key.and(symbol);
            if length > SHORT {
                let (word, bit) = self.place(key);
                self.bits[word] |= bit;
            }
        }
    }

    /// Whether a candidate begins so; sometimes it does not.
    #[inline]
    fn contains(&self, prefix: Key) -> bool {
        let (word, bit) = self.place(prefix);
        self.bits[word] & bit != 0
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "below the number of bits")]
    fn place(&self, prefix: Key) -> (usize, u64) {
        let bit = (prefix.mixed() >> self.shift) as usize;
        (bit >> 6, 1 << (bit & 63))
    }
}
