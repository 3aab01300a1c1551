//! Chunks: stretches of text in which every adjacent pair is strong (Su 2018, nlp-zero).
//!
//! They are read off the kept text once, at the weakest thresholds asked for so far. Stricter
//! thresholds only cut them further, so every later answer comes from the stored table.

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};

use super::pairs::Pairs;
use crate::control::{Control, Measure, on_threads};
use crate::error::Result;
use crate::index::dictionary::Dictionary;
use crate::index::view::CorpusView;
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

    /// The weaker of each.
    #[must_use]
    pub fn weaker(&self, other: &Thresholds) -> Thresholds {
        Thresholds {
            min_pmi: self.min_pmi.min(other.min_pmi),
            min_proba: self.min_proba.min(other.min_proba),
        }
    }
}

/// The pairs above some thresholds.
pub struct StrongPairs {
    dense: Vec<u64>,
    sparse: hashbrown::HashSet<u64, FxBuildHasher>,
}

impl StrongPairs {
    /// Picks the strong pairs out of all.
    pub fn new(pairs: &Pairs, thresholds: Thresholds) -> Self {
        let width = DENSE as usize;
        let mut strong =
            StrongPairs { dense: vec![0; width * width / 64], sparse: Default::default() };
        let logs: Vec<f64> = {
            let total = (pairs.unit_total as f64).ln();
            pairs.units.iter().map(|&count| (count as f64).ln() - total).collect()
        };
        let total = (pairs.pair_total as f64).ln();
        let min_proba = thresholds.min_proba.ln();
        for (first, second, count) in pairs.iter() {
            let log = (count as f64).ln() - total;
            let pmi = log - logs[first as usize] - logs[second as usize];
            if log > min_proba && pmi > thresholds.min_pmi {
                strong.insert(first, second);
            }
        }
        strong
    }

    fn insert(&mut self, first: u32, second: u32) {
        if first < DENSE && second < DENSE {
            let bit = (first * DENSE + second) as usize;
            self.dense[bit >> 6] |= 1 << (bit & 63);
        } else {
            self.sparse.insert(u64::from(first) << 32 | u64::from(second));
        }
    }

    /// Whether `second` belongs to `first`.
    #[inline]
    pub fn contains(&self, first: u32, second: u32) -> bool {
        if first < DENSE && second < DENSE {
            let bit = (first * DENSE + second) as usize;
            self.dense[bit >> 6] >> (bit & 63) & 1 == 1
        } else {
            self.sparse.contains(&(u64::from(first) << 32 | u64::from(second)))
        }
    }
}

/// Distinct chunks with their counts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Chunks {
    ends: Vec<usize>,
    symbols: Vec<u32>,
    counts: Vec<u64>,
}

impl Chunks {
    /// Reads the chunks off the kept text, in parallel.
    ///
    /// # Errors
    /// When a block cannot be read or the work is stopped.
    pub fn build(
        view: &CorpusView<'_>,
        strong: &StrongPairs,
        threads: usize,
        control: &Control,
    ) -> Result<Chunks> {
        let blocks = view.manifest().blocks;
        control.progress.begin("chunks", Some(blocks), Measure::Items);
        let share = blocks.div_ceil(threads.max(1) as u64).max(1);
        let ranges = (0..blocks).step_by(usize::try_from(share).unwrap_or(usize::MAX));
        let ranges = ranges.map(|from| from..blocks.min(from + share)).collect();
        let counted = on_threads(ranges, |range| count(view, range, strong, control));
        control.progress.finish();
        let mut all = ChunkCounter::default();
        for part in counted {
            let part = part?;
            if all.chunks.ends.is_empty() {
                all = part;
            } else {
                for (symbols, count) in part.chunks.iter() {
                    all.add(symbols, count);
                }
            }
        }
        Ok(all.chunks)
    }

    /// The chunks that are left when fewer pairs are strong.
    pub fn split(&self, strong: &StrongPairs) -> Chunks {
        let mut counter = ChunkCounter::default();
        // About half of the chunks are there again; growing a table moves all of it.
        counter.short.reserve(self.len() / 4);
        for (symbols, count) in self.iter() {
            let mut start = 0;
            for at in 1..symbols.len() {
                if !strong.contains(symbols[at - 1], symbols[at]) {
                    counter.add(&symbols[start..at], count);
                    start = at;
                }
            }
            counter.add(&symbols[start..], count);
        }
        counter.chunks
    }

    /// Each chunk with its count, in the order in which the text first brought them.
    pub fn iter(&self) -> impl Iterator<Item = (&[u32], u64)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let bounds = starts.zip(&self.ends).zip(&self.counts);
        bounds.map(|((start, &end), &count)| (&self.symbols[start..end], count))
    }

    /// Occurrences of all chunks.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Distinct chunks.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn get(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.symbols[start..self.ends[number]]
    }
}

/// Counts chunks. Most are one or two units long: those are found without looking at the others.
#[derive(Default)]
struct ChunkCounter {
    chunks: Chunks,
    /// By symbol, one more than the number of the chunk that it is on its own.
    units: Vec<u32>,
    /// Numbers of chunks of two to four common units by all that they are: no comparison needed.
    short: FxHashMap<u64, u32>,
    /// Numbers of longer chunks with a part of their hash, which spares most comparisons.
    table: HashTable<(u32, u32)>,
}

impl ChunkCounter {
    #[inline]
    fn add(&mut self, symbols: &[u32], count: u64) {
        if let [symbol] = symbols {
            let place = *symbol as usize;
            if place >= self.units.len() {
                self.units.resize((place + 1).next_power_of_two(), 0);
            }
            if self.units[place] == 0 {
                self.units[place] = self.push(symbols) + 1;
            }
            self.chunks.counts[self.units[place] as usize - 1] += count;
            return;
        }
        if let Some(key) = exact_key(symbols) {
            let number = match self.short.get(&key) {
                Some(&number) => number,
                None => {
                    let number = self.push(symbols);
                    self.short.insert(key, number);
                    number
                }
            };
            self.chunks.counts[number as usize] += count;
            return;
        }
        let hash = hash(symbols);
        let tag = tag(hash);
        let chunks = &self.chunks;
        let same = |&(own, number): &(u32, u32)| own == tag && chunks.get(number) == symbols;
        let number = match self.table.find(hash, same) {
            Some(&(_, number)) => number,
            None => {
                let number = self.push(symbols);
                let chunks = &self.chunks;
                let rehash = |&(_, other): &(u32, u32)| self::hash(chunks.get(other));
                self.table.insert_unique(hash, (tag, number), rehash);
                number
            }
        };
        self.chunks.counts[number as usize] += count;
    }

    fn push(&mut self, symbols: &[u32]) -> u32 {
        let number = u32::try_from(self.chunks.ends.len()).unwrap_or(u32::MAX);
        self.chunks.symbols.extend_from_slice(symbols);
        self.chunks.ends.push(self.chunks.symbols.len());
        self.chunks.counts.push(0);
        number
    }
}

/// Up to four symbols below 2^16 as one number; none is 0, so that the length is in it as well.
#[inline]
fn exact_key(symbols: &[u32]) -> Option<u64> {
    if symbols.len() > 4 || symbols.iter().any(|&symbol| symbol > 0xffff) {
        return None;
    }
    Some(symbols.iter().fold(0, |key, &symbol| key << 16 | u64::from(symbol)))
}

/// Mixes two symbols a round; the table takes its place from the low bits and seven high ones.
#[inline]
fn hash(symbols: &[u32]) -> u64 {
    let mut hash = symbols.len() as u64;
    for pair in symbols.chunks(2) {
        let low = u64::from(pair[0]);
        let high = pair.get(1).map_or(0, |&symbol| u64::from(symbol) << 32);
        hash = (hash ^ (low | high)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 29;
    }
    hash.wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ hash >> 32
}

#[allow(clippy::cast_possible_truncation)] // a part of a hash
fn tag(hash: u64) -> u32 {
    (hash >> 20) as u32
}

/// Cuts units as they come.
struct Cutter<'a> {
    dictionary: &'a Dictionary,
    strong: &'a StrongPairs,
    counter: ChunkCounter,
    chunk: Vec<u32>,
}

impl Cutter<'_> {
    #[inline]
    fn push(&mut self, symbol: u32) {
        if let Some(&last) = self.chunk.last()
            && !self.strong.contains(last, symbol)
        {
            self.close();
        }
        self.chunk.push(symbol);
    }

    fn close(&mut self) {
        if !self.chunk.is_empty() {
            self.counter.add(&self.chunk, 1);
            self.chunk.clear();
        }
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
    strong: &StrongPairs,
    control: &Control,
) -> Result<ChunkCounter> {
    let (counter, chunk) = (ChunkCounter::default(), Vec::new());
    let mut cutter = Cutter { dictionary: view.dictionary(), strong, counter, chunk };
    let mut text = view.text(blocks);
    while let Some((_, block)) = text.next_block()? {
        control.check()?;
        view.splitter().feed(&block, &mut cutter);
        cutter.close();
        control.progress.advance(1);
    }
    Ok(cutter.counter)
}
