//! Chunks: stretches of text in which every adjacent pair is strong (Su 2018, nlp-zero).
//!
//! They are read off the kept text once, at the weakest thresholds asked for so far. Stricter
//! thresholds only cut them further, so every later answer comes from the stored table.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bits::Bits;
use super::pairs::Pairs;
use super::pieces::{AHEAD, Key, Table, place_of};
use super::strong::{Matrix, StrongPairs, Thresholds};
use super::trie::Seen;
use crate::control::{Control, Measure, on_threads};
use crate::error::{Error, Result};
use crate::index::dictionary::Dictionary;
use crate::index::room::in_large_pages;
use crate::index::view::CorpusView;
use crate::store::{decode, encode};
use crate::text::UnitSink;

/// The version of how they are stored.
const VERSION: u8 = 2;
/// Bytes of a piece that is stored.
const PIECE: usize = 1 << 20;
/// Symbols below this have the numbers of their pairs in a matrix: they came first.
const DENSE: u32 = 2048;
/// Cells for each symbol in which three units in a row are counted to find those that are alone.
const CELLS: usize = 4;

/// Distinct chunks with their counts, in the order in which the text first brought them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chunks {
    pub(super) ends: Vec<u32>,
    pub(super) symbols: Vec<u32>,
    /// The number of the pair that each symbol ends; where a chunk begins, the number behind that
    /// of the last pair.
    pub(super) pairs: Vec<u32>,
    pub(super) counts: Vec<u64>,
    /// How many units there are, those of each chunk as often as it occurs.
    pub(super) units: u64,
    /// Symbols that end three units that stand nowhere else in the chunks; perhaps not all of
    /// those. What three such units are in is nowhere else either.
    pub(super) alone: Bits,
}

impl Chunks {
    /// Reads the chunks off the kept text, in parallel.
    ///
    /// # Errors
    /// When a block cannot be read or the work is stopped, and [`Error::Query`] when the chunks
    /// have more symbols than there are places.
    pub(super) fn build(
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
        let mut all = Reading::default();
        for part in counted {
            let part = part?;
            if all.symbols.is_empty() {
                all = part;
            } else {
                for piece in &part.table.pieces {
                    all.waiting.extend_from_slice(&part.symbols[piece.range()]);
                    all.close(part.counts[piece.number as usize]);
                }
                all.settle();
            }
        }
        if u32::try_from(all.symbols.len()).is_err() || u32::try_from(pairs.len()).is_err() {
            return Err(Error::query("the chunks of the corpus have more than 2^32 units"));
        }
        let ends = all.table.pieces.iter().map(|piece| piece.end).collect();
        let Reading { symbols, counts, .. } = all;
        Ok(Chunks::new(ends, symbols, counts, pairs))
    }

    pub(super) fn new(ends: Vec<u32>, symbols: Vec<u32>, counts: Vec<u64>, pairs: &Pairs) -> Self {
        let none = place_of(pairs.len());
        let numbers = Numbers::new(pairs);
        let mut all = vec![none; symbols.len()];
        let mut start = 0;
        for &end in &ends {
            let end = end as usize;
            for at in start + 1..end {
                all[at] = numbers.of(symbols[at - 1], symbols[at]);
            }
            start = end;
        }
        let alone = alone(&all, none);
        let units = units(&ends, &counts);
        Chunks { ends, symbols, pairs: all, counts, units, alone }
    }
}

/// How many units chunks have, each as often as it occurs.
fn units(ends: &[u32], counts: &[u64]) -> u64 {
    let mut start = 0;
    ends.iter().zip(counts).fold(0, |sum: u64, (&end, count)| {
        let length = end.saturating_sub(std::mem::replace(&mut start, end));
        sum.saturating_add(count.saturating_mul(u64::from(length)))
    })
}

/// The numbers of pairs; those of frequent units, nearly all there are, need not be searched for.
struct Numbers<'p> {
    dense: Vec<u32>,
    width: u32,
    pairs: &'p Pairs,
}

impl<'p> Numbers<'p> {
    fn new(pairs: &'p Pairs) -> Self {
        let width = place_of(pairs.units.len()).min(DENSE);
        let mut dense = vec![place_of(pairs.len()); (width * width) as usize];
        for ((first, second, _), number) in pairs.iter().zip(0..) {
            if first < width && second < width {
                dense[(first * width + second) as usize] = number;
            }
        }
        Numbers { dense, width, pairs }
    }

    /// The number behind the last where there is no such pair.
    #[inline]
    fn of(&self, first: u32, second: u32) -> u32 {
        if first < self.width && second < self.width {
            return self.dense[(first * self.width + second) as usize];
        }
        place_of(self.pairs.number(first, second).unwrap_or(self.pairs.len()))
    }
}

/// Which symbols end three units that stand nowhere else. Where two share a cell, neither is found.
fn alone(pairs: &[u32], none: u32) -> Bits {
    // Two bits a cell: 0, 1, or more.
    let cells = (pairs.len() * CELLS).next_power_of_two().max(64);
    let shift = u64::BITS - cells.trailing_zeros();
    #[expect(clippy::cast_possible_truncation, reason = "below the number of cells")]
    let cell = |first: u32, second: u32| {
        let key = u64::from(first) << 32 | u64::from(second);
        let mixed = (key ^ key >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ mixed >> 32).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> shift) as usize
    };
    let mut counts = vec![0u64; cells / 32];
    let threes = || pairs.windows(2).zip(1..).filter(|(two, _)| two[0] != none && two[1] != none);
    for (two, _) in threes() {
        let cell = cell(two[0], two[1]);
        let (word, low) = (&mut counts[cell >> 5], (cell & 31) * 2);
        let before = *word >> low & 0b11;
        *word |= (before + 1).min(0b11) << low;
    }
    let mut alone = Bits::up_to(pairs.len());
    for (two, at) in threes() {
        let cell = cell(two[0], two[1]);
        alone.set(at, counts[cell >> 5] >> ((cell & 31) * 2) & 0b11 == 1);
    }
    alone
}

/// Chunks at some thresholds, to be cut at any stricter ones.
#[derive(Debug)]
pub(in crate::index) struct Base {
    pub thresholds: Thresholds,
    pub(super) chunks: Chunks,
    /// The pairs that those in the chunks are numbered by.
    pub(super) pairs: Arc<Pairs>,
}

/// The first piece of chunks that are stored; what comes after are their columns.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    seen: Seen,
    thresholds: Thresholds,
    chunks: u64,
    symbols: u64,
}

impl Base {
    /// Reads the chunks off the kept text; see [`Chunks::build`].
    ///
    /// # Errors
    /// Those of [`Chunks::build`].
    pub(in crate::index) fn build(
        view: &CorpusView<'_>,
        pairs: &Arc<Pairs>,
        thresholds: Thresholds,
        threads: usize,
        control: &Control,
    ) -> Result<Base> {
        let strong = StrongPairs::new(pairs, thresholds, threads);
        let chunks = Chunks::build(view, pairs, &strong, threads, control)?;
        Ok(Base { thresholds, chunks, pairs: Arc::clone(pairs) })
    }

    /// Hands out the pieces that are stored: the columns as they are, as nothing takes longer than
    /// to take numbers apart.
    ///
    /// # Errors
    /// What `put` says.
    pub(in crate::index) fn write(
        &self,
        seen: &Seen,
        put: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let Base { thresholds, chunks, .. } = self;
        let head = Head {
            seen: *seen,
            thresholds: *thresholds,
            chunks: chunks.ends.len() as u64,
            symbols: chunks.symbols.len() as u64,
        };
        put(&encode(VERSION, &head)?)?;
        put_column(&chunks.ends, u32::to_le_bytes, put)?;
        put_column(&chunks.counts, u64::to_le_bytes, put)?;
        put_column(&chunks.symbols, u32::to_le_bytes, put)?;
        put_column(&chunks.pairs, u32::to_le_bytes, put)?;
        put_column(chunks.alone.words(), u64::to_le_bytes, put)
    }

    /// Puts them together again, if they are those of what is counted now. Told their thresholds,
    /// `pairs` gives what they are numbered by.
    ///
    /// # Errors
    /// When a piece is missing or damaged, or written by another version, or of something else.
    pub(in crate::index) fn read(
        seen: &Seen,
        pairs: impl FnOnce(Thresholds) -> Arc<Pairs>,
        mut next: impl FnMut() -> Result<Option<Vec<u8>>>,
    ) -> Result<(Seen, Base)> {
        let first = next()?.ok_or_else(damaged)?;
        let head: Head = decode(VERSION, "the head of the chunks", &first)?;
        if head.seen != *seen {
            return Err(Error::corrupt("the stored chunks are of another state of the corpus"));
        }
        let pairs = pairs(head.thresholds);
        let length = |length: u64| usize::try_from(length).map_err(|_| damaged());
        let (count, symbols) = (length(head.chunks)?, length(head.symbols)?);
        let mut chunks = Chunks {
            units: 0,
            ends: take_column(count, u32::from_le_bytes, &mut next)?,
            counts: take_column(count, u64::from_le_bytes, &mut next)?,
            symbols: take_column(symbols, u32::from_le_bytes, &mut next)?,
            pairs: take_column(symbols, u32::from_le_bytes, &mut next)?,
            alone: Bits::from_words(take_column(
                (symbols >> 6) + 1,
                u64::from_le_bytes,
                &mut next,
            )?),
        };
        let below = |numbers: &[u32], end: usize| {
            numbers.iter().max().is_none_or(|&most| (most as usize) < end)
        };
        let is_whole = chunks.ends.is_sorted()
            && chunks.ends.last().map_or(0, |&end| end as usize) == symbols
            && below(&chunks.symbols, pairs.units.len())
            && below(&chunks.pairs, pairs.len() + 1);
        if !is_whole {
            return Err(damaged());
        }
        chunks.units = units(&chunks.ends, &chunks.counts);
        Ok((head.seen, Base { thresholds: head.thresholds, chunks, pairs }))
    }
}

fn damaged() -> Error {
    Error::corrupt("the stored chunks are damaged")
}

fn put_column<T: Copy, const N: usize>(
    column: &[T],
    bytes_of: impl Fn(T) -> [u8; N],
    put: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut bytes = Vec::with_capacity(PIECE);
    for rows in column.chunks(PIECE / N) {
        bytes.clear();
        rows.iter().for_each(|&row| bytes.extend_from_slice(&bytes_of(row)));
        put(&bytes)?;
    }
    Ok(())
}

fn take_column<T, const N: usize>(
    rows: usize,
    row_of: impl Fn([u8; N]) -> T,
    next: &mut impl FnMut() -> Result<Option<Vec<u8>>>,
) -> Result<Vec<T>> {
    let mut column = Vec::new();
    column.try_reserve_exact(rows).map_err(|_| damaged())?;
    in_large_pages(column.spare_capacity_mut());
    while column.len() < rows {
        let piece = next()?.ok_or_else(damaged)?;
        let (found, rest) = piece.as_chunks::<N>();
        if found.is_empty() || !rest.is_empty() || found.len() > rows - column.len() {
            return Err(damaged());
        }
        column.extend(found.iter().map(|&bytes| row_of(bytes)));
    }
    Ok(column)
}

/// Chunks as they come: those that were there before are not kept twice.
struct Reading {
    /// The symbols of distinct chunks.
    symbols: Vec<u32>,
    table: Table,
    /// By number, how often each occurs.
    counts: Vec<u64>,
    /// The symbols of chunks that wait until their places in the table are at hand, and those of
    /// the chunk that is being read.
    waiting: Vec<u32>,
    /// Where it begins.
    start: usize,
    /// Of each that waits, its key, its end and how often it occurs.
    keys: Vec<(Key, usize, u64)>,
}

impl Default for Reading {
    fn default() -> Self {
        Reading {
            symbols: Vec::new(),
            table: Table::new(0),
            counts: Vec::new(),
            waiting: Vec::new(),
            start: 0,
            keys: Vec::new(),
        }
    }
}

impl Reading {
    /// Counts the chunk at hand.
    fn close(&mut self, count: u64) {
        let own = &self.waiting[self.start..];
        if own.is_empty() {
            return;
        }
        let key = Key::of(own);
        self.table.ask(key);
        self.start = self.waiting.len();
        self.keys.push((key, self.start, count));
        if self.keys.len() == AHEAD {
            self.settle();
        }
    }

    /// Gives those that wait their numbers.
    fn settle(&mut self) {
        self.table.reserve(self.keys.len());
        let mut start = 0;
        for (key, end, count) in self.keys.drain(..) {
            let own = &self.waiting[start..end];
            let place = self.symbols.len()..self.symbols.len() + own.len();
            let number = self.table.number(key, own, &self.symbols, place) as usize;
            if number == self.counts.len() {
                self.counts.push(0);
                self.symbols.extend_from_slice(own);
            }
            self.counts[number] += count;
            start = end;
        }
        self.waiting.clear();
        self.start = 0;
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
        if let Some(&last) = reading.waiting[reading.start..].last()
            && !self.strong.contains(last, symbol)
        {
            reading.close(1);
        }
        reading.waiting.push(symbol);
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
    let reading = Reading::default();
    let mut cutter = Cutter { dictionary: view.dictionary(), strong, reading };
    let mut text = view.text(blocks);
    while let Some((_, block)) = text.next_block()? {
        control.check()?;
        view.splitter().feed(&block, &mut cutter);
        cutter.close();
        control.progress.advance(1);
    }
    cutter.reading.settle();
    Ok(cutter.reading)
}
