//! Counts stretches of an array of symbols, each by all that it is.

use std::ops::Range;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// A stretch of symbols that occurs somewhere else as well, perhaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    start: u32,
    end: u32,
    /// Equal for equal pieces: a unit's symbol, then pairs, then longer ones as they came.
    pub number: u32,
}

impl Piece {
    /// Units in it.
    #[allow(clippy::len_without_is_empty)] // there is always one
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    pub(super) fn end(&self) -> u32 {
        self.end
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Symbols in a row that pieces are stretches of.
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    pub symbols: &'r [u32],
    /// The number of the pair that ends at each symbol, or nothing at all.
    pub pairs: &'r [u32],
}

/// Counts pieces. Most are one or two units long: their numbers are known without looking anything
/// up, which is where the time goes, as nothing that grows with a text stays in a cache.
#[derive(Default)]
pub(super) struct PieceCounter {
    /// The distinct ones, each where it first stood, in that order.
    pub pieces: Vec<Piece>,
    /// By number, how often it occurs.
    pub counts: Vec<u64>,
    units: u32,
    /// Numbers of pieces of up to four common units, by all that they are: no comparison needed.
    short: FxHashMap<u64, u32>,
    /// Places of longer pieces with a part of their hash, which spares most comparisons.
    long: HashTable<(u32, u32)>,
}

impl PieceCounter {
    /// A counter for units and pairs with numbers below these, which expects so many distinct
    /// longer pieces.
    pub(super) fn new(units: usize, pairs: usize, longer: usize) -> Self {
        let short = FxHashMap::with_capacity_and_hasher(longer, FxBuildHasher);
        let (units, counts) = (place_of(units), vec![0; units + pairs]);
        PieceCounter { pieces: Vec::new(), counts, units, short, long: HashTable::new() }
    }

    /// Counts a stretch of a row so many times more. True if it is new.
    #[inline]
    pub(super) fn add(&mut self, row: Row<'_>, start: u32, end: u32, count: u64) -> bool {
        let next = place_of(self.counts.len());
        let range = start as usize..end as usize;
        let number = match end - start {
            1 => row.symbols[range.start],
            2 if !row.pairs.is_empty() => self.units + row.pairs[range.start + 1],
            _ => match exact_key(&row.symbols[range.clone()]) {
                Some(key) => *self.short.entry(key).or_insert(next),
                None => self.find_long(row, &range).unwrap_or(next),
            },
        };
        if number == next {
            self.counts.push(0);
        }
        let counted = &mut self.counts[number as usize];
        *counted += count;
        if *counted > count {
            return false;
        }
        if number == next {
            self.insert_long(row, &range);
        }
        self.pieces.push(Piece { start, end, number });
        true
    }

    /// Notes that the next piece is a long one, if it is.
    fn insert_long(&mut self, row: Row<'_>, range: &Range<usize>) {
        let symbols = &row.symbols[range.clone()];
        if exact_key(symbols).is_some() {
            return;
        }
        let hash = hash(symbols);
        let pieces = &self.pieces;
        let rehash =
            |&(_, place): &(u32, u32)| self::hash(&row.symbols[pieces[place as usize].range()]);
        self.long.insert_unique(hash, (tag(hash), place_of(pieces.len())), rehash);
    }

    /// The number of a stretch of a row; a longer one may have none.
    #[inline]
    pub(super) fn number(&self, row: Row<'_>, range: Range<usize>) -> Option<u32> {
        match range.len() {
            1 => Some(row.symbols[range.start]),
            2 if !row.pairs.is_empty() => Some(self.units + row.pairs[range.start + 1]),
            _ => match exact_key(&row.symbols[range.clone()]) {
                Some(key) => self.short.get(&key).copied(),
                None => self.find_long(row, &range),
            },
        }
    }

    fn find_long(&self, row: Row<'_>, range: &Range<usize>) -> Option<u32> {
        let own = &row.symbols[range.clone()];
        let hash = hash(own);
        let tag = tag(hash);
        let of = |place: u32| &row.symbols[self.pieces[place as usize].range()];
        let same = |&(other, place): &(u32, u32)| other == tag && of(place) == own;
        self.long.find(hash, same).map(|&(_, place)| self.pieces[place as usize].number)
    }
}

/// A place as a number of 32 bits; that all symbols have one is checked where they are kept.
pub(super) fn place_of(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
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
