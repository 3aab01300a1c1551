//! One pass over chunks that finds the pieces between pairs that are not strong, and another that
//! counts what may stand in several places.
//!
//! Hardly anything is looked up: units and strong pairs have numbers, and a longer piece with three
//! units in it that stand nowhere else is the only one of its kind. What is left is first sorted
//! into parts by its key, each of which is then counted in a table that fits a near cache.

use std::ops::Range;

use super::chunks::Base;
use super::pieces::{Key, Piece, Table, place_of};
use super::strong::StrongPairs;
use crate::index::room::{prefetch, spacious};

/// Symbols that are cut at once, in whole chunks.
const BLOCK: usize = 1 << 12;
/// Symbols of the chunks that are worth a part, and the most parts.
const PART: usize = 1 << 16;
const PARTS: usize = 1 << 8;

/// Symbols for which one longer piece is expected that may stand in several places.
const LONGER: usize = 10;

/// A longer piece and how often it occurs there, or anywhere.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Longer {
    /// What it is; nothing where it stands in one place only.
    pub key: Key,
    pub start: u32,
    pub end: u32,
    pub count: u64,
}

impl Longer {
    /// Whether it is known to stand in one place only.
    pub(super) fn is_alone(&self) -> bool {
        self.key == Key::default()
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What is in some of the chunks.
pub(super) struct Share {
    /// What units and pairs there are, in the order in which the text first brought them.
    pub short: [Vec<Piece>; 2],
    /// By number, how often each unit and each strong pair occurs.
    pub counts: Vec<u64>,
    /// Longer pieces that stand in one place only and occur often enough, in order.
    pub alone: Vec<Longer>,
    /// Other longer pieces as they come, by part.
    parts: Vec<Vec<Longer>>,
}

const NONE: Piece = Piece { start: 0, end: 0, number: u32::MAX };

impl Share {
    /// Adds those of chunks that come after.
    pub(super) fn add_short(&mut self, more: &Share) {
        for (own, more_of_it) in self.short.iter_mut().zip(&more.short) {
            for piece in more_of_it {
                let count = &mut self.counts[piece.number as usize];
                if *count == 0 {
                    own.push(*piece);
                }
                *count += more.counts[piece.number as usize];
            }
        }
    }
}

/// Counts the longer pieces of some parts, and keeps those that occur at least so often, part by
/// part in the order in which the text first brought them.
pub(super) fn count(
    shares: &[Share],
    parts: Range<usize>,
    symbols: &[u32],
    least: u64,
) -> Vec<Longer> {
    let of_part = |part: usize| shares.iter().map(move |share| &share.parts[part]);
    let length = |part| of_part(part).map(Vec::len).sum::<usize>();
    let mut table = Table::new(parts.clone().map(length).max().unwrap_or(0));
    let mut kept: Vec<Longer> = Vec::new();
    for part in parts {
        table.clear();
        let first = kept.len();
        for longer in of_part(part).flatten() {
            let place = longer.range();
            let number = table.number(longer.key, &symbols[place.clone()], symbols, place);
            match kept.get_mut(first + number as usize) {
                Some(known) => known.count += longer.count,
                None => kept.push(*longer),
            }
        }
        let mut end = first;
        for place in first..kept.len() {
            kept[end] = kept[place];
            end += usize::from(kept[end].count >= least);
        }
        kept.truncate(end);
    }
    kept
}

/// An array that is written before it is read: memory that is zero by itself costs a second fault.
fn written<T: Clone>(length: usize, value: T) -> Vec<T> {
    let mut array = spacious(length);
    array.resize(length, value);
    array
}

/// Goes over chunks block by block. Where a piece ends is nothing that a processor could foresee,
/// so that nothing branches on it.
pub(super) struct Cutting<'c> {
    base: &'c Base,
    strong: &'c StrongPairs,
    /// Longer pieces that stand in one place only and are rarer are left out.
    least: u64,
    share: Share,
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
}

impl<'c> Cutting<'c> {
    /// Into how many parts longer pieces are sorted.
    pub(super) fn parts(base: &Base) -> usize {
        (base.chunks.symbols.len() / PART).next_power_of_two().min(PARTS)
    }

    pub(super) fn new(base: &'c Base, strong: &'c StrongPairs, least: u64) -> Self {
        let (units, pairs) = (base.pairs.units.len(), strong.len() as usize);
        let share = Share {
            short: [written(units + 1, NONE), written(pairs + 1, NONE)],
            counts: written(units + pairs, 0),
            alone: Vec::new(),
            parts: vec![Vec::new(); Self::parts(base)],
        };
        Cutting {
            base,
            strong,
            least,
            share,
            starts: Vec::new(),
            owners: Vec::new(),
            classes: Default::default(),
            numbers: Vec::new(),
            found: [0; 2],
        }
    }

    /// Finds the pieces of some of the chunks.
    pub(super) fn run(mut self, chunks: Range<usize>) -> Share {
        let ends = &self.base.chunks.ends[..chunks.end];
        let mut chunk = chunks.start;
        let mut from = chunk.checked_sub(1).map_or(0, |before| ends[before] as usize);
        let symbols = ends.last().map_or(0, |&end| end as usize - from);
        let parts = &mut self.share.parts;
        let expected = symbols / LONGER / parts.len();
        parts.iter_mut().for_each(|part| part.reserve(expected));
        while chunk < ends.len() {
            let first = chunk;
            let is_far = |&end: &u32| end as usize - from >= BLOCK;
            chunk =
                ends[first..].iter().position(is_far).map_or(ends.len(), |more| first + more + 1);
            let to = ends[chunk - 1] as usize;
            let [units, pairs, longer] = self.cut_block(from..to, first);
            self.count_units(units);
            self.count_pairs(pairs);
            self.sort_longer(longer);
            from = to;
        }
        for (pieces, found) in self.share.short.iter_mut().zip(self.found) {
            pieces.truncate(found);
        }
        self.share
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
        // What stands for a pair where a chunk begins.
        let none = place_of(self.base.pairs.len());
        let (mut pieces, mut owner) = (0, place_of(first).wrapping_sub(1));
        let (starts, owners) = (&mut self.starts[..size], &mut self.owners[..size]);
        let pairs = &self.base.chunks.pairs[places.clone()];
        for (&pair, at) in pairs.iter().zip(place_of(places.start)..) {
            owner = owner.wrapping_add(u32::from(pair == none));
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
            let number = self.base.chunks.symbols[start as usize];
            self.count_short(0, Piece { start, end: start + 1, number }, self.owners[piece]);
        }
    }

    fn count_pairs(&mut self, pairs: usize) {
        let units = place_of(self.base.pairs.units.len());
        self.numbers.clear();
        for &piece in &self.classes[1][..pairs] {
            let pair = self.base.chunks.pairs[self.starts[piece as usize] as usize + 1];
            let number = units + self.strong.number(pair);
            prefetch(&self.share.counts, number as usize);
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
        let count = &mut self.share.counts[piece.number as usize];
        self.share.short[class][self.found[class]] = piece;
        self.found[class] += usize::from(*count == 0);
        *count += self.base.chunks.counts[owner as usize];
    }

    /// Sorts longer pieces into parts.
    fn sort_longer(&mut self, longer: usize) {
        let Share { alone, parts, .. } = &mut self.share;
        let chunks = &self.base.chunks;
        for &piece in &self.classes[2][..longer] {
            let piece = piece as usize;
            let (start, end) = (self.starts[piece], self.starts[piece + 1]);
            let count = chunks.counts[self.owners[piece] as usize];
            if chunks.alone.any(start as usize + 2..end as usize) {
                if count >= self.least {
                    alone.push(Longer { key: Key::default(), start, end, count });
                }
                continue;
            }
            let key = Key::of(&chunks.symbols[start as usize..end as usize]);
            let part = key.part(parts.len());
            parts[part].push(Longer { key, start, end, count });
        }
    }
}
