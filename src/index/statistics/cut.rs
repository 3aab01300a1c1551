//! Chunks cut where pairs are not strong, and how often each piece comes out.
//!
//! Hardly anything is looked up: units and strong pairs have numbers, and a longer piece with three
//! units in it that stand nowhere else is the only one of its kind. What is left goes through a
//! table, and waits until its place there is at hand.

use std::ops::Range;
use std::sync::Arc;

use super::chunks::{Base, Chunks};
use super::pairs::Pairs;
use super::pieces::{AHEAD, Key, Piece, Table, place_of};
use super::strong::{StrongPairs, Thresholds};
use crate::control::{both, on_threads};
use crate::index::room::{prefetch, spacious};

/// Symbols that are cut at once, in whole chunks.
const BLOCK: usize = 1 << 12;
/// Symbols that are worth a thread.
const SHARE: usize = 1 << 18;
/// Longer pieces are brought in order by comparing them.
const LONGEST: usize = 64;

/// Chunks that are kept, cut at stricter thresholds.
pub struct Cut {
    base: Arc<Base>,
    pairs: Arc<Pairs>,
    strong: StrongPairs,
    counted: Counted,
}

/// How often each piece of some chunks occurs.
struct Counted {
    /// What units and pairs there are, in the order in which the text first brought them.
    short: [Vec<Piece>; 2],
    /// Longer pieces that may stand in several places, in the same order.
    longer: Table,
    /// The number of the first of them.
    first_longer: u32,
    /// By number, how often each unit and each strong pair occurs.
    counts: Vec<u64>,
    /// By number less that of the first, how often each longer one does.
    longer_counts: Vec<u64>,
    /// Pieces that stand in one place only, in order; their numbers are those of their chunks.
    alone: Vec<Piece>,
}

impl Cut {
    /// Cuts chunks where pairs are not strong.
    pub(in crate::index) fn new(
        base: Arc<Base>,
        pairs: Arc<Pairs>,
        thresholds: Thresholds,
        threads: usize,
    ) -> Self {
        let strong = StrongPairs::new(&pairs, thresholds, threads);
        let least = base.chunks.symbols.len() / SHARE;
        Cut::at(base, pairs, strong, threads.min(least))
    }

    /// The same, on so many threads.
    pub(super) fn at(
        base: Arc<Base>,
        pairs: Arc<Pairs>,
        strong: StrongPairs,
        threads: usize,
    ) -> Self {
        let chunks = &base.chunks;
        // As many symbols for each; of no chunks, one share of nothing.
        let threads = threads.max(1);
        let cut = |part: usize| {
            let symbols = chunks.symbols.len() * part / threads;
            chunks.ends.partition_point(|&end| (end as usize) <= symbols)
        };
        let ranges = (0..threads).map(|part| cut(part)..cut(part + 1)).collect();
        let counted = on_threads(ranges, |range: Range<usize>| {
            // The first takes in what the others find.
            let expected = if range.start == 0 { chunks.ends.len() } else { range.len() } / 4;
            Cutting::new(chunks, Counted::new(&pairs, &strong, expected), &pairs, &strong)
                .run(range)
        });
        let join = |all: Counted, more: Counted| all.and(&more, &chunks.symbols, threads);
        let counted = counted.into_iter().reduce(join);
        let counted = counted.unwrap_or_else(|| Counted::new(&pairs, &strong, 0));
        Cut { base, pairs, strong, counted }
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
        place_of(self.pairs.units.len()) + self.strong.number(pair)
    }

    /// The number of a stretch of three units or more, if it is a piece somewhere.
    #[inline]
    pub fn longer(&self, key: Key, piece: &Piece, range: Range<usize>) -> Option<u32> {
        let start = piece.start as usize;
        let range = start + range.start..start + range.end;
        let number = self.counted.longer.find(key, &self.base.chunks.symbols, range)?;
        Some(self.counted.first_longer + number)
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
        self.counted.longer.ask(key);
    }

    /// Whether a piece has three such units, so that it is in no other piece.
    #[inline]
    pub fn stands_alone(&self, piece: &Piece) -> bool {
        self.base.chunks.alone.any(piece.start as usize + 2..piece.end as usize)
    }

    /// The least PMI within a piece; `None` for a unit.
    pub fn pmi(&self, piece: &Piece) -> Option<f64> {
        let pairs = &self.pairs;
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

    /// How many pieces there are, each as often as it occurs.
    pub fn total(&self) -> u64 {
        let chunks = &self.base.chunks.counts;
        let alone = self.counted.alone.iter().map(|piece| &chunks[piece.number as usize]);
        let Counted { counts, longer_counts, .. } = &self.counted;
        counts.iter().chain(longer_counts).chain(alone).sum()
    }

    /// The distinct pieces that occur at least so often, the longest first, those of equal length
    /// in the order in which the text first brought them.
    pub fn longest_first(&self, least: u64) -> Vec<Piece> {
        let Counted { short, longer, first_longer, counts, longer_counts, .. } = &self.counted;
        let is_frequent = |piece: &&Piece| longer_counts[piece.number as usize] >= least;
        let longer = || longer.pieces.iter().filter(is_frequent);
        let is_frequent = |piece: &&Piece| counts[piece.number as usize] >= least;
        let short = || short.iter().flatten().filter(is_frequent);
        let mut pieces =
            LongestFirst::new(longer().chain(self.frequent_alone(least)).chain(short()));
        let numbered = |piece: &Piece| Piece { number: first_longer + piece.number, ..*piece };
        let mut others = longer().map(numbered).peekable();
        for (piece, number) in self.frequent_alone(least).zip(self.first_alone()..) {
            while let Some(other) = others.next_if(|other| other.start < piece.start) {
                pieces.put(other);
            }
            pieces.put(Piece { number, ..*piece });
        }
        others.chain(short().copied()).for_each(|piece| pieces.put(piece));
        pieces.in_order()
    }

    /// By the number of a piece, what is made of how often it occurs; rarer ones than those that
    /// occur at least so often among them.
    pub fn tallies<T>(&self, least: u64, tally: impl Fn(u64) -> T) -> Vec<T> {
        let Counted { counts, longer_counts, alone, .. } = &self.counted;
        let mut tallies = spacious(counts.len() + longer_counts.len() + alone.len());
        tallies.extend(counts.iter().chain(longer_counts).map(|&count| tally(count)));
        let chunks = &self.base.chunks.counts;
        let alone = self.frequent_alone(least).map(|piece| chunks[piece.number as usize]);
        tallies.extend(alone.map(tally));
        tallies
    }

    /// The pieces that stand in one place only and occur there at least so often.
    fn frequent_alone(&self, least: u64) -> impl Iterator<Item = &Piece> {
        let chunks = &self.base.chunks.counts;
        self.counted.alone.iter().filter(move |piece| chunks[piece.number as usize] >= least)
    }

    /// The number of the first of them.
    fn first_alone(&self) -> u32 {
        self.counted.first_longer + place_of(self.counted.longer_counts.len())
    }
}

/// Brings pieces in order, the longest first, those of equal length as they come.
struct LongestFirst {
    /// Where the next piece of each class belongs; the first class is that of the longest.
    next: [usize; LONGEST],
    pieces: Vec<Piece>,
}

impl LongestFirst {
    /// Room for these pieces, whatever their order.
    fn new<'p>(all: impl Iterator<Item = &'p Piece>) -> Self {
        let (mut next, mut number) = ([0; LONGEST], 0);
        all.for_each(|piece| next[class(piece)] += 1);
        for start in &mut next {
            number += std::mem::replace(start, number);
        }
        let mut pieces = spacious(number);
        pieces.resize(number, NONE);
        LongestFirst { next, pieces }
    }

    fn put(&mut self, piece: Piece) {
        let place = &mut self.next[class(&piece)];
        self.pieces[*place] = piece;
        *place += 1;
    }

    fn in_order(mut self) -> Vec<Piece> {
        self.pieces[..self.next[0]].sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        self.pieces
    }
}

/// The class of a piece by its length, which is 1 or more.
fn class(piece: &Piece) -> usize {
    LONGEST - piece.len().clamp(1, LONGEST)
}

const NONE: Piece = Piece { start: 0, end: 0, number: u32::MAX };

/// What waits for its number: where it stands and how often.
struct Waiting {
    key: Key,
    range: Range<usize>,
    count: u64,
    number: u32,
}

impl Counted {
    fn new(pairs: &Pairs, strong: &StrongPairs, longer: usize) -> Self {
        let (units, strong) = (pairs.units.len(), strong.len() as usize);
        Counted {
            short: [vec![NONE; units + 1], vec![NONE; strong + 1]],
            longer: Table::new(longer),
            first_longer: place_of(units + strong),
            // Written before they are read, as the slots of the table are.
            counts: std::iter::repeat_n(0, units + strong).collect(),
            longer_counts: spacious(longer),
            alone: Vec::new(),
        }
    }

    /// These pieces and those of chunks that come after; all are of `symbols`.
    fn and(mut self, more: &Counted, symbols: &[u32], threads: usize) -> Counted {
        let Counted { short, longer, counts, longer_counts, alone, .. } = &mut self;
        let join_longer = || {
            let mut waiting = Vec::new();
            for pieces in more.longer.pieces.chunks(AHEAD) {
                waiting.extend(pieces.iter().map(|piece| {
                    let count = more.longer_counts[piece.number as usize];
                    let key = Key::of(&symbols[piece.range()]);
                    longer.ask(key);
                    Waiting { key, range: piece.range(), count, number: 0 }
                }));
                settle(&mut waiting, longer, longer_counts, symbols);
            }
        };
        both(threads, join_longer, || {
            for (own, more_of_it) in short.iter_mut().zip(&more.short) {
                for piece in more_of_it {
                    let count = &mut counts[piece.number as usize];
                    if *count == 0 {
                        own.push(*piece);
                    }
                    *count += more.counts[piece.number as usize];
                }
            }
            alone.extend_from_slice(&more.alone);
        });
        self
    }
}

/// Counts those that wait, all of them longer pieces.
fn settle(waiting: &mut Vec<Waiting>, longer: &mut Table, counts: &mut Vec<u64>, symbols: &[u32]) {
    longer.reserve(waiting.len());
    for Waiting { key, range, number, .. } in waiting.iter_mut() {
        let own = &symbols[range.clone()];
        *number = longer.number(*key, own, symbols, range.clone());
        prefetch(counts, *number as usize);
    }
    counts.resize(longer.pieces.len(), 0);
    for Waiting { number, count, .. } in waiting.drain(..) {
        counts[number as usize] += count;
    }
}

/// Goes over chunks block by block. Where a piece ends is nothing that a processor could foresee,
/// so that nothing branches on it.
struct Cutting<'c> {
    chunks: &'c Chunks,
    strong: &'c StrongPairs,
    units: u32,
    /// What stands for a pair where a chunk begins.
    none: u32,
    counted: Counted,
    /// Where pieces begin, and where the last one ends.
    starts: Vec<u32>,
    /// The chunk that each of them is of.
    owners: Vec<u32>,
    /// Which pieces are one unit long, two, or more.
    classes: [Vec<u32>; 3],
    /// The numbers of the pairs of a block.
    numbers: Vec<u32>,
    /// How many units and pairs there are so far.
    found: [usize; 2],
    waiting: Vec<Waiting>,
}

impl<'c> Cutting<'c> {
    fn new(chunks: &'c Chunks, counted: Counted, pairs: &Pairs, strong: &'c StrongPairs) -> Self {
        Cutting {
            chunks,
            strong,
            units: place_of(pairs.units.len()),
            none: place_of(pairs.len()),
            counted,
            starts: Vec::new(),
            owners: Vec::new(),
            classes: Default::default(),
            numbers: Vec::new(),
            found: [0; 2],
            waiting: Vec::with_capacity(AHEAD),
        }
    }

    /// Counts the pieces of some of the chunks.
    fn run(mut self, chunks: Range<usize>) -> Counted {
        let ends = &self.chunks.ends[..chunks.end];
        let mut chunk = chunks.start;
        let mut from = chunk.checked_sub(1).map_or(0, |before| ends[before] as usize);
        while chunk < ends.len() {
            let first = chunk;
            let is_far = |&end: &u32| end as usize - from >= BLOCK;
            chunk =
                ends[first..].iter().position(is_far).map_or(ends.len(), |more| first + more + 1);
            let to = ends[chunk - 1] as usize;
            let [units, pairs, longer] = self.cut_block(from..to, first);
            self.count_units(units);
            self.count_pairs(pairs);
            self.count_longer(longer);
            from = to;
        }
        self.settle();
        for (pieces, found) in self.counted.short.iter_mut().zip(self.found) {
            pieces.truncate(found);
        }
        self.counted
    }

    /// Finds the pieces of a block of chunks, the first of which is given, and tells how many there
    /// are of each class.
    fn cut_block(&mut self, places: Range<usize>, first: usize) -> [usize; 3] {
        let size = places.len() + 1;
        if self.starts.len() < size {
            self.starts.resize(size, 0);
            self.owners.resize(size, 0);
            self.classes.iter_mut().for_each(|class| class.resize(size, 0));
        }
        let (mut pieces, mut owner) = (0, place_of(first).wrapping_sub(1));
        let (starts, owners) = (&mut self.starts[..size], &mut self.owners[..size]);
        for (&pair, at) in self.chunks.pairs[places.clone()].iter().zip(place_of(places.start)..) {
            owner = owner.wrapping_add(u32::from(pair == self.none));
            starts[pieces] = at;
            owners[pieces] = owner;
            pieces += usize::from(!self.strong.contains(pair));
        }
        starts[pieces] = place_of(places.end);
        let mut lengths = [0; 3];
        for (bounds, piece) in starts[..=pieces].windows(2).zip(0..) {
            let class = (bounds[1] - bounds[0]).min(3) as usize - 1;
            self.classes[class][lengths[class]] = piece;
            lengths[class] += 1;
        }
        lengths
    }

    fn count_units(&mut self, units: usize) {
        for place in 0..units {
            let piece = self.classes[0][place] as usize;
            let start = self.starts[piece];
            let number = self.chunks.symbols[start as usize];
            self.count_short(0, Piece { start, end: start + 1, number }, self.owners[piece]);
        }
    }

    fn count_pairs(&mut self, pairs: usize) {
        self.numbers.clear();
        for &piece in &self.classes[1][..pairs] {
            let pair = self.chunks.pairs[self.starts[piece as usize] as usize + 1];
            let number = self.units + self.strong.number(pair);
            prefetch(&self.counted.counts, number as usize);
            self.numbers.push(number);
        }
        for place in 0..pairs {
            let (piece, number) = (self.classes[1][place] as usize, self.numbers[place]);
            let start = self.starts[piece];
            self.count_short(1, Piece { start, end: start + 2, number }, self.owners[piece]);
        }
    }

    /// Counts a unit or a pair of a chunk.
    #[inline]
    fn count_short(&mut self, class: usize, piece: Piece, owner: u32) {
        let count = &mut self.counted.counts[piece.number as usize];
        self.counted.short[class][self.found[class]] = piece;
        self.found[class] += usize::from(*count == 0);
        *count += self.chunks.counts[owner as usize];
    }

    fn count_longer(&mut self, longer: usize) {
        for place in 0..longer {
            let piece = self.classes[2][place] as usize;
            let (start, end) = (self.starts[piece], self.starts[piece + 1]);
            let owner = self.owners[piece];
            if self.chunks.alone.any(start as usize + 2..end as usize) {
                self.counted.alone.push(Piece { start, end, number: owner });
                continue;
            }
            let range = start as usize..end as usize;
            let key = Key::of(&self.chunks.symbols[range.clone()]);
            self.counted.longer.ask(key);
            let count = self.chunks.counts[owner as usize];
            self.waiting.push(Waiting { key, range, count, number: 0 });
            if self.waiting.len() == AHEAD {
                self.settle();
            }
        }
    }

    fn settle(&mut self) {
        let Counted { longer, longer_counts, .. } = &mut self.counted;
        settle(&mut self.waiting, longer, longer_counts, &self.chunks.symbols);
    }
}
