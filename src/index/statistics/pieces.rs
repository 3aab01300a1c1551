//! Counts stretches of an array of symbols, each by all that it is.

use hashbrown::HashTable;
use rustc_hash::FxHashMap;

/// A stretch of symbols that occurs somewhere else as well, perhaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub(super) start: u32,
    pub(super) end: u32,
    /// How often it occurs.
    pub count: u64,
}

impl Piece {
    /// Units in it.
    #[allow(clippy::len_without_is_empty)] // there is always one
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    pub(super) fn range(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Counts pieces. Most are one or two units long: those are found without looking at the others.
#[derive(Default)]
pub(super) struct PieceCounter {
    /// The distinct ones, each where it first stood.
    pub pieces: Vec<Piece>,
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
    /// A counter that is told the numbers of pairs, which are below `pairs`.
    pub(super) fn new(pairs: usize) -> Self {
        PieceCounter { pairs: vec![0; pairs], ..PieceCounter::default() }
    }

    /// Counts a stretch of `symbols`; `pairs` has the number of the pair that ends at each symbol,
    /// or nothing. True if it is new.
    #[inline]
    pub(super) fn add(&mut self, symbols: &[u32], pairs: &[u32], piece: Piece) -> bool {
        if piece.end - piece.start == 1 {
            let symbol = symbols[piece.start as usize] as usize;
            if symbol >= self.units.len() {
                self.units.resize((symbol + 1).next_power_of_two(), 0);
            }
            return add_at(&mut self.units[symbol], &mut self.pieces, piece);
        }
        match pairs.get(piece.start as usize + 1) {
            Some(&pair) if piece.end - piece.start == 2 => {
                add_at(&mut self.pairs[pair as usize], &mut self.pieces, piece)
            }
            _ => self.add_longer(symbols, piece),
        }
    }

    fn add_longer(&mut self, symbols: &[u32], piece: Piece) -> bool {
        let own = &symbols[piece.range()];
        if let Some(key) = exact_key(own) {
            return add_at(self.short.entry(key).or_insert(0), &mut self.pieces, piece);
        }
        let hash = hash(own);
        let tag = tag(hash);
        let pieces = &self.pieces;
        let of = |place: u32| &symbols[pieces[place as usize].range()];
        let same = |&(other, place): &(u32, u32)| other == tag && of(place) == own;
        if let Some(&(_, place)) = self.long.find(hash, same) {
            self.pieces[place as usize].count += piece.count;
            return false;
        }
        let rehash = |&(_, place): &(u32, u32)| self::hash(of(place));
        self.long.insert_unique(hash, (tag, place_of(pieces.len())), rehash);
        self.pieces.push(piece);
        true
    }
}

/// Adds a piece to those of its kind; `place` is one more than where it is, 0 for nowhere yet.
#[inline]
fn add_at(place: &mut u32, pieces: &mut Vec<Piece>, piece: Piece) -> bool {
    if let Some(own) = place.checked_sub(1) {
        pieces[own as usize].count += piece.count;
        return false;
    }
    pieces.push(piece);
    *place = place_of(pieces.len());
    true
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
