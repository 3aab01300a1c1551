//! Counts stretches of an array of symbols, each by all that it is.

use std::ops::Range;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// A stretch of symbols that occurs somewhere else as well, perhaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Piece {
    /// Units in it.
    #[allow(clippy::len_without_is_empty)] // there is always one
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// A stretch of it.
    fn part(&self, range: &Range<usize>) -> Piece {
        let at = |place: usize| self.start + place_of(place);
        Piece { start: at(range.start), end: at(range.end) }
    }
}

/// Symbols in a row that pieces are stretches of.
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    pub symbols: &'r [u32],
    /// The number of the pair that ends at each symbol, or nothing at all.
    pub pairs: &'r [u32],
}

/// Counts pieces. Most are one or two units long: those are found without looking at the others.
#[derive(Default)]
pub(super) struct PieceCounter {
    /// The distinct ones, each where it first stood.
    pub pieces: Vec<Piece>,
    /// How often each occurs.
    pub counts: Vec<u64>,
    /// By symbol, one more than the place of the piece that it is on its own.
    units: Vec<u32>,
    /// By the number of a pair, the same.
    pairs: Vec<u32>,
    /// The same of pieces of up to four common units, by all that they are: no comparison needed.
    short: FxHashMap<u64, u32>,
    /// Places of longer pieces with a part of their hash, which spares most comparisons.
    long: HashTable<(u32, u32)>,
}

impl PieceCounter {
    /// A counter that is told the numbers of pairs, which are below `pairs`, and expects so many
    /// distinct pieces of three units or more.
    pub(super) fn new(pairs: usize, longer: usize) -> Self {
        let short = FxHashMap::with_capacity_and_hasher(longer, FxBuildHasher);
        PieceCounter { pairs: vec![0; pairs], short, ..PieceCounter::default() }
    }

    /// Counts a piece so many times more. True if it is new.
    #[inline]
    pub(super) fn add(&mut self, row: Row<'_>, piece: Piece, count: u64) -> bool {
        let next = place_of(self.pieces.len()) + 1;
        let place = match piece.end - piece.start {
            1 => {
                let symbol = row.symbols[piece.start as usize] as usize;
                if symbol >= self.units.len() {
                    self.units.resize((symbol + 1).next_power_of_two(), 0);
                }
                &mut self.units[symbol]
            }
            2 if !row.pairs.is_empty() => {
                &mut self.pairs[row.pairs[piece.start as usize + 1] as usize]
            }
            _ => match exact_key(&row.symbols[piece.range()]) {
                Some(key) => self.short.entry(key).or_insert(0),
                None => return self.add_long(row, piece, count),
            },
        };
        if let Some(place) = place.checked_sub(1) {
            self.counts[place as usize] += count;
            return false;
        }
        *place = next;
        self.pieces.push(piece);
        self.counts.push(count);
        true
    }

    fn add_long(&mut self, row: Row<'_>, piece: Piece, count: u64) -> bool {
        if let Some(place) = self.find_long(row, piece) {
            self.counts[place as usize] += count;
            return false;
        }
        let hash = hash(&row.symbols[piece.range()]);
        let pieces = &self.pieces;
        let rehash =
            |&(_, place): &(u32, u32)| self::hash(&row.symbols[pieces[place as usize].range()]);
        self.long.insert_unique(hash, (tag(hash), place_of(pieces.len())), rehash);
        self.pieces.push(piece);
        self.counts.push(count);
        true
    }

    /// The place of a stretch of a piece among the pieces, if it is one.
    #[inline]
    pub(super) fn find(&self, row: Row<'_>, piece: &Piece, range: &Range<usize>) -> Option<u32> {
        let part = piece.part(range);
        let place = match range.len() {
            1 => self.units.get(row.symbols[part.start as usize] as usize),
            2 if !row.pairs.is_empty() => {
                self.pairs.get(row.pairs[part.start as usize + 1] as usize)
            }
            _ => match exact_key(&row.symbols[part.range()]) {
                Some(key) => self.short.get(&key),
                None => return self.find_long(row, part),
            },
        };
        place.and_then(|place| place.checked_sub(1))
    }

    fn find_long(&self, row: Row<'_>, piece: Piece) -> Option<u32> {
        let own = &row.symbols[piece.range()];
        let hash = hash(own);
        let tag = tag(hash);
        let of = |place: u32| &row.symbols[self.pieces[place as usize].range()];
        let same = |&(other, place): &(u32, u32)| other == tag && of(place) == own;
        self.long.find(hash, same).map(|&(_, place)| place)
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
