//! Chunks cut where pairs are not strong, and how often each piece comes out.

use std::ops::Range;
use std::sync::Arc;

use super::bits::{Bits, Ranked};
use super::chunks::{Base, Chunks};
use super::cutting::{Cutting, Longer, Share, count};
use super::pieces::{AHEAD, Filter, Key, Piece, Table, place_of};
use super::strong::{StrongPairs, Thresholds};
use crate::control::{both, on_threads};
use crate::index::room::{prefetch, spacious};

/// Symbols that are worth a thread.
const SHARE: usize = 1 << 18;
/// Bits of the filter for each longer piece.
const FILTER_BITS: usize = 8;
/// Longer pieces are brought in order by comparing them.
const LONGEST: usize = 64;

/// Chunks that are kept, cut at stricter thresholds, and the pieces that occur often enough.
///
/// They have numbers: units and strong pairs first, rare ones too, then longer pieces that may be
/// parts of others, then longer pieces that stand in one place only.
pub struct Cut {
    base: Arc<Base>,
    strong: StrongPairs,
    /// How many pieces there are, each as often as it occurs.
    total: u64,
    /// How often one occurs that is kept.
    least: u64,
    /// Longest first, those of equal length in the order in which the text first brought them.
    pieces: Vec<Piece>,
    /// Longer pieces that may be parts of others.
    longer: Table,
    /// Their keys: they fit a near cache, the table does not.
    keys: Filter,
    /// By number, how often each occurs.
    counts: Vec<u64>,
}

impl Cut {
    /// Cuts chunks where pairs are not strong. Told how many pieces there are, `least` says how
    /// often one has to occur to be kept.
    pub(in crate::index) fn new(
        base: Arc<Base>,
        thresholds: Thresholds,
        least: impl FnOnce(u64) -> u64,
        threads: usize,
    ) -> Self {
        let strong = StrongPairs::new(&base.pairs, thresholds, threads);
        let enough = base.chunks.symbols.len() / SHARE;
        Cut::at(base, strong, least, threads.min(enough))
    }

    /// The same, on so many threads.
    pub(super) fn at(
        base: Arc<Base>,
        strong: StrongPairs,
        least: impl FnOnce(u64) -> u64,
        threads: usize,
    ) -> Self {
        // Each strong pair holds two units together that would be pieces apart.
        let total = base.chunks.units.saturating_sub(strong.occurrences());
        let least = least(total).max(1);
        // As many symbols for each; of no chunks, one share of nothing.
        let (threads, chunks) = (threads.max(1), &base.chunks);
        let cut = |part: usize| {
            let symbols = chunks.symbols.len() * part / threads;
            chunks.ends.partition_point(|&end| (end as usize) <= symbols)
        };
        let ranges = (0..threads).map(|part| cut(part)..cut(part + 1)).collect();
        let shares = on_threads(ranges, |range| Cutting::new(&base, &strong, least).run(range));
        let parts = Cutting::parts(&base);
        let ranges =
            (0..threads).map(|part| parts * part / threads..parts * (part + 1) / threads).collect();
        let found = on_threads(ranges, |range| count(&shares, range, &chunks.symbols, least));
        let Counted { pieces, longer, keys, counts } =
            Counted::new(shares, &found, &chunks.symbols, least, threads);
        Cut { base, strong, total, least, pieces, longer, keys, counts }
    }

    /// The pieces as chunks of their own, which can be cut in their turn.
    pub(in crate::index) fn to_base(&self, thresholds: Thresholds) -> Base {
        let mut pieces = self.pieces.clone();
        pieces.sort_unstable_by_key(|piece| piece.start);
        let (mut ends, mut symbols) = (Vec::with_capacity(pieces.len()), Vec::new());
        for piece in &pieces {
            symbols.extend_from_slice(self.symbols(piece));
            ends.push(place_of(symbols.len()));
        }
        let counts = pieces.iter().map(|piece| self.counts[piece.number as usize]).collect();
        let pairs = Arc::new(self.base.pairs.only(|number| self.strong.contains(number)));
        Base { thresholds, chunks: Chunks::new(ends, symbols, counts, &pairs), pairs }
    }

    /// The symbols of a piece.
    #[inline]
    pub fn symbols(&self, piece: &Piece) -> &[u32] {
        &self.base.chunks.symbols[piece.range()]
    }

    /// The number of a unit.
    #[inline]
    pub fn unit(&self, symbol: u32) -> u32 {
        symbol
    }

    /// The number of the pair that ends at a place of a piece.
    #[inline]
    pub fn pair(&self, piece: &Piece, end: usize) -> u32 {
        let pair = self.base.chunks.pairs[piece.start as usize + end - 1];
        self.units() + self.strong.number(pair)
    }

    /// The number of a stretch of three units or more, if it is a piece somewhere that is kept.
    #[inline]
    pub fn longer(&self, key: Key, piece: &Piece, range: Range<usize>) -> Option<u32> {
        let start = piece.start as usize;
        let range = start + range.start..start + range.end;
        if !self.keys.may_have(key) {
            return None;
        }
        let number = self.longer.find(key, &self.base.chunks.symbols, range)?;
        Some(self.units() + self.strong.len() + number)
    }

    /// Whether the three units of a piece that end at a place stand nowhere else, so that no other
    /// piece has them.
    #[inline]
    pub fn is_alone(&self, piece: &Piece, end: usize) -> bool {
        self.base.chunks.alone.contains(piece.start as usize + end - 1)
    }

    /// Asks for what is to be known of a piece soon.
    #[inline]
    pub fn ask(&self, piece: &Piece) {
        prefetch(&self.base.chunks.symbols, piece.start as usize);
        prefetch(&self.base.chunks.pairs, piece.start as usize);
    }

    /// Asks for the number of a stretch of three units or more.
    #[inline]
    pub fn ask_longer(&self, key: Key) {
        if self.keys.may_have(key) {
            self.longer.ask(key);
        }
    }

    /// Whether a piece has three such units, so that it is in no other piece.
    #[inline]
    pub fn stands_alone(&self, piece: &Piece) -> bool {
        self.base.chunks.alone.any(piece.start as usize + 2..piece.end as usize)
    }

    /// The least PMI within a piece; `None` for a unit.
    pub fn pmi(&self, piece: &Piece) -> Option<f64> {
        let pairs = &self.base.pairs;
        let log = |count: u64| (count as f64).ln();
        let (units, total) = (log(pairs.unit_total), log(pairs.pair_total));
        let unit = |symbol: u32| log(pairs.units[symbol as usize]) - units;
        let numbers = &self.base.chunks.pairs[piece.range()][1..];
        let pmi = numbers.iter().zip(self.symbols(piece).windows(2)).map(|(&number, symbols)| {
            let log = log(pairs.count_of(number as usize)) - total;
            log - unit(symbols[0]) - unit(symbols[1])
        });
        pmi.min_by(f64::total_cmp)
    }

    /// How many pieces there are, each as often as it occurs; rare ones among them.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How often a piece occurs that is kept.
    pub fn least(&self) -> u64 {
        self.least
    }

    /// The distinct pieces that are kept, the longest first, those of equal length in the order in
    /// which the text first brought them.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// By the number of a piece, what is made of how often it occurs; rarer units and pairs than
    /// those that are kept among them.
    pub fn tallies<T>(&self, tally: impl Fn(u64) -> T) -> Vec<T> {
        let mut tallies = spacious(self.counts.len());
        tallies.extend(self.counts.iter().map(|&count| tally(count)));
        tallies
    }

    fn units(&self) -> u32 {
        place_of(self.base.pairs.units.len())
    }
}

/// What all shares of the chunks have.
struct Counted {
    pieces: Vec<Piece>,
    longer: Table,
    keys: Filter,
    counts: Vec<u64>,
}

impl Counted {
    /// Of shares, and of what longer pieces of theirs `found` has; all are of `symbols`.
    fn new(
        mut shares: Vec<Share>,
        found: &[Vec<Longer>],
        symbols: &[u32],
        least: u64,
        threads: usize,
    ) -> Self {
        let alone: Vec<_> =
            shares.iter_mut().map(|share| std::mem::take(&mut share.alone)).collect();
        let join = move || {
            let join = |mut all: Share, more: Share| {
                all.add_short(&more);
                all
            };
            let all = shares.into_iter().reduce(join);
            let (mut short, counts) = all.map(|all| (all.short, all.counts)).unwrap_or_default();
            for pieces in &mut short {
                pieces.retain(|piece| counts[piece.number as usize] >= least);
            }
            (short, counts)
        };
        let order = || in_order(found.iter().chain(&alone), symbols.len());
        let ((short, mut counts), ordered) = both(threads, join, order);
        let (first, others) = (place_of(counts.len()), found.iter().map(Vec::len).sum());
        let number = || {
            let (mut longer, mut keys) = (Table::new(others), Filter::new(others, FILTER_BITS));
            counts.reserve(ordered.len());
            for (piece, at) in ordered.iter().zip(AHEAD..) {
                ordered.get(at).inspect(|piece| longer.ask(piece.key));
                if !piece.is_alone() {
                    keys.add(piece.key);
                    longer.number(piece.key, &symbols[piece.range()], symbols, piece.range());
                    counts.push(piece.count);
                }
            }
            counts.extend(ordered.iter().filter(|piece| piece.is_alone()).map(|piece| piece.count));
            (longer, keys, counts)
        };
        let list = || {
            let lengths = ordered.iter().map(|piece| piece.range().len());
            let mut pieces = LongestFirst::new(lengths, &short);
            let mut numbers = [first, first + place_of(others)];
            for piece in &ordered {
                let number = &mut numbers[usize::from(piece.is_alone())];
                pieces.put(Piece { start: piece.start, end: piece.end, number: *number });
                *number += 1;
            }
            short.iter().flatten().for_each(|piece| pieces.put(*piece));
            pieces.in_order()
        };
        let ((longer, keys, counts), pieces) = both(threads, number, list);
        Counted { pieces, longer, keys, counts }
    }
}

/// Pieces in the order in which they start; no two start at the same of so many symbols.
fn in_order<'p>(
    found: impl Iterator<Item = &'p Vec<Longer>> + Clone,
    symbols: usize,
) -> Vec<Longer> {
    let mut starts = Bits::up_to(symbols);
    found.clone().flatten().for_each(|piece| starts.set(piece.start as usize, true));
    let starts = Ranked::new(starts);
    let mut ordered = spacious(starts.len() as usize);
    ordered.resize(starts.len() as usize, Longer::default());
    for piece in found.flatten() {
        ordered[starts.rank(piece.start) as usize] = *piece;
    }
    ordered
}

/// Brings pieces in order, the longest first, those of equal length as they come.
struct LongestFirst {
    /// Where the next piece of each class belongs; the first class is that of the longest.
    next: [usize; LONGEST],
    pieces: Vec<Piece>,
}

impl LongestFirst {
    /// Room for longer pieces of these lengths, and for units and pairs.
    fn new(longer: impl Iterator<Item = usize>, short: &[Vec<Piece>; 2]) -> Self {
        let (mut next, mut number) = ([0; LONGEST], 0);
        longer.for_each(|length| next[class(length)] += 1);
        short.iter().zip(1..).for_each(|(pieces, length)| next[class(length)] = pieces.len());
        for start in &mut next {
            number += std::mem::replace(start, number);
        }
        let mut pieces = spacious(number);
        pieces.resize(number, Piece { start: 0, end: 0, number: 0 });
        LongestFirst { next, pieces }
    }

    fn put(&mut self, piece: Piece) {
        let place = &mut self.next[class(piece.len())];
        self.pieces[*place] = piece;
        *place += 1;
    }

    fn in_order(mut self) -> Vec<Piece> {
        self.pieces[..self.next[0]].sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        self.pieces
    }
}

/// The class of a piece by its length, which is 1 or more.
fn class(length: usize) -> usize {
    LONGEST - length.clamp(1, LONGEST)
}
