//! Chunks: stretches of text in which every adjacent pair is strong (Su 2018, nlp-zero).
//!
//! They are read off the kept text once, at the weakest thresholds asked for so far. Stricter
//! thresholds only cut them further, so every later answer comes from the stored table.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use super::pairs::Pairs;
use super::pieces::{Piece, PieceCounter, Row, place_of};
use crate::control::{Control, Measure, on_threads};
use crate::error::{Error, Result};
use crate::index::dictionary::Dictionary;
use crate::index::view::CorpusView;
use crate::measure::Logarithms;
use crate::text::UnitSink;

/// Symbols below this are looked up in a bit matrix: the frequent ones, for they came first.
const DENSE: u32 = 4096;

/// When a pair is strong: more frequent than a share of all pairs, and more than its parts predict.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Thresholds {
    /// ln p(ab) − ln p(a) − ln p(b), in nats, must be above this.
    pub min_pmi: f64,
    /// p(ab) must be above this.
    pub min_proba: f64,
}

impl Thresholds {
    /// Whether everything strong for `other` is strong for these as well.
    pub fn include(&self, other: &Thresholds) -> bool {
        self.min_pmi <= other.min_pmi && self.min_proba <= other.min_proba
    }
}

/// The pairs above some thresholds, by their numbers.
pub struct StrongPairs {
    bits: Vec<u64>,
    /// ln p(ab) − ln p(a) − ln p(b) of every pair, in nats.
    pmi: Vec<f64>,
}

impl StrongPairs {
    /// Picks the strong pairs out of all.
    pub fn new(pairs: &Pairs, thresholds: Thresholds) -> Self {
        let logarithms = Logarithms::default();
        let total = logarithms.of(pairs.unit_total);
        let units: Vec<f64> =
            pairs.units.iter().map(|&count| logarithms.of(count) - total).collect();
        let total = logarithms.of(pairs.pair_total);
        let min_proba = thresholds.min_proba.ln();
        let mut bits = vec![0; pairs.len().div_ceil(64)];
        let mut all = Vec::with_capacity(pairs.len());
        for (number, (first, second, count)) in pairs.iter().enumerate() {
            let log = logarithms.of(count) - total;
            let pmi = log - units[first as usize] - units[second as usize];
            let is_strong = log > min_proba && pmi > thresholds.min_pmi;
            bits[number >> 6] |= u64::from(is_strong) << (number & 63);
            all.push(pmi);
        }
        StrongPairs { bits, pmi: all }
    }

    /// Pairs, the weak ones included.
    pub fn len(&self) -> usize {
        self.pmi.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pmi.is_empty()
    }

    /// Whether the second unit of a pair belongs to the first.
    #[inline]
    pub fn contains(&self, pair: u32) -> bool {
        self.bits[pair as usize >> 6] >> (pair & 63) & 1 == 1
    }

    /// ln p(ab) − ln p(a) − ln p(b) of a pair, in nats.
    #[inline]
    pub fn pmi(&self, pair: u32) -> f64 {
        self.pmi[pair as usize]
    }
}

/// Strong pairs by their symbols, for reading text.
struct Matrix {
    dense: Vec<u64>,
    sparse: hashbrown::HashSet<u64, FxBuildHasher>,
}

impl Matrix {
    fn new(pairs: &Pairs, strong: &StrongPairs) -> Self {
        let width = DENSE as usize;
        let mut matrix = Matrix { dense: vec![0; width * width / 64], sparse: Default::default() };
        for ((first, second, _), number) in pairs.iter().zip(0..) {
            if !strong.contains(number) {
                continue;
            }
            if first < DENSE && second < DENSE {
                let bit = (first * DENSE + second) as usize;
                matrix.dense[bit >> 6] |= 1 << (bit & 63);
            } else {
                matrix.sparse.insert(u64::from(first) << 32 | u64::from(second));
            }
        }
        matrix
    }

    #[inline]
    fn contains(&self, first: u32, second: u32) -> bool {
        if first < DENSE && second < DENSE {
            let bit = (first * DENSE + second) as usize;
            self.dense[bit >> 6] >> (bit & 63) & 1 == 1
        } else {
            self.sparse.contains(&(u64::from(first) << 32 | u64::from(second)))
        }
    }
}

/// Distinct chunks with their counts, in the order in which the text first brought them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Chunks {
    ends: Vec<u32>,
    symbols: Vec<u32>,
    /// The number of the pair that each symbol ends; nothing in particular where a chunk begins.
    pairs: Vec<u32>,
    counts: Vec<u64>,
}

impl Chunks {
    /// Reads the chunks off the kept text, in parallel.
    ///
    /// # Errors
    /// When a block cannot be read or the work is stopped, and [`Error::Query`] when the chunks
    /// have more symbols than there are places.
    pub fn build(
        view: &CorpusView<'_>,
        pairs: &Pairs,
        strong: &StrongPairs,
        threads: usize,
        control: &Control,
    ) -> Result<Chunks> {
        let blocks = view.manifest().blocks;
        control.progress.begin("chunks", Some(blocks), Measure::Items);
        let share = blocks.div_ceil(threads.max(1) as u64).max(1);
        let ranges = (0..blocks).step_by(usize::try_from(share).unwrap_or(usize::MAX));
        let ranges = ranges.map(|from| from..blocks.min(from + share)).collect();
        let matrix = Matrix::new(pairs, strong);
        let counted = on_threads(ranges, |range| count(view, range, &matrix, control));
        control.progress.finish();
        let mut all = Reading::new(view);
        for part in counted {
            let part = part?;
            if all.symbols.is_empty() {
                all = part;
            } else {
                for piece in &part.counter.pieces {
                    all.symbols.extend_from_slice(&part.symbols[piece.range()]);
                    all.close(part.counter.counts[piece.number as usize]);
                }
            }
        }
        if u32::try_from(all.symbols.len()).is_err() {
            return Err(Error::query("the chunks of the corpus have more than 2^32 units"));
        }
        let pieces = &all.counter.pieces;
        let ends = pieces.iter().map(Piece::end).collect();
        let counts = pieces.iter().map(|piece| all.counter.counts[piece.number as usize]).collect();
        let mut chunks = Chunks { ends, symbols: all.symbols, pairs: Vec::new(), counts };
        chunks.number(pairs);
        Ok(chunks)
    }

    /// Looks up the pairs.
    fn number(&mut self, pairs: &Pairs) {
        self.pairs = vec![0; self.symbols.len()];
        let mut start = 0;
        for &end in &self.ends {
            let end = end as usize;
            for at in start + 1..end {
                let number = pairs.number(self.symbols[at - 1], self.symbols[at]);
                self.pairs[at] = number.and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
            }
            start = end;
        }
    }

    /// Counts the chunks that are left when fewer pairs are strong. They come in the order in which
    /// the text first brought them.
    pub(super) fn split(&self, pairs: &Pairs, strong: &StrongPairs) -> PieceCounter {
        // Growing a table moves all of it.
        let longer = self.ends.len() / 4;
        let mut counter = PieceCounter::new(pairs.units.len(), pairs.len(), longer);
        let row = self.row();
        let mut start = 0;
        for (&end, &count) in self.ends.iter().zip(&self.counts) {
            let mut from = start;
            for at in start + 1..end {
                if !strong.contains(self.pairs[at as usize]) {
                    counter.add(row, from, at, count);
                    from = at;
                }
            }
            counter.add(row, from, end, count);
            start = end;
        }
        counter
    }

    fn row(&self) -> Row<'_> {
        Row { symbols: &self.symbols, pairs: &self.pairs }
    }
}

/// Chunks that are kept, cut at stricter thresholds.
pub struct Cut {
    base: Arc<Base>,
    /// Which pairs hold together.
    pub strong: StrongPairs,
    counter: PieceCounter,
}

impl Cut {
    /// Cuts chunks where pairs are not strong.
    pub(in crate::index) fn new(base: Arc<Base>, pairs: &Pairs, thresholds: Thresholds) -> Self {
        let strong = StrongPairs::new(pairs, thresholds);
        let counter = base.chunks.split(pairs, &strong);
        Cut { base, strong, counter }
    }

    /// The distinct chunks, in the order in which the text first brought them.
    pub fn pieces(&self) -> &[Piece] {
        &self.counter.pieces
    }

    /// By the number of a chunk, how often it occurs; 0 for units and pairs that are none.
    pub fn counts(&self) -> &[u64] {
        &self.counter.counts
    }

    /// The symbols of a chunk.
    #[inline]
    pub fn symbols(&self, piece: &Piece) -> &[u32] {
        &self.base.chunks.symbols[piece.range()]
    }

    /// The numbers of its pairs in [`Pairs::iter`]: one for each symbol but the first.
    #[inline]
    pub fn pairs(&self, piece: &Piece) -> &[u32] {
        &self.base.chunks.pairs[piece.range()][1..]
    }

    /// The number of a stretch of a chunk; a longer one that is no chunk may have none.
    #[inline]
    pub fn number(&self, piece: &Piece, range: &Range<usize>) -> Option<u32> {
        let start = piece.range().start;
        self.counter.number(self.base.chunks.row(), start + range.start..start + range.end)
    }
}

/// Chunks at the weakest thresholds asked for so far.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::index) struct Base {
    pub thresholds: Thresholds,
    pub chunks: Chunks,
}

/// Chunks as they come: those that were there before are not kept twice.
struct Reading {
    /// The symbols of distinct chunks, and those of the chunk at hand.
    symbols: Vec<u32>,
    counter: PieceCounter,
    /// Where the chunk at hand begins.
    start: usize,
}

impl Reading {
    fn new(view: &CorpusView<'_>) -> Self {
        let counter = PieceCounter::new(view.dictionary().end() as usize, 0, 0);
        Reading { symbols: Vec::new(), counter, start: 0 }
    }

    /// Counts the chunk at hand.
    fn close(&mut self, count: u64) {
        if self.start == self.symbols.len() {
            return;
        }
        let (start, end) = (place_of(self.start), place_of(self.symbols.len()));
        let row = Row { symbols: &self.symbols, pairs: &[] };
        if self.counter.add(row, start, end, count) {
            self.start = self.symbols.len();
        } else {
            self.symbols.truncate(self.start);
        }
    }
}

/// Cuts units as they come.
struct Cutter<'a> {
    dictionary: &'a Dictionary,
    strong: &'a Matrix,
    reading: Reading,
}

impl Cutter<'_> {
    #[inline]
    fn push(&mut self, symbol: u32) {
        let reading = &mut self.reading;
        if reading.start < reading.symbols.len()
            && let Some(&last) = reading.symbols.last()
            && !self.strong.contains(last, symbol)
        {
            reading.close(1);
        }
        self.reading.symbols.push(symbol);
    }

    fn close(&mut self) {
        self.reading.close(1);
    }
}

impl UnitSink for Cutter<'_> {
    #[inline]
    fn unit(&mut self, character: char) {
        self.push(self.dictionary.characters().get(character));
    }

    fn run(&mut self, text: &str) {
        // Whatever stands in the kept text was counted, so that its units are in the dictionary.
        if let Some(symbol) = self.dictionary.find(text) {
            self.push(symbol);
        }
    }

    #[inline]
    fn boundary(&mut self) {
        self.close();
    }

    fn line(&mut self) {
        self.close();
    }
}

fn count(
    view: &CorpusView<'_>,
    blocks: std::ops::Range<u64>,
    strong: &Matrix,
    control: &Control,
) -> Result<Reading> {
    let reading = Reading::new(view);
    let mut cutter = Cutter { dictionary: view.dictionary(), strong, reading };
    let mut text = view.text(blocks);
    while let Some((_, block)) = text.next_block()? {
        control.check()?;
        view.splitter().feed(&block, &mut cutter);
        cutter.close();
        control.progress.advance(1);
    }
    Ok(cutter.reading)
}
