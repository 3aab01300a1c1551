//! The statistics of n-grams as a trie.
//!
//! Rows stand level by level (all units, then all pairs, …), within a level in the order of their
//! symbols, so that the extensions of an n-gram are neighbours in the next level. Each row knows
//! its prefix and its suffix, both one unit shorter and, having at least its count, always there:
//! any split of an n-gram is reached by walking, without a hash table.
//!
//! Sums of c·ln c are kept as they are, exact; entropies are taken from them when asked for.

use serde::{Deserialize, Serialize};

use super::column::{Column, Fixed};
use crate::error::Result;
use crate::index::layout::MAX_ORDER;
use crate::index::window::FIRST_SYMBOL;
use crate::measure::XLogX;

/// No row.
pub(super) const NONE: u32 = u32::MAX;
/// Bits of the number of a row within its level.
const PLACE_BITS: u32 = 29;
/// More rows than this have no numbers in a level.
pub(super) const MOST_ROWS: usize = (1 << PLACE_BITS) - 2;

/// The number of a row: its level and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(u32);

impl Row {
    fn new(level: usize, place: usize) -> Self {
        let level = u32::try_from(level).unwrap_or(0) << PLACE_BITS;
        Row(level | u32::try_from(place).unwrap_or(NONE))
    }

    #[inline]
    fn level(self) -> usize {
        (self.0 >> PLACE_BITS) as usize
    }

    #[inline]
    fn place(self) -> usize {
        (self.0 & ((1 << PLACE_BITS) - 1)) as usize
    }
}

/// Which n-grams are in the statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::index) struct Extent {
    /// The smallest count.
    pub floor: u64,
    /// The most units.
    pub longest: usize,
}

impl Extent {
    /// Whether all n-grams of the other are in this one.
    pub(in crate::index) fn includes(self, other: Extent) -> bool {
        self.floor <= other.floor && self.longest >= other.longest
    }
}

/// The n-grams of a corpus up to a length that occur often enough.
#[derive(Debug)]
pub struct Statistics {
    /// Which those are.
    pub(in crate::index) extent: Extent,
    /// The order of the corpus.
    pub order: usize,
    /// Distinct n-grams of each length, those below the floor included.
    pub types: [u64; MAX_ORDER],
    /// What was counted when it was derived.
    pub(super) seen: Seen,
    /// By symbol, the row of the unit.
    pub(super) units: Vec<u32>,
    pub(super) levels: Vec<Level>,
    pub(super) xlogx: XLogX,
}

/// The state of a corpus that a table was derived from. Counts are never taken back, so that the
/// segments of these ingests are all old where their windows are as many as then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::index) struct Seen {
    /// The last ingest.
    pub ingests: u32,
    /// Windows in all segments.
    pub windows: u64,
}

/// The n-grams of one length.
#[derive(Debug, Default)]
pub(super) struct Level {
    pub links: Column<Links>,
    /// As many as links, none at the full order.
    pub sides: Column<Sides>,
}

/// Where an n-gram stands and how often it occurs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// Its last unit.
    pub symbol: u32,
    /// Its place without the last unit, in the level before.
    pub prefix: u32,
    /// Its place without the first unit, in the level before.
    pub suffix: u32,
    /// The place of its first extension in the next level; the last one ends where those of the
    /// next row begin.
    pub children: u32,
    pub count: u64,
}

/// The neighbours of an n-gram. Sums are of c·ln c over units, edges left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sides {
    pub left_sum: u64,
    pub right_sum: u64,
    pub left_edge: u64,
    pub right_edge: u64,
    pub left_distinct: u32,
    pub right_distinct: u32,
}

/// Bytes of one row, for a budget.
pub(super) const ROW_BYTES: u64 = (Links::BYTES + Sides::BYTES) as u64;

/// Four bytes at a place.
fn word(bytes: &[u8], at: usize) -> u32 {
    let at = at * 4;
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 1)) << 32
}

impl Fixed for Links {
    const BYTES: usize = 24;

    fn put(&self, bytes: &mut Vec<u8>) {
        for field in [self.symbol, self.prefix, self.suffix, self.children] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(self.count.to_le_bytes());
    }

    fn take(bytes: &[u8]) -> Self {
        let [symbol, prefix, suffix, children] = [0, 1, 2, 3].map(|at| word(bytes, at));
        Links { symbol, prefix, suffix, children, count: long(bytes, 4) }
    }
}

impl Fixed for Sides {
    const BYTES: usize = 40;

    fn put(&self, bytes: &mut Vec<u8>) {
        for field in [self.left_sum, self.right_sum, self.left_edge, self.right_edge] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(self.left_distinct.to_le_bytes());
        bytes.extend(self.right_distinct.to_le_bytes());
    }

    fn take(bytes: &[u8]) -> Self {
        let [left_sum, right_sum, left_edge, right_edge] = [0, 2, 4, 6].map(|at| long(bytes, at));
        let [left_distinct, right_distinct] = [8, 9].map(|at| word(bytes, at));
        Sides { left_sum, right_sum, left_edge, right_edge, left_distinct, right_distinct }
    }
}

impl Statistics {
    /// A table without rows.
    pub(super) fn new(extent: Extent, order: usize, seen: Seen) -> Self {
        let mut levels = Vec::new();
        levels.resize_with(extent.longest, Level::default);
        let (types, units, xlogx) = ([0; MAX_ORDER], Vec::new(), XLogX::new());
        Statistics { extent, order, types, seen, units, levels, xlogx }
    }

    /// The smallest count in it.
    pub fn floor(&self) -> u64 {
        self.extent.floor
    }

    /// Rows of all lengths.
    pub fn len(&self) -> usize {
        self.levels.iter().map(|level| level.links.len()).sum()
    }

    /// Whether nothing is frequent enough to be in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all of it is in memory, and not partly in a scratch file.
    pub fn is_in_memory(&self) -> bool {
        self.levels.iter().all(|level| level.links.in_memory().is_some())
    }

    /// Whether all rows could be read that were asked for: those of a table that does not fit the
    /// memory are in a scratch file. To be called when answers are there, before they are used.
    ///
    /// # Errors
    /// When the file could not be read.
    pub fn check(&self) -> Result<()> {
        self.levels.iter().try_for_each(|level| level.links.check().and(level.sides.check()))
    }

    /// The rows of n-grams of one length.
    pub fn rows(&self, length: usize) -> impl Iterator<Item = Row> + use<> {
        let level = length.wrapping_sub(1);
        let rows = self.levels.get(level).map_or(0, |level| level.links.len());
        (0..rows).map(move |place| Row::new(level, place))
    }

    /// The number of a row among all of them: from 0 up to but not including [`Statistics::len`].
    pub fn number(&self, row: Row) -> usize {
        let shorter = &self.levels[..row.level()];
        shorter.iter().map(|level| level.links.len()).sum::<usize>() + row.place()
    }

    /// How many units the n-gram of a row has.
    pub fn length(&self, row: Row) -> usize {
        row.level() + 1
    }

    /// The row of an n-gram.
    pub fn find(&self, symbols: &[u32]) -> Option<Row> {
        let (&first, rest) = symbols.split_first()?;
        let mut row = self.unit(first)?;
        for &symbol in rest {
            row = self.child(row, symbol)?;
        }
        Some(row)
    }

    /// The row of a unit.
    pub fn unit(&self, symbol: u32) -> Option<Row> {
        self.units.get(symbol as usize).filter(|&&place| place != NONE).map(|&place| Row(place))
    }

    /// The row of an n-gram extended by one unit.
    pub fn child(&self, row: Row, symbol: u32) -> Option<Row> {
        let (level, place) = (row.level(), row.place());
        let next = self.levels.get(level + 1)?;
        let links = &self.levels[level].links;
        let mut low = links.get(place).children as usize;
        let mut high = match place + 1 {
            end if end == links.len() => next.links.len(),
            after => links.get(after).children as usize,
        };
        while low < high {
            let middle = low.midpoint(high);
            match next.links.get(middle).symbol.cmp(&symbol) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(Row::new(level + 1, middle)),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    #[inline]
    fn links(&self, row: Row) -> Links {
        self.levels[row.level()].links.get(row.place())
    }

    /// The n-gram without its last unit.
    pub fn prefix(&self, row: Row) -> Option<Row> {
        let shorter = row.level().checked_sub(1)?;
        Some(Row::new(shorter, self.links(row).prefix as usize))
    }

    /// The n-gram without its first unit.
    pub fn suffix(&self, row: Row) -> Option<Row> {
        let shorter = row.level().checked_sub(1)?;
        Some(Row::new(shorter, self.links(row).suffix as usize))
    }

    /// The last unit of an n-gram.
    pub fn last_symbol(&self, row: Row) -> u32 {
        self.links(row).symbol
    }

    /// Writes the symbols of an n-gram.
    pub fn symbols(&self, row: Row, symbols: &mut Vec<u32>) {
        symbols.clear();
        let mut at = Some(row);
        while let Some(row) = at {
            symbols.push(self.last_symbol(row));
            at = self.prefix(row);
        }
        symbols.reverse();
    }

    /// How often an n-gram occurs.
    #[inline]
    pub fn count(&self, row: Row) -> u64 {
        self.links(row).count
    }

    /// Its neighbours; `None` at the full order.
    fn sides(&self, row: Row) -> Option<Sides> {
        (row.level() + 1 < self.order).then(|| self.levels[row.level()].sides.get(row.place()))
    }

    /// How often it stands at the left and at the right edge of a run; `None` at the full order.
    pub fn edges(&self, row: Row) -> Option<(u64, u64)> {
        self.sides(row).map(|sides| (sides.left_edge, sides.right_edge))
    }

    /// Entropies of the left and the right neighbour in nats, an edge being one neighbour of its
    /// own; `None` at the full order.
    pub fn entropies(&self, row: Row) -> Option<(f64, f64)> {
        Some((self.left_entropy(row)?, self.right_entropy(row)?))
    }

    /// The entropy of the left neighbour alone; see [`Statistics::entropies`].
    pub fn left_entropy(&self, row: Row) -> Option<f64> {
        let sides = self.sides(row)?;
        let sum = sides.left_sum + self.xlogx.of(sides.left_edge);
        Some(self.xlogx.entropy(sum, self.count(row)))
    }

    /// The entropy of the right neighbour alone; see [`Statistics::entropies`].
    pub fn right_entropy(&self, row: Row) -> Option<f64> {
        let sides = self.sides(row)?;
        let sum = sides.right_sum + self.xlogx.of(sides.right_edge);
        Some(self.xlogx.entropy(sum, self.count(row)))
    }

    /// Distinct left and right neighbours, every occurrence at an edge being one more (Feng et al.
    /// 2004); `None` at the full order.
    pub fn varieties(&self, row: Row) -> Option<(u64, u64)> {
        let sides = self.sides(row)?;
        Some((
            u64::from(sides.left_distinct) + sides.left_edge,
            u64::from(sides.right_distinct) + sides.right_edge,
        ))
    }

    /// Calls `each` with the left and right part of every split of an n-gram.
    pub fn splits(&self, row: Row, mut each: impl FnMut(Row, Row)) {
        let mut lefts = [row; MAX_ORDER];
        let mut depth = 0;
        let mut at = self.prefix(row);
        while let Some(left) = at {
            lefts[depth] = left;
            depth += 1;
            at = self.prefix(left);
        }
        let mut right = row;
        for place in (0..depth).rev() {
            let Some(shorter) = self.suffix(right) else { return };
            right = shorter;
            each(lefts[place], right);
        }
    }

    /// Fills the rows of units.
    pub(super) fn index_units(&mut self) {
        let Some(level) = self.levels.first() else { return };
        let rows = level.links.len();
        let end = rows.checked_sub(1).map_or(0, |last| level.links.get(last).symbol as usize + 1);
        self.units = vec![NONE; end.max(FIRST_SYMBOL as usize)];
        for place in 0..rows {
            self.units[level.links.get(place).symbol as usize] = Row::new(0, place).0;
        }
    }

    /// The place of the suffix of a row that is not linked yet.
    pub(super) fn suffix_of(&self, level: usize, links: &Links) -> u32 {
        let suffix = match self.suffix(Row::new(level - 1, links.prefix as usize)) {
            None => self.unit(links.symbol),
            Some(shorter) => self.child(shorter, links.symbol),
        };
        suffix.and_then(|row| u32::try_from(row.place()).ok()).unwrap_or(NONE)
    }
}

#[cfg(test)]
impl PartialEq for Statistics {
    fn eq(&self, other: &Self) -> bool {
        self.extent == other.extent && self.begins(other)
    }
}

#[cfg(test)]
impl Statistics {
    /// Whether the other has the same n-grams, and perhaps longer ones.
    pub(super) fn begins(&self, other: &Self) -> bool {
        let heads = |table: &Statistics| (table.extent.floor, table.order, table.types, table.seen);
        let last = self.levels.len() - 1;
        let rows = |(number, level): (usize, &Level)| {
            let mut links = level.links.read(0..level.links.len()).unwrap().into_owned();
            // Whether anything is longer is in the extent.
            links.iter_mut().filter(|_| number == last).for_each(|links| links.children = 0);
            (links, level.sides.read(0..level.sides.len()).unwrap().into_owned())
        };
        heads(self) == heads(other)
            && self.units == other.units
            && self.levels.iter().enumerate().map(rows).eq(other
                .levels
                .iter()
                .take(self.levels.len())
                .enumerate()
                .map(rows))
    }
}
